"""The client that generated clients derive from: settings in, typed results out."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from trunkline._calls.attempts import Attempts
from trunkline._calls.call import Call, Stats
from trunkline._calls.client_settings import ClientSettings, aiohttp_transport, check_settings
from trunkline._calls.lifecycle import Lifecycle
from trunkline._calls.links import LinkRules
from trunkline._calls.pages import OpenWalks, PageRequest
from trunkline._calls.paging import Page, Pager
from trunkline._calls.polling import poll
from trunkline._calls.preparation import Preparation, checked_options
from trunkline._calls.reader import Reader
from trunkline._calls.reports import note_response
from trunkline._codec.codec import Codec
from trunkline._codec.no_drift import DriftOff, drift_recorder
from trunkline._wire.addresses import checked_base_url, checked_url
from trunkline._wire.failures import reports_failure
from trunkline._wire.messages import Request, Response, Transport
from trunkline._wire.own import own_headers, with_headers, with_query
from trunkline._wire.parameters import by_position
from trunkline._wire.requests import checked_routes
from trunkline.auth import Auth, AuthContext, Credentials, Headers
from trunkline.config import Limits, RequestOptions, RetryPolicy, Timeouts, TimeSource
from trunkline.errors import ConfigError, TrunklineError
from trunkline.events import Hook, combine, propagators
from trunkline.model import UNSET
from trunkline.network import Network
from trunkline.operation import Operation, Paging

if TYPE_CHECKING:
    from trunkline._codec.drift import DriftRecorder

T = TypeVar("T")
# Asking for a token twice does no harm, so this POST may be repeated.
_TOKEN_CALL: Operation[Any] = Operation(
    api="auth", id="token", title="", method="POST", path="/", namespace="", auth=(), idempotency="idempotent"
)
_DEFAULT = RequestOptions()


default_time_source = TimeSource
"""Makes the time source of a client that is given none; tests replace it to wait in no time."""


class BaseClient(Lifecycle):
    """Carries out operations. `async with` opens and closes it; without it the first call opens it.

    Args:
        base_url: https URL below which all paths lie; http only for loopback.
        auth: how to prove who is calling; None sends nothing. Where a document has several schemes: a mapping
            of their names, or a list of what `Client.auth(name, …)` makes; each operation gets the
            credentials that it names and no other.
        retry: what is tried again, how often and after how long.
        limits: concurrency, rate and circuit breaker.
        timeouts: of an attempt, of connecting, and of a call as a whole, in seconds.
        network: proxy, certificates, local address.
        routes: `{"device.search": "GET /api/device"}` replaces a route of the spec.
        headers: sent with every request.
        hooks: called with every event of `trunkline.events`.
        links: "strict" refuses next links of another origin or environment; "rebase" follows their path and
            query below `base_url`, for a vendor behind a gateway.
        drift: count what responses hold beyond or against the spec.
        strict: a value that its field cannot hold raises `ResponseShapeError`; otherwise the attribute is
            None and the value stays in the model's `extra`.
        max_response_bytes: cap of one response, after decompression.
        transport: replaces aiohttp; whoever passes one in closes it.
        time_source: clock, sleep and randomness for tests.
    Raises:
        ConfigError: a setting is wrong.
    """

    operations: ClassVar[Mapping[str, Operation[Any]]] = MappingProxyType({})
    failure_keys: ClassVar[frozenset[str]] = frozenset()
    """Keys of a JSON object that reports a failure with a success status, where it holds nothing else."""
    auth_schemes: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType({})
    pages_cut_at_hundreds: ClassVar[bool] = False
    """Whether this vendor is known to cut pages at multiples of 100 rows only; see `_calls/walk.py`."""

    def __init__(
        self,
        *,
        base_url: str,
        auth: Auth | Mapping[str, Auth] | Sequence[Auth] | None = None,
        retry: RetryPolicy | None = None,
        limits: Limits | None = None,
        timeouts: Timeouts | None = None,
        network: Network | None = None,
        routes: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        hooks: Sequence[Hook] = (),
        links: Literal["strict", "rebase"] = "strict",
        drift: bool = False,
        strict: bool = False,
        max_response_bytes: int = 64 * 1024 * 1024,
        transport: Transport | None = None,
        time_source: TimeSource | None = None,
    ) -> None:
        self._closed = True  # until every setting is checked
        check_settings(
            retry=retry,
            limits=limits,
            timeouts=timeouts,
            network=network,
            links=links,
            max_response_bytes=max_response_bytes,
            transport=transport,
            time_source=time_source,
        )
        # The address is checked before a transport is made: no connection is opened to an address that
        # credentials must not go to.
        self.base_url = checked_base_url(base_url)
        self._policy = retry or RetryPolicy()
        self._total = (timeouts or Timeouts()).total
        self._time_source = time_source or default_time_source()
        self._emit = combine(hooks)
        self._propagators = propagators(hooks)
        self._links = links
        self._walks = OpenWalks()
        self._credentials = Credentials(auth, self.auth_schemes)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        recorder = drift_recorder() if drift else None
        self.drift: DriftRecorder | DriftOff = recorder or DriftOff()
        """What responses held beyond or against the spec: `client.drift.report()`; falsy while off."""
        self._codec = Codec(recorder, strict=strict)
        self._prepared = Preparation(
            base=self.base_url,
            codec=self._codec,
            headers=own_headers(headers or {}, ConfigError),
            routes=checked_routes(routes or {}, self.operations),
            credentials=self._credentials,
        )
        # Plans and traits are found here without a call; this is on the path of every request.
        self._plans, self._traits = self._prepared.plans, self._prepared.traits
        self._reader = Reader(self._codec, self._plans, self.reports_failure, self._credentials.secrets)
        self._owned = transport is None
        self._transport = transport or aiohttp_transport(timeouts or Timeouts(), max_response_bytes, network)
        self._attempts = Attempts(
            transport=self._transport,
            context=AuthContext(
                time_source=self._time_source, post=self._post, spawn=self._spawn, emit=self._emit
            ),
            limits=limits or Limits(),
            policy=self._policy,
            timeouts=timeouts or Timeouts(),
            time_source=self._time_source,
            emit=self._emit,
            hint=self.hint,
            secrets=self._credentials.secrets,
            error_body=self._reader.error_body,
            identity=self._prepared.identity,
        )
        self._closed = False

    # -- what an API's client may override -------------------------------------------------------------

    def hint(self, op: Operation[Any], status: int | None) -> str | None:
        """What a user may do about a status, or about no response (None); part of the error's text."""
        return None

    def link_scope(self, path: str) -> str:
        """The part of a URL's path that a next link must share with the base URL: the base path itself.

        Compared between the link and the base URL; scheme, host and port must be equal anyway.
        """
        depth = self.base_url.raw_path.rstrip("/").count("/") + 1
        return "/".join(path.split("/")[:depth])

    def reports_failure(self, op: Operation[Any], body: bytes) -> bool:
        """Whether a response with a success status reports that the request failed."""
        return reports_failure(body, self.failure_keys)

    # -- calls -----------------------------------------------------------------------------------------

    @property
    def identity(self) -> str:
        """Address, corrected routes, a fingerprint of the user: equal where the same data is reached."""
        return self._prepared.identity()

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
            StatusError, TransportError, DeadlineError, ResponseShapeError: as the class states.
        """
        request = (self._plans.get(op) or self._prepared.plan(op)).request(
            path, query, headers, cookies, body
        )
        if options is not None:
            request = with_query(request, checked_options(options).query)
        call = self._begin(op, request, options or _DEFAULT)
        if self._emit is None:
            response = await self._attempts.run(call)
            try:
                return self._reader.value(op, response)
            except TrunklineError as error:
                note_response(call, error, response)
                raise
        return await self._attempts.observed(call, functools.partial(self._reader.value, op))

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
        plan = self._plans.get(op) or self._prepared.plan(op)
        chosen = _DEFAULT if options is None else checked_options(options)

        def first(replaced: Mapping[str, Any]) -> Request:
            page = list(values) + [None] * (len(op.query_params) - len(values))
            for index, param in enumerate(op.query_params):
                page[index] = replaced.get(param.wire, page[index])
            return with_query(plan.request(path, page, headers, cookies, body), chosen.query)

        async def fetch(request: Request) -> Response:
            call = self._begin(op, request, chosen)
            return await self._attempts.observed(call, functools.partial(self._reader.page, op))

        # Built once now, so that wrong arguments are an error where `search(…)` is written and not
        # where the rows are read.
        first({})
        given = {p.wire: v for p, v in zip(op.query_params, values, strict=False)}
        paging = op.paging or Paging()
        return Pager(
            PageRequest(
                op=op,
                codec=self._codec,
                first=first,
                fetch=fetch,
                links=LinkRules(
                    base=self.base_url,
                    scope=self.link_scope,
                    rebase=self._links == "rebase",
                    credentials=self._prepared.query_credentials(op),
                ),
                top=given.get(paging.top or ""),
                skip=given.get(paging.skip or ""),
                capped=self.pages_cut_at_hundreds,
                emit=self._emit,
                walks=self._walks,
            )
        )

    async def poll(
        self,
        call: Callable[[], Awaitable[T]],
        *,
        until: Callable[[T], bool],
        every: float = 2.0,
        timeout: float | None = None,
    ) -> T:
        """Make the same call again until its result is as wanted; return that result.

            await client.poll(lambda: client.orders.get(5), until=lambda order: order.status == "done")

        Args:
            every: seconds between two calls, within a tenth (jitter).
            timeout: seconds for all of it; None waits for ever.
        Raises:
            ArgumentError: `call` or `until` is not a function, or returns something else than it should.
            DeadlineError: the time ran out; a `TimeoutError`. What a call raises is not caught.
        """
        return await poll(self._time_source, call, until=until, every=every, timeout=timeout)

    def reset(self) -> None:
        """Close the circuit breaker and forget refused credentials: the next call is sent at once."""
        if self._attempts.admission.breaker is not None:
            self._attempts.admission.breaker.reset()
        for auth in self._credentials.all():
            auth.reset()

    def _begin(self, op: Operation[Any], request: Request, options: RequestOptions) -> Call:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._first_use(loop)
        if self._closed:
            raise ConfigError("this client is closed; make a new one")
        if options.headers:
            request = with_headers(request, options.headers)
        began = self._time_source.clock()
        total = options.timeout or self._total
        idempotent = options.idempotent
        call = Call(
            op,
            self._traits.get(op) or self._prepared.traits_of(op),
            request,
            options.retry or self._policy,
            op.idempotency != "unsafe" if idempotent is None else idempotent,
            began,
            None if total is None else began + total,
            options.info,
        )
        for hook in self._propagators:
            added = hook.begin(call.name, request.method, op.path, id(call))
            call.request = with_headers(call.request, added)
        return call

    async def _post(self, url: str, headers: Headers, body: bytes) -> bytes:
        """A token request: the client's retries, but none of its slots, which the waiting call may hold."""
        request = Request("POST", checked_url("the login's address", url), dict(**headers), body)
        del headers, body  # no local variable of a waiting frame shows them
        call = self._begin(_TOKEN_CALL, request, _DEFAULT)
        # The waiting call may hold the last slot. A login that waited for a slot too
        # would wait for ever.
        call.limited = False
        return await self._attempts.observed(call, lambda response: response.body)

    def __repr__(self) -> str:
        kind = f"{type(self).__module__}.{type(self).__qualname__}"
        closed = " closed" if self._closed else ""
        return f"<{kind} {self.base_url} auth={self._credentials!r}{closed}>"


__all__ = ["BaseClient", "ClientSettings", "Page", "Pager", "RequestOptions", "Stats"]
