"""One job whose workers write: pieces out, numbers back, progress, and a clean end on request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from trunkline.bulk._reporter import ProgressReporter
from trunkline.bulk.progress import Meter, Progress
from trunkline.config import parse_rate
from trunkline.distributed._cluster import Presence, connected, on_workers
from trunkline.distributed._pieces import Done, Piece, carried_out
from trunkline.distributed._worker import Work


@frozen(kw_only=True)
class Bounds:
    """What may end a job before its last piece, and who hears how far it is; as in `lookup`.

    stop: set from outside; pieces on their way are finished for a while, and no further ones go out.
    """

    patience: float = 60.0
    deadline: float | str | None = None
    stop: asyncio.Event | None = None
    progress: Callable[[Progress], None] | None = None
    interval: float = 0.25


@frozen(kw_only=True)
class Job:
    """What is the same for all pieces of a job.

    task: the coroutine function that workers run. parts: Dask collections' partitions by the number of their
    piece. counted: which of a piece's numbers are its keys, and which of them failed. total: keys of all
    pieces, None if that is not known. restored: keys that need no piece.
    """

    work: Work
    task: Callable[..., Any]
    counted: Callable[[Mapping[str, int]], tuple[int, int]]
    total: int | None = None
    restored: int = 0
    parts: Mapping[int, Any] = field(factory=dict)

    async def carry_out(
        self,
        cluster: Any,
        pieces: Sequence[Piece] | Callable[[int], Sequence[Piece]],
        bounds: Bounds,
        take: Callable[[Done], None],
    ) -> None:
        """Carry the pieces out; `take` gets what workers did with each.

        Args:
            pieces: or what makes them once it is known how many threads the cluster has.
        """
        meter = Meter(time.monotonic, self.total)
        meter.restored = self.restored
        reporter = ProgressReporter(
            bounds.progress, bounds.interval, lambda: meter.snapshot(finished=finished)
        )
        finished = False
        async with connected(cluster, bounds.patience) as client:
            threads = await client.nthreads()
            made = pieces(max(1, sum(threads.values()))) if callable(pieces) else pieces
            work = self.work
            if work.rate is not None:
                work = evolve(work, local_rate=parse_rate(work.rate) / max(1, len(threads)))
            async with on_workers(client, work) as name:
                presence = Presence(client, bounds.patience, bounds.deadline, bounds.stop)
                reporter.start()
                try:
                    async for done in carried_out(client, name, made, self.task, self.parts, presence):
                        keys, failed = self.counted(done.counts)
                        meter.asked += keys
                        meter.failed += failed
                        take(done)
                    finished = not presence.stopped
                finally:
                    reporter.stop()


__all__ = ["Bounds", "Job"]
