"""One row of a bulk change on its way: read, journal, send, and settle it if its response is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import define, evolve, field

from trunkline.bulk._changes import Change, dump
from trunkline.bulk._comparing import Verdict, changed
from trunkline.bulk._outage import is_outage
from trunkline.bulk._settling import Settler, UnheededError
from trunkline.bulk._stored_errors import stored_text
from trunkline.bulk.checkpoint import encode_value
from trunkline.bulk.journal import Journal, JournalRow, State, decoded
from trunkline.config import TimeSource
from trunkline.errors import ArgumentError, AuthError, ConfigError, StatusError, TrunklineError

_log = logging.getLogger("trunkline.bulk")

FATAL = (AuthError, ConfigError)
"""Errors that no other row can escape."""


class JournalWriter:
    """Commits the marks of all tasks of one turn of the event loop together, so that they share one fsync."""

    def __init__(self, journal: Journal, wall: Callable[[], float]) -> None:
        self._journal, self._wall = journal, wall
        self._sent: list[JournalRow] = []
        self._settled: list[JournalRow] = []
        self._waiters: list[asyncio.Future[None]] = []

    async def sending(self, row: JournalRow) -> None:
        """Return once the row is durably marked as sent."""
        self._sent.append(row)
        await self._committed()

    async def settle(self, row: JournalRow) -> JournalRow:
        """Return the row once its state is durably stored."""
        self._settled.append(row)
        await self._committed()
        return row

    async def _committed(self) -> None:
        loop = asyncio.get_running_loop()
        if not self._waiters:
            # The flush runs after every task that is ready in this turn has added its mark, so
            # concurrent rows share a transaction. One fsync costs milliseconds on a disk; one for each
            # row would set the speed of the whole run.
            loop.call_soon(self._flush)
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiters.append(waiter)
        await asyncio.shield(waiter)

    def _flush(self) -> None:
        sent, settled, waiters = self._sent, self._settled, self._waiters
        # The lists are replaced before the commit: a task that is woken by a result may add its next
        # mark at once, and that mark belongs to the next transaction.
        self._sent, self._settled, self._waiters = [], [], []
        error: BaseException | None = None
        try:
            # The commit runs on the event loop's own thread and blocks it. A SQLite connection belongs
            # to the thread that opened it, and no row may be sent before its mark is durable anyway.
            self._journal.commit(sent, settled, self._wall())
        except BaseException as caught:
            # Whatever fails here must reach every waiter, or their rows would wait for ever.
            error = caught
        for waiter in waiters:
            # A cancelled task no longer waits for its mark.
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)


@define(kw_only=True)
class Applier:
    """Carries single rows out.

    settler: None where nothing can be read back. read_first: whether a row is read before it is sent. test:
    whether a JSON Patch tests what was read. delay: seconds between sending a row and reading it back.
    """

    change: Change
    settler: Settler | None
    writer: JournalWriter
    time_source: TimeSource
    read_first: bool = True
    test: bool = False
    delay: float = 5.0
    lost: Callable[[Exception], None] = field(default=lambda error: None)
    """Called with the error of a row that may have run, so that the run can pause during an outage."""
    _unreadable: set[str] = field(factory=set)
    _sent: dict[int, float] = field(factory=dict)
    """When this run sent the rows whose outcome it does not know, by their position."""
    _began: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._began = self.time_source.clock()

    async def send(self, row: JournalRow) -> JournalRow:
        """Send a row that was certainly not sent, and return it with its new state.

        Raises:
            TrunklineError: nothing was sent: the vendor cannot be reached, or no other row can pass either.
        """
        # The order is the guarantee: read, mark as sent, send, settle. A crash between two steps leaves
        # a row that was certainly not sent, or one that is marked as possibly sent.
        row, ready = await self._before(row)
        if not ready:
            return await self.writer.settle(row)
        await self.writer.sending(row)
        began = self.time_source.clock()
        try:
            response = await self.change.send(row.arguments, self._tests(row))
        except Exception as error:
            self._sent[row.position] = began
            return await self._failed(row, error)
        proof, kept = "the response came", None
        try:
            kept = encode_value(response)
        except (ArgumentError, RecursionError):  # the change is done, whatever came with it
            proof = "the response came; it is nested too deeply to be kept"
        return await self._settled(row, "done", proof, response=kept)

    async def _before(self, row: JournalRow) -> tuple[JournalRow, bool]:
        """Read the object; return the row and whether it is still as it was planned for."""
        if self.settler is None or not (self.read_first or row.seen is not None):
            return row, True
        try:
            found = await self.settler.read(row.arguments)
            before = dump(found or {})
        except Exception as error:
            if is_outage(error) or isinstance(error, FATAL):
                raise
            # a reader that was inferred may be wrong: the row is sent, and quarantined if its response is
            # lost
            self._cannot_read(error)
            return evolve(row, before=None), True
        row = evolve(row, before=before)
        seen = decoded(row.seen)
        if seen is not None and (moved := changed(seen, found or {})):
            # Somebody approved the plan for the values it showed. A row whose object has changed since
            # then was never approved.
            return evolve(row, state="left", proof=f"changed since the plan: {', '.join(moved)}"), False
        if getattr(self.settler, "must_be_absent", False) and found:
            # After a lost response, a row that existed before could not be distinguished from the
            # one this run created.
            return evolve(row, state="left", proof="a row with this natural key exists already"), False
        return row, True

    def _cannot_read(self, error: Exception) -> None:
        kind = type(error).__name__
        # One warning for each kind of error: a wrong reader fails for every row of the run.
        if kind not in self._unreadable:
            self._unreadable.add(kind)
            _log.warning("%s: rows cannot be read before they are sent (%s)", self.change.name, kind)

    def _tests(self, row: JournalRow) -> Any:
        return decoded(row.before) if self.test else None

    async def _failed(self, row: JournalRow, error: Exception) -> JournalRow:
        """Record an error: refused, to be sent again, or possibly carried out."""
        # an error from outside the tree does not show whether the request was sent, so it may have run
        ran = error.may_have_run if isinstance(error, TrunklineError) else True
        if ran:
            # The run pauses, so that a vendor in trouble does not turn every further row into
            # one that may have run.
            self.lost(error)
            return await self._settled(row, "sending", "no response that tells the outcome", error=error)
        if isinstance(error, FATAL) or is_outage(error):
            # The state is stored before the error is raised: the worker pool asks again later or ends
            # the run, and in both cases the row must be sendable.
            await self._settled(row, "planned", "not sent, or refused unread", error=error)
            raise error
        # RFC 6902 section 5: a failed `test` makes the whole patch fail, and the status does not
        # show which operation failed. A second read shows whether the object changed or the
        # vendor refused the values.
        if self.test and isinstance(error, StatusError) and (moved := await self._moved(row)):
            return await self._settled(row, "left", f"changed meanwhile: {', '.join(moved)}", error=error)
        return await self._settled(row, "refused", "the vendor refused it", error=error)

    async def _moved(self, row: JournalRow) -> list[str]:
        """The fields that no longer hold what the patch tested; none where that cannot be read."""
        if self.settler is None or row.before is None:
            return []
        try:
            return changed(decoded(row.before), await self.settler.read(row.arguments) or {})
        except Exception as error:
            self._cannot_read(error)
            return []

    async def settle(self, row: JournalRow) -> JournalRow:
        """Find out whether a row that may have run did.

        Raises:
            TrunklineError: the vendor cannot be reached; the row stays as it is.
        """
        if self.settler is None:
            return await self._settled(row, "quarantined", "it may have run, and nothing can be read back")
        # A row of an earlier run was sent before this one began, and that is all that is certain of it: the
        # clock of the host that sent it may be ahead of ours or behind.
        since = self.time_source.clock() - self._sent.pop(row.position, self._began)
        if since < self.delay:
            # the vendor may still be working on it: a read that comes too early would prove nothing
            await self.time_source.sleep(self.delay - since)
        try:
            found = await self.settler.read(row.arguments)
        except UnheededError as error:
            return await self._settled(row, "quarantined", str(error))
        except Exception as error:
            if is_outage(error) or isinstance(error, FATAL):
                raise
            self._cannot_read(error)
            # A passing error leaves the row open for the next round. Any other error would come back
            # each time, so the row is quarantined and a person decides.
            later = isinstance(error, TrunklineError) and error.retryable
            state: State = "sending" if later else "quarantined"
            return await self._settled(row, state, f"could not be read back: {type(error).__name__}")
        result = self.settler.judge(row.arguments, found, decoded(row.before))
        states: dict[Verdict, State] = {
            Verdict.DONE: "done",
            Verdict.UNTOUCHED: "planned",
            Verdict.UNCLEAR: "quarantined",
        }
        return await self._settled(row, states[result.verdict], f"{self.settler.how}: {result.proof}")

    async def postpone(self, row: JournalRow, error: Exception) -> JournalRow:
        """Store that a row was not sent in this run."""
        return await self._settled(row, "failed", "not sent: the vendor could not be reached", error=error)

    def _settled(
        self,
        row: JournalRow,
        state: State,
        proof: str,
        *,
        response: bytes | None = None,
        error: Exception | None = None,
    ) -> Awaitable[JournalRow]:
        status = getattr(error, "status", None)
        # In these states an error of an earlier attempt is over and is cleared. In the others it stays,
        # since it explains the state.
        told = state in ("done", "left", "planned")
        return self.writer.settle(
            evolve(
                row,
                state=state,
                proof=proof,
                response=response,
                error_type=type(error).__name__ if error else None if told else row.error_type,
                message=stored_text(error) if error else None if told else row.message,
                status=(status or None) if error else None if told else row.status,
            )
        )


__all__ = ["FATAL", "Applier", "JournalWriter"]
