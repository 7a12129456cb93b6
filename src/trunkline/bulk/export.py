"""A whole collection into one file: every row once, in bounded memory, resumed at the page after a kill."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import define, evolve, field, frozen

from trunkline._callables import described
from trunkline._calls.counters import CallCounters, CallRules, current
from trunkline._codec.depth import shallow
from trunkline._wire.messages import Request
from trunkline.bulk._children import Children
from trunkline.bulk._files import FileLock
from trunkline.bulk._kept_pages import KeptPages
from trunkline.bulk._outage import PATIENCE_SECONDS, Began, Outage, OutageError, is_outage, seconds_of
from trunkline.bulk._output import replacing
from trunkline.bulk._reporter import ProgressReporter
from trunkline.bulk._table import Table, Writer, format_of
from trunkline.bulk._writers import writer_of
from trunkline.bulk.progress import Meter, Progress
from trunkline.client import Page, Pager
from trunkline.config import TimeSource
from trunkline.errors import ArgumentError, DeadlineError, TrunklineError
from trunkline.events import Hook, combine


@frozen(kw_only=True)
class ExportReport:
    """What an export wrote.

    rows, pages: of the whole collection. restored: rows that an earlier run had fetched. count: the vendor's
    total, None if it stated none. followed: lists inside rows that came in parts (`NAME@odata.nextLink`) and
    are whole in the file. cut: those whose other parts could not be had, by name. misfits: values that went
    to the column `extra`, since their own could not hold them. deep: fields that were nested too deeply to be
    read, and are their JSON text.
    """

    path: Path
    rows: int
    pages: int
    restored: int = 0
    count: int | None = None
    followed: int = 0
    cut: dict[str, int] = field(factory=dict)
    misfits: int = 0
    deep: int = 0


async def export(
    pager: Pager[Any],
    out: Path | str,
    *,
    format: str | None = None,
    mask: bool = False,
    resume: bool = False,
    state: Path | str | None = None,
    raw_csv: bool = False,
    outage: float | str = "1h",
    deadline: float | str | None = None,
    progress: Callable[[Progress], None] | None = None,
    identity: str = "",
    hooks: Sequence[Hook] = (),
    time_source: TimeSource | None = None,
) -> ExportReport:
    """Write every row of a collection to a file.

        services = client.service.search(filter=Service.customer_id == 12, top=500)
        await bulk.export(services, "services.parquet")

    Args:
        pager: the collection; its limit is ignored.
        out: the file; it is there once it is complete. format: parquet, csv or jsonl, by the ending if not
            given.
        mask: write key material and personal data as stars.
        resume: continue after the last page that an interrupted export of the same collection fetched.
        state: where an export is kept until it is complete; `OUT.export` by default, nowhere for a device or
            a pipe. Readable by its owner only.
        raw_csv: write CSV cells that a spreadsheet would take for formulas as they are.
        outage, deadline, hooks: as in `bulk.lookup`. identity: what else must agree to resume, in any words.
        progress: called with the rows so far, and their total where the vendor states one, at each page and
            four times a second.
    Raises:
        CheckpointError: an unfinished export is there and `resume` is False, or it is of another collection.
        PagingError: the collection cannot be walked to its end; the file is not written.
        OutageError, DeadlineError: as in `bulk.lookup`; what was fetched is kept for `resume`.
        InputError: the file cannot be written.
    """
    if not isinstance(pager, Pager):
        raise ArgumentError(
            f"an export takes a collection, such as client.service.search(), not {described(pager)}"
        )
    # A server may cut pages at any size, and call its count approximate.
    pager = Pager(evolve(pager._asked, thorough=True), pager._limit, pager._token)
    target = Path(out)
    table = Table(_row_type(pager), mask=mask)
    kind = format_of(target, format)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_alone(target))
        kept = _place_of(target, stack, resume=resume) if state is None else Path(state)
        kept_pages = KeptPages(kept, _identity(pager, identity), resume=resume)
        pages = stack.enter_context(contextlib.closing(kept_pages))
        run = _Export(
            pager=pager,
            pages=pages,
            outage=Outage(
                limit=seconds_of(outage),
                time_source=time_source or TimeSource(),
                fixed=time_source is not None,
                emit=combine(hooks),
            ),
            deadline=None if deadline is None else seconds_of(deadline),
        )
        run.children = Children(asked=pager._asked, fetch=run.child)
        run.reporter = ProgressReporter(progress, 0.25, lambda: run.meter.snapshot(outage=run.outage))
        # The file appears under its name only when it is complete. A half-written file would look
        # like a small collection.
        with replacing(target, private=table.is_private) as place:
            await run.carry_out(writer_of(place, kind, table, raw=raw_csv))
        # The kept pages go last: a crash before this line leaves a complete file and pages that a
        # resumed export reads again.
        pages.delete()
    return ExportReport(
        path=target,
        rows=run.meter.asked + run.meter.restored,
        pages=run.number,
        restored=run.meter.restored,
        count=run.meter.total,
        cut=dict(run.children.cut),
        followed=run.children.followed,
        misfits=table.misfits,
        deep=run.deep + run.children.deep,
    )


def _place_of(target: Path, stack: contextlib.ExitStack, *, resume: bool) -> Path:
    """Where an export into this file is kept: next to it, or nowhere for longer than it lasts."""
    if not target.exists() or target.is_file():
        return target.with_name(target.name + ".export")
    # a device or a pipe has no place next to it
    if resume:
        raise ArgumentError(f"{target} is no file: an export into it is kept nowhere and cannot be resumed")
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trunkline-"))) / "export"


@contextlib.contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Refuse a second run that writes this file: each would replace what the other has written."""
    if target.exists() and not target.is_file():
        yield  # a device or a pipe
        return
    lock = FileLock(target, f"the output {target}")
    try:
        yield
    finally:
        lock.release()


