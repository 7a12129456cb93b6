"""The grammar of faults, on the command line, in a scenario, in a request header.

Rules are separated by commas; a rule is `KIND:RATE`, then options after semicolons. The rate is a percentage
or a share and may be left out: always.

    429:3%                      a status (400-599) for 3 % of the requests
    503:1%;retry-after=30       Retry-After; absent by default, since neither vendor documents it. Seconds
                                (also 1.5 or -1), date=30, rfc850=30, asctime=30 (HTTP's three date forms,
                                30 seconds from now; negative is past), iso=30, text=soon, none
    latency:20ms                a delay for every request; 20ms-80ms is a range, @10% for a share of them
    latency:normal@10%;mean=50ms;sd=10ms
    latency:lognormal;median=50ms;sigma=0.5
    latency:percentiles;p50=20ms;p95=80ms;p99=400ms
    reset:0.5%                  the connection is cut instead of a response; when=after: once carried out
    truncate:1%                 the body ends early, then the connection is cut
    slow:1%;over=2s             the body trickles for two seconds
    garbage:1%                  carried out, but the body is not JSON
    html:1%;status=502          the error page of a proxy; 502 by default
    wrong-type:1%               the right body, labelled text/html
    expire:1%                   the token of this request is worthless from now on
    login-down:50%              503 for sign-in alone
    link:100%;form=foreign      next links that lead to another host; environment, repeated, relative,
                                escaped, unescaped (as the vendor writes them)
    top:100%;cap=50             pages hold 50 rows at most
    quota:100/60s               429 beyond 100 requests of one user in a window; retry-after=none as well

Any rule is narrowed by op=device.* (operation id), api=idi, user=reader, method=GET, first=2 (only the first
two requests for one address). A rule that can hit nothing, such as one for an operation that does not exist,
is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, get_args

from attrs import evolve

from trunkline import apis
from trunkline.sandbox.faults.options import Options, duration
from trunkline.sandbox.faults.reach import why_never
from trunkline.sandbox.faults.rules import Delay, FaultKind, LinkForm, Match, RetryAfter, RetryForm, Rule

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z")
_FURTHEST: Final = 10 * 366 * 86_400
"""Seconds from now, either way, that a date in Retry-After may be: every form can write these years."""
_STEEPEST: Final = 10.0
# These statuses have no content (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5), so they
# cannot carry a page.
_BODILESS: Final = ("204", "205", "304")
_MATCH: Final = ("op", "api", "user", "method", "first")
_LATENCIES: Final = (
    "latency:20ms, latency:20ms-80ms@10%, latency:normal;mean=50ms;sd=10ms, "
    "latency:lognormal;median=50ms;sigma=0.5 or latency:percentiles;p50=20ms;p99=80ms"
)
_KINDS: Final = (
    "a status from 400 to 599, latency, reset, truncate, slow, garbage, html, wrong-type, expire, "
    "login-down, link, top or quota"
)


def parse_rules(text: str) -> Iterator[Rule]:
    """The rules of a text.

    Raises:
        ConfigError: names the rule that is wrong and what would be right.
    """
    return (_rule(part.strip()) for part in text.split(",") if part.strip())


def _rule(text: str) -> Rule:
    head, *parts = (part.strip() for part in text.split(";"))
    kind, _, amount = (part.strip() for part in head.partition(":"))
    kind, options = kind.lower(), Options(text, parts)
    if not text.isprintable():
        # The text of a rule becomes a header, and a line break in it a header of its own.
        raise options.wrong("a rule is one line without control characters")
    match = _match(options)
    if re.fullmatch(r"[45][0-9]{2}", kind):
        rule = Rule(
            kind="status", rate=options.rate(amount), status=int(kind), retry_after=_retry_after(options)
        )
    elif kind == "login-down":
        if match.operation != "*":
            raise options.wrong("login-down is for sign-in alone; op= does not go with it")
        match = evolve(match, operation="security_token.login")
        rule = Rule(kind="status", rate=options.rate(amount), status=503, retry_after=_retry_after(options))
    elif kind in _READERS:
        rule = _READERS[kind](amount, options)
    else:
        raise options.wrong(f"{kind!r} is no kind of fault; use {_KINDS}")
    options.done()
    rule = evolve(rule, match=match)
    # A rule that never hits would make a test of faults pass without a fault.
    if reason := why_never(rule):
        raise options.wrong(reason)
    return rule


def _match(options: Options) -> Match:
    found = {name: options.take(name) for name in _MATCH}
    first = found["first"]
    if found["api"] not in (None, *apis.names(), "*"):
        raise options.wrong(f"api is {found['api']!r}; use {' or '.join(apis.names())}")
    return Match(
        operation=found["op"] or "*",
        api=found["api"] or "*",
        user=found["user"] or "*",
        method=found["method"] or "*",
        first=None if first is None else options.whole("first", first),
    )


def _plain(kind: FaultKind) -> Callable[[str, Options], Rule]:
    return lambda amount, options: Rule(kind=kind, rate=options.rate(amount))


def _reset(amount: str, options: Options) -> Rule:
    when = options.take("when") or "before"
    if when not in ("before", "after"):
        raise options.wrong(f"when is {when!r}; use before or after")
    return Rule(kind="reset", rate=options.rate(amount), late=when == "after")


def _slow(amount: str, options: Options) -> Rule:
    return Rule(kind="slow", rate=options.rate(amount), over=options.seconds(options.take("over") or "1s"))


def _html(amount: str, options: Options) -> Rule:
    status = options.take("status") or "502"
    if not re.fullmatch(r"[2345][0-9]{2}", status) or status in _BODILESS:
        raise options.wrong(f"status is {status!r}; use one from 200 to 599 that has a body")
    return Rule(kind="html", rate=options.rate(amount), status=int(status))


def _link(amount: str, options: Options) -> Rule:
    form = options.need("form")
    for known in get_args(LinkForm):
        if form == known:
            return Rule(kind="link", rate=options.rate(amount), form=known)
    raise options.wrong(f"form is {form!r}; use {', '.join(get_args(LinkForm))}")


def _top(amount: str, options: Options) -> Rule:
    return Rule(kind="top", rate=options.rate(amount), cap=options.whole("cap", options.need("cap")))


def _quota(amount: str, options: Options) -> Rule:
    limit, slash, window = amount.partition("/")
    if not slash:
        raise options.wrong("write a quota as REQUESTS/TIME, such as quota:100/60s")
    seconds = options.seconds(window.strip())
    if seconds <= 0:
        raise options.wrong("the time of a quota must be above 0")
    # A quota states when it ends unless `none` is given; the default's value is put in when it is used up.
    silent = options.take("retry-after")
    if silent not in (None, "none"):
        raise options.wrong("retry-after of a quota is the rest of its window, or none")
    return Rule(
        kind="quota",
        limit=options.whole("the number of requests", limit.strip()),
        window=seconds,
        retry_after=None if silent else RetryAfter(),
    )


def _latency(amount: str, options: Options) -> Rule:
    shape, at, share = (part.strip() for part in amount.partition("@"))
    rate = options.rate(share) if at else 1.0
    match shape:
        case "normal":
            return _delayed(
                rate, Delay(shape="normal", low=_time(options, "mean"), high=_time(options, "sd"))
            )
        case "lognormal":
            sigma = options.need("sigma")
            if not _NUMBER.match(sigma) or not 0 <= float(sigma) <= _STEEPEST:
                raise options.wrong(f"sigma is {sigma!r}; give a number from 0 to 10, such as 0.5")
            return _delayed(rate, Delay(shape="lognormal", low=_time(options, "median"), high=float(sigma)))
        case "percentiles":
            return _delayed(rate, Delay(shape="percentiles", points=_percentiles(options)))
    low, dash, high = shape.partition("-")
    try:
        least = duration(low)
    except ValueError:
        raise options.wrong(f"{low.strip()[:40]!r} is no time; write {_LATENCIES}") from None
    most = options.seconds(high.strip()) if dash else least
    if most < least:
        raise options.wrong("the range runs backwards")
    return _delayed(rate, Delay(low=least, high=most))


def _delayed(rate: float, delay: Delay) -> Rule:
    return Rule(kind="latency", rate=rate, delay=delay)


def _time(options: Options, name: str) -> float:
    return options.seconds(options.need(name))


def _percentiles(options: Options) -> tuple[tuple[float, float], ...]:
    found: list[tuple[float, float]] = []
    for name in options.names():
        share = re.fullmatch(r"p([0-9]{1,2}(?:\.[0-9]+)?|100)", name)
        if share and float(share[1]) > 0:
            found.append((float(share[1]) / 100, options.seconds(options.need(name))))
    # Text order would put p9 after p80.
    found.sort()
    times = [seconds for _, seconds in found]
    if not found or times != sorted(times):
        raise options.wrong(f"percentiles must be named and rise: write {_LATENCIES}")
    return tuple(found)


def _retry_after(options: Options) -> RetryAfter | None:
    given = options.take("retry-after")
    if given is None or given == "none":
        return None
    form, equals, value = given.partition("=")
    if not equals:
        form, value = "seconds", given
    if form == "text":
        return RetryAfter(form="text", value=value)
    for known in get_args(RetryForm):
        if form == known and _NUMBER.match(value):
            if form != "seconds" and abs(float(value)) > _FURTHEST:
                raise options.wrong(f"retry-after={form} reaches ten years at most, not {value[:40]} seconds")
            return RetryAfter(form=known, value=value)
    raise options.wrong(
        "retry-after takes seconds, date=SECONDS, rfc850=SECONDS, asctime=SECONDS, iso=SECONDS, "
        "text=ANYTHING or none"
    )


_READERS: Final[dict[str, Callable[[str, Options], Rule]]] = {
    "latency": _latency,
    "reset": _reset,
    "truncate": _plain("truncate"),
    "slow": _slow,
    "garbage": _plain("garbage"),
    "html": _html,
    "wrong-type": _plain("wrong-type"),
    "expire": _plain("expire"),
    "link": _link,
    "top": _top,
    "quota": _quota,
}

__all__ = ["parse_rules"]
