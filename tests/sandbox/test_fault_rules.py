"""The rules behind faults: distributions, forms of Retry-After, timelines, quick look-ups; no server."""

from __future__ import annotations

import datetime
import email.utils
import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trunkline.errors import ConfigError
from trunkline.sandbox.faults.options import duration
from trunkline.sandbox.faults.plan import FaultPlan
from trunkline.sandbox.faults.rules import Asked, Delay, RetryAfter, Rule
from trunkline.sandbox.faults.scenario import Phase, Scenario, parse
from trunkline.sandbox.faults.spoiling import retry_after

NOW = 1_760_000_000.0
SHARES = st.floats(0, 1)
DELAYS = st.one_of(
    st.tuples(st.floats(0, 10), st.floats(0, 10)).map(lambda t: Delay(low=min(t), high=max(t))),
    st.builds(Delay, shape=st.just("normal"), low=st.floats(0, 10), high=st.floats(0, 10)),
    st.builds(Delay, shape=st.just("lognormal"), low=st.floats(0, 10), high=st.floats(0, 10)),
    st.lists(st.tuples(st.floats(0.01, 1), st.floats(0, 10)), min_size=1, max_size=4).map(
        lambda points: Delay(
            shape="percentiles",
            points=tuple(zip(sorted({p for p, _ in points}), sorted(s for _, s in points), strict=False)),
        )
    ),
)


@given(delay=DELAYS, one=SHARES, other=SHARES)
def test_delays_rise_with_the_share_and_are_never_negative(delay: Delay, one: float, other: float) -> None:
    """A quantile function: what 90 % stay below is no less than what half stay below."""
    low, high = sorted((one, other))
    assert 0.0 <= delay.at(low) <= delay.at(high) + 1e-9
    assert delay.at(high) <= 86_400.0


@given(
    form=st.sampled_from(["date", "rfc850", "asctime", "iso"]),
    seconds=st.integers(-10 * 366 * 86_400, 10 * 366 * 86_400),
)
def test_dates_of_retry_after_mean_their_moment(form: Any, seconds: int) -> None:
    """Each of the three forms of RFC 9110, section 5.6.7, and ISO 8601, read back by Python."""
    (text,) = retry_after(RetryAfter(form=form, value=str(seconds)), NOW).values()
    formats = {"rfc850": "%A, %d-%b-%y %H:%M:%S GMT", "asctime": "%a %b %d %H:%M:%S %Y"}
    if form == "date":
        found = email.utils.parsedate_to_datetime(text)
    elif form == "iso":
        found = datetime.datetime.fromisoformat(text)
    else:
        found = datetime.datetime.strptime(text, formats[form]).replace(tzinfo=datetime.UTC)
        assert found.strftime("%A")[:3] == text[:3]
    assert found.timestamp() == NOW + seconds


@pytest.mark.parametrize("value", ["1", "1.5", "-1", "soon", ""])
def test_seconds_and_texts_of_retry_after_are_sent_as_they_are(value: str) -> None:
    for form in ("seconds", "text"):
        assert retry_after(RetryAfter(form=form, value=value), NOW) == {"Retry-After": value}  # type: ignore[arg-type]
    assert retry_after(None, NOW) == {}


@given(number=st.decimals(0, 9999, places=3), unit=st.sampled_from(["ms", "s", "m", "h", ""]))
def test_durations_are_read_in_every_unit(number: Any, unit: str) -> None:
    factor = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}[unit]
    assert duration(f" {number:f}{unit} ") == pytest.approx(float(number) * factor)


