"""Bulk changes, each done once: `apply` sends rows and settles those whose response was lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterable,
    Sequence,
)
from pathlib import Path
from typing import Any, Final, Self

from attrs import define, field, frozen

from trunkline.bulk._applying import FATAL, Applier, JournalWriter
from trunkline.bulk._changes import Arguments, Change, OperationChange, change_of
from trunkline.bulk._outage import Outages, seconds_of
from trunkline.bulk._rows import fill, identity_of
from trunkline.bulk._settling import Settler, settler_of
from trunkline.bulk._worker_pool import WorkerPool
from trunkline.bulk.journal import SENDABLE, Journal, JournalRow
from trunkline.bulk.progress import Progress
from trunkline.config import TimeSource
from trunkline.errors import ArgumentError, CheckpointError, TrunklineError
from trunkline.events import Hook, combine

_ROUNDS: Final = 10
"""Times that rows found not to have run are sent again in one run; the rest waits for the next run."""


@frozen(kw_only=True)
class ApplyReport:
    """What became of all rows of a journal, earlier runs included.

    done: carried out. refused: by the vendor, so not carried out. left: not sent, because the object is not
    as it was planned for. quarantined: may have been carried out, and cannot be settled. pending: not carried
    out, for the next run. unsettled: may have been carried out; the next run reads them back.
    """

    total: int = 0
    done: int = 0
    refused: int = 0
    left: int = 0
    quarantined: int = 0
    pending: int = 0
    unsettled: int = 0

    @property
    def ok(self) -> bool:
        """Whether every row was carried out."""
        return self.done == self.total

    @property
    def finished(self) -> bool:
        """Whether another run has nothing left to do."""
        return not self.pending and not self.unsettled


def apply(
    call: Callable[..., Awaitable[Any]],
    rows: Iterable[Arguments] | AsyncIterable[Arguments] | None = None,
    *,
    journal: Path | str,
    concurrency: int = 16,
    natural_key: str | Sequence[str] = (),
    read: Callable[..., Any] | None = None,
    read_first: bool = True,
    test: bool = False,
    settle_delay: float = 5.0,
    settle_only: bool = False,
    retry_quarantined: bool = False,
    outage: float | str = "1h",
    deadline: float | str | None = None,
    progress: Callable[[Progress], None] | None = None,
    progress_interval: float = 0.25,
    stop: asyncio.Event | None = None,
    hooks: Sequence[Hook] = (),
    time_source: TimeSource | None = None,
) -> Apply:
    """Carry out one change for each row, each once, however often the run is interrupted and started again.

        report = await bulk.apply(
            client.device.update,
            [{"device_id": 7, "patch": DevicePatch().replace_bind(True)}, …],
            journal="changes.journal",
        )

    All rows are stored in the journal before the first is sent, and each is durably marked before its request
    leaves. The same call with the same journal continues where an earlier run ended. A row whose response was
    lost, in this run or by a crash, is settled: the object is read and compared, or searched by its natural
    key. A row that proves not to have run is sent; one that cannot be settled is quarantined and never sent
    again by itself.

    Args:
        call: a method of a client, such as `client.device.update`; or any coroutine function of keyword
            arguments that are plain JSON values, whose rows cannot be settled.
        rows: the keyword arguments of each call, read once and before anything is sent. None takes the rows
            that the journal holds.
        journal: the file; see `bulk.Journal`. One journal belongs to one operation of one vendor and user.
        concurrency: rows in flight.
        natural_key: fields that identify what a creation makes, by wire or Python name, "simNumber". A row
            whose key exists already is left.
        read: the method that reads a change back, where the spec does not show it: `client.device.get`, or a
            search together with `natural_key`.
        read_first: read each object before it is changed. Without it a lost response can be settled only if
            the vendor holds what the row asks for.
        test: put JSON Patch `test` operations of the values that were read in front of each patch (RFC 6902,
            section 4.6), so that the vendor refuses a row whose object changed meanwhile.
        settle_delay: seconds between sending a row and reading it back: the vendor may still work on it.
        settle_only: settle what earlier runs left open and send nothing.
        retry_quarantined: send quarantined rows again. They may run twice: decide this for each journal.
        outage, deadline: as in `bulk.lookup`. Rows that were cut off are settled by the next run.
        progress, progress_interval, stop, hooks, time_source: as in `bulk.lookup`.
    Yields: with `async for`, a `bulk.JournalRow` for every row whose state becomes final in this run. `await`
        runs to the end and returns an `ApplyReport`.
    Raises:
        ArgumentError, InputError: rows that the operation does not take, all at once; nothing was sent.
        AuthError, ConfigError: no row can pass. OutageError: the vendor was away for longer than `outage`.
        DeadlineError: the run lasted longer than `deadline`.
        CheckpointError: the journal belongs to other rows, is in use, or cannot be written.
    """
    change = change_of(call)
    if not change.changes_state:
        raise ArgumentError(f"{change.name} changes nothing: use bulk.lookup")
    if concurrency < 1:
        raise ArgumentError(f"concurrency must be 1 or more, not {concurrency}")
    names = (natural_key,) if isinstance(natural_key, str) else tuple(natural_key)
    settler: Settler | None = None
    if isinstance(change, OperationChange):
        settler = settler_of(change, read=read, natural_key=names)
        # The delay before a read and the pauses of an outage follow the client's clock,
        # which tests replace.
        time_source = time_source or change.client._time_source
    elif names or read:
        raise ArgumentError("natural_key and read need a method of a client")
    run = _Run(
        change=change,
        settler=settler,
        journal=Path(journal),
        rows=rows,
        names=names,
        concurrency=concurrency,
        read_first=read_first,
        test=test,
        settle_delay=settle_delay,
        settle_only=settle_only,
        retry_quarantined=retry_quarantined,
        outage=seconds_of(outage),
        deadline=None if deadline is None else seconds_of(deadline),
        progress=progress,
        progress_interval=progress_interval,
        stop=stop,
        emit=combine(hooks),
        time_source=time_source or TimeSource(),
    )
    return Apply(run)


class Apply(AsyncIterator[JournalRow]):
    """A run of `apply`: await it for its report, or iterate over the rows as they become final."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        # The generator does not start before it is read, so an `apply` that nobody
        # awaits opens no journal.
        self._rows = run.work()

    def __await__(self) -> Generator[Any, None, ApplyReport]:
        return self._to_the_end().__await__()

    async def _to_the_end(self) -> ApplyReport:
        async with self:
            async for _ in self:
                pass
        return self.report

    @property
    def report(self) -> ApplyReport:
        """The state of all rows when the run ended or was left."""
        return self._run.report

    def __anext__(self) -> Awaitable[JournalRow]:
        return self._rows.__anext__()

    async def aclose(self) -> None:
        """End the run. Rows whose requests are in flight stay marked as sent; the next run settles them."""
        await self._rows.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


