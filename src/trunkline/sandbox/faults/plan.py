"""Faults on demand: what goes wrong, how often, and for which request. The grammar is in `grammar`.

Whether a request is hit depends on the seed, its method and address, and how often that address was asked:
never on the order in which concurrent requests happen to arrive.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from attrs import field, frozen

from trunkline.errors import ConfigError
from trunkline.sandbox.faults.grammar import parse_rules
from trunkline.sandbox.faults.rules import Asked, LinkForm, Match, Rule

HEADER: Final = "X-Sandbox-Fault"
"""Request header that overrides the plan for one request: a rule such as `503;retry-after=1`, or `none`."""

_SHAPES: Final = frozenset({"latency", "link", "top", "quota"})
"""Kinds that do not spoil a response by themselves: they may hit together with one that does."""

_REMEMBERED: Final = 200_000


@frozen(kw_only=True)
class Hit:
    """What happens to one request: delay in seconds, the fault, the form of its next link, a cap."""

    delay: float = 0.0
    rule: Rule | None = None
    link: LinkForm | None = None
    cap: int | None = None


@frozen(kw_only=True)
class FaultPlan:
    """The rules in the order given; of those that spoil a response, at most one hits a request."""

    rules: tuple[Rule, ...] = ()
    seed: int = field(default=0)

    @classmethod
    def parse(cls, text: str, *, seed: int = 0) -> FaultPlan:
        """Read the grammar of `trunkline.sandbox.faults.grammar`.

        Raises:
            ConfigError: names the rule that is wrong and what would be right.
        """
        return cls(rules=_within_bounds(parse_rules(text)), seed=seed)

    @classmethod
    def one(cls, text: str, *, seed: int = 0) -> FaultPlan:
        """The plan of a request header: one or more rules that hit for certain unless they name a rate.

        Raises:
            ConfigError: as for `parse`, and for a quota, which is about more than one request.
        """
        plan = cls() if text.strip().lower() == "none" else cls.parse(text, seed=seed)
        if plan.quotas:
            raise ConfigError("a quota counts many requests; set it by --faults or PUT /sandbox/faults")
        return plan

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
        # A hash and not a random generator: with concurrent requests a generator's next number would go
        # to whichever request comes first, and no run could be repeated.
        digest = hashlib.blake2b(
            f"{self.seed}\0{asked.turn}\0{asked.address}".encode(), digest_size=32
        ).digest()
        # Independent parts of the digest: whether a request is delayed must not depend on
        # whether it gets a status.
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
                # The rules share the line from 0 to 1, each with a piece as long as its rate. So 3 %
                # and 1 % hit 4 % of the requests, and never the same one twice.
                pick -= rule.rate
                chosen = rule if pick < 0 else None
        return Hit(delay=delay, rule=chosen, link=link, cap=cap)


def _within_bounds(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    found = tuple(rules)
    totals: dict[Match, float] = {}
    for rule in found:
        if rule.kind not in _SHAPES:
            totals[rule.match] = totals.get(rule.match, 0.0) + rule.rate
    # The small excess allows for rates that add up to 1 with a rounding error.
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
            # The address asked longest ago is forgotten; its count begins anew.
            self._seen.popitem(last=False)
        return turn

    def clear(self) -> None:
        """Forget everything: the next requests meet the same faults as the first ones did."""
        self._seen.clear()


__all__ = ["HEADER", "FaultPlan", "Hit", "Turns"]
