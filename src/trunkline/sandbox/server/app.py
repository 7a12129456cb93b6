"""Both vendors on one aiohttp server.

IDI answers under `/{service}/2X/{environment}/api/…` (any service segment, because the vendor's next links
name another one), its login under `/securitytoken/{1xa|1x}/{environment}/api/login`, Abzorb under
`/abzorb/api/…`. `/health` says that the server is up; `/sandbox/…` switches faults, reads the record
and moves the clock; `/` is a page for the browser that shows and does all of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import msgspec
from aiohttp import web
from attrs import evolve
from sqlalchemy.exc import DataError, SQLAlchemyError

from trunkline import apis
from trunkline.errors import ConfigError
from trunkline.operation import Operation
from trunkline.sandbox import page
from trunkline.sandbox.config import SandboxConfig
from trunkline.sandbox.faults.plan import HEADER, FaultPlan, Hit
from trunkline.sandbox.faults.rules import Asked, Rule
from trunkline.sandbox.faults.spoiling import cut, error_page, retry_after, spoil
from trunkline.sandbox.record import SentRequest, masked
from trunkline.sandbox.routing import Call, RefusedError, Route
from trunkline.sandbox.server import admin
from trunkline.sandbox.server.login import login_response
from trunkline.sandbox.state import SandboxState
from trunkline.sandbox.vendors import Vendor

STATE: Final = web.AppKey("state", SandboxState)
_JSON: Final = "application/json"
_MAX_BODY: Final = 4 * 1024 * 1024
_log = logging.getLogger("trunkline.sandbox")
_CALM: Final = FaultPlan()
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
            serve, by default those of every registered API.
    Raises:
        ConfigError: a setting, the fault plan or the store is wrong.
    """
    app = web.Application(client_max_size=_MAX_BODY)
    app[STATE] = SandboxState(config, clock=clock, operations=operations)
    app.router.add_get("/health", _health)
    admin.add_routes(app, STATE)
    page.add_routes(app, STATE)
    app.router.add_route("*", "/{tail:.*}", _serve)
    app.on_cleanup.append(_close)
    return app


async def _close(app: web.Application) -> None:
    app[STATE].close()


async def _health(request: web.Request) -> web.Response:
    """Whether requests can be answered: 503 while the store does not answer."""
    state = request.app[STATE]
    try:
        state.store.check()
    except (SQLAlchemyError, sqlite3.Error) as error:
        return web.json_response({"status": "store unreachable", "error": type(error).__name__}, status=503)
    return web.json_response(
        {
            "status": "ok",
            "requests": state.record.total,
            "rows": state.config.rows,
            "process": os.getpid(),
        }
    )


async def _serve(request: web.Request) -> web.StreamResponse:
    """Place a request, let faults happen, sign the user in, carry the operation out, keep a record."""
    exchange = _Exchange(request.app[STATE], request)
    answer = exchange.place() or exchange.meet()
    if answer is not None:
        return answer
    hit = exchange.hit
    if hit.delay:
        await asyncio.sleep(hit.delay)
    # The body was sent whether or not it is used; reading it keeps the connection fit for the next request.
    try:
        body = await request.read() if request.body_exists else b""
    except web.HTTPRequestEntityTooLarge:
        return exchange.refuse(413, f"The request body is larger than {_MAX_BODY:,} bytes.")
    except web.RequestPayloadError:
        return exchange.refuse(400, "The request body cannot be unpacked.")
    if hit.rule is not None and hit.rule.kind in ("status", "reset", "html") and not hit.rule.late:
        return exchange.fail(hit.rule, body)
    response = exchange.answer(body)
    return response if hit.rule is None else await spoil(request, response, hit.rule)


