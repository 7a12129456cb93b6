"""An examination of one API, in order: settings, the way to the host, login, clock, health, operations."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

from trunkline import apis
from trunkline._http.routing import Proxies, tls_context
from trunkline.auth.tokens import parse_swt
from trunkline.client import BaseClient
from trunkline.config import RetryPolicy, Timeouts
from trunkline.doctor.findings import Asked, Check, Diagnosis
from trunkline.doctor.identifiers import Identifiers
from trunkline.doctor.probe import Probe, with_drift
from trunkline.doctor.reach import Way, walk
from trunkline.doctor.watching import Watching
from trunkline.errors import AuthError, ConfigError, StatusError, TransportError, TrunklineError
from trunkline.network import Network
from trunkline.operation import Operation
from trunkline.settings import Resolved, resolve

MOST_REQUESTS: Final = 100
"""Requests that an examination sends at most, its logins and repetitions included."""
_SKEW: Final = 30.0
"""Seconds that two clocks may be apart without a warning: the Date header counts whole seconds."""
# Two attempts and short waits: a person waits for the result, and a fault that lasts is
# what should be shown.
_RETRY: Final = RetryPolicy(max_attempts=2, max_retry_after=5.0, cap=2.0)
_TIMEOUTS: Final = Timeouts(attempt=15.0)


async def examine(
    api: str,
    *,
    profile: str | None = None,
    environ: Mapping[str, str] | None = None,
    given: Mapping[str, Any] | None = None,
    probe: bool = False,
    identifiers: Mapping[str, str] | None = None,
    most: int = MOST_REQUESTS,
) -> Diagnosis:
    """Examine one API and return what was found; nothing is changed at the vendor.

    Args:
        api: its name. profile, environ, given: as for `trunkline.settings.resolve`.
        probe: whether every operation that can be asked safely is asked once.
        identifiers: values to ask with, by parameter or field name.
        most: requests that are sent at most.
    """
    try:
        found = resolve(api, given or {}, environ=environ, profile=profile)
        found.check()
        arguments = found.arguments() | {"drift": True, "retry": _RETRY, "timeouts": _TIMEOUTS}
        client: BaseClient = apis.get(api).client(**arguments)
    except ConfigError as error:
        return Diagnosis(api=api, checks=(Check(name="settings", status="failed", text=str(error)),))
    checks = [_settings(found)]
    watch = Watching(client._transport, most)
    # The client is made with its usual transport, so the examination takes the way that real calls
    # take; the wrapper counts and remembers.
    client._transport = client._attempts._transport = watch
    async with client:
        checks += await walk(_way(client, arguments.get("network") or Network()))
        # Each step needs the ones before it, so one clear failure is reported and not its consequences.
        if any(check.status == "failed" for check in checks):
            return Diagnosis(api=api, checks=tuple(checks))
        checks += await _first_call(client, watch)
        if not probe or any(check.status == "failed" for check in checks):
            return Diagnosis(api=api, checks=tuple(checks), requests=watch.sent, drift=client.drift.report())
        prober = Probe(client, watch, Identifiers(identifiers or {}))
        asked = await prober.run()
        report = client.drift.report()
        checks += _links(prober, found)
        return Diagnosis(
            api=api,
            checks=tuple(checks),
            asked=with_drift(asked, report),
            requests=watch.sent,
            drift=report,
            suggested=_suggested(asked, prober, found),
        )


def _settings(found: Resolved) -> Check:
    sources: dict[str, list[str]] = {}
    for name, value in found.values.items():
        source = value.source
        if source.startswith(found.api.prefix):
            source = "the environment"
        elif found.file is not None and source.startswith(str(found.file.path)):
            source = f"{found.file.path} [profile.{found.profile}]"
        sources.setdefault(source, []).append(name)
    told = "; ".join(f"{', '.join(names)} from {source}" for source, names in sources.items())
    return Check(name="settings", status="ok", text=told or "all by default")


def _way(client: BaseClient, network: Network) -> Way:
    proxy = Proxies(network).of(client.base_url)
    ports = client.hint(_any_operation(client), None)
    return Way(
        target=client.base_url,
        proxy=None if proxy is None else proxy.url,
        proxy_authorization="" if proxy is None else proxy.headers.get("Proxy-Authorization", ""),
        context=lambda: _context(network),
        **({} if ports is None else {"advice": ports}),
    )


def _context(network: Network) -> ssl.SSLContext:
    found = tls_context(network)
    return found if isinstance(found, ssl.SSLContext) else ssl.create_default_context()


def _any_operation(client: BaseClient) -> Operation[Any]:
    """The operation that health is judged by: a health check, or the first that needs no argument."""
    free = [
        op
        for op in client.operations.values()
        if op.idempotency == "safe"
        and op.method == "GET"
        and not any(one.required for one in (*op.path_params, *op.query_params, *op.header_params))
    ]
    health = [op for op in free if "health" in op.id]
    return (health or free or list(client.operations.values()))[0]


async def _first_call(client: BaseClient, watch: Watching) -> list[Check]:
    """Log in and ask for the health; both show the vendor's clock."""
    op = _any_operation(client)
    method: Any = client
    for part in op.id.split("."):
        method = getattr(method, part)
    began, error = time.monotonic(), None
    try:
        await method()
    except TrunklineError as caught:
        error = caught
    seconds = time.monotonic() - began
    checks = [_login(client, watch, op, error)]
    checks += _clock(watch, time.time())
    if checks[0].status != "failed":
        checks.append(_health(client, op, error, seconds))
    return sorted(checks, key=lambda check: ("login", "clock", "health").index(check.name))


