"""What a Prometheus server scrapes from the registry of the service."""

from __future__ import annotations

import sys

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

import trunkline.hooks
from tests.runtime_doubles import GET, SEARCH, FakeTime, FakeTransport, client_of, responds
from trunkline.errors import ConfigError, TransportError
from trunkline.events import OutcomeEvent
from trunkline.hooks import PrometheusHook


def read(registry: CollectorRegistry) -> dict[str, float]:
    """The samples that a server would scrape, by name and labels."""
    families = text_string_to_metric_families(generate_latest(registry).decode())
    samples = [sample for family in families for sample in family.samples]
    labels = [
        ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items())) for sample in samples
    ]
    return {f"{sample.name}{{{text}}}": sample.value for sample, text in zip(samples, labels, strict=True)}


async def test_everything_a_client_does_is_counted():
    registry = CollectorRegistry()
    hook = PrometheusHook(registry=registry)
    transport = FakeTransport(
        responds(429, Retry_After="2"), TransportError("lost", may_have_run=True), responds()
    )
    async with client_of(transport, FakeTime(), hooks=[hook]) as client:
        await client.call(GET, path=(7700900123,))
        transport.script = [responds(200, {"value": [{"deviceID": 1}, {"deviceID": 2}]})]
        await client.paginate(SEARCH).all()
    samples = read(registry)
    label = "operation=api.device.get"
    assert samples[f"trunkline_attempts_total{{method=GET,{label},outcome=429}}"] == 1
    assert samples[f"trunkline_attempts_total{{method=GET,{label},outcome=TransportError}}"] == 1
    assert samples[f"trunkline_attempts_total{{method=GET,{label},outcome=200}}"] == 1
    assert samples[f"trunkline_calls_total{{error=,{label}}}"] == 1
    assert samples[f"trunkline_retries_total{{{label},reason=429}}"] == 1
    assert samples[f"trunkline_call_seconds_count{{{label}}}"] == 1
    assert samples["trunkline_rows_total{operation=api.device.search}"] == 2
    assert samples["trunkline_breaker_openings_total{reason=429}"] == 1
    assert samples["trunkline_breaker_open_seconds_total{reason=429}"] == 2
    assert "7700900123" not in generate_latest(registry).decode()


def test_histograms_have_the_bounds_that_were_asked_for():
    registry = CollectorRegistry()
    hook = PrometheusHook(registry=registry, buckets=[0.1, 1.0])
    for seconds in (0.05, 0.1, 0.5, 9.0):
        hook(OutcomeEvent(operation="a.b", status=200, error=None, attempts=1, seconds=seconds))
    samples = read(registry)
    bounds = ("0.1", "1.0", "+Inf")
    assert [samples[f"trunkline_call_seconds_bucket{{le={le},operation=a.b}}"] for le in bounds] == [2, 3, 4]


def test_two_hooks_in_one_registry_say_to_share_one():
    registry = CollectorRegistry()
    PrometheusHook(registry=registry)
    with pytest.raises(ConfigError, match="the same PrometheusHook"):
        PrometheusHook(registry=registry)


@pytest.mark.parametrize(
    "settings", [{"buckets": []}, {"buckets": [1, 1]}, {"buckets": [0]}, {"prefix": "a-b"}, {"prefix": ""}]
)
def test_wrong_settings_are_refused(settings):
    with pytest.raises(ConfigError):
        PrometheusHook(registry=CollectorRegistry(), **settings)


@pytest.mark.parametrize(
    ("name", "module"),
    [("PrometheusHook", "prometheus_client"), ("OpenTelemetryHook", "opentelemetry.trace")],
)
def test_hook_without_its_extra_is_there_and_says_what_to_install(monkeypatch, name, module):
    monkeypatch.setitem(sys.modules, module, None)
    assert hasattr(trunkline.hooks, name)
    with pytest.raises(ConfigError, match=r"pip install 'trunkline\["):
        getattr(trunkline.hooks, name)()
