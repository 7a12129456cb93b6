"""A whole collection into one file: every row once, in bounded memory, resumed at the page after a kill."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen

from trunkline._calls.counters import CallCounters, CallRules, current
from trunkline.bulk._files import FileLock, create_private
from trunkline.bulk._outage import PATIENCE_SECONDS, Outage, OutageError, is_outage, seconds_of
from trunkline.bulk._reporter import ProgressReporter
from trunkline.bulk._table import Table, Writer, cut_lists, format_of, writer_of
from trunkline.bulk.progress import Meter, Progress
from trunkline.client import Page, Pager
from trunkline.config import TimeSource
from trunkline.errors import CheckpointError, DeadlineError, InputError, TrunklineError
from trunkline.events import Hook, combine

_log = logging.getLogger("trunkline.bulk")
_SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE pages (number INTEGER PRIMARY KEY, rows INTEGER NOT NULL, token TEXT, body BLOB NOT NULL);
"""


@frozen(kw_only=True)
class ExportReport:
    """What an export wrote.

    rows, pages: of the whole collection. restored: rows that an earlier run had fetched. count: the vendor's
    total, None if it stated none. cut: lists inside rows that are not whole (`NAME@odata.nextLink`), by name.
    misfits: values that went to the column `extra`, since their own could not hold them.
    """

    path: Path
    rows: int
    pages: int
    restored: int = 0
    count: int | None = None
    cut: dict[str, int] = field(factory=dict)
    misfits: int = 0


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
        pager: the collection; its limit is not heeded.
        out: the file; it is there once it is complete. format: parquet, csv or jsonl, by the ending if not
            given.
        mask: write key material and personal data as stars.
        resume: go on after the last page that an interrupted export of the same collection fetched.
        state: where an export is kept until it is complete; `OUT.export` by default. Readable by its owner
            only.
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
    target = Path(out)
    table = Table(_row_type(pager), mask=mask)
    kind = format_of(target, format)
    kept = target.with_name(target.name + ".export") if state is None else Path(state)
    with contextlib.closing(_Pages(kept, _identity(pager, identity), resume=resume)) as pages:
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
        run.reporter = ProgressReporter(progress, 0.25, lambda: run.meter.snapshot(outage=run.outage))
        with _replacing(target, private=table.is_private) as place:
            writer = writer_of(place, kind, table, raw=raw_csv)
            # through these the client tells its clock, and lets one attempt a minute past an open breaker
            run.rules.patience = PATIENCE_SECONDS if run.outage.limit else None
            token = current.set(CallCounters(run.rules))
            run.reporter.start()
            try:
                await run.write(writer)
            finally:
                current.reset(token)
                run.outage.release()
                run.reporter.stop()
                writer.close()
        pages.delete()
    for name, number in run.cut.items():
        _log.warning(
            "%s: %d lists %r inside rows are not whole; the export holds their first part",
            run.name,
            number,
            name,
        )
    return ExportReport(
        path=target,
        rows=run.meter.asked + run.meter.restored,
        pages=run.number,
        restored=run.meter.restored,
        count=run.meter.total,
        cut=dict(run.cut),
        misfits=table.misfits,
    )


def _row_type(pager: Pager[Any]) -> Any:
    asked = pager._asked
    row_type = asked.paging.row_type
    return asked.codec.type_of(asked.op, row_type)  # type: ignore[attr-defined]


def _identity(pager: Pager[Any], more: str) -> str:
    """The operation and a digest of its first request: a filter may hold personal data."""
    asked = pager._asked
    request = asked.first({})
    words = f"{request.method} {request.url} ".encode() + (request.body or b"")
    return f"{asked.op.name} {hashlib.sha256(words).hexdigest()} {more}".strip()


