"""Spans and metrics as an OpenTelemetry backend would get them."""

from __future__ import annotations

import asyncio

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from tests.runtime_doubles import GET, SEARCH, FakeTime, FakeTransport, client_of, responds
from trunkline import bulk, odata
from trunkline.auth import SwtAuth
from trunkline.errors import NotFoundError
from trunkline.hooks import OpenTelemetryHook

NUMBER = 7700900123


class Backend:
    """A hook and all that came of it."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        self.meters = MeterProvider([self.reader])
        self.hook = OpenTelemetryHook(tracer_provider=self.tracers, meter_provider=self.meters)

    @property
    def spans(self):
        return self.exporter.get_finished_spans()

    def points(self, name: str):
        data = self.reader.get_metrics_data()
        return [
            point
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]


@pytest.fixture
def backend():
    backend = Backend()
    yield backend
    backend.meters.shutdown()
    backend.tracers.shutdown()


async def test_span_per_call_with_attempts_as_events(backend):
    transport = FakeTransport(responds(503, Retry_After="3"), responds())
    async with client_of(transport, FakeTime(), hooks=[backend.hook]) as client:
        await client.call(GET, path=(NUMBER,))
    (span,) = backend.spans
    assert (span.name, span.kind) == ("GET /api/device/{deviceID}", SpanKind.CLIENT)
    assert dict(span.attributes) == {
        "trunkline.operation": "api.device.get",
        "trunkline.attempts": 2,
        "http.request.method": "GET",
        "url.template": "/api/device/{deviceID}",
        "server.address": "vendor.test",
        "server.port": 443,
        "http.response.status_code": 200,
        "http.request.resend_count": 1,
    }
    names = [event.name.removeprefix("trunkline.") for event in span.events]
    assert names == ["attempt", "retry", "wait", "attempt"]
    assert [e.attributes.get("http.response.status_code") for e in span.events] == [503, None, None, 200]
    assert span.end_time - span.start_time == 3_000_000_000
    assert span.status.status_code is StatusCode.UNSET


async def test_failed_call_is_an_error_without_its_text(backend):
    transport = FakeTransport(responds(404, {"error": f"no {NUMBER}"}))
    async with client_of(transport, hooks=[backend.hook]) as client:
        with pytest.raises(NotFoundError):
            await client.call(GET, path=(NUMBER,))
    (span,) = backend.spans
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"] == "NotFoundError"
    assert span.attributes["http.response.status_code"] == 404
    assert str(NUMBER) not in span.to_json()


async def test_span_belongs_to_the_callers_span_and_calls_do_not_mix(backend):
    async def reply():
        await asyncio.sleep(0)
        return responds()

    tracer = backend.tracers.get_tracer("caller")
    transport = FakeTransport(lambda request, headers: reply())
    async with client_of(transport, hooks=[backend.hook]) as client:

        async def one(number: int) -> None:
            with tracer.start_as_current_span(f"caller {number}"):
                await client.call(GET, path=(number,))

        await asyncio.gather(*(one(number) for number in range(50)))
    callers = {span.context.span_id: span for span in backend.spans if span.kind is SpanKind.INTERNAL}
    calls = [span for span in backend.spans if span.kind is SpanKind.CLIENT]
    assert len(calls) == len(callers) == 50
    assert {span.parent.span_id for span in calls} == set(callers)
    assert all(len(span.events) == 1 for span in calls)
    assert not backend.hook._stories


async def test_pages_and_tokens_have_spans_and_nothing_tells_filter_or_link(backend):
    async def login():
        return f"u={NUMBER}&ExpiresOn=1000009000"

    link = f"https://vendor.test/root/api/device?$skiptoken={NUMBER}"
    pages = (
        responds(200, {"value": [{"deviceID": 1}], "@odata.nextLink": link}),
        responds(200, {"value": [{"deviceID": NUMBER}]}),
    )
    async with client_of(FakeTransport(*pages), auth=SwtAuth(login), hooks=[backend.hook]) as client:
        found = odata.raw(f"deviceID eq {NUMBER}")
        assert len(await client.paginate(SEARCH, query=(found, None, None, None)).all()) == 2
    assert [span.name for span in backend.spans] == ["GET /api/device"] * 2
    everything = (
        "".join(span.to_json() for span in backend.spans) + backend.reader.get_metrics_data().to_json()
    )
    assert str(NUMBER) not in everything
    assert [point.value for point in backend.points("trunkline.client.rows")] == [2]
    assert [point.value for point in backend.points("trunkline.client.token.renewals")] == [1]


async def test_metrics_count_attempts_calls_retries_waits_and_gates(backend):
    transport = FakeTransport(responds(429), responds(500), responds())
    async with client_of(transport, FakeTime(), hooks=[backend.hook]) as client:
        await client.call(GET, path=(1,))
    requests = backend.points("http.client.request.duration")
    assert {p.attributes["http.response.status_code"]: p.count for p in requests} == {429: 1, 500: 1, 200: 1}
    assert {p.attributes.get("error.type") for p in requests} == {"429", "500", None}
    assert all(p.attributes["server.address"] == "vendor.test" for p in requests)
    (call,) = backend.points("trunkline.client.call.duration")
    assert (call.count, call.sum > 0) == (1, True)
    retries = backend.points("trunkline.client.retries")
    assert {p.attributes["trunkline.retry.reason"]: p.value for p in retries} == {"429": 1, "500": 1}
    (opening,) = backend.points("trunkline.client.breaker.openings")
    assert opening.attributes["trunkline.breaker.reason"] == "429"


async def test_keys_of_bulk_runs_are_counted(backend):
    async with client_of(FakeTransport(responds())) as client:
        run = bulk.lookup(lambda key: client.call(GET, path=(key,)), range(5), hooks=[backend.hook])
        assert len([outcome async for outcome in run]) == 5
    assert [point.value for point in backend.points("trunkline.client.bulk.keys")] == [5]


async def test_calls_without_outcome_are_forgotten_in_the_end(backend, monkeypatch):
    monkeypatch.setattr("trunkline.hooks.otel._UNDER_WAY", 3)
    from trunkline.events import RetryEvent

    for number in range(10):
        backend.hook(RetryEvent(operation="a.b", attempt=1, delay=0.0, reason="429", call=number))
    assert len(backend.hook._stories) == 3


async def test_trace_goes_on_at_the_vendor(backend):
    """W3C Trace Context: the header names the span of the call, on every attempt and every page."""
    transport = FakeTransport(responds(503, Retry_After="1"), responds())
    async with client_of(transport, FakeTime(), hooks=[backend.hook]) as client:
        await client.call(GET, path=(NUMBER,))
    sent = {request.headers["traceparent"] for request, _ in transport.sent}
    (span,) = backend.spans
    assert sent == {
        f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-{span.context.trace_flags:02x}"
    }
