"""The grammar of faults and its determinism."""

from __future__ import annotations

import pytest

from trunkline.errors import ConfigError
from trunkline.sandbox.faults import FaultPlan, RetryAfter, Rule, Turns


def test_parse_reads_every_kind() -> None:
    """The whole grammar of the module's docstring."""
    plan = FaultPlan.parse(
        "429:3%, 503:0.01;retry-after=30,latency:20ms-80ms@10%,reset:0.5%,truncate:1%,slow:1%;over=2s,500:1%"
    )
    assert plan.rules == (
        Rule(kind="status", rate=0.03, status=429),
        Rule(kind="status", rate=0.01, status=503, retry_after=RetryAfter(value="30")),
        Rule(kind="latency", rate=0.1, low=0.02, high=0.08),
        Rule(kind="reset", rate=0.005),
        Rule(kind="truncate", rate=0.01),
        Rule(kind="slow", rate=0.01, over=2.0),
        Rule(kind="status", rate=0.01, status=500),
    )


@pytest.mark.parametrize(
    ("text", "retry_after"),
    [
        ("429", None),
        ("429;retry-after=1", RetryAfter()),
        ("429;retry-after=none", None),
        ("429;retry-after=date=30", RetryAfter(form="date", value="30")),
        ("429;retry-after=text=soon", RetryAfter(form="text", value="soon")),
    ],
)
def test_parse_retry_after_forms(text: str, retry_after: RetryAfter | None) -> None:
    """Seconds, an HTTP date, words that are no time, and nothing at all."""
    assert FaultPlan.parse(text).rules[0].retry_after == retry_after


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("teapot:1%", "no kind of fault"),
        ("200:1%", "no kind of fault"),
        ("429:lots", "no rate"),
        ("429:101%", "no rate"),
        ("429:-1%", "no rate"),
        ("latency:soon", "no time"),
        ("latency:", "no time"),
        ("latency:80ms-20ms", "backwards"),
        ("slow:1%;over=long", "no time"),
        ("429:1%;after=2", "unknown option"),
        ("429:1%;retry-after", "name=value"),
        ("429:1%;retry-after=later", "retry-after takes"),
        ("429:60%,503:50%", "110%"),
    ],
)
def test_parse_refuses_with_the_rule_in_the_message(text: str, says: str) -> None:
    """A wrong plan is a ConfigError that says what would be right."""
    with pytest.raises(ConfigError, match=says):
        FaultPlan.parse(text)


def _drawn(seed: int, text: str = "429:10%,reset:5%,latency:1ms-9ms") -> list[tuple[float, str | None]]:
    plan = FaultPlan.parse(text, seed=seed)
    drawn = [plan.draw(f"GET /x/{i}", 0) for i in range(4000)]
    return [(delay, rule and rule.kind) for delay, rule in drawn]


def test_draw_is_the_same_for_the_same_seed() -> None:
    """Seed, address and turn decide; nothing else does."""
    assert _drawn(7) == _drawn(7)
    assert _drawn(7) != _drawn(8)


def test_draw_keeps_the_rates_and_the_range() -> None:
    """Over many addresses the shares come out as written."""
    drawn = _drawn(7)
    kinds = [kind for _, kind in drawn]
    assert 0.08 < kinds.count("status") / len(kinds) < 0.12
    assert 0.035 < kinds.count("reset") / len(kinds) < 0.065
    assert all(0.001 <= delay <= 0.009 for delay, _ in drawn)
    assert len({delay for delay, _ in drawn}) > 100


def test_draw_next_turn_draws_anew() -> None:
    """A retried request is not hit for ever."""
    plan = FaultPlan.parse("503:50%", seed=1)
    hits = [plan.draw("GET /x", turn)[1] is not None for turn in range(200)]
    assert 60 < sum(hits) < 140


def test_turns_count_each_address() -> None:
    """The first request of an address is turn 0, whatever else was asked."""
    turns = Turns()
    assert [turns.next(address) for address in "abaab"] == [0, 0, 1, 2, 1]
    turns.clear()
    assert turns.next("a") == 0


def test_one_none_switches_faults_off() -> None:
    """`X-Sandbox-Fault: none` protects one request."""
    assert FaultPlan.one("none").draw("GET /x", 0) == (0.0, None)
