"""Faults on demand: what goes wrong, how often, and for which request.

Grammar: rules separated by commas, `KIND:RATE` with options after semicolons.

    429:3%                    a status (400-599) for 3 % of the requests
    503:1%;retry-after=30     Retry-After: seconds, `date=30` (an HTTP date), `text=soon`; absent unless said,
                              since neither vendor documents it
    latency:20ms              a delay for every request; `latency:20ms-80ms@10%` a range, for 10 %
    reset:0.5%                the connection is cut instead of an answer
    truncate:1%               the body ends early, then the connection is cut
    slow:1%;over=2s           the body trickles for two seconds

Whether a request is hit depends on the seed, its method and address, and how often that address was asked:
never on the order in which concurrent requests happen to arrive.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from typing import Final, Literal

from attrs import field, frozen

from trunkline.errors import ConfigError

FaultKind = Literal["status", "latency", "reset", "truncate", "slow"]
HEADER: Final = "X-Sandbox-Fault"
"""Request header that overrides the plan for one request: a rule such as `503;retry-after=1`, or `none`."""

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s)?\Z")
_REMEMBERED: Final = 200_000


@frozen(kw_only=True)
class RetryAfter:
    """How Retry-After is written: form "seconds", "date" or "text"; value is seconds or the text itself."""

    form: Literal["seconds", "date", "text"] = "seconds"
    value: str = "1"


@frozen(kw_only=True)
class Rule:
    """One fault.

    rate: share of the requests, 0 to 1. low, high: seconds of latency. over: seconds of a slow body.
    """

    kind: FaultKind
    rate: float = 1.0
    status: int = 0
    retry_after: RetryAfter | None = None
    low: float = 0.0
    high: float = 0.0
    over: float = 1.0


@frozen(kw_only=True)
class FaultPlan:
    """The rules in the order given; of the rules other than latency, at most one hits a request."""

    rules: tuple[Rule, ...] = ()
    seed: int = field(default=0)

    @classmethod
    def parse(cls, text: str, *, seed: int = 0) -> FaultPlan:
        """Read the grammar above.

        Raises:
            ConfigError: names the rule that is wrong and what would be right.
        """
        rules = tuple(_rule(part.strip()) for part in text.split(",") if part.strip())
        total = sum(rule.rate for rule in rules if rule.kind != "latency")
        if total > 1.0 + 1e-9:
            raise ConfigError(f"the fault rates add up to {total:.0%}; 100% is the most")
        return cls(rules=rules, seed=seed)

    @classmethod
    def one(cls, text: str) -> FaultPlan:
        """The plan of a request header: one or more rules that hit for certain unless they name a rate."""
        return cls() if text.strip().lower() == "none" else cls.parse(text)

    def draw(self, address: str, turn: int) -> tuple[float, Rule | None]:
        """What happens to one request: seconds of delay, and the fault if one hits.

        Args:
            address: method and URL. turn: how many requests to it came before.
        """
        if not self.rules:
            return 0.0, None
        digest = hashlib.blake2b(f"{self.seed}\0{turn}\0{address}".encode(), digest_size=24).digest()
        pick, hit, spread = (int.from_bytes(digest[i : i + 8]) / 2**64 for i in (0, 8, 16))
        delay, chosen = 0.0, None
        for rule in self.rules:
            if rule.kind == "latency":
                delay += rule.low + spread * (rule.high - rule.low) if hit < rule.rate else 0.0
            elif chosen is None:
                pick -= rule.rate
                chosen = rule if pick < 0 else None
        return delay, chosen


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


def _rule(text: str) -> Rule:
    head, *options = (part.strip() for part in text.split(";"))
    kind, _, amount = (part.strip() for part in head.partition(":"))
    kind = kind.lower()
    settings = _settings(text, options)
    if kind == "latency":
        return _latency(text, amount, settings)
    rate = _rate(text, amount) if amount else 1.0
    if kind in ("reset", "truncate"):
        _only(text, settings)
        return Rule(kind="reset" if kind == "reset" else "truncate", rate=rate)
    if kind == "slow":
        _only(text, settings, "over")
        return Rule(kind="slow", rate=rate, over=_seconds(text, settings.get("over", "1s")))
    if re.fullmatch(r"[45]\d\d", kind):
        _only(text, settings, "retry-after")
        return Rule(kind="status", rate=rate, status=int(kind), retry_after=_retry_after(text, settings))
    raise ConfigError(
        f"fault {text!r}: {kind!r} is no kind of fault; use a status from 400 to 599, "
        "latency, reset, truncate or slow"
    )


def _settings(text: str, options: list[str]) -> dict[str, str]:
    found = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not value:
            raise ConfigError(f"fault {text!r}: write {option!r} as name=value")
        found[name.strip().lower()] = value.strip()
    return found


def _only(text: str, settings: dict[str, str], *names: str) -> None:
    if unknown := settings.keys() - set(names):
        raise ConfigError(f"fault {text!r}: unknown option {sorted(unknown)[0]!r}")


def _rate(text: str, amount: str) -> float:
    try:
        rate = float(amount[:-1]) / 100 if amount.endswith("%") else float(amount)
    except ValueError:
        rate = -1.0
    if not 0.0 <= rate <= 1.0:
        raise ConfigError(
            f"fault {text!r}: {amount!r} is no rate; write a percentage such as 3% or a share such as 0.03"
        )
    return rate


def _seconds(text: str, amount: str) -> float:
    found = _DURATION.match(amount)
    if not found:
        raise ConfigError(f"fault {text!r}: {amount!r} is no time; write 20ms or 1.5s")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


def _latency(text: str, amount: str, settings: dict[str, str]) -> Rule:
    _only(text, settings)
    times, at, share = amount.partition("@")
    low, dash, high = times.partition("-")
    least = _seconds(text, low.strip())
    most = _seconds(text, high.strip()) if dash else least
    if most < least:
        raise ConfigError(f"fault {text!r}: the range runs backwards")
    return Rule(kind="latency", rate=_rate(text, share.strip()) if at else 1.0, low=least, high=most)


def _retry_after(text: str, settings: dict[str, str]) -> RetryAfter | None:
    given = settings.get("retry-after")
    if given is None or given == "none":
        return None
    form, equals, value = given.partition("=")
    if not equals:
        form, value = "seconds", given
    if form == "text":
        return RetryAfter(form="text", value=value)
    if form not in ("seconds", "date") or not value.isdigit():
        raise ConfigError(f"fault {text!r}: retry-after takes seconds, date=SECONDS, text=ANYTHING or none")
    return RetryAfter(form="date" if form == "date" else "seconds", value=value)


__all__ = ["HEADER", "FaultKind", "FaultPlan", "RetryAfter", "Rule", "Turns"]
