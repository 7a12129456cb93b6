"""The error tree. Everything trunkline raises on purpose derives from `TrunklineError`.

No message, repr or traceback of these holds a secret, a telephone number or a URL's query values.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from attrs import field as attribute

from trunkline import _deferred
from trunkline._masking.concealed import Concealed
from trunkline._masking.text import mask

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


def _masked(text: str | None) -> str:
    return repr(None if text is None else mask(text))


@_deferred.frozen(kw_only=True)
class VendorMessage:
    """One message of a vendor's error body.

    IDI sends `{"errors": [{"field", "loggingNumber", "message"}]}`; Abzorb `{"response_message": …}` or
    `{"error": …}`. `logging_number` is what IDI's support asks for. The repr masks telephone numbers and long
    identifiers; the attributes hold the vendor's words as they came.
    """

    message: str = attribute(repr=_masked)
    field: str | None = attribute(default=None, repr=_masked)
    logging_number: int | None = None


class TrunklineError(Exception):
    """Root of the tree.

    retryable: whether the same call may succeed later.
    may_have_run: whether the vendor may have carried the request out.

    Remedy: catch this one where every failure is handled alike; `retryable` and `may_have_run` show
    what may be done next.
    """

    retryable: bool = False
    may_have_run: bool = False
    # Concealed: whoever only shows the error must not show cookies and quotas of the response.
    _headers: Concealed | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the response that the error is about, names in any case; empty where none came.

        Masked in an error that was pickled.
        """
        return _NO_HEADERS if self._headers is None else self._headers.reveal()

    def keep_headers(self, headers: Mapping[str, str]) -> None:
        """Take the headers of the response that the error is about; the client calls it."""
        self._headers = Concealed(headers)


class ConfigError(TrunklineError):
    """A setting is missing or wrong; the message names it and states what to set.

    Remedy: set what the message names; `trunkline config show` prints every setting that counts.
    """


class ArgumentError(TrunklineError):
    """An argument of a call is wrong; nothing was sent.

    Remedy: correct the call as the message states.
    """


class FilterError(ArgumentError):
    """A field that the operation does not filter or sort by, or an operator that the value does not fit.

    Remedy: choose a field of the operation's `filterable` or `sortable`, or pass `odata.raw(…)`.
    """


class PatchError(ArgumentError):
    """A field that cannot be patched, or not with that verb.

    Remedy: use a method of the operation's patch class; it has the documented fields and verbs only.
    """


