"""Faults on demand: what goes wrong, how often, and for which request. The grammar is in `fault_grammar`.

Whether a request is hit depends on the seed, its method and address, and how often that address was asked:
never on the order in which concurrent requests happen to arrive.
"""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Iterable
from fnmatch import fnmatchcase
from statistics import NormalDist
from typing import Final, Literal

from attrs import field, frozen

from trunkline.errors import ConfigError

FaultKind = Literal[
    "status", "latency", "reset", "truncate", "slow", "garbage", "html", "wrong-type", "expire", "link",
    "top", "quota",
]  # fmt: skip
LinkForm = Literal["foreign", "environment", "repeated", "relative", "unescaped", "escaped"]
RetryForm = Literal["seconds", "date", "rfc850", "asctime", "iso", "text"]
HEADER: Final = "X-Sandbox-Fault"
"""Request header that overrides the plan for one request: a rule such as `503;retry-after=1`, or `none`."""

_SHAPES: Final = frozenset({"latency", "link", "top", "quota"})
"""Kinds that do not spoil an answer by themselves: they may hit together with one that does."""

_REMEMBERED: Final = 200_000


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
                return self.low * math.exp(self.high * _normal(share))
        before = (0.0, 0.0)
        for point in self.points:
            if share <= point[0]:
                along = (share - before[0]) / (point[0] - before[0])
                return before[1] + along * (point[1] - before[1])
            before = point
        return before[1]


def _normal(share: float) -> float:
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
        """What the record says of it: "503", "reset"."""
        return str(self.status) if self.kind == "status" else self.kind


@frozen(kw_only=True)
class Hit:
    """What happens to one request: delay in seconds, the fault, the form of its next link, a cap."""

    delay: float = 0.0
    rule: Rule | None = None
    link: LinkForm | None = None
    cap: int | None = None


@frozen(kw_only=True)
class FaultPlan:
    """The rules in the order given; of those that spoil an answer, at most one hits a request."""

    rules: tuple[Rule, ...] = ()
    seed: int = field(default=0)

    @classmethod
    def parse(cls, text: str, *, seed: int = 0) -> FaultPlan:
        """Read the grammar of `trunkline.sandbox.fault_grammar`.

        Raises:
            ConfigError: names the rule that is wrong and what would be right.
        """
        from trunkline.sandbox.fault_grammar import parse_rules

        return cls(rules=_within_bounds(parse_rules(text)), seed=seed)

    @classmethod
    def one(cls, text: str) -> FaultPlan:
        """The plan of a request header: one or more rules that hit for certain unless they name a rate."""
        return cls() if text.strip().lower() == "none" else cls.parse(text)

    @property
    def quotas(self) -> tuple[Rule, ...]:
        """The rules that count requests."""
        return tuple(rule for rule in self.rules if rule.kind == "quota")

    @property
    def names_users(self) -> bool:
        """Whether a rule looks at who asks."""
        return any(rule.match.user != "*" for rule in self.rules)

    def draw(self, asked: Asked) -> Hit:
        """What happens to one request."""
        if not self.rules:
            return Hit()
        digest = hashlib.blake2b(
            f"{self.seed}\0{asked.turn}\0{asked.address}".encode(), digest_size=32
        ).digest()
        pick, hit, spread, shape = (int.from_bytes(digest[i : i + 8]) / 2**64 for i in (0, 8, 16, 24))
        delay, chosen, link, cap = 0.0, None, None, None
        for rule in self.rules:
            if rule.kind == "quota" or not rule.match.fits(asked):
                continue
            if rule.kind == "latency":
                delay += rule.delay.at(spread) if hit < rule.rate else 0.0
            elif rule.kind == "link":
                link = rule.form if shape < rule.rate else link
            elif rule.kind == "top":
                cap = rule.cap if shape < rule.rate else cap
            elif chosen is None:
                pick -= rule.rate
                chosen = rule if pick < 0 else None
        return Hit(delay=delay, rule=chosen, link=link, cap=cap)


def _within_bounds(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    found = tuple(rules)
    totals: dict[Match, float] = {}
    for rule in found:
        if rule.kind not in _SHAPES:
            totals[rule.match] = totals.get(rule.match, 0.0) + rule.rate
    if (total := max(totals.values(), default=0.0)) > 1.0 + 1e-9:
        raise ConfigError(f"the fault rates add up to {total:.0%}; 100% is the most for the same requests")
    return found


class Turns:
    """Counts how often each address was asked, in bounded memory."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, int] = OrderedDict()

    def next(self, address: str) -> int:
        """The number of earlier requests to the address."""
        turn = self._seen.pop(address, -1) + 1
        self._seen[address] = turn
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return turn

    def clear(self) -> None:
        """Forget everything: the next requests meet the same faults as the first ones did."""
        self._seen.clear()


__all__ = [
    "HEADER",
    "Asked",
    "Delay",
    "FaultKind",
    "FaultPlan",
    "Hit",
    "LinkForm",
    "Match",
    "RetryAfter",
    "RetryForm",
    "Rule",
    "Turns",
]
