"""Outcomes over time: exact counts, percentiles within a bucket, memory that does not grow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.cli._timeline import Timeline

MOMENTS = st.lists(st.tuples(st.floats(0, 50_000), st.floats(1e-4, 1000)), min_size=1, max_size=200)


@given(MOMENTS)
def test_nothing_is_lost_however_often_bins_are_joined(outcomes: list[tuple[float, float]]) -> None:
    timeline = Timeline()
    for moment, latency in outcomes:
        timeline.add(moment, latency)
    whole = timeline.bins(0.0, timeline.width * 100)
    assert sum(one.latencies.total() for one in whole) == len(outcomes)
    assert len(list(timeline.bins(0.0, timeline.last))) <= 61


@given(MOMENTS, st.floats(0.01, 1.0))
def test_percentile_is_that_of_the_sorted_list_within_a_bucket(
    outcomes: list[tuple[float, float]], share: float
) -> None:
    timeline = Timeline()
    for moment, latency in outcomes:
        timeline.add(moment, latency)
    ordered = sorted(latency for _, latency in outcomes)
    exact = next(one for place, one in enumerate(ordered, 1) if place >= share * len(ordered) - 1e-9)
    assert timeline.percentile(share) == pytest.approx(exact, rel=0.0127)


def test_pause_is_a_rate_of_zero_and_not_a_gap() -> None:
    timeline = Timeline()
    timeline.add(0.05, 0.01)
    timeline.add(0.95, 0.01)
    rates = [round(one.rate) for one in timeline.bins(0.0, 1.0)]
    assert rates == [10, 0, 0, 0, 0, 0, 0, 0, 0, 10]


def test_rate_counts_the_time_that_the_run_covers() -> None:
    """The last bin is half as long: its rate is not half as high."""
    timeline = Timeline()
    for moment in (0.01, 0.06, 0.11, 0.14):
        timeline.add(moment, 0.01)
    assert [round(one.rate) for one in timeline.bins(0.0, 0.15)] == [20, 40]


def test_timeline_without_outcomes_has_no_percentile() -> None:
    timeline = Timeline()
    assert not timeline
    assert timeline.percentile(0.5) is None