@pytest.mark.parametrize(
    "text", ["", "s", "-1s", "1 s", "1.s", ".5s", "1e3", "9" * 30, "٣s", "1d", "1S", "nan", "inf"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=rf"^{re.escape(text)}$"):
        duration(text)


@given(
    lasts=st.lists(st.integers(0, 5), min_size=1, max_size=5),
    repeat=st.booleans(),
    elapsed=st.floats(0, 40),
)
def test_phases_follow_one_another(lasts: list[int], repeat: bool, elapsed: float) -> None:
    """Compared with a walk through the timeline, a second at a time."""
    assume(sum(lasts) > 0 or not repeat)
    phases = tuple(Phase(name=str(i), lasts=float(each)) for i, each in enumerate(lasts))
    place, phase = Scenario(phases=phases, repeat=repeat).at(elapsed)
    number, passed = 0, 0.0
    while repeat or number < len(phases):
        passed += lasts[number % len(lasts)]
        if elapsed < passed:
            break
        number += 1
    assert place == number
    assert phase == (phases[number % len(phases)] if repeat or number < len(phases) else None)


@given(count=st.integers(1, 4), repeat=st.booleans(), first=st.integers(-1, 12), step=st.integers(0, 12))
def test_no_phase_that_began_is_passed_over(count: int, repeat: bool, first: int, step: int) -> None:
    """A clock that jumps by hours still does once what each phase does once."""
    phases = tuple(Phase(name=str(i), lasts=1.0) for i in range(count))
    scenario = Scenario(phases=phases, repeat=repeat)
    last = first + step
    numbers = [i for i in range(first + 1, last + 1) if repeat or i < count]
    assert {phase.name for phase in scenario.began(first, last)} == {str(i % count) for i in numbers}


@given(rate=st.integers(0, 100), other=st.integers(0, 100), seed=st.integers(0, 2**32))
def test_rates_are_kept_and_no_request_is_hit_twice(rate: int, other: int, seed: int) -> None:
    """Of 400 addresses about the share that was asked for; more than all is refused."""
    text = f"429:{rate}%,503:{other}%"
    if rate + other > 100:
        with pytest.raises(ConfigError, match="add up"):
            FaultPlan.parse(text, seed=seed)
        return
    plan = FaultPlan.parse(text, seed=seed)
    hits = [plan.draw(Asked(address=str(i), api="idi")).rule for i in range(400)]
    for status, share in ((429, rate), (503, other)):
        found = sum(rule is not None and rule.status == status for rule in hits)
        # Six standard deviations: a wrong share is far beyond, a right one never is.
        assert abs(found - 4 * share) <= 6 * (400 * share / 100 * (1 - share / 100)) ** 0.5 + 1e-9


@given(st.integers(0, 10), st.integers(0, 2**32))
def test_a_request_meets_the_same_fault_in_every_run(turn: int, seed: int) -> None:
    plan = FaultPlan.parse("503:50%,latency:1ms-9ms", seed=seed)
    asked = Asked(address="GET /x", turn=turn, api="idi")
    assert plan.draw(asked) == FaultPlan.parse("503:50%,latency:1ms-9ms", seed=seed).draw(asked)


@pytest.mark.parametrize("kind", ["429", "503:5%", "latency:5ms", "reset", "quota:5/1s", "link;form=escaped"])
def test_spaces_case_and_order_of_options_mean_nothing(kind: str) -> None:
    head, _, option = kind.partition(";")
    parts = [part for part in (option, "api=idi", "method=GET") if part]
    rules = {
        FaultPlan.parse(text).rules
        for text in (
            ";".join([head, *parts]),
            " ; ".join([head, *reversed(parts)]),
            f"  {head.upper() if not head.startswith(('latency', 'quota')) else head} ;" + ";".join(parts),
        )
    }
    assert len(rules) == 1
    (found,) = rules
    assert isinstance(found[0], Rule)
    assert found[0].match.api == "idi"


def test_maintenance_comes_before_what_else_a_phase_holds() -> None:
    """It is 503 for every request, whatever the other rules say."""
    scenario = parse({"phases": [{"faults": "429:50%", "maintenance": {"retry-after": 60}}]})
    first = scenario.phases[0].rules[0]
    assert (first.status, first.rate, first.retry_after) == (503, 1.0, RetryAfter(value="60"))
