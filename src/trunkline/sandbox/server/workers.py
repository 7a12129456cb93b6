"""Several processes on one store and one port: the kernel hands each connection to one of them.

Rows, keys and pending steps are in the store and are shared. Each process has its own clock offset,
fault counters, quotas, record and snapshots: the addresses under `/sandbox/` reach one process.
"""

from __future__ import annotations

import multiprocessing
import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from attrs import evolve

from trunkline.errors import ConfigError
from trunkline.sandbox.config import SandboxConfig
from trunkline.sandbox.server.guard import is_loopback
from trunkline.sandbox.server.running import Sandbox, run
from trunkline.sandbox.server.tls import certificates
from trunkline.sandbox.state import SandboxState


def serve_many(
    host: str,
    port: int,
    config: SandboxConfig,
    *,
    workers: int,
    started: Callable[[Sandbox], None] | None = None,
    tls: Path | str | None = None,
) -> int:
    """Serve with several processes until SIGINT or SIGTERM; returns 0 when each of them ended cleanly.

    Args:
        workers: how many. started: called once, when all of them accept connections.
    Raises:
        ConfigError: the store or the port cannot be shared, or a worker was lost. OSError: the port is taken.
    """
    if not hasattr(socket, "SO_REUSEPORT"):
        raise ConfigError("several workers need SO_REUSEPORT, which this system does not have")
    if config.store in ("sqlite://", "sqlite:///:memory:"):
        raise ConfigError("several workers need a store to share: --store sqlite:///FILE or another database")
    if not is_loopback(host) and not config.admin_token:
        config = evolve(config, admin_token=secrets.token_urlsafe(24))  # one for all processes
    # Filled once, before anybody serves.
    SandboxState(config).close()
    if tls is not None:
        certificates(tls, host=host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as holder:
        # Bound but never listening: it keeps the port, also a free one that was asked for with 0.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind((host, port))
        return _run_all(host, holder.getsockname()[1], config, workers, started, tls)


def _run_all(
    host: str,
    port: int,
    config: SandboxConfig,
    workers: int,
    started: Callable[[Sandbox], None] | None,
    tls: Path | str | None,
) -> int:
    # `fork` would copy the caller's open connections and locks into each worker.
    context = multiprocessing.get_context("spawn")
    ready = context.Semaphore(0)
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    running = [
        context.Process(target=_work, args=(host, port, config, tls, ready), daemon=True)
        for _ in range(workers)
    ]
    try:
        for process in running:
            process.start()
        for _ in running:
            # The wait is short, so that a worker that died before it was ready is noticed.
            while not ready.acquire(timeout=0.1) and not stop.is_set():
                _miss(running, stop)
        if started is not None and not stop.is_set():
            started(Sandbox(config, host=host, port=port, tls=tls))
        while not stop.wait(0.2):
            _miss(running, stop)
    finally:
        for process in running:
            if process.is_alive():
                process.terminate()
        for process in running:
            process.join(60)
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0 if all(process.exitcode == 0 for process in running) else 1


def _miss(running: Iterable[Any], stop: threading.Event) -> None:
    """Raise ConfigError when a worker ended and nobody asked for it."""
    code = next((process.exitcode for process in running if process.exitcode is not None), None)
    # Ctrl-C in a terminal reaches the workers as soon as this process: a moment for its own signal.
    if code is not None and not stop.wait(1):
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise ConfigError(f"a worker ended by itself ({how}), so all were stopped")


def _end_with_parent() -> None:
    """Stop serving when the parent is gone, however it went: nobody else would free the port."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _work(host: str, port: int, config: SandboxConfig, tls: Path | str | None, ready: Any) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    run(host, port, config, started=lambda _: ready.release(), tls=tls, reuse_port=True)


__all__ = ["serve_many"]
