"""Retry decisions, the budget and Retry-After."""

from __future__ import annotations

import datetime
import math
import sys
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline._calls.retry import Failure, RetryBudget, backoff, decide
from trunkline._wire.responses import asked_wait, retry_after
from trunkline.config import RetryPolicy

POLICY = RetryPolicy()


def decision(failure: Failure, policy: RetryPolicy = POLICY, **state):
    known = {"repeatable": True, "attempt": 1, "failures": 1, "elapsed": 0.0, "random": 0.5}
    return decide(policy, failure, **(known | state))


@pytest.mark.parametrize("status", [429, 503, 500, 502, 504, 408])
def test_decide_repeatable_operation_passing_trouble_tries_again(status):
    assert decision(Failure(status=status)).delay == 0.25


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 422, 501, 301])
def test_decide_lasting_status_gives_up(status):
    assert decision(Failure(status=status)).delay is None


@pytest.mark.parametrize(("status", "replayed"), [(429, True), (503, False), (500, False), (None, False)])
def test_decide_unsafe_operation_replays_only_what_was_not_processed(status, replayed):
    assert (decision(Failure(status=status), repeatable=False).delay is not None) is replayed


def test_decide_unsafe_operation_without_connection_is_replayed():
    assert decision(Failure(processed=False), repeatable=False).delay is not None


def test_decide_retry_after_is_a_floor_and_has_a_cap():
    assert decision(Failure(status=429, retry_after=7.0)).delay == 7.0
    assert decision(Failure(status=429, retry_after=301.0)).delay is None
    assert decision(Failure(status=429, retry_after=300.0)).delay == 300.0


def test_decide_counts_pressure_and_failures_apart():
    assert decision(Failure(status=503), attempt=5, failures=0).delay is not None
    assert decision(Failure(status=500), attempt=5, failures=4).delay is None
    assert decision(Failure(status=503), attempt=20, failures=0).delay is None


def test_decide_wait_past_the_deadline_is_not_begun():
    assert decision(Failure(status=503, retry_after=10), elapsed=595.0).delay is None


@given(st.integers(1, 10_000), st.floats(0, 0.999))
def test_backoff_any_retry_stays_within_base_and_cap(retry, random):
    assert 0 <= backoff(POLICY, retry, random) <= POLICY.cap


def test_budget_spent_makes_retries_wait_for_their_turn():
    budget = RetryBudget(ratio=0.2, per_second=10.0, now=0.0)
    waits = [budget.spend(0.0, math.inf) for _ in range(102)]
    assert waits[:100] == [0.0] * 100
    assert waits[100] == pytest.approx(0.1)
    assert waits[101] == pytest.approx(0.2)
    assert budget.spend(0.0, most=0.05) is None
    for _ in range(20):
        budget.begin()
    assert budget.spend(0.0, math.inf) == 0.0


def test_budget_without_time_allowance_refuses():
    budget = RetryBudget(ratio=0.1, per_second=0.0, now=0.0)
    assert [budget.spend(1e6, math.inf) for _ in range(11)] == [0.0] * 10 + [None]


NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        (" 1.5 ", 1.5),
        (format_datetime(NOW + datetime.timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - datetime.timedelta(days=1), usegmt=True), 0.0),
        ("Sat, 21 Nov 2026 12:00:30 -0000", 30.0),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("1e400", None),
        ("", None),
        (None, None),
        ("٣", None),
    ],
)
def test_retry_after_of_each_form(text, seconds):
    assert retry_after(text, NOW.timestamp()) == seconds


@given(st.text(max_size=60))
def test_retry_after_any_text_is_none_or_a_finite_wait(text):
    value = retry_after(text, NOW.timestamp())
    assert value is None or (value >= 0 and math.isfinite(value))


UNIX = NOW.timestamp()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("9999999999999", 9_999_999_999_999.0),
        ("9" * 400, sys.float_info.max),
        ("120, 60", 120.0),
        ("60,60", 60.0),
        ("Sat, 21 Nov 2026 12:01:00 GMT, 5", 60.0),
        (str(int(UNIX) + 90), 90.0),
        (str((int(UNIX) + 90) * 1000), 90.0),
        (str((int(UNIX) + 90) * 10**6), 90.0),
        (str(int(UNIX) - 5), 0.0),
        ("120s", 120.0),
        ("120 seconds", 120.0),
        ("2 min", 120.0),
        ("1500ms", 1.5),
        ("1h, 60", 3600.0),
        ('"120"', 120.0),
        ("120; 60", 120.0),
        ("120 60", 120.0),
        ("2026-11-21T12:01:00Z", 60.0),
        ("2026-11-21T13:01:00+01:00", 60.0),
        ("2026-99-21T12:01:00Z", None),
        ("5 days", None),
        ("1095000000000", 1_095_000_000_000.0),
        ("999999999999", 999_999_999_999.0),
        (", 5", None),
    ],
)
def test_retry_after_large_listed_or_as_a_moment_counted_as_absent(text, seconds):
    assert retry_after(text, UNIX) == seconds


def test_retry_after_date_is_judged_by_the_servers_own_clock():
    headers = {"Retry-After": "Sat, 21 Nov 2026 15:00:30 GMT", "Date": "Sat, 21 Nov 2026 15:00:00 GMT"}
    assert asked_wait(headers, UNIX) == 30.0, "the server's clock is three hours ahead"
    assert asked_wait(headers | {"Date": "soon"}, UNIX) == 3 * 3600 + 30
    assert asked_wait({"Retry-After": "7", "Date": "x"}, UNIX) == 7.0
    assert asked_wait({}, UNIX) is None


def test_credit_of_calls_that_start_together_is_not_lost_above_the_ceiling():
    budget = RetryBudget(ratio=0.2, per_second=10.0, now=0.0)
    for _ in range(500):
        budget.begin()
    assert sum(budget.spend(0.0, math.inf) or 0.0 for _ in range(200)) == pytest.approx(0.0)
    assert budget.spend(0.0, math.inf) == pytest.approx(0.1)
    quiet = RetryBudget(ratio=0.2, per_second=10.0, now=0.0)
    for _ in range(10_000):
        quiet.begin()
        quiet.end()
    assert [quiet.spend(0.0, math.inf) for _ in range(101)][-1] > 0, "credit ends with its call"
