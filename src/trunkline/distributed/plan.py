"""A plan of bulk changes carried out on a Dask cluster: the plan's own rows, in parts beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from distributed import Client

from trunkline.bulk._outage import seconds_of
from trunkline.bulk.apply import ApplyReport, report_of
from trunkline.bulk.journal import SENDABLE, Journal
from trunkline.bulk.progress import Progress
from trunkline.config import Limits
from trunkline.distributed._jobs import Bounds, Job
from trunkline.distributed._work_pieces import Rows, change
from trunkline.distributed._worker import work_of
from trunkline.distributed.apply import counted
from trunkline.distributed.lookup import operation_of
from trunkline.errors import ArgumentError, CheckpointError

_MOST: Final = 1000
_LEAST: Final = 50
"""Rows of one part: few enough that every thread gets some, many enough to be worth a journal."""


async def apply_plan(
    cluster: Client | str,
    plan: str | Path,
    *,
    settle_only: bool = False,
    retry_quarantined: bool = False,
    shard: int | None = None,
    concurrency: int = 16,
    test: bool = False,
    settle_delay: float = 5.0,
    rate: str | None = None,
    rate_name: str | None = None,
    connect: str | None = None,
    patience: float = 60.0,
    outage: float | str = "1h",
    deadline: float | str | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: asyncio.Event | None = None,
) -> ApplyReport:
    """Carry out the rows of a plan on a Dask cluster, each once.

    Rows that are not final go into journals next to the plan (`PLAN.parts`), one for each part, which the
    workers open: rows do not pass the scheduler. At the end the plan takes the outcomes back; after a crash
    whoever opens the plan next does so before anything else, `bulk.apply(…, journal=plan)` included. So a
    plan may be begun here and ended there, and the other way round.

    Args:
        cluster, rate, rate_name, connect, patience, settings: as in `lookup`.
        plan: what `bulk.plan` wrote, on a file system with locks that all workers reach under the same path.
        settle_only, retry_quarantined, test, settle_delay, stop: as in `bulk.apply`.
        shard: rows of one part; by default 1,000 at most, so that every thread of the cluster gets some.
        concurrency: rows in flight on each worker.
        outage: how long a worker waits for a vendor that is away, as in `bulk.lookup`.
        deadline: how long the whole job may last, "6h" or seconds.
        progress: called with the rows that are done, as parts end.
    Raises:
        CheckpointError: the file is not a complete plan, is in use, or is another user's or address's than
            the workers reach; or the workers do not see it. AuthError, ConfigError: no row can pass.
        DeadlineError: the deadline passed; what is done is kept.
        TransportError: the cluster went away, or parts lost their workers again and again.
    """
    if shard is not None and shard < 1:
        raise ArgumentError("shard must be 1 or more")
    Limits(concurrency=concurrency, rate=rate)
    place = _absolute(plan)
    # The plan stays open, and with it locked, for the whole job: nobody else may send its rows meanwhile.
    with Journal(place) as journal:
        name, keys = journal.meta("operation"), journal.meta("natural_key")
        if journal.meta("planned") is None or name is None:
            raise CheckpointError(f"{place} is not a complete plan: plan again")
        operation = operation_of(name, connect)
        if not settle_only:
            journal.claim_home()
        if retry_quarantined:
            journal.release_quarantined()
        options = {
            "natural_key": tuple(keys.split(",")) if keys else (),
            "test": test,
            "settle_delay": settle_delay,
            "settle_only": settle_only,
            "outage": seconds_of(outage),
        }
        states = ("sending",) if settle_only else ("sending", *SENDABLE)
        counts = journal.counts()
        rows = sum(counts[state] for state in states)
        if not rows:
            return report_of(journal)

        def parts(threads: int) -> list[Rows]:
            size = shard or min(_MOST, max(_LEAST, -(-rows // (4 * threads))))
            files = journal.hand_over(states, size)
            return [
                Rows(number=number, journal=str(file), options=options) for number, file in enumerate(files)
            ]

        job = Job(
            work=work_of(
                operation,
                concurrency=concurrency,
                connect=connect,
                rate=rate,
                rate_name=rate_name,
                settings=settings,
            ),
            task=change,
            counted=counted,
            total=sum(counts.values()),
            restored=sum(counts.values()) - rows,
        )
        bounds = Bounds(patience=patience, deadline=deadline, stop=stop, progress=progress)
        try:
            await job.carry_out(cluster, parts, bounds, lambda done: None)
        finally:
            # A worker that was given up may still have its part; then the next who opens the plan takes it.
            journal.take_back(busy=True)
        return report_of(journal)


def _absolute(plan: str | Path) -> Path:
    """Workers have another working folder."""
    return Path(plan).absolute()


__all__ = ["apply_plan"]
