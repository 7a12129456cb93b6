"""Order a new mobile in Abzorb: draft, mobile, submit, then watch it until it is done."""

from __future__ import annotations

import asyncio
from asyncio import sleep

from trunkline import abzorb
from trunkline.abzorb import models as m

DONE = (m.OrderStatus.COMPLETED, m.OrderStatus.REJECTED)


async def order(client: abzorb.Client, customer_id: int, network_id: int) -> m.OrderMonitor:
    tariff = (await client.catalogue.list_tariffs_for_network(network_id=network_id))[0]
    draft = await client.orders.create(m.CreateOrderRequest(customer_id=customer_id))
    if draft.order_id is None or tariff.tariff_id is None:  # inferred fields: the vendor's page lists none
        raise RuntimeError("the response lacks an id that this needs")
    mobile = await client.orders.add_mobile(
        m.AddMobileToOrderRequest(
            order_id=draft.order_id,
            connection_type=m.OrderMobileConnectionType.NEW,
            network_id=network_id,
            tariff_id=tariff.tariff_id,
            cli="",
            bill_cap_offered=True,
        )
    )
    print("mobile", mobile.order_mobile_id, "on", tariff.tariff_name)
    await client.orders.submit(m.SubmitOrderRequest(order_id=draft.order_id))
    while True:
        state = await client.orders.monitor(order_id=draft.order_id)
        print("order", state.order_id, state.status)
        if state.status in DONE:
            return state
        await sleep(30)


async def main() -> None:
    async with abzorb.Client.from_env() as client:
        await order(client, customer_id=20000, network_id=1)


if __name__ == "__main__":
    asyncio.run(main())
