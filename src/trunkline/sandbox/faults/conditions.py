"""The current conditions of the sandbox: the fault plan, the phase of the scenario, the quotas."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from attrs import evolve

from trunkline.sandbox.faults.plan import FaultPlan, Hit, Turns
from trunkline.sandbox.faults.quota import Quota
from trunkline.sandbox.faults.rules import Asked, Rule
from trunkline.sandbox.faults.scenario import Scenario


class Conditions:
    """Draws what happens to each request.

    Args:
        plan: faults that hold all the time. quota: requests a minute for each user, None for no quota.
        seed: of the faults. clock: the sandbox's. expire: makes every token issued so far worthless.
        real: the machine's clock, for scenarios that ask for it.
    """

    def __init__(
        self,
        plan: FaultPlan,
        *,
        quota: int | None,
        seed: int,
        clock: Callable[[], float],
        expire: Callable[[], None],
        real: Callable[[], float] = time.time,
    ) -> None:
        self.turns = Turns()
        self._plan = plan
        self._now = plan
        self._seed = seed
        self._clock = clock
        self._real = real
        self._expire = expire
        self._scenario: Scenario | None = None
        self._started = 0.0
        self._place = -1
        self._phase_rules: tuple[Rule, ...] = ()
        self._minute = Quota(quota)
        self._quotas: dict[Rule, Quota] = {}

    @property
    def plan(self) -> FaultPlan:
        """The faults that hold all the time."""
        return self._plan

    def set_plan(self, plan: FaultPlan) -> None:
        """Replace the faults that hold all the time; they begin anew, a scenario continues where it is."""
        self._plan = plan
        self._forget_counts()
        self._now = FaultPlan(rules=(*self._phase_rules, *plan.rules), seed=self._seed)

    def set_scenario(self, scenario: Scenario | None) -> None:
        """Begin a scenario, or end the present one."""
        self._scenario = scenario
        self.restart()

    def restart(self) -> None:
        """From the beginning: the scenario's first phase, no request asked or counted."""
        self._forget_counts()
        self._place = -1
        self._phase_rules = ()
        self._now = self._plan
        if self._scenario is not None:
            self._started = self._time(self._scenario)
            self._follow()

    def _forget_counts(self) -> None:
        self.turns.clear()
        self._minute.clear()
        self._quotas.clear()

    def describe(self) -> dict[str, Any]:
        """The phase and how far the scenario is, as plain JSON."""
        if self._scenario is None:
            return {"running": False}
        self._follow()
        elapsed = self._time(self._scenario) - self._started
        _, phase = self._scenario.at(elapsed)
        return {
            "running": phase is not None,
            "phase": None if phase is None else phase.name,
            "elapsed": round(elapsed, 3),
            "phases": [each.name for each in self._scenario.phases],
            "repeat": self._scenario.repeat,
            "clock": self._scenario.clock,
        }

    def current(self) -> FaultPlan:
        """The rules that hold right now."""
        if self._scenario is not None:
            self._follow()
        return self._now

    def draw(self, asked: Asked, plan: FaultPlan) -> Hit:
        """What happens to a request under a plan; counts how often its address was asked."""
        if not plan.rules:
            return Hit()
        # Without rules the addresses are not counted: a sandbox without faults pays nothing for them.
        return plan.draw(evolve(asked, turn=self.turns.next(asked.address)))

    def counts(self, plan: FaultPlan) -> bool:
        """Whether requests are counted at all."""
        return self._minute.is_on or bool(plan.quotas)

    def spend(self, asked: Asked, plan: FaultPlan) -> tuple[Rule | None, float] | None:
        """Count a request of a user against the quotas: None, or the one used up and the seconds it lasts."""
        now, who = self._clock(), f"{asked.api} {asked.user}"
        # The user's own quota is spent first and also counts requests that another quota then refuses.
        wait = self._minute.spend(who, now)
        if wait is not None:
            return None, wait
        for rule in plan.quotas:
            if rule.match.fits(asked):
                wait = self._quotas.setdefault(rule, Quota(rule.limit, rule.window)).spend(who, now)
                if wait is not None:
                    return rule, wait
        return None

    def _time(self, scenario: Scenario) -> float:
        return self._real() if scenario.clock == "real" else self._clock()

    def _follow(self) -> None:
        """Take up the phase of the moment, and do what the phases since the last time do once."""
        scenario = self._scenario
        if scenario is None:
            return
        place, phase = scenario.at(self._time(scenario) - self._started)
        if place == self._place:
            return
        # A clock that is moved by hours may pass over a phase; what that phase does
        # once must still happen.
        if any(begun.expire_tokens for begun in scenario.began(self._place, place)):
            self._expire()
        self._place = place
        kept = self._plan.quotas
        # The counts of the plan's own quotas survive a change of phase; those of the old phase do not.
        self._quotas = {rule: quota for rule, quota in self._quotas.items() if rule in kept}
        self._phase_rules = phase.rules if phase is not None else ()
        self._now = FaultPlan(rules=(*self._phase_rules, *self._plan.rules), seed=self._seed)


__all__ = ["Conditions"]
