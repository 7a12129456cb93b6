"""A lost phone: the new SIM in the CRM and, for a US line, in billing."""

from __future__ import annotations

import asyncio

from trunkline import abzorb, idi
from trunkline.abzorb import models as m
from trunkline.idi.fields import Sim
from trunkline.idi.patches import DevicePatch


async def swap_in_crm(crm: abzorb.Client, cli: str, new_sim: str) -> m.RequestResult:
    """Ask for the change; the network carries it out, so the result is a request with a status."""
    return await crm.connections.change_sim(m.ChangeSimRequest(cli=cli, new_sim=new_sim))


async def swap_in_billing(billing: idi.Client, device_id: int, sim_id: int) -> None:
    """Put a SIM of the stock into a device, after a look whether it is there."""
    stock = await billing.sim.search(filter=Sim.sim_id == sim_id).all(limit=1)
    if not stock or stock[0].sim_number is None:
        raise LookupError("the SIM is not in stock")
    patch = DevicePatch().replace_sim_card_number(stock[0].sim_number)
    await billing.device.update(device_id=device_id, patch=patch)


async def main() -> None:
    async with abzorb.Client.from_env() as crm, idi.Client.from_env() as billing:
        line = await crm.connections.get_by_cli(cli="07700900000")
        spare = (line.sim_number or "")[:-6] + "999999"  # the SIM from the drawer, of the same network
        result = await swap_in_crm(crm, "07700900000", spare)
        print("CRM request", result.request_id, result.status)
        sims = await billing.sim.search(top=1).all(limit=1)
        await swap_in_billing(billing, 1000, sims[0].sim_id or 0)
        print("billing device 1000 has the new SIM")


if __name__ == "__main__":
    asyncio.run(main())