class TransportError(TrunklineError):
    """No response: connection refused or lost, name not found, proxy or TLS failure.

    Remedy: let `trunkline doctor` examine the way to the vendor. Where `may_have_run` is set, look at
    the object before you send the change again.
    """

    retryable = True

    def __init__(
        self, message: str, *, operation: str = "", attempts: int = 0, may_have_run: bool = False
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.attempts = attempts
        self.may_have_run = may_have_run


class DeadlineError(TransportError, TimeoutError):
    """The attempt's or the call's time ran out; a `TimeoutError` too.

    Remedy: raise `Timeouts(attempt=…, total=…)` for a slow operation. A new host that never gets a
    response is probably not on IDI's address list.
    """


class StatusError(TrunklineError):
    """A response with an error status, or a success status whose body reports a failure.

    status: HTTP status. request_id: the vendor's, if it sent one. messages: the vendor's own text.
    body: the document's model of this status where it has one and the body fits it, else the decoded JSON, or
        its text shortened; not shown in the repr. retry_after: seconds, if sent.

    Remedy: read `messages`; `retryable` shows whether the same call may succeed later.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str = "",
        status: int = 0,
        request_id: str | None = None,
        messages: tuple[VendorMessage, ...] = (),
        body: Any = None,
        retry_after: float | None = None,
        attempts: int = 1,
        retryable: bool = False,
        may_have_run: bool = False,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.status = status
        self.request_id = request_id
        self.messages = messages
        self._body = Concealed(body)
        self.retry_after = retry_after
        self._headers = Concealed(headers)
        self.attempts = attempts
        self.retryable = retryable
        self.may_have_run = may_have_run

    def __reduce__(self) -> tuple[Any, ...]:
        # errors travel between processes, as from a cluster's workers; what is concealed hides itself there
        made: tuple[Any, ...] = (type(self), self.args, dict(vars(self)))
        return made

    @property
    def body(self) -> Any:
        """The documented model, the decoded JSON or the text; masked in an error that was pickled."""
        return self._body.reveal()

    @body.setter
    def body(self, value: Any) -> None:
        self._body = Concealed(value)


class BadRequestError(StatusError):
    """400, 422, or a failed validation reported with status 200.

    Remedy: correct the value that the vendor names; the same call would fail again.
    """


class AuthError(StatusError):
    """401, or a login that was refused.

    Remedy: check user, password and environment, then call `client.reset()`: a refusal is remembered.
    """


class ForbiddenError(StatusError):
    """403: no permission, or a host that is not on the vendor's address list.

    Remedy: ask the vendor for the permission, or to register this host's address.
    """


class RequestFailedError(StatusError):
    """402: a valid request that the vendor could not carry out.

    Remedy: read the vendor's message: the state of the customer or order forbids what was asked.
    """


class NotFoundError(StatusError):
    """404, or a key that a bulk response does not hold.

    Remedy: check identifier and environment; IDI has one message for "missing" and "no access".
    """


class WrongRouteError(NotFoundError):
    """404 that is not in the vendor's own words, where the route is inferred: it may be wrong.

    Remedy: `trunkline doctor --probe` looks for the right one; `Client(routes=…)` sets it.
    """


class MultipleRowsError(TrunklineError):
    """A key that should be one row's is the key of several; `rows` is their number.

    Remedy: take all of them: `loader.load_rows(key)`, or `--all-matches` at the command line.
    """

    def __init__(self, message: str, *, operation: str = "", rows: int = 0, attempts: int = 1) -> None:
        super().__init__(message)
        self.operation = operation
        self.rows = rows
        self.attempts = attempts


class ConflictError(StatusError):
    """409.

    Remedy: read what is there already, then change that or choose another key.
    """


class RateLimitedError(StatusError):
    """429 beyond what the retry policy waits for.

    Remedy: send less with `Limits(rate="20/s")`, or wait longer with
    `RetryPolicy(max_retry_after=…, deadline=…)`.
    """


class UnavailableError(StatusError):
    """503 beyond what the retry policy waits for.

    Remedy: come back after `retry_after` seconds. Bulk runs wait by themselves, see `outage=`.
    """


class ServerError(StatusError):
    """Any other 5xx.

    Remedy: repeat a read. Before you repeat a change, look whether it took effect.
    """


class ResponseShapeError(TrunklineError):
    """The response differs from the spec and cannot be read without losing something.

    paths: places in the body, "$.value[3].deviceID", without values.
    body: the decoded JSON, or the text where it is not JSON; None where there is none; not in the repr.

    Remedy: see `paths` and `body` for what differs; the spec is corrected by what
    `trunkline doctor --probe --drift FILE` writes.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str = "",
        paths: tuple[str, ...] = (),
        body: Any = None,
        may_have_run: bool = True,
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.paths = paths
        self._body = Concealed(body)
        self.may_have_run = may_have_run

    @property
    def body(self) -> Any:
        """What came: decoded JSON, or text; masked in an error that was pickled."""
        return self._body.reveal()


class PagingError(TrunklineError):
    """A next link that must not be followed: another origin or environment, or one that repeats.

    Remedy: behind a gateway set `links="rebase"`; otherwise tell the vendor.
    """


class InputError(TrunklineError):
    """A file, column or key of a bulk run that cannot be used.

    Remedy: correct the line or column that the message names; nothing was sent for it.
    """


class CheckpointError(TrunklineError):
    """A checkpoint that belongs to another run or cannot be written.

    Remedy: resume with the same input, vendor and user, or begin anew (`--restart`).
    """
