"""Bar every connection of a customer, each once: the journal remembers what was sent, also after a crash."""

from __future__ import annotations

import asyncio

from trunkline import abzorb, bulk
from trunkline.abzorb import models as m


def barred(connection: m.Connection, suffix: str) -> bool:
    """Whether the bar is on already: the vendor refuses to put it on twice."""
    return any(bar.active and bar.bar_suffix == suffix for bar in connection.bars or [])


async def set_bar(crm: abzorb.Client, customer_id: int, suffix: str, on: bool) -> bulk.ApplyReport:
    """Ask for the bar, or its removal, where it is not so yet; the same call goes on after a crash."""
    action = m.AddOrRemoveBarRequestAction.ADD if on else m.AddOrRemoveBarRequestAction.REMOVE
    connections = await crm.connections.list_for_customer(customer_id=customer_id)
    rows = [
        {"body": m.AddOrRemoveBarRequest(contract_id=one.contract_id, bar_suffix=suffix, action=action)}
        for one in connections
        if one.contract_id is not None
        and one.status == m.ConnectionStatus.ACTIVE
        and barred(one, suffix) != on
    ]
    journal = f"bar-{customer_id}-{suffix}-{action}.journal"
    return await bulk.apply(crm.connections.add_or_remove_bar, rows, journal=journal)


async def main() -> None:
    async with abzorb.Client.from_env() as crm:
        suffix = (await crm.reference.list_bar_suffixes())[0].bar_suffix or ""
        for on in (True, False):
            report = await set_bar(crm, 20000, suffix, on)
            print("on: " if on else "off:", report.done, "of", report.total, "asked for")
            if report.quarantined:
                print(
                    report.quarantined, "may have been carried out: look at them before you repeat anything"
                )


if __name__ == "__main__":
    asyncio.run(main())
