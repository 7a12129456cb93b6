"""Bulk jobs on a Dask cluster.

    await distributed.write("tcp://scheduler:8786", "idi.device.get", "s3://keys.parquet", "s3://devices")

`write` has the workers read the keys and write the outcomes, so neither passes the scheduler. `lookup` yields
outcomes here, for small jobs: keys and outcomes pass the scheduler in chunks. `apply` carries changes out
through a journal for each part of the rows, `apply_plan` those of a plan, `export` writes one file for each
of several searches.

Every worker has one client of its own for the whole run, made from its own environment: no credential goes
through the scheduler. Needs `pip install 'trunkline[dask]'` here and on the workers, and `trunkline[redis]`
with `TRUNKLINE_SHARED_RATE_URL` on the workers where a rate is given.
"""

from __future__ import annotations

from typing import Any

from trunkline.extras import not_imported

try:
    from trunkline.distributed.apply import apply
    from trunkline.distributed.export import PartsReport, export
    from trunkline.distributed.lookup import lookup
    from trunkline.distributed.plan import apply_plan
    from trunkline.distributed.write import WriteReport, write
except ModuleNotFoundError as error:
    _missing = not_imported(error, "dask", "trunkline.distributed")
    if _missing is error:  # a module of our own: no extra provides it
        raise

    # Not raised here: `shared_rate` lies in this package, needs no Dask, and every lookup may use it.
    def __getattr__(name: str) -> Any:
        if name in __all__:
            raise _missing
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["PartsReport", "WriteReport", "apply", "apply_plan", "export", "lookup", "write"]
