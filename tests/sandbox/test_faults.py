"""The grammar of faults and its determinism."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.errors import ConfigError
from trunkline.sandbox.faults.conditions import Conditions
from trunkline.sandbox.faults.plan import FaultPlan, Hit, Turns
from trunkline.sandbox.faults.rules import Asked, Delay, Match, RetryAfter, Rule
from trunkline.sandbox.faults.scenario import parse
from trunkline.sandbox.faults.spoiling import retry_after


def test_parse_reads_every_kind() -> None:
    """The whole grammar of the module's docstring."""
    plan = FaultPlan.parse(
        "429:3%, 503:0.01;retry-after=30,latency:20ms-80ms@10%,reset:0.5%,truncate:1%,slow:1%;over=2s,500:1%"
    )
    assert plan.rules == (
        Rule(kind="status", rate=0.03, status=429),
        Rule(kind="status", rate=0.01, status=503, retry_after=RetryAfter(value="30")),
        Rule(kind="latency", rate=0.1, delay=Delay(low=0.02, high=0.08)),
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
        ("429;retry-after=1.5", RetryAfter(value="1.5")),
        ("429;retry-after=-1", RetryAfter(value="-1")),
        ("429;retry-after=rfc850=30", RetryAfter(form="rfc850", value="30")),
        ("429;retry-after=asctime=-30", RetryAfter(form="asctime", value="-30")),
        ("429;retry-after=iso=30", RetryAfter(form="iso", value="30")),
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
        ("reset;when=never", "before or after"),
        ("html;status=99", "200 to 599"),
        ("link", "form= is missing"),
        ("link;form=sideways", "foreign, environment"),
        ("top:100%;cap=0", "1 or more"),
        ("top:100%", "cap= is missing"),
        ("quota:100", "REQUESTS/TIME"),
        ("quota:0/60s", "1 or more"),
        ("quota:5/0s", "above 0"),
        ("quota:5/1s;retry-after=3", "or none"),
        ("latency:normal;mean=50ms", "sd= is missing"),
        ("latency:lognormal;median=50ms;sigma=x", "sigma"),
        ("latency:percentiles", "p50=20ms"),
        ("latency:percentiles;p50=80ms;p95=20ms", "rise"),
        ("latency:percentiles;p101=80ms", "rise"),
        ("503;api=vodafone", "abzorb or idi"),
        ("503;first=0", "1 or more"),
        ("503;first=" + "9" * 5000, "9 digits"),
        ("top;cap=" + "9" * 5000, "9 digits"),
        ("quota:" + "9" * 5000 + "/60s", "9 digits"),
        ("quota:5/60s;first=2", "leave first= out"),
        ("latency:" + "9" * 400 + "h", "no time"),
        ("latency:normal;mean=" + "9" * 400 + "h;sd=1ms", "ten years"),
        ("latency:lognormal;median=1ms;sigma=1000", "0 to 10"),
        ("latency:\u0663ms", "no time"),
        ("slow;over=999999h", "ten years"),
        ("503;retry-after=date=99999999999999999", "ten years"),
        ("503;retry-after=rfc850=-70000000000", "ten years"),
        ("503;retry-after=iso=99999999999", "ten years"),
        ("503;retry-after=\u0663", "retry-after takes"),
        ("503;retry-after=text=a\r\nSet-Cookie: b", "one line"),
        ("503;retry-after=text=a\0", "one line"),
        ("503;retry-after=1;retry-after=2", "given twice"),
        ("503;op=device.get;OP=sim.get", "given twice"),
        ("html;status=204", "has a body"),
        ("html;status=304", "has a body"),
        ("503;op=devcie.get", "did you mean device.get"),
        ("503;op=idi.device.get", "device.get"),
        ("503;api=abzorb;op=device.get", "no operation matches api=abzorb;op=device.get"),
        ("503;method=FETCH", "no operation matches method=FETCH"),
        ("503;op=device.get;method=PATCH", "no operation matches"),
        ("link;form=foreign;op=device.get", "returns pages"),
        ("top;cap=5;api=abzorb", "returns pages"),
        ("expire;api=abzorb", "no operation matches api=abzorb"),
        ("expire;op=security_token.login", "no operation matches"),
        ("login-down;op=device.get", "sign-in alone"),
        ("login-down;api=abzorb", "no operation matches"),
    ],
)
def test_parse_refuses_with_the_rule_in_the_message(text: str, says: str) -> None:
    """A wrong plan is a ConfigError that says what would be right."""
    with pytest.raises(ConfigError, match=says) as caught:
        FaultPlan.parse(text)
    assert len(str(caught.value)) < 600


def _drawn(seed: int, text: str = "429:10%,reset:5%,latency:1ms-9ms") -> list[tuple[float, str | None]]:
    plan = FaultPlan.parse(text, seed=seed)
    drawn = [plan.draw(Asked(address=f"GET /x/{i}")) for i in range(4000)]
    return [(hit.delay, hit.rule and hit.rule.kind) for hit in drawn]


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
    hits = [plan.draw(Asked(address="GET /x", turn=turn)).rule is not None for turn in range(200)]
    assert 60 < sum(hits) < 140


