"""Both vendors on one aiohttp server.

IDI answers under `/{service}/2X/{environment}/api/…` (any service segment, because the vendor's next links
name another one), its login under `/securitytoken/{1xa|1x}/{environment}/api/login`, Abzorb under
`/abzorb/api/…`. `/health` says that the server is up; `/sandbox/…` switches faults, reads the record
and moves the clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import math
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import msgspec
from aiohttp import web

from trunkline.errors import ConfigError
from trunkline.operation import Operation
from trunkline.sandbox import admin
from trunkline.sandbox.config import SandboxConfig
from trunkline.sandbox.faults import HEADER, FaultPlan, RetryAfter, Rule
from trunkline.sandbox.login import answer_login
from trunkline.sandbox.record import SentRequest, masked
from trunkline.sandbox.routing import Call, RefusedError, Route
from trunkline.sandbox.state import SandboxState
from trunkline.sandbox.vendors import Vendor

STATE: Final = web.AppKey("state", SandboxState)
_JSON: Final = "application/json"
_MAX_BODY: Final = 4 * 1024 * 1024
_READS: Final = frozenset({"GET", "HEAD"})
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def create_app(
    config: SandboxConfig,
    *,
    clock: Callable[[], float] | None = None,
    operations: Iterable[Operation[Any]] | None = None,
) -> web.Application:
    """The sandbox as an aiohttp application; its store is filled before this returns.

    Args:
        config: the settings. clock: Unix seconds, by default the machine's. operations: the endpoints to
            serve, by default those of both generated packages.
    Raises:
        ConfigError: a setting, the fault plan or the store is wrong.
    """
    app = web.Application(client_max_size=_MAX_BODY)
    app[STATE] = SandboxState(config, clock=clock, operations=operations)
    app.router.add_get("/health", _health)
    admin.add_routes(app, STATE)
    app.router.add_route("*", "/{tail:.*}", _serve)
    app.on_cleanup.append(_close)
    return app


async def _close(app: web.Application) -> None:
    app[STATE].close()


async def _health(request: web.Request) -> web.Response:
    state = request.app[STATE]
    return web.json_response({"status": "ok", "requests": state.record.total, "rows": state.config.rows})


async def _serve(request: web.Request) -> web.StreamResponse:
    """Place a request, let faults happen, sign the user in, carry the operation out, keep a record."""
    exchange = _Exchange(request.app[STATE], request)
    answer = exchange.place()
    if answer is not None:
        return answer
    delay, rule = exchange.fault()
    if delay:
        await asyncio.sleep(delay)
    if rule is not None and rule.kind in ("status", "reset"):
        return await exchange.fail(rule)
    body = await request.read() if request.body_exists else b""
    response = exchange.answer(body)
    if rule is not None:
        return await _spoil(request, response, rule)
    return response


class _Exchange:
    """One request on its way through the sandbox."""

    def __init__(self, state: SandboxState, request: web.Request) -> None:
        self._state = state
        self._request = request
        self._vendor: Vendor = state.abzorb
        self._environment = ""
        self._segments: tuple[str, ...] = ()
        self._route: Route | None = None
        self._user = ""
        self._hit: str | None = None
        self._is_login = False

    def place(self) -> web.Response | None:
        """Find the vendor by the path; an answer if there is none."""
        path = self._request.rel_url.raw_path
        parts = tuple(unquote(part) for part in path.split("/") if part)
        match [part.lower() for part in parts]:
            case ["abzorb", "api", *_]:
                self._segments = parts[2:]
            case ["securitytoken", "1xa" | "1x", _, "api", "login"]:
                self._vendor, self._environment, self._is_login = self._state.idi, parts[2], True
            case [_, "2x", _, "api", *_]:
                self._vendor, self._environment = self._state.idi, parts[2]
                self._segments = parts[3:]
            case _:
                return web.json_response({"error": "No API is served at this path."}, status=404)
        return None

    def fault(self) -> tuple[float, Rule | None]:
        """The delay and the fault that hit this request."""
        plan, override = self._state.faults, self._request.headers.get(HEADER)
        if override is not None:
            try:
                plan = FaultPlan.one(override)
            except ConfigError:
                plan = FaultPlan()
        if not plan.rules:
            return 0.0, None
        address = f"{self._request.method} {self._request.raw_path}"
        delay, rule = plan.draw(address, self._state.turns.next(address))
        self._hit = None if rule is None else str(rule.status or rule.kind)
        return delay, rule

    async def fail(self, rule: Rule) -> web.Response:
        """An error status instead of an answer, or no answer at all."""
        self._find()
        if rule.kind == "reset":
            self._keep(b"", 0)
            _cut(self._request)
            return web.Response(status=500)
        headers = _retry_after(rule.retry_after, self._state.clock())
        text = {429: "Too many requests.", 503: "The service is unavailable."}.get(
            rule.status, "Server error."
        )
        # The body was sent whether or not it is used; reading it keeps the connection fit for the next one.
        body = await self._request.read() if self._request.body_exists else b""
        return self._refused(self._vendor.refuse(rule.status, text, headers), body)

    def answer(self, body: bytes) -> web.Response:
        """The answer of the operation, or a refusal."""
        try:
            return self._carry_out(body)
        except RefusedError as refusal:
            return self._refused(refusal, body)

    def _carry_out(self, body: bytes) -> web.Response:
        state, request, now = self._state, self._request, self._state.clock()
        if self._is_login:
            status, kind, content = answer_login(
                state, request.method, self._environment, request.content_type, body
            )
            self._keep(b"", status)
            return web.Response(status=status, body=content, content_type=kind)
        values, allowed = self._find()
        if self._route is None and not allowed:
            raise self._vendor.refuse(404, "No such resource.")
        self._user = self._vendor.sign_in(
            request.headers, environment=self._environment, now=now, writes=request.method not in _READS
        )
        self._check_quota(now)
        if self._route is None:
            raise self._vendor.refuse(
                405, "The method is not allowed.", {"Allow": ", ".join(sorted(allowed))}
            )
        if self._route.handler is None:
            raise self._vendor.refuse(501, f"The sandbox does not serve {self._route.operation.id}.")
        raw_query = request.rel_url.raw_query_string
        call = Call(
            operation=self._route.operation,
            store=state.store,
            config=state.config,
            now=now,
            path=values,
            query=dict(parse_qsl(raw_query, keep_blank_values=True)) if raw_query else {},
            body=self._json(body),
            user=self._user,
            base=f"{request.scheme}://{request.host}",
            url_path=request.rel_url.raw_path,
        )
        found = self._run(call)
        self._keep(body, self._route.success)
        if found is None:
            return web.Response(status=self._route.success)
        content = found if isinstance(found, bytes) else _encode(found)
        return web.Response(status=self._route.success, body=content, content_type=_JSON)

    def _run(self, call: Call) -> Any:
        handler = self._route.handler if self._route else None
        assert handler is not None  # noqa: S101 - checked by the caller; for the type checker
        if call.operation.method in _READS:
            return handler(call)
        with call.store.transaction():
            return handler(call)

    def _find(self) -> tuple[tuple[str, ...], list[str]]:
        self._route, values, allowed = self._vendor.router.find(self._request.method, self._segments)
        return values, allowed

    def _json(self, body: bytes) -> Any:
        if not body or self._route is None or self._route.operation.body is None:
            return None
        try:
            return _decode(body)
        except msgspec.DecodeError as error:
            raise self._vendor.refuse(400, "The request body is not JSON.") from error

    def _check_quota(self, now: float) -> None:
        wait = self._state.quota.spend(f"{self._vendor.api} {self._user}", now)
        if wait is not None:
            headers = {"Retry-After": str(math.ceil(wait))}
            raise self._vendor.refuse(429, "The quota of this minute is used up.", headers)

    def _refused(self, refusal: RefusedError, body: bytes) -> web.Response:
        status = refusal.status or self._state.config.validation_status
        self._keep(body, status)
        return web.Response(
            status=status, body=_encode(refusal.body), content_type=_JSON, headers=refusal.headers
        )

    def _operation_id(self) -> str | None:
        if self._is_login:
            return "security_token.login"
        return self._route.operation.id if self._route else None

    def _keep(self, body: bytes, status: int) -> None:
        record = self._state.record
        if not record.is_on:
            record.total += 1
            return
        record.add(
            SentRequest(
                api=self._vendor.api,
                operation=self._operation_id(),
                method=self._request.method,
                url=self._request.raw_path,
                headers=masked(self._request.headers),
                body=body,
                status=status,
                user=self._user,
                fault=self._hit,
                at=self._state.clock(),
            )
        )


def _retry_after(form: RetryAfter | None, now: float) -> dict[str, str]:
    if form is None:
        return {}
    if form.form == "date":
        return {"Retry-After": email.utils.formatdate(now + float(form.value), usegmt=True)}
    return {"Retry-After": form.value}


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _spoil(request: web.Request, response: web.Response, rule: Rule) -> web.StreamResponse:
    """The answer with its body cut short or trickling."""
    body = response.body if isinstance(response.body, bytes) else b""
    stream = web.StreamResponse(status=response.status, headers={"Content-Type": response.content_type})
    stream.content_length = len(body)
    # The client may well give up on a connection that is being spoiled.
    with contextlib.suppress(ConnectionError):
        await stream.prepare(request)
        if rule.kind == "truncate":
            await stream.write(body[: len(body) // 2])
            _cut(request)
            return stream
        pieces = [body[i : i + max(1, len(body) // 10)] for i in range(0, len(body), max(1, len(body) // 10))]
        for piece in pieces:
            await asyncio.sleep(rule.over / max(1, len(pieces)))
            await stream.write(piece)
        await stream.write_eof()
    return stream
