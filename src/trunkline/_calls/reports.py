"""What a client reports of its calls: events for hooks, the caller's ResponseInfo, notes in errors."""

from __future__ import annotations

from yarl import URL

from trunkline._calls.call import Call, Stats
from trunkline._wire.messages import Response
from trunkline._wire.responses import request_id
from trunkline.config import ResponseInfo, TimeSource
from trunkline.errors import ConfigError, TrunklineError
from trunkline.events import AttemptEvent, Hook, OutcomeEvent, RetryEvent

_MAY_HAVE_RUN = "it may have been carried out: check before you repeat it"


class Reports:
    """Reports the calls of one client. Without hooks no event is built."""

    def __init__(self, time_source: TimeSource, stats: Stats, emit: Hook | None) -> None:
        self._clock = time_source.clock
        self._stats = stats
        self._emit = emit

    def attempted(self, call: Call, began: float, status: int | None, error: str | None) -> None:
        """An attempt has its response, or failed."""
        if self._emit is None:
            return
        url = call.request.url
        self._emit(
            AttemptEvent(
                operation=call.name,
                attempt=call.attempts,
                status=status,
                error=error,
                seconds=self._clock() - began,
                call=id(call),
                method=call.request.method,
                host=url.host or "",
                port=url.port or 0,
            )
        )

    def repeated(self, call: Call, delay: float, reason: str) -> None:
        """Another attempt follows after `delay` seconds."""
        self._stats.retries += 1
        call.counters.retries += 1
        if self._emit is not None:
            self._emit(
                RetryEvent(
                    operation=call.name, attempt=call.attempts, delay=delay, reason=reason, call=id(call)
                )
            )

    def ended(self, call: Call, status: int | None, error: str | None) -> None:
        """A call has its result, or failed."""
        if self._emit is None:
            return
        self._emit(
            OutcomeEvent(
                operation=call.name,
                status=status,
                error=error,
                attempts=call.attempts,
                seconds=self._clock() - call.began,
                call=id(call),
                method=call.request.method,
                route=call.op.path,
            )
        )

    def fill(self, call: Call, info: ResponseInfo, response: Response) -> None:
        """Copy status, headers and timing of a response into the caller's record."""
        info.status = response.status
        info.headers = response.headers
        info.request_id = request_id(response.headers)
        info.attempts = call.attempts
        info.seconds = self._clock() - call.began
        info.url = _without_values(call.request.url)


def _without_values(url: URL) -> str:
    path, _, query = str(url).partition("?")
    if not query:
        return path
    # Values of a query may be telephone numbers, and callers log this record.
    return path + "?" + "&".join(f"{pair.partition('=')[0]}=…" for pair in query.split("&") if pair)


def note_response(call: Call, error: TrunklineError, response: Response) -> None:
    """Give an error that was found in a response the response's headers, and what `note_if_unsafe` adds."""
    if not error.headers:
        error.keep_headers(response.headers)
    note_if_unsafe(call, error)


def note_if_unsafe(call: Call, error: TrunklineError) -> None:
    """State in an error that its call may have been carried out, where repeating it could do it twice."""
    if call.repeatable or not error.may_have_run:
        return
    # A caller's own retry loop reads this flag, and would repeat the change.
    error.retryable = False
    error.args = (f"{error}; {_MAY_HAVE_RUN}",)


def closed_error(call: Call) -> ConfigError:
    """The error of a call whose client is closed."""
    error = ConfigError(f"{call.name}: the client was closed before the response came")
    error.may_have_run = call.ran
    note_if_unsafe(call, error)
    return error


__all__ = ["Reports", "closed_error", "note_if_unsafe", "note_response"]
