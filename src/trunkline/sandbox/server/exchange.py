"""One request on its way through the sandbox: find the operation, meet faults, sign in, carry out, record."""

from __future__ import annotations

import contextlib
import logging
import math
import sqlite3
import time
from collections import Counter
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import msgspec
from aiohttp import web
from attrs import evolve
from sqlalchemy.exc import DataError, SQLAlchemyError

from trunkline import apis
from trunkline.errors import ConfigError
from trunkline.sandbox.faults.plan import HEADER, FaultPlan, Hit
from trunkline.sandbox.faults.rules import Asked, Rule
from trunkline.sandbox.faults.spoiling import cut, error_page, retry_after
from trunkline.sandbox.ledger import Write
from trunkline.sandbox.reading import read_json
from trunkline.sandbox.record import SentRequest, masked
from trunkline.sandbox.routing import Call, RefusedError, Route
from trunkline.sandbox.server.login import sign_in
from trunkline.sandbox.state import SandboxState
from trunkline.sandbox.vendors import Vendor

_JSON: Final = "application/json"
_log = logging.getLogger("trunkline.sandbox")
_CALM: Final = FaultPlan()
_READS: Final = frozenset({"GET", "HEAD"})
_encode = msgspec.json.Encoder().encode


class Exchange:
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
        """Find vendor and operation by the path; a response if there is no vendor."""
        # The raw path is split before it is decoded: an encoded slash belongs to a value
        # and not to the route.
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
        """Draw what happens to this request into `hit`; a response if its own fault header is malformed."""
        conditions, override = self._state.conditions, self._request.headers.getall(HEADER, None)
        self._plan = conditions.current()
        plan = self._plan
        if override is not None:
            try:
                # RFC 9110, section 5.3: a header that is sent twice means its values joined by commas.
                plan = FaultPlan.one(",".join(override), seed=self._state.config.seed)
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
        """An error status, a proxy's page, or no response at all."""
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

    def abandon(self) -> web.Response:
        """Note a client that went away before its body was complete; nobody reads the response."""
        self._keep(b"", 0)
        return web.Response(status=400)

    def refuse(self, status: int, message: str) -> web.Response:
        """A refusal of a request whose body cannot be had."""
        return self._refused(self._vendor.refuse(status, message), b"")

    def respond(self, body: bytes) -> web.Response:
        """The response of the operation, or a refusal."""
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
            kind, content = sign_in(state, request.method, self._environment, request.content_type, body)
            self._keep(body, 200)
            return web.Response(body=content, content_type=kind)
        route = self._admit(now)
        self._check_content_type()
        call = self._call(route, body, now)
        found = self._run(call, route)
        if request.method not in _READS and call.operation.idempotency != "safe":
            self._note_write(call, body, found)
        self._keep(body, route.success)
        if found is None:
            return web.Response(status=route.success)
        content = found if isinstance(found, bytes) else _encode(found)
        return web.Response(status=route.success, body=content, content_type=_JSON)

    def _admit(self, now: float) -> Route:
        """The route of the request, which somebody who may use it asks for, within the quotas."""
        # 404 comes before sign-in, and 405 after it: whether a path exists is not secret, and a client
        # that logs in for a wrong path would look for the error in its credentials.
        if self._route is None and not self._allowed:
            raise self._vendor.refuse(404, "No such resource.")
        self._user = self._sign_in(now, writes=self._request.method not in _READS)
        # The quota is counted after sign-in, since it is per user, and before the method is checked, as
        # a gateway does not know the routes.
        self._check_quota(now)
        if self._route is None:
            raise self._vendor.refuse(
                405, "The method is not allowed.", {"Allow": ", ".join(sorted(self._allowed))}
            )
        if self._route.handler is None:
            raise self._vendor.refuse(501, f"The sandbox does not serve {self._route.operation.id}.")
        return self._route

    def _call(self, route: Route, body: bytes, now: float) -> Call:
        request = self._request
        pairs = parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True)
        query = dict(pairs)
        return Call(
            operation=route.operation,
            store=self._state.store,
            config=self._state.config,
            now=now,
            path=self._values,
            query=query,
            repeated=() if len(query) == len(pairs) else _repeated(pairs),
            body=self._json(body),
            user=self._user,
            base=f"{request.scheme}://{self._host()}",
            url_path=request.rel_url.raw_path,
            link=self.hit.link,
            cap=self.hit.cap,
        )

    def _host(self) -> str:
        # HTTP/1.0 needs no Host, and aiohttp would look up this machine's name, which leads elsewhere.
        return self._request.headers.get("Host") or _address(self._request.get_extra_info("sockname"))

    def _run(self, call: Call, route: Route) -> Any:
        handler = route.handler
        assert handler is not None  # noqa: S101 - `_admit` has refused it; for the type checker
        if call.operation.method in _READS:
            return handler(call)
        # A refusal is raised inside the transaction and rolls it back, so a handler
        # may refuse half-way.
        with call.store.transaction():
            return handler(call)

    def _note_write(self, call: Call, body: bytes, found: Any) -> None:
        # After the transaction: what was rolled back is not in the ledger, what a lost response hides is.
        self._state.ledger.add(
            Write(
                api=self._vendor.api,
                operation=call.operation.id,
                method=call.operation.method,
                path=call.path,
                query=call.query,
                body=body,
                response=b"" if found is None else found if isinstance(found, bytes) else _encode(found),
                user=self._user,
                request_id=self._request.headers.get("X-Request-ID", ""),
                fault=None if self.hit.rule is None else self.hit.rule.name,
                at=call.now,
            )
        )

    def _sign_in(self, now: float, *, writes: bool) -> str:
        return self._vendor.sign_in(
            self._request.headers, environment=self._environment, now=now, writes=writes
        )

    def _check_content_type(self) -> None:
        """Refuse a request without a body that lacks the header which the vendor's page requires."""
        wanted = self._route.operation.content_type if self._route else ""
        if wanted and self._request.headers.get("Content-Type", "").partition(";")[0].strip() != wanted:
            raise self._vendor.refuse(415, f"The Content-Type must be {wanted}.")

    def _json(self, body: bytes) -> Any:
        if not body or self._route is None or self._route.operation.body is None:
            return None
        wanted = self._route.operation.body.media_type
        if self._vendor.wants_content_type and self._request.content_type != wanted:
            raise self._vendor.refuse(415, f"The Content-Type must be {wanted}.")
        # A form, a text or bytes reach the handler as they came.
        if "json" not in wanted:
            return body
        try:
            return read_json(body)
        except ValueError as error:
            raise self._vendor.refuse(400, "The request body is not JSON.") from error

    def _check_quota(self, now: float) -> None:
        if not self._state.conditions.counts(self._plan):
            return
        used_up = self._state.conditions.spend(self._asked(_CALM), self._plan)
        if used_up is None:
            return
        rule, wait = used_up
        # Without a rule it is the quota of the settings, which always states when it ends.
        says = rule is None or rule.retry_after is not None
        headers = {"Retry-After": str(math.ceil(wait))} if says else None
        self.hit = evolve(self.hit, rule=rule) if rule else self.hit
        raise self._vendor.refuse(429, "The quota of this time is used up.", headers)

    def _refused(self, refusal: RefusedError, body: bytes) -> web.Response:
        # A failed validation of Abzorb has status 0 here: the vendor's page allows 400 and 200,
        # and a setting decides.
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
            # Counted even when nothing is kept: `/health` shows the number.
            record.total += 1
            return
        record.add(
            SentRequest(
                api=self._vendor.api,
                operation=self._operation_id(),
                method=self._request.method,
                url=self._request.raw_path,
                headers=masked(self._request.headers),
                # A sign-in that is refused, or met a fault, holds a password as well.
                body=b"" if self._is_login else body,
                status=status,
                user=self._user,
                fault=None if self.hit.rule is None else self.hit.rule.name,
                at=self._state.clock(),
                seconds=time.perf_counter() - self._began,
            )
        )


def _address(name: Any) -> str:
    host, port = name[:2] if isinstance(name, tuple) else ("localhost", 80)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _repeated(pairs: list[tuple[str, str]]) -> tuple[str, ...]:
    times = Counter(name for name, _ in pairs)
    return tuple(name for name, count in times.items() if count > 1)


__all__ = ["Exchange"]