def test_turns_count_each_address() -> None:
    """The first request of an address is turn 0, whatever else was asked."""
    turns = Turns()
    assert [turns.next(address) for address in "abaab"] == [0, 0, 1, 2, 1]
    turns.clear()
    assert turns.next("a") == 0


def test_one_none_switches_faults_off() -> None:
    """`X-Sandbox-Fault: none` protects one request."""
    assert FaultPlan.one("none").draw(Asked(address="GET /x")) == Hit()


@pytest.mark.parametrize(
    ("text", "quantiles"),
    [
        ("latency:20ms", {0.1: 0.02, 0.9: 0.02}),
        ("latency:20ms-40ms", {0.0: 0.02, 0.5: 0.03, 1.0: 0.04}),
        ("latency:normal;mean=50ms;sd=10ms", {0.5: 0.05, 0.8413: 0.06, 0.0: 0.0}),
        ("latency:lognormal;median=50ms;sigma=0.5", {0.5: 0.05, 0.8413: 0.0824}),
        ("latency:percentiles;p50=20ms;p95=80ms;p99=400ms", {0.25: 0.01, 0.5: 0.02, 0.95: 0.08, 1.0: 0.4}),
    ],
)
def test_latency_follows_its_distribution(text: str, quantiles: dict[float, float]) -> None:
    """The share of requests below each delay is the one written."""
    delay = FaultPlan.parse(text).rules[0].delay
    assert {share: delay.at(share) for share in quantiles} == pytest.approx(quantiles, abs=1e-4)


@pytest.mark.parametrize(
    ("options", "asked", "hit"),
    [
        ("op=device.*", Asked(operation="device.get"), True),
        ("op=device.*", Asked(operation="sim.get"), False),
        ("api=abzorb", Asked(api="idi"), False),
        ("user=reader", Asked(user="reader"), True),
        ("method=post", Asked(method="POST"), True),
        ("first=2", Asked(turn=1), True),
        ("first=2", Asked(turn=2), False),
        ("api=idi;op=device.get;user=a", Asked(api="idi", operation="device.get", user="b"), False),
    ],
)
def test_rule_hits_only_what_it_matches(options: str, asked: Asked, hit: bool) -> None:
    """By operation, API, user, method and turn, all of them together."""
    assert (FaultPlan.parse(f"503;{options}").draw(asked).rule is not None) is hit


def test_rates_of_rules_for_other_requests_are_not_added() -> None:
    """100 % of one operation and 100 % of another are no more than 100 % of anything."""
    plan = FaultPlan.parse("503;op=sim.get,429;op=device.get,link;form=relative,top;cap=5")
    hit = plan.draw(Asked(operation="device.get"))
    assert (hit.rule and hit.rule.status, hit.link, hit.cap) == (429, "relative", 5)
    assert Match().fits(Asked())


_ALPHABET = "0123459%.:;,=@-/ msh*eE+\u0663\r"
_WORDS = [
    *("429", "503", "latency:", "reset", "slow", "html", "expire", "login-down", "link", "top", "quota:"),
    *(
        "normal",
        "lognormal",
        "percentiles",
        ";mean=",
        ";sd=",
        ";median=",
        ";sigma=",
        ";p50=",
        "date=",
        "text=",
    ),
    *(
        ";retry-after=",
        ";op=",
        ";api=",
        ";user=",
        ";method=",
        ";first=",
        ";form=",
        ";cap=",
        ";status=",
        ";over=",
    ),
    *("device.*", "idi", "foreign", "20ms", "1h", "100/60s", "50%", "9999999999999999"),
]
_TEXTS = st.lists(st.sampled_from(_WORDS) | st.text(_ALPHABET, max_size=4), max_size=8).map("".join)


@given(text=_TEXTS, turn=st.integers(0, 5), at=st.floats(0, 4e9))
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_plan_that_can_be_carried_out_or_an_error(text: str, turn: int, at: float) -> None:
    """What is taken at the start never fails a request later: delays and headers stay within bounds."""
    try:
        plan = FaultPlan.parse(text, seed=turn)
    except ConfigError:
        return
    hit = plan.draw(Asked(address="GET /x", turn=turn, api="idi", operation="device.get"))
    assert 0.0 <= hit.delay < math.inf
    for rule in plan.rules:
        if rule.kind == "quota":
            assert rule.window > 0
            continue
        for value in retry_after(rule.retry_after, at).values():
            assert value.isprintable()


def test_a_plan_is_replaced_without_rewinding_the_scenario() -> None:
    """Switching a fault on in the middle of a long scenario once began it anew."""
    now = [0.0]
    day = parse({"phases": [{"name": "calm", "for": 60}, {"name": "storm", "faults": "429"}]})
    conditions = Conditions(FaultPlan(), quota=None, seed=0, clock=lambda: now[0], expire=lambda: None)
    conditions.set_scenario(day)
    now[0] = 61.0
    assert [rule.name for rule in conditions.current().rules] == ["429"]
    conditions.set_plan(FaultPlan.parse("latency:1ms"))
    assert [rule.name for rule in conditions.current().rules] == ["429", "latency"]
    assert conditions.describe()["phase"] == "storm"
    conditions.restart()
    assert conditions.describe()["phase"] == "calm"
    assert [rule.name for rule in conditions.current().rules] == ["latency"]