@define(kw_only=True, eq=False)
class _Export:
    pager: Pager[Any]
    pages: _Pages
    outage: Outage
    reporter: ProgressReporter = field(init=False)
    deadline: float | None = None
    rules: CallRules = field(factory=CallRules)
    number: int = 0
    cut: Counter[str] = field(factory=Counter)
    meter: Meter = field(factory=lambda: Meter(time.monotonic, None))

    @property
    def name(self) -> str:
        return self.pager._asked.op.name

    async def write(self, writer: Writer) -> None:
        """Write the pages that are kept, then those that are fetched now."""
        token: str | None = None
        for rows, last in self.pages.kept(self.pager):
            token = last
            self.meter.restored += len(rows)
            self._take(writer, rows)
        if self.number and token is None:
            return  # the last page was fetched already
        async for page, body in self._in_time(token):
            self.pages.add(self.number, page, body)
            self.meter.asked += len(page)
            if page.count is not None:
                self.meter.total = page.count
            self._take(writer, page.rows)

    def _take(self, writer: Writer, rows: list[Any]) -> None:
        writer.write(rows)
        self.number += 1
        self.cut.update(cut_lists(rows))
        self.reporter.report()

    async def _in_time(self, token: str | None) -> AsyncIterator[tuple[Page[Any], bytes]]:
        """Walk on from the token until the end, or the deadline of the export.

        Raises:
            DeadlineError: the deadline passed; the pages so far are kept.
        """
        until = None if self.deadline is None else asyncio.get_running_loop().time() + self.deadline
        async with contextlib.aclosing(self._fetched(token)) as pages:
            while True:
                try:
                    async with asyncio.timeout_at(until):
                        page = await anext(pages, None)
                except TimeoutError as error:
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
        """Walk on from the token; an outage is waited for, and the walk goes on after the last page."""
        over: list[OutageError] = []
        self.outage.on_over = over.append
        rules = self.rules
        while True:
            rules.probe = self.outage.paused and await self.outage.enter()
            began = self.outage.began()
            pager = self.pager if token is None else self.pager.resume(token)
            try:
                async with contextlib.aclosing(pager.bodies()) as bodies:
                    async for page, body in bodies:
                        self.outage.answered()
                        rules.probe = False
                        yield page, body
                        token = page.token
                        began = self.outage.began()
                return
            except Exception as error:
                if rules.time_source is not None:
                    self.outage.use(rules.time_source)
                if not is_outage(error) or not self.outage.failed(error, began, probing=True, times=1):
                    if over:
                        raise over[0] from error
                    raise


class _Pages:
    """The pages of an unfinished export, in SQLite: each is committed before the next is fetched.

    Raises:
        CheckpointError: the file is there and `resume` is False, is in use, or holds another collection.
    """

    def __init__(self, path: Path, identity: str, *, resume: bool) -> None:
        self._path = path
        exists = path.exists() and path.stat().st_size > 0
        if exists and not resume:
            raise CheckpointError(
                f"{path} holds an unfinished export: resume it, or delete the file to start anew"
            )
        self._lock = FileLock(path, f"the export {path}")
        try:
            create_private(path)
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            if not exists:
                self._db.executescript(f"BEGIN;{_SCHEMA}")
                self._db.execute("INSERT INTO meta VALUES ('identity', ?)", (identity,))
                self._db.execute("COMMIT")
            (found,) = self._db.execute("SELECT value FROM meta WHERE name = 'identity'").fetchone()
        except (sqlite3.Error, OSError, TypeError) as error:
            self._lock.release()
            raise CheckpointError(f"the export {path} cannot be opened: {type(error).__name__}") from error
        if found != identity:
            self.close()
            raise CheckpointError(
                f"{path} holds an export of another collection, filter, address or user: "
                "resume with the same, or delete the file to start anew"
            )

    def kept(self, pager: Pager[Any]) -> Iterator[tuple[list[Any], str | None]]:
        """Yield the rows and the token of each page that is kept, one page at a time."""
        asked = pager._asked
        number = -1
        while True:
            query = "SELECT number, token, body FROM pages WHERE number > ? ORDER BY number LIMIT 1"
            found = self._db.execute(query, (number,)).fetchone()
            if found is None:
                return
            number, token, body = found
            yield asked.codec.decode_page(asked.op, body).rows, token

    def add(self, number: int, page: Page[Any], body: bytes) -> None:
        """Keep one more page."""
        try:
            self._db.execute("INSERT INTO pages VALUES (?, ?, ?, ?)", (number, len(page), page.token, body))
        except sqlite3.Error as error:
            raise CheckpointError(
                f"{self._path} cannot be written ({error}): what it holds is kept; make room, then resume"
            ) from error

    def delete(self) -> None:
        """Remove the file: the export is complete."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        with contextlib.suppress(sqlite3.Error):
            self._db.close()
        self._lock.release()


@contextlib.contextmanager
def _replacing(path: Path, *, private: bool) -> Iterator[Path]:
    """A file next to the output that takes its place once it is complete; an existing mode is kept."""
    place = path.resolve()
    temporary = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        mode = place.stat().st_mode & 0o7777 if place.exists() else (0o600 if private else None)
        os.close(os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o666 if mode is None else 0o600))
        if mode is not None:
            temporary.chmod(mode)
        yield temporary
        temporary.replace(place)
    except TrunklineError:
        raise  # a DeadlineError is an OSError too, and says nothing of the file
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from None
    finally:
        temporary.unlink(missing_ok=True)


__all__ = ["ExportReport", "export"]
