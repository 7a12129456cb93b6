"""Services into Parquet, page by page, and a question asked of it with DuckDB."""

from __future__ import annotations

import asyncio

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from trunkline import idi

SCHEMA = pa.schema(
    [
        ("service_id", pa.int64()),
        ("service_number", pa.string()),
        ("customer_id", pa.int64()),
        ("service_catalog", pa.string()),
        ("start_date", pa.timestamp("us", tz="UTC")),
    ]
)


async def main() -> None:
    async with idi.Client.from_env() as billing:
        with pq.ParquetWriter("services.parquet", SCHEMA) as writer:
            async for page in billing.service.search(top=500).pages():  # one page in memory at a time
                rows = [{name: getattr(row, name) for name in SCHEMA.names} for row in page.rows]
                writer.write_table(pa.Table.from_pylist(rows, schema=SCHEMA))
    question = """
        select service_catalog, count(*) as services from 'services.parquet'
        group by service_catalog order by services desc, service_catalog limit 5
    """
    for catalog, services in duckdb.execute(question).fetchall():
        print(f"{services:5} {catalog}")


if __name__ == "__main__":
    asyncio.run(main())
