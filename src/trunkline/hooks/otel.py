"""OpenTelemetry: one span for each call, its attempts, retries and waits as span events; and metrics.

Needs the extra `otel`. Names follow the semantic conventions for HTTP clients 1.23 and later where these have
one, and begin with `trunkline.` elsewhere. A span holds the path's template and never the path, the query,
a header or a body; it belongs to the span that was current where the call was made.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field

from trunkline.events import (
    AttemptEvent,
    BreakerEvent,
    Event,
    KeyEvent,
    OutcomeEvent,
    PageEvent,
    RetryEvent,
    TokenEvent,
    WaitEvent,
)
from trunkline.extras import need

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, Tracer, TracerProvider

Attributes = dict[str, Any]
_SCOPE: Final = "trunkline"
_DURATIONS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""The bounds that the conventions advise for http.client.request.duration."""
_UNDER_WAY: Final = 10_000
"""Calls remembered at once; the oldest are forgotten beyond that, should an outcome ever be missing."""


@define
class _Story:
    """The events of a call so far. last: the newest attempt. span: None until the call has begun.
    began: Unix time in nanoseconds."""

    span: Span | None = None
    began: int = 0
    moments: list[tuple[str, int, Attributes]] = field(factory=list)
    last: AttemptEvent | None = None


class OpenTelemetryHook:
    """A hook that writes spans and metrics.

    Args:
        tracer_provider, meter_provider: None takes the global ones.
        spans, metrics: False leaves them out.
        now: Unix time in nanoseconds.
    Raises:
        ConfigError: OpenTelemetry is not installed.
    """

    def __init__(
        self,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        spans: bool = True,
        metrics: bool = True,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self._trace = trace = need("opentelemetry.trace", "otel", "OpenTelemetryHook")
        self._inject = need("opentelemetry.propagate", "otel", "OpenTelemetryHook").inject
        self._now = now
        self._tracer: Tracer | None = (
            trace.get_tracer(_SCOPE, tracer_provider=tracer_provider) if spans else None
        )
        self._instruments = _Instruments(meter_provider) if metrics else None
        # Calls are identified by `id`, which Python gives to a new call once the old one is gone;
        # `_end` removes each before that.
        self._stories: OrderedDict[int, _Story] = OrderedDict()

    def begin(self, operation: str, method: str, route: str, call: int) -> Mapping[str, str]:
        """Start the call's span; its context as headers (`traceparent`, W3C Trace Context)."""
        if self._tracer is None:
            return {}
        story = self._story(call)
        story.began = self._now()
        story.span = self._tracer.start_span(
            f"{method} {route}" if method else operation,
            kind=self._trace.SpanKind.CLIENT,
            start_time=story.began,
        )
        # The propagator of the user's configuration decides on the headers; `traceparent`
        # is only its default.
        headers: dict[str, str] = {}
        self._inject(headers, context=self._trace.set_span_in_context(story.span))
        return headers

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if self._instruments is not None:
            self._instruments.record(event)
        if self._tracer is None:
            return
        match event:
            case OutcomeEvent():
                self._end(event)
            case AttemptEvent() | RetryEvent() | WaitEvent():
                self._remember(event)

    def _remember(self, event: AttemptEvent | RetryEvent | WaitEvent) -> None:
        story = self._story(event.call)
        story.moments.append((_WORDS[type(event)], self._now(), _moment(event)))
        if isinstance(event, AttemptEvent):
            story.last = event

    def _story(self, call: int) -> _Story:
        story = self._stories.get(call)
        if story is None:
            self._stories[call] = story = _Story()
            if len(self._stories) > _UNDER_WAY:
                self._stories.popitem(last=False)
        return story

    def _end(self, event: OutcomeEvent) -> None:
        story = self._stories.pop(event.call, None)
        span = None if story is None else story.span
        if story is None or span is None:  # forgotten, or the event of something that never began a call
            return
        span.set_attributes(_attributes(event, story.last))
        for name, moment, attributes in story.moments:
            span.add_event(name, attributes, timestamp=moment)
        if event.error is not None:
            span.set_status(self._trace.StatusCode.ERROR)
        # The end is computed from the measured duration: two readings of the wall clock
        # could make it negative.
        span.end(story.began + int(event.seconds * 1e9))


_WORDS: Final = {
    AttemptEvent: "trunkline.attempt",
    RetryEvent: "trunkline.retry",
    WaitEvent: "trunkline.wait",
}


def _moment(event: AttemptEvent | RetryEvent | WaitEvent) -> Attributes:
    match event:
        case AttemptEvent():
            found: Attributes = {"trunkline.attempt": event.attempt, "trunkline.seconds": event.seconds}
            if event.status is not None:
                found["http.response.status_code"] = event.status
            if event.error is not None:
                found["error.type"] = event.error
            return found
        case RetryEvent():
            return {"trunkline.retry.reason": event.reason, "trunkline.retry.delay": event.delay}
        case WaitEvent():
            return {"trunkline.wait.for": event.what, "trunkline.seconds": event.seconds}


def _attributes(event: OutcomeEvent, last: AttemptEvent | None) -> Attributes:
    found: Attributes = {"trunkline.operation": event.operation, "trunkline.attempts": event.attempts}
    if event.method:
        found["http.request.method"] = event.method
        found["url.template"] = event.route
    if last is not None and last.host:
        found["server.address"], found["server.port"] = last.host, last.port
    if event.status is not None:
        found["http.response.status_code"] = event.status
    if event.attempts > 1:
        found["http.request.resend_count"] = event.attempts - 1
    if event.error is not None:
        found["error.type"] = event.error
    return found


class _Instruments:
    """The metrics; durations are seconds."""

    def __init__(self, provider: MeterProvider | None) -> None:
        metrics = need("opentelemetry.metrics", "otel", "OpenTelemetryHook")
        meter = metrics.get_meter(_SCOPE, meter_provider=provider)
        self._request = meter.create_histogram(
            "http.client.request.duration", "s", "Time of one request and its response.",
            explicit_bucket_boundaries_advisory=_DURATIONS,
        )  # fmt: skip
        self._call = meter.create_histogram(
            "trunkline.client.call.duration", "s", "Time of a call with its retries and waits.",
            explicit_bucket_boundaries_advisory=_DURATIONS,
        )  # fmt: skip
        self._wait = meter.create_histogram(
            "trunkline.client.wait.duration", "s", "Time a call waited before an attempt."
        )
        self._retries = meter.create_counter("trunkline.client.retries", "{retry}", "Attempts repeated.")
        self._rows = meter.create_counter("trunkline.client.rows", "{row}", "Rows of collections.")
        self._keys = meter.create_counter("trunkline.client.bulk.keys", "{key}", "Keys of bulk runs.")
        self._tokens = meter.create_counter("trunkline.client.token.renewals", "{renewal}", "Tokens renewed.")
        self._openings = meter.create_counter(
            "trunkline.client.breaker.openings", "{opening}", "Times the circuit breaker opened."
        )

    def record(self, event: Event) -> None:
        """Count one record."""
        match event:
            case AttemptEvent():
                self._request.record(event.seconds, _request_attributes(event))
            case OutcomeEvent():
                labels = {"trunkline.operation": event.operation}
                if event.error is not None:
                    labels["error.type"] = event.error
                self._call.record(event.seconds, labels)
            case WaitEvent():
                self._wait.record(
                    event.seconds, {"trunkline.operation": event.operation, "trunkline.wait.for": event.what}
                )
            case RetryEvent():
                self._retries.add(
                    1, {"trunkline.operation": event.operation, "trunkline.retry.reason": event.reason}
                )
            case PageEvent():
                self._rows.add(event.rows, {"trunkline.operation": event.operation})
            case KeyEvent():
                self._keys.add(1, {} if event.error is None else {"error.type": event.error})
            case TokenEvent():
                self._tokens.add(1, {} if event.error is None else {"error.type": event.error})
            case BreakerEvent(state="open"):
                self._openings.add(1, {"trunkline.breaker.reason": event.reason})


def _request_attributes(event: AttemptEvent) -> Attributes:
    found: Attributes = {
        "http.request.method": event.method,
        "server.address": event.host,
        "server.port": event.port,
        "trunkline.operation": event.operation,
    }
    if event.status is not None:
        found["http.response.status_code"] = event.status
    if event.error is not None:
        found["error.type"] = event.error
    elif event.status is not None and event.status >= 400:
        found["error.type"] = str(event.status)
    return found


__all__ = ["OpenTelemetryHook"]
