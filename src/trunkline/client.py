"""The client that generated clients derive from: settings in, typed answers out."""

from __future__ import annotations

import asyncio
import functools
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self, TypedDict, TypeVar
from urllib.parse import quote

from trunkline import __version__, odata
from trunkline._calls.attempts import Attempts
from trunkline._calls.call import Call, Stats
from trunkline._calls.paging import Page, Pager
from trunkline._calls.reader import Reader
from trunkline._codec.codec import Codec
from trunkline._wire.addresses import checked_base_url, checked_url
from trunkline._wire.messages import Request, Response, Transport
from trunkline._wire.parameters import by_position, checked_headers
from trunkline._wire.requests import Plan, checked_routes
from trunkline._wire.responses import reports_failure
from trunkline.auth import Auth, AuthContext, Headers
from trunkline.config import Limits, RequestOptions, RetryPolicy, Timeouts, TimeSource
from trunkline.errors import ArgumentError, ConfigError, TrunklineError
from trunkline.events import Hook, OutcomeEvent, combine
from trunkline.model import UNSET
from trunkline.operation import Operation, Paging, Param

if TYPE_CHECKING:
    from trunkline._codec.drift import DriftRecorder

T = TypeVar("T")
_OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "authorization"})
_TOKEN_CALL: Operation[Any] = Operation(
    api="auth", id="token", title="", method="POST", path="/", namespace="", auth=(), idempotency="idempotent"
)
"""Asking for a token twice does no harm, so this POST may be repeated."""


_DEFAULT = RequestOptions()


class ClientSettings(TypedDict, total=False):
    """The keyword arguments that every client passes on to `BaseClient`, typed for `Unpack`."""

    retry: RetryPolicy | None
    limits: Limits | None
    timeouts: Timeouts | None
    routes: Mapping[str, str] | None
    headers: Mapping[str, str] | None
    hooks: Sequence[Hook]
    drift: bool
    strict: bool
    max_response_bytes: int
    transport: Transport | None
    time_source: TimeSource | None


