"""Events as Prometheus metrics, in a registry of prometheus-client (extra `prometheus`).

    hook = PrometheusHook()  # in the default registry, next to the metrics of your service
    async with idi.Client.from_env(hooks=[hook]) as client: ...

Labels are operation names, statuses, methods and error classes: few values each, and none of a customer. One
hook serves all clients of a process: a registry takes each metric once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

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
from trunkline.extras import need

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds in seconds: from a quick response to a vendor's bad minutes."""

_COUNTERS: Final = {
    "attempts": (
        "Requests sent, by status or by the class of the error.",
        ("operation", "method", "outcome"),
    ),
    "calls": ("Calls that ended, by the class of their error.", ("operation", "error")),
    "retries": ("Attempts that repeat an earlier one, by reason.", ("operation", "reason")),
    "wait_seconds": ("Time calls waited for slot, breaker, rate, token or backoff.", ("operation", "what")),
    "pages": ("Pages of collections that arrived.", ("operation",)),
    "rows": ("Rows on these pages.", ("operation",)),
    "token_renewals": ("Logins, by whether they worked.", ("ok",)),
    "breaker_openings": ("Times the circuit breaker opened, by status.", ("reason",)),
    "breaker_open_seconds": ("Least time the circuit breaker stayed open, summed.", ("reason",)),
    "keys": ("Keys of bulk runs that have their outcome, by the class of their error.", ("error",)),
}
_HISTOGRAMS: Final = {
    "attempt_seconds": "Time of one request and its response.",
    "call_seconds": "Time of a call with its retries and waits.",
}


class PrometheusHook:
    """Counts events in a registry; safe to read from another thread.

    Args:
        registry: where the metrics are registered; None takes prometheus-client's own default registry.
        prefix: first word of the metric names.
        buckets: upper bounds of the histograms in seconds, rising.
    Raises:
        ConfigError: prometheus-client is not installed, a setting is wrong, or the registry already holds
            these metrics: share one hook between clients.
    """

    def __init__(
        self,
        *,
        registry: CollectorRegistry | None = None,
        prefix: str = "trunkline",
        buckets: Sequence[float] = BUCKETS,
    ) -> None:
        client = need("prometheus_client", "prometheus", "PrometheusHook")
        if not buckets or list(buckets) != sorted(set(buckets)) or buckets[0] <= 0:
            raise ConfigError("PrometheusHook.buckets must be rising numbers above 0")
        if not (prefix.isascii() and prefix.isidentifier()):
            raise ConfigError("PrometheusHook.prefix must be a name of letters, digits and underscores")
        where = client.REGISTRY if registry is None else registry
        try:
            self._counters: dict[str, Any] = {
                name: client.Counter(f"{prefix}_{name}", text, labels, registry=where)
                for name, (text, labels) in _COUNTERS.items()
            }
            self._histograms: dict[str, Any] = {
                name: client.Histogram(
                    f"{prefix}_{name}", text, ("operation",), registry=where, buckets=tuple(buckets)
                )
                for name, text in _HISTOGRAMS.items()
            }
        # prometheus-client raises ValueError for a name that is registered already.
        except ValueError:
            raise ConfigError(
                f"the registry already holds metrics named {prefix}_…: "
                "give all clients the same PrometheusHook"
            ) from None

    def __call__(self, event: Event) -> None:
        """Count one event."""
        match event:
            case AttemptEvent():
                # Statuses and class names only. A message as a label would make a time series for each
                # customer, and show the customer.
                outcome = str(event.status) if event.status is not None else event.error or ""
                self._add("attempts", 1, event.operation, event.method, outcome)
                self._histograms["attempt_seconds"].labels(event.operation).observe(event.seconds)
            case OutcomeEvent():
                self._add("calls", 1, event.operation, event.error or "")
                self._histograms["call_seconds"].labels(event.operation).observe(event.seconds)
            case RetryEvent():
                self._add("retries", 1, event.operation, event.reason)
            case WaitEvent():
                self._add("wait_seconds", event.seconds, event.operation, event.what)
            case PageEvent():
                self._add("pages", 1, event.operation)
                self._add("rows", event.rows, event.operation)
            case KeyEvent():
                self._add("keys", 1, event.error or "")
            case TokenEvent():
                self._add("token_renewals", 1, str(event.ok).lower())
            case BreakerEvent(state="open"):
                self._add("breaker_openings", 1, event.reason)
                self._add("breaker_open_seconds", event.seconds, event.reason)

    def _add(self, name: str, amount: float, *labels: str) -> None:
        self._counters[name].labels(*labels).inc(amount)


__all__ = ["BUCKETS", "PrometheusHook"]
