"""A plan of bulk changes: what would be sent, and what it would change, before anything is sent.

The plan file is a journal in which nothing was sent yet: `apply` carries it out and keeps its state there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, cast

from attrs import evolve, field, frozen

from trunkline.bulk._applying import FATAL
from trunkline.bulk._changes import Arguments, OperationChange, change_of, dump, wanted_of
from trunkline.bulk._comparing import same
from trunkline.bulk._outage import Outages, seconds_of
from trunkline.bulk._rows import fill, identity_of
from trunkline.bulk._settling import NaturalKey, ReadBack, settler_of
from trunkline.bulk._worker_pool import WorkerPool
from trunkline.bulk.journal import Journal, JournalRow, decoded
from trunkline.bulk.progress import Progress
from trunkline.errors import ArgumentError, CheckpointError
from trunkline.operation import Operation


@frozen(kw_only=True)
class FieldChange:
    """One field of a row: its wire name, its value now and the value that would be sent. Values are not in
    the repr."""

    name: str
    now: Any = field(default=None, repr=False)
    then: Any = field(default=None, repr=False)


@frozen(kw_only=True)
class PlanReport:
    """A plan in numbers.

    total: rows. changes: rows that would be sent. same: rows whose object holds the values already. left:
    rows that cannot be sent as planned: no such object, or a natural key that exists. unread: rows whose
    object could not be read, which would be sent without a comparison.
    """

    total: int = 0
    changes: int = 0
    same: int = 0
    left: int = 0
    unread: int = 0


async def plan(
    call: Callable[..., Awaitable[Any]],
    rows: Iterable[Arguments] | AsyncIterable[Arguments],
    *,
    path: Path | str,
    natural_key: str | Sequence[str] = (),
    read: Callable[..., Any] | None = None,
    compare: bool = True,
    concurrency: int = 16,
    outage: float | str = "1h",
    progress: Callable[[Progress], None] | None = None,
    stop: asyncio.Event | None = None,
) -> PlanReport:
    """Check rows, read what they would change, write the plan that `bulk.apply(call, journal=path)` sends.

    Args:
        call, rows, natural_key, read, outage, progress, stop: as in `bulk.apply`. compare: False reads
            nothing.
    Raises:
        ArgumentError, InputError: rows that the operation does not take, all at once.
        CheckpointError: the file exists, or cannot be written.
    """
    target = Path(path)
    # A plan that was applied is a journal with results; planning over it would lose them.
    _refuse_existing(target)
    names = (natural_key,) if isinstance(natural_key, str) else tuple(natural_key)
    change = change_of(call)
    if not isinstance(change, OperationChange) or not change.changes_state:
        raise ArgumentError("a plan needs a method of a client that changes something")
    settler = settler_of(change, read=read, natural_key=names)
    with Journal(target, identity=identity_of(change)) as journal:
        journal.claim_home()
        await fill(journal, change, rows, names)
        if settler is not None and compare:
            await _compare(journal, change, settler, concurrency, seconds_of(outage), progress, stop)
        if stop is not None and stop.is_set():
            raise CheckpointError(f"the plan was interrupted: {target} is not complete; plan again")
        journal.set_meta("natural_key", ",".join(names))
        # The mark comes last: a plan without it was interrupted and is refused.
        journal.set_meta("planned", "1")
        return report_of(journal, compared=settler is not None and compare)


def _refuse_existing(target: Path) -> None:
    if target.exists() and target.stat().st_size:
        raise CheckpointError(f"the plan {target} exists already: apply it, or name another file")


async def _compare(
    journal: Journal,
    change: OperationChange,
    settler: ReadBack | NaturalKey,
    concurrency: int,
    limit: float,
    progress: Callable[[Progress], None] | None,
    stop: asyncio.Event | None,
) -> None:
    """Read the object of every row and store what was seen."""
    total = sum(journal.counts().values())

    async def look(row: JournalRow) -> JournalRow:
        return compared(change, settler, row, await settler.read(row.arguments))

    pool: WorkerPool[JournalRow, JournalRow] = WorkerPool(
        look,
        journal.rows(),
        concurrency=min(concurrency, total),
        # A plan changes nothing, so whatever a read meets is noted at its row and the other
        # rows are still shown.
        catch=(Exception,),
        fatal=(*FATAL, CheckpointError),
        clock=time.monotonic,
        outages=Outages(limit=limit, time_source=change.client._time_source, fixed=True),
    )
    pool.stop = stop
    pool.watch(progress, 0.25, total)
    batch: list[JournalRow] = []
    try:
        pool.start(dedupe=False)
        while (outcome := await pool.next()) is not None:
            if outcome.value is not None:
                batch.append(outcome.value)
            else:
                kind = type(outcome.error).__name__
                batch.append(evolve(outcome.key, proof=f"could not be read: {kind}"))
            if len(batch) == 500:
                journal.store_seen(batch)
                batch.clear()
    finally:
        await pool.close()
        journal.store_seen(batch)


def compared(
    change: OperationChange, settler: ReadBack | NaturalKey, row: JournalRow, found: dict[str, Any] | None
) -> JournalRow:
    """Return the row with what was seen, and its state: planned, or left where there is nothing to send."""
    if isinstance(settler, NaturalKey):
        if found:
            return evolve(row, state="left", proof="a row with this natural key exists already")
        return row
    row = evolve(row, seen=dump(found or {}))
    if found is None:
        # PUT may create what does not exist (RFC 9110 section 9.3.4); PATCH needs an object.
        if change.op.method != "PUT":
            return evolve(row, state="left", proof="there is no such object")
        return evolve(row, proof="new")
    if change.deletes:
        return evolve(row, proof="would be deleted")
    # A change that names no fields, such as an action, has none that could agree.
    if change.wanted(row.arguments) and not differences(change, row):
        return evolve(row, state="left", proof="the object holds these values already")
    return row


def differences(change: OperationChange, row: JournalRow) -> list[FieldChange]:
    """Return the fields that a planned row would change, with their values now and then."""
    return differences_of(change.op, row)


def differences_of(operation: Operation[Any], row: JournalRow) -> list[FieldChange]:
    """As `differences`, without a client."""
    wanted, seen = wanted_of(operation, row.arguments), decoded(row.seen) or {}
    if isinstance(wanted, list):
        # A list body replaces the whole list and has no field names.
        return [FieldChange(name="", now=seen.get(""), then=wanted)] if not same(wanted, seen.get("")) else []
    return [
        FieldChange(name=name, now=seen.get(name), then=value)
        for name, value in (wanted or {}).items()
        if name not in seen or not same(value, seen[name])
    ]


def report_of(journal: Journal, *, compared: bool) -> PlanReport:
    """Count the rows of a plan."""
    counts = journal.counts()
    same_rows = sum(1 for row in journal.rows("left") if row.proof == "the object holds these values already")
    unread = sum(1 for row in journal.rows("planned") if row.proof.startswith("could not")) if compared else 0
    return PlanReport(
        total=sum(counts.values()),
        changes=counts["planned"],
        same=same_rows,
        left=counts["left"] - same_rows,
        unread=unread if compared else counts["planned"],
    )


def planned_call(client: Any, operation: str) -> Callable[..., Awaitable[Any]]:
    """Return the client's method of this operation, "device.update".

    Raises:
        ArgumentError: the client has no such method.
    """
    method: Any = client
    for part in operation.split("."):
        method = getattr(method, part, None)
    if not callable(method):
        raise ArgumentError(f"the client has no method {operation}")
    return cast("Callable[..., Awaitable[Any]]", method)


__all__ = ["FieldChange", "PlanReport", "differences", "plan", "planned_call"]