class _Exchange:
    """One request on its way through the sandbox."""

    def __init__(self, state: SandboxState, request: web.Request) -> None:
        self._state = state
        self._request = request
        self._vendor: Vendor = state.abzorb
        self._environment = ""
        self._route: Route | None = None
        self._values: tuple[str, ...] = ()
        self._allowed: list[str] = []
        self._user = ""
        self._is_login = False
        self._plan = _CALM
        self._began = time.perf_counter()
        self.hit = Hit()

    def place(self) -> web.Response | None:
        """Find vendor and operation by the path; an answer if there is no vendor."""
        path = self._request.rel_url.raw_path
        parts = tuple(unquote(part) for part in path.split("/") if part)
        match [part.lower() for part in parts]:
            case ["abzorb", "api", *_]:
                self._find(parts[2:])
            case ["securitytoken", "1xa" | "1x", _, "api", "login"]:
                self._vendor, self._environment, self._is_login = self._state.idi, parts[2], True
            case [_, "2x", _, "api", *_]:
                self._vendor, self._environment = self._state.idi, parts[2]
                self._find(parts[3:])
            case _:
                return self._place_by_mount(parts)
        return None

    def _place_by_mount(self, parts: tuple[str, ...]) -> web.Response | None:
        """Find a registered API that is neither of the two vendors below the mount of its entry."""
        for name, vendor in self._state.vendors.items():
            mount = tuple(apis.get(name).mount.strip("/").split("/"))
            if parts[: len(mount)] == mount:
                self._vendor = vendor
                self._find(parts[len(mount) :])
                return None
        return web.json_response({"error": "No API is served at this path."}, status=404)

    def _find(self, segments: tuple[str, ...]) -> None:
        self._route, self._values, self._allowed = self._vendor.router.find(self._request.method, segments)

    def meet(self) -> web.Response | None:
        """Draw what happens to this request into `hit`; an answer if its own fault header is malformed."""
        conditions, override = self._state.conditions, self._request.headers.get(HEADER)
        self._plan = conditions.current()
        plan = self._plan
        if override is not None:
            try:
                plan = FaultPlan.one(override)
            except ConfigError as error:
                return web.json_response({"error": f"{HEADER}: {error}"}, status=400)
        if plan.rules:
            self.hit = conditions.draw(self._asked(plan), plan)
            if self.hit.rule is not None and self.hit.rule.kind == "expire":
                self._state.idi.office.revoke(self._request.headers.get("Authorization"))
        return None

    def _asked(self, plan: FaultPlan) -> Asked:
        user = self._user
        if not user and plan.names_users:
            # Who asks is found out ahead of its turn; a refusal comes later, if no fault comes first.
            with contextlib.suppress(RefusedError):
                user = self._sign_in(self._state.clock(), writes=False)
        return Asked(
            address=f"{self._request.method} {self._request.raw_path}",
            api=self._vendor.api,
            operation=self._operation_id() or "",
            user=user,
            method=self._request.method,
        )

    def fail(self, rule: Rule, body: bytes) -> web.Response:
        """An error status instead of an answer, a proxy's page, or no answer at all."""
        if rule.kind == "reset":
            self._keep(b"", 0)
            return cut(self._request)
        if rule.kind == "html":
            self._keep(body, rule.status)
            return error_page(rule)
        headers = retry_after(rule.retry_after, self._state.clock())
        text = {429: "Too many requests.", 503: "The service is unavailable."}.get(
            rule.status, "Server error."
        )
        return self._refused(self._vendor.refuse(rule.status, text, headers), body)

    def refuse(self, status: int, message: str) -> web.Response:
        """A refusal of a request whose body cannot be had."""
        return self._refused(self._vendor.refuse(status, message), b"")

    def answer(self, body: bytes) -> web.Response:
        """The answer of the operation, or a refusal."""
        try:
            return self._carry_out(body)
        except RefusedError as refusal:
            return self._refused(refusal, body)
        except (OverflowError, RecursionError, DataError):
            # What a caller can send and no database column or stack can hold.
            return self._refused(
                self._vendor.refuse(400, "A value is out of range, or nested too deeply."), body
            )
        except (SQLAlchemyError, sqlite3.Error) as error:
            _log.error("the store failed: %s", type(error).__name__)
            return self._refused(self._vendor.refuse(500, "The request could not be processed."), body)

    def _carry_out(self, body: bytes) -> web.Response:
        state, request, now = self._state, self._request, self._state.clock()
        if self._is_login:
            status, kind, content = login_response(
                state, request.method, self._environment, request.content_type, body
            )
            self._keep(b"", status)
            return web.Response(status=status, body=content, content_type=kind)
        if self._route is None and not self._allowed:
            raise self._vendor.refuse(404, "No such resource.")
        self._user = self._sign_in(now, writes=request.method not in _READS)
        self._check_quota(now)
        if self._route is None:
            raise self._vendor.refuse(
                405, "The method is not allowed.", {"Allow": ", ".join(sorted(self._allowed))}
            )
        if self._route.handler is None:
            raise self._vendor.refuse(501, f"The sandbox does not serve {self._route.operation.id}.")
        raw_query = request.rel_url.raw_query_string
        call = Call(
            operation=self._route.operation,
            store=state.store,
            config=state.config,
            now=now,
            path=self._values,
            query=dict(parse_qsl(raw_query, keep_blank_values=True)) if raw_query else {},
            body=self._json(body),
            user=self._user,
            base=f"{request.scheme}://{request.host}",
            url_path=request.rel_url.raw_path,
            link=self.hit.link,
            cap=self.hit.cap,
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

    def _sign_in(self, now: float, *, writes: bool) -> str:
        return self._vendor.sign_in(
            self._request.headers, environment=self._environment, now=now, writes=writes
        )

    def _json(self, body: bytes) -> Any:
        if not body or self._route is None or self._route.operation.body is None:
            return None
        wanted = self._route.operation.body.media_type
        if self._vendor.wants_content_type and self._request.content_type != wanted:
            raise self._vendor.refuse(415, f"The Content-Type must be {wanted}.")
        try:
            return _decode(body)
        except msgspec.DecodeError as error:
            raise self._vendor.refuse(400, "The request body is not JSON.") from error

    def _check_quota(self, now: float) -> None:
        if not self._state.conditions.counts(self._plan):
            return
        used_up = self._state.conditions.spend(self._asked(_CALM), self._plan)
        if used_up is None:
            return
        rule, wait = used_up
        # Without a rule it is the quota of the settings, which always says when it ends.
        says = rule is None or rule.retry_after is not None
        headers = {"Retry-After": str(math.ceil(wait))} if says else None
        self.hit = evolve(self.hit, rule=rule) if rule else self.hit
        raise self._vendor.refuse(429, "The quota of this time is used up.", headers)

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
                fault=None if self.hit.rule is None else self.hit.rule.name,
                at=self._state.clock(),
                seconds=time.perf_counter() - self._began,
            )
        )
