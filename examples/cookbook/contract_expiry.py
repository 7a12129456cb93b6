"""Which contracts end in the next 90 days: one line a connection, soonest first."""

from __future__ import annotations

import asyncio
import csv
import datetime

from trunkline import abzorb
from trunkline.abzorb.models import Connection


def ending(connections: list[Connection], today: datetime.date, days: int) -> list[Connection]:
    """Those whose end lies between today and `days` from now, soonest first."""
    last = today + datetime.timedelta(days=days)
    found = [one for one in connections if one.end_date is not None and today <= one.end_date <= last]
    return sorted(found, key=lambda one: one.end_date or last)


async def main() -> None:
    async with abzorb.Client.from_env() as crm:
        connections: list[Connection] = []
        for customer in await crm.customers.list_all():
            if customer.customer_id is not None:
                connections += await crm.connections.list_for_customer(customer_id=customer.customer_id)
    found = ending(connections, datetime.date.today(), days=90)
    with open("expiring.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["contract_id", "customer_name", "tariff_name", "end_date"])
        for one in found:
            writer.writerow([one.contract_id, one.customer_name, one.tariff_name, one.end_date])
    print(f"{len(found)} of {len(connections)} contracts end within 90 days")


if __name__ == "__main__":
    asyncio.run(main())
