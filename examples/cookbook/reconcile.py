"""Nightly: compare the numbers of both systems and write what only one of them knows to differences.csv."""

from __future__ import annotations

import asyncio

import polars as pl

from trunkline import abzorb, idi


async def crm_numbers(crm: abzorb.Client) -> pl.DataFrame:
    """Every connection of every customer, by its last ten digits."""
    rows = [
        {"number": connection.cli[-10:], "crm_customer": connection.customer_id}
        for customer in await crm.customers.list_all()
        if customer.customer_id is not None
        for connection in await crm.connections.list_for_customer(customer_id=customer.customer_id)
        if connection.cli
    ]
    return pl.DataFrame(rows, schema={"number": pl.String, "crm_customer": pl.Int64})


async def billing_numbers(billing: idi.Client) -> pl.DataFrame:
    """Every service, by its last ten digits."""
    rows = [
        {"number": service.service_number[-10:], "billing_customer": service.customer_id}
        async for service in billing.service.search(top=500)
        if service.service_number
    ]
    return pl.DataFrame(rows, schema={"number": pl.String, "billing_customer": pl.Int64})


async def main() -> None:
    async with abzorb.Client.from_env() as crm, idi.Client.from_env() as billing:
        ours, theirs = await asyncio.gather(crm_numbers(crm), billing_numbers(billing))
    joined = ours.join(theirs, on="number", how="full", coalesce=True)
    differences = joined.filter(pl.col("crm_customer").is_null() | pl.col("billing_customer").is_null())
    differences.sort("number").write_csv("differences.csv")
    print(f"{len(ours)} in the CRM, {len(theirs)} in billing, {len(differences)} in one of them only")


if __name__ == "__main__":
    asyncio.run(main())
