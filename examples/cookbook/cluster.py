"""Devices looked up by the workers of a Dask cluster, then a change of each, planned here, sent by them."""

from __future__ import annotations

import asyncio

from distributed import Client, LocalCluster

from trunkline import bulk, distributed, idi
from trunkline.idi.patches import DevicePatch

KEYS = range(1000, 1040)


async def main() -> None:
    # two processes of this machine; Client("tcp://scheduler:8786", asynchronous=True) reaches many machines
    async with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", asynchronous=True
        ) as cluster,
        Client(cluster, asynchronous=True) as workers,
    ):
        # started again on the same folder, only the files that are missing are asked for
        found = await distributed.write(workers, "idi.device.get", KEYS, "devices", shard=10)
        async with idi.Client.from_env() as billing:
            rows = [
                {"device_id": key, "patch": DevicePatch().replace_reference_number(f"audit {key}")}
                for key in KEYS
            ]
            await bulk.plan(billing.device.update, rows, path="audit.plan")
        # killed and started again, it sends no row twice: the plan knows what every worker did
        report = await distributed.apply_plan(workers, "audit.plan", settle_delay=0)
    print(f"{found.keys} looked up into {found.shards} files, {report.done} of {report.total} changed")


if __name__ == "__main__":
    asyncio.run(main())
