"""Counters and histograms in Prometheus' text format, with no dependency.

    hook = PrometheusHook()
    async with idi.Client.from_env(hooks=[hook]) as client: ...
    web.Response(text=hook.text(), content_type="text/plain")

Labels are operation names, statuses, methods and error classes: few values each, and none of a customer.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from attrs import define, field

from trunkline.errors import ConfigError
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

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds in seconds: from a quick answer to a vendor's bad minutes."""

Labels = tuple[tuple[str, str], ...]

_METRICS: Final[Mapping[str, tuple[str, str]]] = {
    "attempts_total": ("counter", "Requests sent, by status or by the class of the error."),
    "attempt_seconds": ("histogram", "Time of one request and its answer."),
    "calls_total": ("counter", "Calls that ended, by the class of their error."),
    "call_seconds": ("histogram", "Time of a call with its retries and waits."),
    "retries_total": ("counter", "Attempts that repeat an earlier one, by reason."),
    "wait_seconds_total": ("counter", "Time calls waited for slot, breaker, rate, token or out of backoff."),
    "pages_total": ("counter", "Pages of collections that arrived."),
    "rows_total": ("counter", "Rows on these pages."),
    "token_renewals_total": ("counter", "Tokens renewed, by whether that worked."),
    "breaker_openings_total": ("counter", "Times the circuit breaker opened, by status."),
    "keys_total": ("counter", "Keys of bulk runs that were asked, by the class of their error."),
    "breaker_open_seconds_total": ("counter", "Least time the circuit breaker stayed open, summed."),
}


@define
class _Histogram:
    """Observations by bucket; the last one is for what is beyond all bounds."""

    counts: list[int]
    total: float = 0.0


@define(eq=False)
class PrometheusHook:
    """Counts records; `text()` writes them down. Safe to read from another thread.

    prefix: first word of the metric names. buckets: upper bounds of the histograms in seconds, rising.
    """

    prefix: str = field(default="trunkline")
    buckets: Sequence[float] = field(default=BUCKETS, converter=tuple)
    _numbers: dict[str, defaultdict[Labels, float]] = field(init=False, repr=False)
    _histograms: dict[str, dict[Labels, _Histogram]] = field(init=False, repr=False)
    _lock: threading.Lock = field(init=False, repr=False, factory=threading.Lock)

    @buckets.validator
    def _check_buckets(self, attribute: object, value: Sequence[float]) -> None:
        if not value or list(value) != sorted(set(value)) or value[0] <= 0:
            raise ConfigError("PrometheusHook.buckets must be rising numbers above 0")

    @prefix.validator
    def _check_prefix(self, attribute: object, value: str) -> None:
        if not (value.isascii() and value.isidentifier()):
            raise ConfigError("PrometheusHook.prefix must be a name of letters, digits and underscores")

    def __attrs_post_init__(self) -> None:
        self._numbers = {
            name: defaultdict(float) for name, (kind, _) in _METRICS.items() if kind != "histogram"
        }
        self._histograms = {name: {} for name, (kind, _) in _METRICS.items() if kind == "histogram"}

    def __call__(self, event: Event) -> None:
        """Count one record."""
        with self._lock:
            self._count(event)

    def _count(self, event: Event) -> None:
        match event:
            case AttemptEvent():
                outcome = str(event.status) if event.status is not None else event.error or ""
                self._add(
                    "attempts_total", 1, operation=event.operation, method=event.method, outcome=outcome
                )
                self._observe("attempt_seconds", event.seconds, operation=event.operation)
            case OutcomeEvent():
                self._add("calls_total", 1, operation=event.operation, error=event.error or "")
                self._observe("call_seconds", event.seconds, operation=event.operation)
            case RetryEvent():
                self._add("retries_total", 1, operation=event.operation, reason=event.reason)
            case WaitEvent():
                self._add("wait_seconds_total", event.seconds, operation=event.operation, what=event.what)
            case PageEvent():
                self._add("pages_total", 1, operation=event.operation)
                self._add("rows_total", event.rows, operation=event.operation)
            case KeyEvent():
                self._add("keys_total", 1, error=event.error or "")
            case TokenEvent():
                self._add("token_renewals_total", 1, ok=str(event.ok).lower())
            case BreakerEvent(state="open"):
                self._add("breaker_openings_total", 1, reason=event.reason)
                self._add("breaker_open_seconds_total", event.seconds, reason=event.reason)

    def _add(self, name: str, amount: float, **labels: str) -> None:
        self._numbers[name][tuple(labels.items())] += amount

    def _observe(self, name: str, seconds: float, **labels: str) -> None:
        series = self._histograms[name]
        key = tuple(labels.items())
        histogram = series.get(key)
        if histogram is None:
            series[key] = histogram = _Histogram([0] * (len(self.buckets) + 1))
        histogram.counts[bisect_left(self.buckets, seconds)] += 1
        histogram.total += seconds

    def text(self) -> str:
        """Everything counted so far, in the text format 0.0.4."""
        with self._lock:
            return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        for name, (kind, words) in _METRICS.items():
            full = f"{self.prefix}_{name}"
            series: Mapping[Labels, object] = self._numbers.get(name) or self._histograms.get(name) or {}
            if not series:
                continue
            yield f"# HELP {full} {words}"
            yield f"# TYPE {full} {kind}"
            for labels, value in series.items():
                if isinstance(value, _Histogram):
                    yield from self._histogram_lines(full, labels, value)
                else:
                    yield f"{full}{_braces(labels)} {_number(value)}"

    def _histogram_lines(self, name: str, labels: Labels, histogram: _Histogram) -> Iterator[str]:
        reached = 0
        for bound, count in zip((*self.buckets, float("inf")), histogram.counts, strict=True):
            reached += count
            text = "+Inf" if bound == float("inf") else _number(bound)
            yield f"{name}_bucket{_braces((*labels, ('le', text)))} {reached}"
        yield f"{name}_sum{_braces(labels)} {_number(histogram.total)}"
        yield f"{name}_count{_braces(labels)} {reached}"


def _braces(labels: Labels) -> str:
    pairs = [f'{name}="{_escaped(value)}"' for name, value in labels]
    return f"{{{','.join(pairs)}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: object) -> str:
    number = float(value)  # type: ignore[arg-type]
    return str(int(number)) if number.is_integer() else repr(number)


__all__ = ["BUCKETS", "CONTENT_TYPE", "PrometheusHook"]
