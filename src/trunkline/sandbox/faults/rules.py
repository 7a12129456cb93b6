"""The parts of a fault rule: its kind, when it applies, how long it delays, how Retry-After is written."""

from __future__ import annotations

import math
from fnmatch import fnmatchcase
from statistics import NormalDist
from typing import Literal

from attrs import frozen

FaultKind = Literal[
    "status", "latency", "reset", "truncate", "slow", "garbage", "html", "wrong-type", "expire", "link",
    "top", "quota",
]  # fmt: skip
LinkForm = Literal["foreign", "environment", "repeated", "relative", "unescaped", "escaped"]
_A_DAY = 86_400.0
"""The far end of a lognormal tail: no test waits longer, and no timer overflows."""
RetryForm = Literal["seconds", "date", "rfc850", "asctime", "iso", "text"]


@frozen(kw_only=True)
class RetryAfter:
    """How Retry-After is written: a number of seconds, one of HTTP's three date forms, or something else.

    value: seconds, or for the form "text" the text itself.
    """

    form: RetryForm = "seconds"
    value: str = "1"


@frozen(kw_only=True)
class Asked:
    """A request as rules see it. address: method and URL. turn: how many requests to it came before."""

    address: str = ""
    turn: int = 0
    api: str = ""
    operation: str = ""
    user: str = ""
    method: str = "GET"


@frozen(kw_only=True)
class Match:
    """Which requests a rule is for; a pattern may hold `*`. first: only the first turns of each address."""

    api: str = "*"
    operation: str = "*"
    user: str = "*"
    method: str = "*"
    first: int | None = None

    def fits(self, asked: Asked) -> bool:
        """Whether the rule is for this request."""
        # Cheap tests come first, and "*" skips the pattern: this runs for each rule and request.
        return (
            (self.first is None or asked.turn < self.first)
            and (self.api == "*" or fnmatchcase(asked.api, self.api))
            and (self.operation == "*" or fnmatchcase(asked.operation, self.operation))
            and (self.user == "*" or fnmatchcase(asked.user, self.user))
            and (self.method == "*" or fnmatchcase(asked.method, self.method.upper()))
        )


@frozen(kw_only=True)
class Delay:
    """A distribution of seconds, as its quantile function.

    shape: "uniform" over low to high; "normal" with mean and deviation, never below 0; "lognormal" with
    median and sigma; "percentiles", straight lines between the points (share, seconds), from 0 seconds on.
    """

    shape: Literal["uniform", "normal", "lognormal", "percentiles"] = "uniform"
    low: float = 0.0
    high: float = 0.0
    points: tuple[tuple[float, float], ...] = ()

    def at(self, share: float) -> float:
        """The delay that `share` of the requests stay below."""
        match self.shape:
            case "uniform":
                return self.low + share * (self.high - self.low)
            case "normal":
                return max(0.0, self.low + self.high * _normal(share))
            case "lognormal":
                return min(_A_DAY, self.low * math.exp(self.high * _normal(share)))
        before = (0.0, 0.0)
        for point in self.points:
            if share <= point[0]:
                along = (share - before[0]) / (point[0] - before[0])
                return before[1] + along * (point[1] - before[1])
            before = point
        return before[1]


def _normal(share: float) -> float:
    # The quantile of 0 and of 1 is infinite.
    return NormalDist().inv_cdf(min(max(share, 1e-9), 1 - 1e-9))


@frozen(kw_only=True)
class Rule:
    """One fault.

    rate: share of the requests, 0 to 1. delay: of a latency. over: seconds of a slow body. late: a reset
    comes after the request was carried out. form: of a next link. cap: of `$top`. limit, window: requests
    and seconds of a quota. match: the requests that it is for.
    """

    kind: FaultKind
    rate: float = 1.0
    status: int = 0
    retry_after: RetryAfter | None = None
    delay: Delay = Delay()
    over: float = 1.0
    late: bool = False
    form: LinkForm = "unescaped"
    cap: int = 0
    limit: int = 0
    window: float = 60.0
    match: Match = Match()

    @property
    def name(self) -> str:
        """Its name in the record: "503", "reset"."""
        return str(self.status) if self.kind == "status" else self.kind


__all__ = ["Asked", "Delay", "FaultKind", "LinkForm", "Match", "RetryAfter", "RetryForm", "Rule"]
