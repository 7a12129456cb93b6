"""Ready-made hooks for `Client(hooks=[…])`: log lines, OpenTelemetry, Prometheus. Imported when first used.

    from trunkline.hooks import OpenTelemetryHook, PrometheusHook, logging_hook

Each is a plain callable that takes the records of `trunkline.events`; several clients may share one. None of
them is handed a URL, an argument, a token or a body, so none can reveal one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.lazy import attach

if TYPE_CHECKING:
    from trunkline.hooks.log import logging_hook
    from trunkline.hooks.otel import OpenTelemetryHook
    from trunkline.hooks.prometheus import PrometheusHook

__getattr__, __dir__ = attach(
    __name__,
    {
        "OpenTelemetryHook": "trunkline.hooks.otel",
        "PrometheusHook": "trunkline.hooks.prometheus",
        "logging_hook": "trunkline.hooks.log",
    },
)

__all__ = ["OpenTelemetryHook", "PrometheusHook", "logging_hook"]
