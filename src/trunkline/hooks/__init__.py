"""Ready-made hooks for `Client(hooks=[…])`: log lines, OpenTelemetry, Prometheus. Imported when first used.

    from trunkline.hooks import OpenTelemetryHook, PrometheusHook, logging_hook

Each is a plain callable that takes the records of `trunkline.events`; several clients may share one. None of
them is handed a URL, an argument, a token or a body, so none can tell one.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from trunkline.events import logging_hook
    from trunkline.hooks.otel import OpenTelemetryHook
    from trunkline.hooks.prometheus import PrometheusHook

_HOME: Final = {
    "OpenTelemetryHook": "trunkline.hooks.otel",
    "PrometheusHook": "trunkline.hooks.prometheus",
    "logging_hook": "trunkline.events",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


__all__ = ["OpenTelemetryHook", "PrometheusHook", "logging_hook"]
