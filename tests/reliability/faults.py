"""The faults of the matrix, what each one does, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from attrs import frozen

from tests.reliability import strikes
from tests.reliability.vendor_double import Asked, Vendor, Wire
from tests.runtime_doubles import http

Mode = Literal["single", "paged", "bulk"]
Kind = Literal["safe", "idempotent", "unsafe"]
Cause = Literal["reply", "vendor", "network", "token", "paging"]


@frozen
class Expect:
    """What must come of one struck call.

    result: "ok", the error's class, or "ok or …" where it cannot be said whom the fault hits.
    least, most: requests sent for it (in a walk: for the struck page, or for all pages where the fault is one
    of paging). ran: the error's `may_have_run`.
    """

    result: str
    least: int
    most: int
    ran: bool = False

    def __str__(self) -> str:
        count = str(self.least) if self.least == self.most else f"{self.least} to {self.most}"
        return f"{self.result} {count}{' ⚑' if self.ran else ''}"


def ok(least: int, most: int | None = None) -> Expect:
    return Expect("ok", least, most or least)


def fails(result: str, least: int, most: int | None = None, *, ran: bool = False) -> Expect:
    return Expect(result, least, most or least, ran)


@frozen(kw_only=True)
class Fault:
    """One fault.

    cause: reply = one call is answered badly; vendor = the whole vendor; network = before any request;
    token = login and tokens; paging = what a page says about the next one.
    strike: what the vendor sends instead of a response. times: how often for each key, None = always.
    unsafe, paged, bulk: where that differs. waits: fake seconds that must pass at least.
    """

    name: str
    story: str
    cause: Cause
    repeatable: Expect
    unsafe: Expect | None = None
    paged: Expect | None = None
    bulk: Expect | None = None
    bulk_unsafe: Expect | None = None
    strike: Callable[[Vendor, Asked], Wire | None] | None = None
    times: int | None = 1
    waits: float = 0.0
    attempt_timeout: float = 30.0
    page: Callable[[Vendor, Asked], dict[str, Any]] | None = None
    rows: int = 7
    page_size: int = 3
    top: int | None = None
    login: Callable[[Vendor], Wire | None] | None = None
    logins: tuple[int, int] | None = None
    crowd: int = 0
    rows_before: int = 0

    def expect(self, mode: Mode, kind: Kind) -> Expect:
        """What must come of a struck call in this cell."""
        if mode == "paged":
            return self.paged or self.repeatable
        once = kind == "unsafe"
        if mode == "bulk":
            if once and self.bulk_unsafe:
                return self.bulk_unsafe
            if self.bulk and not once:
                return self.bulk
        return (self.unsafe if once else None) or self.repeatable

    def why_not(self, mode: Mode, kind: Kind) -> str | None:
        """Why a cell makes no sense, or None."""
        if mode == "paged" and kind != "safe":
            return "only searches come in pages, and a search is a safe GET"
        if self.cause == "paging" and (mode == "single" or kind != "safe"):
            return "one response says nothing about a next page"
        return None


_AGAIN = {"repeatable": ok(2), "unsafe": ok(2)}
_REFUSED = fails("TransportError", 4)

REPLIES = [
    Fault(
        name="429, Retry-After in seconds",
        story="refused before any work; wait 7 s",
        cause="reply",
        strike=strikes.status("429 Too Many Requests", "Retry-After: 7"),
        waits=7,
        **_AGAIN,
    ),
    Fault(
        name="429, Retry-After as a date",
        story="the date is 30 s away",
        cause="reply",
        strike=strikes.dated,
        waits=29,
        **_AGAIN,
    ),
    Fault(
        name="429, Retry-After garbage",
        story="`Retry-After: soon`",
        cause="reply",
        strike=strikes.status("429 Too Many Requests", "Retry-After: soon"),
        **_AGAIN,
    ),
    Fault(
        name="429, no Retry-After",
        story="as both vendors' pages leave it",
        cause="reply",
        strike=strikes.status("429 Too Many Requests"),
        **_AGAIN,
    ),
    Fault(
        name="429, Retry-After an hour",
        story="longer than any call may wait, vendor-wide",
        cause="vendor",
        strike=strikes.status("429 Too Many Requests", "Retry-After: 3600"),
        times=None,
        repeatable=fails("RateLimitedError", 1),
        bulk=fails("RateLimitedError", 0, 1),
        bulk_unsafe=fails("RateLimitedError", 0, 1),
    ),
    Fault(
        name="503 once",
        story="the request may have gone through",
        cause="reply",
        strike=strikes.status("503 Busy", carried=True),
        repeatable=ok(2),
        unsafe=fails("UnavailableError", 1, ran=True),
    ),
    Fault(
        name="503 for four minutes",
        story="every request, no Retry-After",
        cause="vendor",
        strike=strikes.burst("503 Busy", 240),
        times=None,
        waits=240,
        repeatable=ok(5, 20),
        bulk=ok(1, 20),
        unsafe=fails("UnavailableError", 1, ran=True),
        bulk_unsafe=fails("UnavailableError", 1, ran=True),
    ),
    Fault(
        name="503 for four minutes, Retry-After",
        story="every request, Retry-After: 30",
        cause="vendor",
        strike=strikes.burst("503 Busy", 240, "Retry-After: 30"),
        times=None,
        waits=240,
        repeatable=ok(5, 20),
        bulk=ok(1, 20),
        unsafe=fails("UnavailableError", 1, ran=True),
        bulk_unsafe=fails("ok or UnavailableError", 1, ran=True),
    ),
    *[
        Fault(
            name=f"{line} once",
            story="the work was done, the response says otherwise",
            cause="reply",
            strike=strikes.status(line, carried=True),
            repeatable=ok(2),
            unsafe=fails("ServerError", 1, ran=True),
        )
        for line in ("500 Error", "502 Bad Gateway", "504 Gateway Timeout")
    ],
    Fault(
        name="500 for good",
        story="every attempt for the key",
        cause="reply",
        strike=strikes.status("500 Error", carried=True),
        times=None,
        repeatable=fails("ServerError", 4, ran=True),
        unsafe=fails("ServerError", 1, ran=True),
    ),
    Fault(
        name="reset after the request",
        story="carried out, no response",
        cause="reply",
        strike=strikes.cut("reset", 0),
        repeatable=ok(2),
        unsafe=fails("TransportError", 1, ran=True),
    ),
    Fault(
        name="half a body",
        story="carried out, the response breaks off",
        cause="reply",
        strike=strikes.cut("close", 0.5),
        repeatable=ok(2),
        unsafe=fails("TransportError", 1, ran=True),
    ),
    Fault(
        name="slow body",
        story="half the response, then silence beyond the attempt's time",
        cause="reply",
        strike=strikes.cut("keep", 0.5),
        attempt_timeout=0.3,
        repeatable=ok(2),
        unsafe=fails("DeadlineError", 1, ran=True),
    ),
    Fault(
        name="garbage JSON",
        story="status 200",
        cause="reply",
        strike=strikes.body("application/json", lambda good: good[:-1] + b",,"),
        repeatable=fails("ResponseShapeError", 1, ran=True),
    ),
    Fault(
        name="wrong content type",
        story="JSON called text/plain",
        cause="reply",
        strike=strikes.body("text/plain", lambda good: good),
        repeatable=ok(1),
    ),
    Fault(
        name="HTML error page, 200",
        story="a proxy's page with status 200",
        cause="reply",
        strike=strikes.body("text/html", lambda good: b"<!DOCTYPE html><html>Sign in</html>"),
        repeatable=fails("ResponseShapeError", 1, ran=True),
    ),
    Fault(
        name="HTML error page, 502",
        story="a gateway's page",
        cause="reply",
        strike=strikes.status(
            "502 Bad Gateway", "Content-Type: text/html", carried=True, body=b"<html>Bad Gateway</html>"
        ),
        repeatable=ok(2),
        unsafe=fails("ServerError", 1, ran=True),
    ),
    Fault(
        name="wrong charset, latin-1",
        story="UTF-8 declared as ISO-8859-1",
        cause="reply",
        strike=strikes.body("application/json; charset=iso-8859-1", strikes.plain),
        repeatable=ok(1),
    ),
    Fault(
        name="wrong charset, UTF-16",
        story="UTF-8 declared as UTF-16",
        cause="reply",
        strike=strikes.body("application/json; charset=utf-16", strikes.plain),
        repeatable=ok(1),
    ),
    Fault(
        name="200 with `response_message`",
        story="Abzorb's failed validation",
        cause="reply",
        strike=strikes.refusal,
        times=None,
        repeatable=fails("BadRequestError", 1),
    ),
]

NETWORK = [
    Fault(
        name="connection refused",
        story="for a moment",
        cause="network",
        repeatable=ok(2),
        bulk=ok(1, 3),
        unsafe=ok(2),
        bulk_unsafe=ok(1, 3),
    ),
    Fault(
        name="reset before the request",
        story="accepted and cut at once; the client cannot know that nothing was read",
        cause="network",
        repeatable=ok(2),
        bulk=ok(1, 2),
        unsafe=fails("TransportError", 1, ran=True),
        bulk_unsafe=fails("ok or TransportError", 1, ran=True),
    ),
    Fault(name="DNS failure", story="the name is never found", cause="network", repeatable=_REFUSED),
    Fault(
        name="TLS error",
        story="a certificate nobody vouches for",
        cause="network",
        repeatable=fails("TransportError", 1),
    ),
]

TOKENS = [
    Fault(
        name="401 in mid-run",
        story="the token is revoked",
        cause="token",
        strike=strikes.revoked,
        bulk=ok(1, 2),
        bulk_unsafe=ok(1, 2),
        logins=(2, 2),
        **_AGAIN,
    ),
    Fault(
        name="401 that no login cures",
        story="every token is refused",
        cause="token",
        strike=strikes.status("401 Unauthorized"),
        times=None,
        repeatable=fails("AuthError", 2),
        bulk=fails("AuthError", 1, 2),
        bulk_unsafe=fails("AuthError", 0, 2),
        logins=(2, 3),
    ),
    Fault(
        name="token expires under 500 calls",
        story="500 at once (100 walks), one login",
        cause="token",
        crowd=500,
        repeatable=ok(1),
        logins=(2, 2),
    ),
    Fault(
        name="token revoked under 500 calls",
        story="500 at once (100 walks), one login",
        cause="token",
        crowd=500,
        repeatable=ok(1, 2),
        logins=(2, 2),
    ),
    Fault(
        name="login down",
        story="status 500 for good",
        cause="token",
        login=lambda vendor: Wire(http("500 Error", b"{}")),
        repeatable=fails("AuthError", 0),
        logins=(4, 48),
    ),
    Fault(
        name="login down for a minute",
        story="status 503, then well",
        cause="token",
        login=lambda vendor: Wire(http("503 Busy", b"{}")) if vendor.clock.now < 60 else None,
        repeatable=ok(1),
        waits=60,
        logins=(2, 20),
    ),
]

PAGING = [
    Fault(
        name="nextLink repeated",
        story="page 2 links to itself",
        cause="paging",
        page=strikes.repeated,
        repeatable=fails("PagingError", 2),
        rows_before=6,
    ),
    Fault(
        name="nextLink to another port",
        story="where another server listens",
        cause="paging",
        repeatable=fails("PagingError", 1),
        rows_before=3,
    ),
    Fault(
        name="nextLink to another host",
        story="a host that looks alike",
        cause="paging",
        page=strikes.linking(
            lambda vendor, asked: f"{vendor.url}.evil.test/acme/api/owner/1/devices?$skiptoken=3"
        ),
        repeatable=fails("PagingError", 1),
        rows_before=3,
    ),
    Fault(
        name="nextLink to another environment",
        story="same host, other tenant",
        cause="paging",
        page=strikes.linking(lambda vendor, asked: f"{vendor.url}/other/api/owner/1/devices?$skiptoken=3"),
        repeatable=fails("PagingError", 1),
        rows_before=3,
    ),
    Fault(
        name="nextLink relative",
        story="",
        cause="paging",
        page=strikes.linking(strikes.relative),
        repeatable=ok(3),
    ),
    Fault(
        name="nextLink unescaped",
        story="raw blanks and quotes",
        cause="paging",
        page=strikes.linking(strikes.unescaped),
        repeatable=ok(3),
    ),
    Fault(
        name="empty page with a link", story="goes on", cause="paging", page=strikes.hollow, repeatable=ok(4)
    ),
    Fault(
        name="count that lies, too high",
        story="with links, which decide",
        cause="paging",
        page=strikes.counted(1_000, links=True),
        repeatable=ok(3),
    ),
    Fault(
        name="count that lies, too low",
        story="no links, 250 rows, count 10",
        cause="paging",
        page=strikes.counted(10, links=False),
        rows=250,
        page_size=100,
        repeatable=ok(3),
    ),
    Fault(
        name="count that lies, no links",
        story="no links, 250 rows, count 1,000: one request more",
        cause="paging",
        page=strikes.counted(1_000, links=False),
        rows=250,
        page_size=100,
        repeatable=ok(4),
    ),
    Fault(
        name="`$top` silently cut",
        story="asked for 1,000, 500 come, no links",
        cause="paging",
        page=lambda vendor, asked: {"value": vendor.slice(asked)},
        rows=1_250,
        page_size=500,
        top=1_000,
        repeatable=ok(3),
    ),
]

FAULTS = [*REPLIES, *NETWORK, *TOKENS, *PAGING]

__all__ = ["FAULTS", "Expect", "Fault", "Kind", "Mode"]