@define(kw_only=True, eq=False)
class _Run:
    change: Change
    settler: Settler | None
    journal: Path
    rows: Iterable[Arguments] | AsyncIterable[Arguments] | None
    names: tuple[str, ...]
    concurrency: int
    read_first: bool
    test: bool
    settle_delay: float
    settle_only: bool
    retry_quarantined: bool
    outage: float
    deadline: float | None
    progress: Callable[[Progress], None] | None
    progress_interval: float
    stop: asyncio.Event | None
    emit: Hook | None
    time_source: TimeSource
    report: ApplyReport = field(factory=ApplyReport)
    began: float = 0.0

    async def work(self) -> AsyncGenerator[JournalRow, None]:
        # The journal is open, and with it locked, for the whole run: a second process
        # cannot send the same rows.
        # A run of the rows that a journal holds makes no empty one: a part may have been taken back.
        identity = identity_of(self.change)
        with Journal(self.journal, identity=identity, create=self.rows is not None) as journal:
            if not self.settle_only:
                journal.claim_home()
            # All rows are checked and stored before the first is sent. A wrong row in line 9,000 must
            # not be found after 8,999 changes.
            await fill(journal, self.change, self.rows, self.names)
            if self.retry_quarantined:
                journal.release_quarantined()
            applier = Applier(
                change=self.change,
                settler=self.settler,
                writer=JournalWriter(journal, self.time_source.wall),
                time_source=self.time_source,
                read_first=self.read_first,
                test=self.test,
                delay=self.settle_delay,
            )
            try:
                async for row in self._rounds(journal, applier):
                    yield row
            finally:
                self.report = report_of(journal)

    async def _rounds(self, journal: Journal, applier: Applier) -> AsyncGenerator[JournalRow, None]:
        """Settle what is open, send what was not sent, and again while rows prove not to have run."""
        self.began = self.time_source.clock()
        for _ in range(_ROUNDS):
            # Open rows of an earlier run come first: a row that proves not to have run is then
            # sent with the others.
            async for row in self._pass(journal, ("sending",), applier.settle, applier):
                if row.state not in ("planned", "sending"):
                    yield row
            if self.settle_only or self._stopped():
                return
            async for row in self._pass(journal, SENDABLE, applier.send, applier):
                if row.state != "sending":
                    yield row
            # Rows whose response was lost in this round are settled in the next one.
            if self._stopped() or not journal.counts()["sending"]:
                return

    def _stopped(self) -> bool:
        return self.stop is not None and self.stop.is_set()

    async def _pass(
        self,
        journal: Journal,
        states: Sequence[str],
        carry_out: Callable[[JournalRow], Awaitable[JournalRow]],
        applier: Applier,
    ) -> AsyncGenerator[JournalRow, None]:
        """Take all rows in these states through one step."""
        counts = journal.counts()
        total = sum(counts[state] for state in states)
        if not total:
            return
        # Each pass has its own pauses. A row may then wait for `outage` once in each pass.
        outages = Outages(limit=self.outage, time_source=self.time_source, fixed=True, emit=self.emit)
        pool: WorkerPool[JournalRow, JournalRow] = WorkerPool(
            carry_out,
            journal.rows(*states),
            concurrency=min(self.concurrency, total),
            catch=(TrunklineError, OSError),
            fatal=(*FATAL, CheckpointError),
            clock=time.monotonic,
            outages=outages,
        )
        # The pool refuses operations that must not be repeated. Here the journal takes care of that.
        pool.only_repeatable = False
        pool.stop = self.stop
        if self.deadline is not None:
            # The deadline is one for the whole run, counted from its beginning and not from this pass.
            pool.deadline = max(0.0, self.began + self.deadline - self.time_source.clock())

        def lost(error: Exception) -> None:
            outage = outages.only() or outages.of("")
            outage.pause(error, outage.began())

        applier.lost = lost
        settled = sum(counts.values()) - counts["sending"] - sum(counts[state] for state in SENDABLE)
        pool.meter.restored = settled
        pool.watch(self.progress, self.progress_interval, sum(counts.values()))
        try:
            # Journal rows are unique by their position; the set of seen keys would
            # cost memory for nothing.
            pool.start(dedupe=False)
            while (outcome := await pool.next()) is not None:
                if outcome.value is not None:
                    yield outcome.value
                elif outcome.error is not None:
                    # nothing was sent: the row waits for the next run
                    yield await applier.postpone(outcome.key, outcome.error)
        finally:
            await pool.close()


def report_of(journal: Journal) -> ApplyReport:
    """Return the states of all rows of a journal."""
    counts = journal.counts()
    return ApplyReport(
        total=sum(counts.values()),
        done=counts["done"],
        refused=counts["refused"],
        left=counts["left"],
        quarantined=counts["quarantined"],
        pending=sum(counts[state] for state in SENDABLE),
        unsettled=counts["sending"],
    )


__all__ = ["Apply", "ApplyReport", "apply", "report_of"]