class BaseClient:
    """Carries out operations. `async with` opens and closes it; without it the first call opens it.

    Args:
        base_url: https URL below which all paths lie; http only for loopback.
        auth: how to prove who is calling; None sends nothing.
        routes: `{"device.search": "GET /api/device"}` replaces a route of the spec.
        headers: sent with every request.
        hooks: called with every record of `trunkline.events`.
        drift: count what answers hold beyond or against the spec.
        strict: a value that its field cannot hold raises `ResponseShapeError`; otherwise the attribute is
            None and the value stays in the model's `extra`.
        max_response_bytes: cap of one answer, after decompression.
        transport: replaces aiohttp; whoever passes one in closes it.
        time_source: clock, sleep and randomness for tests.
    Raises:
        ConfigError: a setting is wrong.
    """

    operations: ClassVar[Mapping[str, Operation[Any]]] = MappingProxyType({})
    failure_keys: ClassVar[frozenset[str]] = frozenset()
    """Keys of a JSON object that reports a failure with a success status, where it holds nothing else."""

    def __init__(
        self,
        *,
        base_url: str,
        auth: Auth | None = None,
        retry: RetryPolicy | None = None,
        limits: Limits | None = None,
        timeouts: Timeouts | None = None,
        routes: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        hooks: Sequence[Hook] = (),
        drift: bool = False,
        strict: bool = False,
        max_response_bytes: int = 64 * 1024 * 1024,
        transport: Transport | None = None,
        time_source: TimeSource | None = None,
    ) -> None:
        self._closed = True  # until every setting is checked
        if auth is not None and not isinstance(auth, Auth):
            raise ConfigError(
                "auth must be one of the schemes of trunkline.auth, for example BasicAuth(user, password)"
            )
        wanted = (retry, RetryPolicy), (limits, Limits), (timeouts, Timeouts), (time_source, TimeSource)
        for given, kind in wanted:
            if given is not None and not isinstance(given, kind):
                raise ConfigError(f"a {kind.__name__} is wanted where {type(given).__name__} was given")
        if not isinstance(max_response_bytes, int) or max_response_bytes < 1:
            raise ConfigError("max_response_bytes must be a whole number of at least 1")
        self.base_url = checked_base_url(base_url)
        self._policy = retry or RetryPolicy()
        self._total = (timeouts or Timeouts()).total
        self._time_source = time_source or TimeSource()
        self._emit = combine(hooks)
        self._routes = checked_routes(routes or {}, self.operations)
        self._headers = _own_headers(headers or {}, ConfigError)
        self._auth = auth or Auth()
        self._plans: dict[Operation[Any], Plan] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        recorder = _drift_recorder() if drift else None
        self.drift: DriftRecorder | DriftOff = recorder or DriftOff()
        """What answers held beyond or against the spec: `client.drift.report()`; falsy while off."""
        self._codec = Codec(recorder, strict=strict)
        self._reader = Reader(self._codec, self._plans, self.reports_failure)
        self._owned = transport is None
        self._transport = transport or _aiohttp(timeouts or Timeouts(), max_response_bytes)
        self._attempts = Attempts(
            transport=self._transport,
            auth=self._auth,
            context=AuthContext(
                time_source=self._time_source, post=self._post, spawn=self._spawn, emit=self._emit
            ),
            limits=limits or Limits(),
            policy=self._policy,
            timeouts=timeouts or Timeouts(),
            time_source=self._time_source,
            emit=self._emit,
            hint=self.hint,
        )
        self._closed = False

    # -- what an API's client may override -------------------------------------------------------------

    def hint(self, op: Operation[Any], status: int | None) -> str | None:
        """What a user may do about a status, or about no answer (None); becomes part of the error's text."""
        return None

    def link_scope(self, path: str) -> str:
        """The part of a URL's path that a next link must share with the base URL: the base path itself.

        Compared between the link and the base URL; scheme, host and port must be equal anyway.
        """
        depth = self.base_url.raw_path.rstrip("/").count("/") + 1
        return "/".join(path.split("/")[:depth])

    def reports_failure(self, op: Operation[Any], body: bytes) -> bool:
        """Whether an answer with a success status says that the request failed."""
        return reports_failure(body, self.failure_keys)

    # -- calls -----------------------------------------------------------------------------------------

    @property
    def identity(self) -> str:
        """Where calls go and as whom: address, corrected routes, and a fingerprint of the user.

        Equal for clients that reach the same data, however their settings were given; it holds no credential.
        """
        routes = "".join(f" {id_}={' '.join(route)}" for id_, route in sorted(self._routes.items()))
        return f"{self.base_url}{routes} user {self._auth.owner or 'unknown'}"

    @property
    def stats(self) -> Stats:
        """Counters since the client was made."""
        return self._attempts.stats

    async def call(
        self,
        op: Operation[T],
        *,
        path: Sequence[Any] = (),
        query: Sequence[Any] = (),
        headers: Sequence[Any] = (),
        cookies: Sequence[Any] = (),
        body: Any = UNSET,
        options: RequestOptions | None = None,
    ) -> T:
        """Carry out one operation; the sequences hold values in the order of the operation's parameters.

        Raises:
            ArgumentError: a value is missing or wrong; nothing was sent.
            StatusError, TransportError, DeadlineError, ResponseShapeError: as the class says.
        """
        request = (self._plans.get(op) or self._plan(op)).request(path, query, headers, cookies, body)
        call = self._begin(op, request, options or _DEFAULT)
        if self._emit is None:
            return self._reader.value(op, await self._attempts.run(call))
        return await self._observed(call, functools.partial(self._reader.value, op))

    def paginate(
        self,
        op: Operation[Any],
        *,
        path: Sequence[Any] = (),
        query: Sequence[Any] | Mapping[str, Any] = (),
        headers: Sequence[Any] = (),
        cookies: Sequence[Any] = (),
        body: Any = UNSET,
        options: RequestOptions | None = None,
    ) -> Pager[Any]:
        """Walk a collection. Arguments are checked now, the first request goes when the pager is used.

        query: values in the order of the parameters, or by their Python names.
        """
        values = by_position(op.query_params, query)
        plan = self._plans.get(op) or self._plan(op)
        plan.request(path, values, headers, cookies, body)

        def first(replaced: Mapping[str, Any]) -> Request:
            page = list(values) + [None] * (len(op.query_params) - len(values))
            for index, param in enumerate(op.query_params):
                page[index] = replaced.get(param.wire, page[index])
            return plan.request(path, page, headers, cookies, body)

        async def fetch(request: Request) -> bytes:
            call = self._begin(op, request, options or _DEFAULT)
            return await self._observed(call, functools.partial(self._reader.json_bytes, op))

        given = {p.wire: v for p, v in zip(op.query_params, values, strict=False)}
        paging = op.paging or Paging()
        return Pager(
            op=op,
            codec=self._codec,
            first=first,
            fetch=fetch,
            base=self.base_url,
            scope=self.link_scope,
            top=given.get(paging.top or ""),
            skip=given.get(paging.skip or ""),
            emit=self._emit,
            credentials=self._query_credentials(op),
        )

    def _begin(self, op: Operation[Any], request: Request, options: RequestOptions) -> Call:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._first_use(loop)
        if self._closed:
            raise ConfigError("this client is closed; make a new one")
        if options is not _DEFAULT and not isinstance(options, RequestOptions):
            raise ArgumentError("options must be RequestOptions(…)")
        if options.headers:
            request = Request(
                request.method,
                request.url,
                request.headers | _own_headers(options.headers, ArgumentError),
                request.body,
            )
        began = self._time_source.clock()
        total = options.timeout or self._total
        idempotent = options.idempotent
        return Call(
            op,
            request,
            options.retry or self._policy,
            op.idempotency != "unsafe" if idempotent is None else idempotent,
            began,
            None if total is None else began + total,
        )

    def _first_use(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not None and not self._closed:
            raise ConfigError("a client belongs to the event loop of its first call; make one for each loop")
        self._loop = loop

    async def _observed(self, call: Call, read: Callable[[Response], T]) -> T:
        """The answer of a call as `read` reads it; whoever listens is told how the call ended."""
        status: int | None = None
        failed: str | None = None
        try:
            answer = await self._attempts.run(call)
            status = answer.status
            return read(answer)
        except BaseException as error:
            failed = type(error).__name__
            status = getattr(error, "status", status) or None
            raise
        finally:
            if self._emit is not None:
                self._emit(
                    OutcomeEvent(
                        operation=call.name,
                        status=status,
                        error=failed,
                        attempts=call.attempts,
                        seconds=self._time_source.clock() - call.began,
                        call=id(call),
                        method=call.request.method,
                        route=call.op.path,
                    )
                )

    # -- plumbing --------------------------------------------------------------------------------------

    def _plan(self, op: Operation[Any]) -> Plan:
        extra = "&".join(f"{name}={value}" for name, value in self._query_credentials(op).items())
        plan = Plan(op, self.base_url, self._codec, self._headers, self._routes.get(op.id), _render, extra)
        self._plans[op] = plan
        return plan

    def _query_credentials(self, op: Operation[Any]) -> dict[str, str]:
        """Keys that stand in the query, quoted."""
        if op.auth == ():
            return {}
        return {quote(name, safe=""): quote(secret.reveal(), safe="") for name, secret in self._auth.query}

    async def _post(self, url: str, headers: Headers, body: bytes) -> bytes:
        """A token request: the client's retries, but none of its slots, which the waiting call may hold."""
        request = Request("POST", checked_url("the login's address", url), dict(headers), body)
        del headers, body  # no local variable of a waiting frame shows them
        call = self._begin(_TOKEN_CALL, request, _DEFAULT)
        call.limited = False
        return await self._observed(call, lambda answer: answer.body)

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def __aenter__(self) -> Self:
        if self._closed:
            raise ConfigError("this client is closed; make a new one")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close connections and end background tasks; closing twice is fine."""
        self._closed = self._attempts.closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        try:
            await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            if self._owned:
                await self._transport.aclose()

    def __del__(self) -> None:
        if not getattr(self, "_closed", True) and self._owned and self._loop is not None:
            warnings.warn(
                f"unclosed {self!r}; use `async with` or aclose()", ResourceWarning, stacklevel=2, source=self
            )

    def __repr__(self) -> str:
        kind = f"{type(self).__module__}.{type(self).__qualname__}"
        return f"<{kind} {self.base_url} auth={self._auth!r}{' closed' if self._closed else ''}>"


def _own_headers(headers: Mapping[str, str], error: type[TrunklineError]) -> dict[str, str]:
    """Headers of the caller, without those that this library owns."""
    for name in headers:
        if name.lower() in _OWN_HEADERS:
            raise error(f"the header {name} is set by the library and cannot be given")
    try:
        return checked_headers(headers)
    except ArgumentError as problem:
        raise error(str(problem)) from None


def _render(op: Operation[Any], param: Param, value: Any) -> Any:
    """A typed filter or ordering as its OData text, checked against the operation; anything else as it is."""
    if param.wire == "$filter":
        return odata.check(value, op)
    if param.wire == "$orderby":
        return odata.check_order(value, op)
    if param.wire == "$select" and not isinstance(value, str):
        return ",".join(value)
    return value


class DriftOff:
    """In place of the recorder of a client that was not made with `drift=True`."""

    def __bool__(self) -> bool:
        return False

    def report(self) -> NoReturn:
        """Say how to switch it on. Raises: ConfigError."""
        raise ConfigError("this client does not look for drift: make it with drift=True")


def _drift_recorder() -> DriftRecorder:
    from trunkline._codec.drift import DriftRecorder

    return DriftRecorder()


def _aiohttp(timeouts: Timeouts, max_response_bytes: int) -> Transport:
    from trunkline._http.session import AiohttpTransport  # aiohttp is two thirds of what an import could take

    return AiohttpTransport(
        timeouts=timeouts, max_response_bytes=max_response_bytes, user_agent=f"trunkline/{__version__}"
    )


__all__ = ["BaseClient", "ClientSettings", "Page", "Pager", "RequestOptions", "Stats"]
