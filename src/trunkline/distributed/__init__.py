"""Bulk lookups on a Dask cluster: keys go out in chunks, outcomes come back as chunks complete.

    async for outcome in distributed.lookup("tcp://scheduler:8786", "idi.device.get", keys, rate="200/s"):
        print(outcome.key, outcome.value or outcome.error)

Every worker has one client of its own for the whole run, made from its own environment: no credential goes
through the scheduler. Needs `pip install 'trunkline[dask]'` here and on the workers, and `trunkline[redis]`
with `TRUNKLINE_SHARED_RATE_URL` on the workers where a rate is given.
"""

from __future__ import annotations

from trunkline.extras import not_imported

try:
    from trunkline.distributed.lookup import lookup
    from trunkline.distributed.write import WriteReport, write
except ModuleNotFoundError as error:
    raise not_imported(error, "dask", "trunkline.distributed") from None

__all__ = ["WriteReport", "lookup", "write"]
