"""Loaded by the workers of `--dask local:N` as they start."""

from __future__ import annotations

import signal
from typing import Any


def dask_setup(worker: Any) -> None:
    """Called by Dask in the main thread of a worker's process.

    The terminal sends a Ctrl-C to all processes in front, but the command decides when its workers stop; they
    end with it in any case.
    """
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


__all__ = ["dask_setup"]