def _row_type(pager: Pager[Any]) -> Any:
    asked = pager._asked
    row_type = asked.paging.row_type
    return asked.codec.type_of(asked.op, row_type)  # type: ignore[attr-defined]


def _identity(pager: Pager[Any], more: str) -> str:
    """The operation and a digest of its first request: a filter may hold personal data."""
    asked = pager._asked
    request = asked.first({})
    # The file holds a digest instead of the request, so that the filter's values
    # are not on disk twice.
    words = f"{request.method} {request.url} ".encode() + (request.body or b"")
    return f"{asked.op.name} {hashlib.sha256(words).hexdigest()} {more}".strip()


@define(kw_only=True, eq=False)
class _Export:
    pager: Pager[Any]
    pages: KeptPages
    outage: Outage
    reporter: ProgressReporter = field(init=False)
    deadline: float | None = None
    rules: CallRules = field(factory=CallRules)
    number: int = 0
    deep: int = 0
    children: Children = field(init=False)
    writing: asyncio.Future[None] | None = None
    meter: Meter = field(factory=lambda: Meter(time.monotonic, None))

    @property
    def name(self) -> str:
        return self.pager._asked.op.name

    async def carry_out(self, writer: Writer) -> None:
        """Write all pages, and close the writer however it ends."""
        # Through these the client gives its clock, and lets one attempt a minute past an open breaker.
        self.rules.on_client = lambda api, identity: self.pages.claim(identity())
        self.rules.patience = PATIENCE_SECONDS if self.outage.limit else None
        # The client finds the rules in this context variable; it is reset, because the export runs in
        # the caller's own task.
        token = current.set(CallCounters(self.rules))
        self.reporter.start()
        try:
            await self._write(writer)
            await self._written()
        finally:
            if self.writing is not None:
                await asyncio.wait({self.writing})  # the thread uses the file that is closed below
            current.reset(token)
            self.outage.release()
            self.reporter.stop()
            writer.close()

    async def _write(self, writer: Writer) -> None:
        """Write the pages that are kept, then those that are fetched now."""
        token: str | None = None
        for page, body in self.pages.kept(self.pager):
            token = page.token
            self.meter.restored += len(page)
            await self._take(writer, page, body)
        # A page without a token was the last one. Asking on would begin again at the first page.
        if self.number and token is None:
            return  # the last page was fetched already
        async for page, body in self._in_time(token):
            # The page is kept before its rows are written: after a kill it is read from there
            # and not fetched again.
            self.pages.add(self.number, page, body)
            self.meter.asked += len(page)
            if page.count is not None:
                self.meter.total = page.count
            await self._take(writer, page, body)

    async def _take(self, writer: Writer, page: Page[Any], body: bytes) -> None:
        rows, deep = page.rows, page.deep
        try:
            cut = self.children.cut_in(rows)
        except RecursionError:
            # Read, but too deep to be written: each such field is its text, and costs no other row.
            flat, deep = shallow(body)
            asked = self.pager._asked
            rows = asked.codec.decode_page(asked.op, flat, made=False).rows
            cut = self.children.cut_in(rows)
        self.deep += deep
        await self.children.complete(cut, page.extra.get("@odata.context"))
        work = writer.write(rows)
        if work is not None:
            # a row group is compressed in a thread while the next pages are read
            await self._written()
            self.writing = asyncio.ensure_future(asyncio.to_thread(work))
        self.number += 1
        self.reporter.report()

    async def _written(self) -> None:
        if self.writing is not None:
            writing, self.writing = self.writing, None
            await writing

    async def child(self, request: Request) -> bytes:
        """Fetch one part of a list inside a row; an outage is waited for."""
        while True:
            self.rules.probe = self.outage.paused and await self.outage.enter()
            began = self.outage.began()
            try:
                body = (await self.pager._asked.fetch(request)).body
            except Exception as error:
                self._wait_or_raise(self.rules.fatal or error, began)
            else:
                self._answered()
                return body

    def _answered(self) -> None:
        self.outage.answered()
        self.rules.probe = False

    def _wait_or_raise(self, error: Exception, began: Began) -> None:
        """Begin or extend the pause of an outage.

        Raises:
            OutageError: it lasts for too long. The error itself: it is not one of an outage.
        """
        over: list[OutageError] = []
        self.outage.on_over = over.append
        if self.rules.time_source is not None:
            self.outage.use(self.rules.time_source)
        # An export is one walk, so each of its calls is the probe: there are no other
        # keys to compare it with.
        if not is_outage(error) or not self.outage.failed(error, began, probing=True, times=1):
            if over:
                raise over[0] from error
            raise error

    async def _in_time(self, token: str | None) -> AsyncIterator[tuple[Page[Any], bytes]]:
        """Walk on from the token until the end, or the deadline of the export.

        Raises:
            DeadlineError: the deadline passed; the pages so far are kept.
        """
        until = None if self.deadline is None else asyncio.get_running_loop().time() + self.deadline
        async with contextlib.aclosing(self._fetched(token)) as pages:
            while True:
                try:
                    # The loop's own clock, since the timeout is the loop's. The deadline bounds each
                    # fetch and not the writing.
                    async with asyncio.timeout_at(until):
                        page = await anext(pages, None)
                except TimeoutError as error:
                    # DeadlineError of a single call is a TimeoutError too; only the run's own
                    # timeout is meant here.
                    if isinstance(error, TrunklineError):
                        raise  # a call's own
                    raise DeadlineError(
                        f"the export's deadline of {self.deadline:.0f} s is over; a resumed export goes on "
                        "after what was fetched"
                    ) from None
                if page is None:
                    return
                yield page

    async def _fetched(self, token: str | None) -> AsyncGenerator[tuple[Page[Any], bytes], None]:
        """Walk on from the token; an outage is waited for, and the walk continues after the last page."""
        while True:
            self.rules.probe = self.outage.paused and await self.outage.enter()
            began = self.outage.began()
            # After an outage the walk continues from the last page's token. The link itself is in the
            # token, since IDI's skip tokens cannot be computed.
            pager = self.pager if token is None else self.pager.resume(token)
            try:
                async with contextlib.aclosing(pager.bodies()) as bodies:
                    async for page, body in bodies:
                        self._answered()
                        yield page, body
                        token = page.token
                        began = self.outage.began()
                return
            except Exception as error:
                self._wait_or_raise(error, began)


__all__ = ["ExportReport", "export"]