def _login(client: BaseClient, watch: Watching, op: Operation[Any], error: Exception | None) -> Check:
    if isinstance(error, AuthError):
        status = f" (status {error.status})" if error.status else ""
        advice = client.hint(op, 401) or "check user and password"
        return Check(name="login", status="failed", text=f"refused{status}: {error}", advice=advice)
    if watch.posted is None:
        if isinstance(error, TransportError):
            return Check(name="login", status="skipped", text="nothing answered")
        return Check(name="login", status="ok", text="the credentials were taken")
    return Check(name="login", status="ok", text=_token(watch.posted))


def _token(body: bytes) -> str:
    """Return the form of a token and its lifetime in words; never the token."""
    text = body.decode("utf-8", "replace").strip()
    form = "a JSON object" if text[:1] == "{" else "a JSON string" if text[:1] == '"' else "form text"
    try:
        token = parse_swt(body, time.time())
    except TrunklineError as error:
        return f"{form}, {error}"
    life = "" if token.expires is None else f", valid for {round((token.expires - token.issued) / 60):,} min"
    audience = _audience(token.text.reveal())
    return f"a token as {form}{life}{f', for {audience}' if audience else ''}"


def _audience(token: str) -> str:
    from urllib.parse import parse_qsl, unquote_plus

    pairs = dict(parse_qsl(token)) | dict(parse_qsl(unquote_plus(token)))
    return next((value for name, value in pairs.items() if name.lower() in ("audience", "appliesto")), "")


def _clock(watch: Watching, now: float) -> list[Check]:
    told = watch.header("Date")
    if not told:
        return []
    try:
        skew = now - parsedate_to_datetime(told).timestamp()
    except (ValueError, TypeError):
        return [Check(name="clock", status="skipped", text="the response's Date is not a date")]
    if abs(skew) <= _SKEW:
        return [Check(name="clock", status="ok", text=f"within {max(1, round(abs(skew)))} s of the vendor's")]
    way = "ahead of" if skew > 0 else "behind"
    return [
        Check(
            name="clock",
            status="warning",
            text=f"this host is {round(abs(skew)):,} s {way} the vendor's clock",
            advice="set this host's clock by NTP: the life of tokens is judged by it",
        )
    ]


def _health(client: BaseClient, op: Operation[Any], error: Exception | None, seconds: float) -> Check:
    name = f"{op.api}.{op.id}"
    if error is None:
        return Check(name="health", status="ok", text=f"{name} answered in {round(seconds * 1000)} ms")
    status = error.status if isinstance(error, StatusError) else None
    # The vendor responded, so the way to it is fine; only the route of this one operation is in doubt.
    if status is not None and status < 500 and status not in (403, 429):
        return Check(
            name="health",
            status="warning",
            text=f"{name}: status {status}",
            advice=f'its route may be wrong: routes = {{"{op.id}" = "{op.method} …"}}',
        )
    advice = client.hint(op, status) or "ask again later"
    return Check(name="health", status="failed", text=str(error), advice=advice)


def _links(prober: Probe, found: Resolved) -> list[Check]:
    if prober.foreign_link is None or found.value("links") == "rebase":
        return []
    return [
        Check(
            name="links",
            status="failed",
            text=f"next links lead to {prober.foreign_link}, which is not below base_url",
            advice='a gateway is between: links = "rebase" keeps their path and query below base_url',
        )
    ]


def _suggested(asked: tuple[Asked, ...], prober: Probe, found: Resolved) -> dict[str, Any]:
    """Return the settings that correct what was found, those included that are set already."""
    routes = dict(found.value("routes") or {})
    routes |= {one.operation.partition(".")[2]: one.use for one in asked if one.use is not None}
    suggested: dict[str, Any] = {"routes": routes} if routes else {}
    if prober.foreign_link is not None:
        suggested["links"] = "rebase"
    return suggested


__all__ = ["MOST_REQUESTS", "examine"]
