"""The text that a Prometheus server scrapes."""

from __future__ import annotations

import re

import pytest

from tests.runtime_doubles import GET, SEARCH, FakeTime, FakeTransport, answer, client_of
from trunkline.errors import ConfigError, TransportError
from trunkline.events import AttemptEvent, OutcomeEvent
from trunkline.hooks import PrometheusHook

_LABEL = r'[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"'
_SAMPLE = re.compile(rf"([a-zA-Z_:][\w:]*)(?:\{{({_LABEL}(?:,{_LABEL})*)\}})? ([0-9.e+-]+|\+Inf|NaN)")


def read(text: str) -> dict[str, float]:
    """The samples of a text in the format 0.0.4; anything else fails."""
    assert text.endswith("\n")
    samples: dict[str, float] = {}
    kinds: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in kinds, "a family is told once"
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            match = _SAMPLE.fullmatch(line)
            assert match, line
            family = re.sub(r"_(bucket|sum|count)$", "", match[1])
            assert match[1] in kinds or kinds[family] == "histogram"
            key = f"{match[1]}{{{match[2]}}}" if match[2] else match[1]
            assert key not in samples, "a sample is told once"
            samples[key] = float(match[3])
    return samples


async def test_everything_a_client_does_is_counted():
    hook = PrometheusHook()
    transport = FakeTransport(
        answer(429, Retry_After="2"), TransportError("lost", may_have_run=True), answer()
    )
    async with client_of(transport, FakeTime(), hooks=[hook]) as client:
        await client.call(GET, path=(7700900123,))
        transport.script = [answer(200, {"value": [{"deviceID": 1}, {"deviceID": 2}]})]
        await client.paginate(SEARCH).all()
    samples = read(hook.text())
    label = 'operation="api.device.get"'
    assert samples[f'trunkline_attempts_total{{{label},method="GET",outcome="429"}}'] == 1
    assert samples[f'trunkline_attempts_total{{{label},method="GET",outcome="TransportError"}}'] == 1
    assert samples[f'trunkline_attempts_total{{{label},method="GET",outcome="200"}}'] == 1
    assert samples[f'trunkline_calls_total{{{label},error=""}}'] == 1
    assert samples[f'trunkline_retries_total{{{label},reason="429"}}'] == 1
    assert samples[f"trunkline_call_seconds_count{{{label}}}"] == 1
    assert samples['trunkline_rows_total{operation="api.device.search"}'] == 2
    assert samples['trunkline_breaker_openings_total{reason="429"}'] == 1
    assert samples['trunkline_breaker_open_seconds_total{reason="429"}'] == 2
    assert "7700900123" not in hook.text()


def test_histogram_is_cumulative_and_ends_with_infinity():
    hook = PrometheusHook(buckets=[0.1, 1.0])
    for seconds in (0.05, 0.1, 0.5, 9.0):
        hook(OutcomeEvent(operation="a.b", status=200, error=None, attempts=1, seconds=seconds))
    samples = read(hook.text())
    buckets = [
        samples[f'trunkline_call_seconds_bucket{{operation="a.b",le="{le}"}}'] for le in ("0.1", "1", "+Inf")
    ]
    assert buckets == [2, 3, 4]
    assert samples['trunkline_call_seconds_sum{operation="a.b"}'] == pytest.approx(9.65)


def test_labels_are_escaped():
    hook = PrometheusHook()
    hook(AttemptEvent(operation='a"b\\c\nd', attempt=1, status=200, error=None, seconds=0.1))
    assert 'operation="a\\"b\\\\c\\nd"' in hook.text()
    read(hook.text())


def test_nothing_counted_is_an_empty_text():
    assert PrometheusHook().text() == ""


@pytest.mark.parametrize(
    "settings", [{"buckets": []}, {"buckets": [1, 1]}, {"buckets": [0]}, {"prefix": "a-b"}, {"prefix": ""}]
)
def test_wrong_settings_are_refused(settings):
    with pytest.raises(ConfigError):
        PrometheusHook(**settings)
