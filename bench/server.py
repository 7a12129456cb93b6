"""A static server on a core of its own: nginx where it is installed, else a small asyncio server.

Needs no root: nginx runs in the foreground with configuration, pid file and folders below a temporary one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from bench.payloads import BASE_PATH, LOGIN_PATH, PAGES, TOKEN, device, dump, page

_CONFIG = """
daemon off;
master_process off;
worker_processes 1;
pid {root}/nginx.pid;
error_log {root}/error.log error;
events {{ worker_connections 4096; }}
http {{
    log_format asked "$msec $request_uri";
    access_log off;
    default_type application/json;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    keepalive_timeout 3600s;
    open_file_cache max=64;
    open_file_cache_valid 3600s;
    client_body_temp_path {root}/body;
    proxy_temp_path {root}/proxy;
    fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi;
    scgi_temp_path {root}/scgi;
    map $args $page {{
        default 0;
        "~skiptoken=(?<number>[0-9]+)" $number;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        root {root}/files;
        location = {login} {{ return 200 '"{token}"'; }}
        location = {base}/api/device {{ rewrite ^ /page$page.json; }}
        location ~ ^{base}/api/device/[0-9]+$ {{ {log} rewrite ^ /device.json break; }}
    }}
}}
"""


def cores() -> tuple[int | None, int | None]:
    """A core for the server and one for the client; None where the system has no say or one core only."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[1]) if len(usable) > 1 else (None, None)


REALTIME = "BENCH_REALTIME"
"""Set by `--realtime`: server and client go before everything else on their cores."""


def pin(core: int | None) -> None:
    """Bind this process to a core."""
    if core is not None:
        os.sched_setaffinity(0, {core})
    if os.environ.get(REALTIME):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


@contextlib.contextmanager
def awake(wanted: bool, *kept: int | None) -> Iterator[None]:
    """Keep cores from falling asleep between a request and its response.

    A virtual machine gives an idle core back to its host, and waking it again can cost more than a lookup. A
    program that only spins, at the lowest priority there is, makes way for everything else at once.
    """
    spinning = []
    try:
        for core in kept if wanted and hasattr(os, "SCHED_IDLE") else ():
            if core is not None:
                command = [sys.executable, "-c", "while True: pass"]
                spinning.append(subprocess.Popen(command, preexec_fn=lambda core=core: _spare(core)))
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


def _spare(core: int) -> None:
    os.sched_setaffinity(0, {core})
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def find_nginx() -> str | None:
    """nginx is often outside a user's PATH."""
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/sbin")


@contextlib.contextmanager
def serving(
    root: Path, core: int | None, *, prefer_nginx: bool = True, log: Path | None = None
) -> Iterator[tuple[str, str]]:
    """Run a server; yields its origin and its name.

    log: gets a line for each device that is asked for, its time and path, a second later at the latest.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    files = root / "files"
    files.mkdir(parents=True)
    (files / "device.json").write_bytes(dump(device(12345)))
    for number in range(PAGES):
        (files / f"page{number}.json").write_bytes(page(number, origin))
    nginx = find_nginx() if prefer_nginx else None
    if nginx:
        name = subprocess.run([nginx, "-v"], capture_output=True, text=True, check=False).stderr.split(": ")[
            -1
        ]
        config = root / "nginx.conf"
        logged = f"access_log {log} asked buffer=1m flush=1s;" if log is not None else ""
        config.write_text(
            _CONFIG.format(root=root, port=port, base=BASE_PATH, login=LOGIN_PATH, token=TOKEN, log=logged)
        )
        command = [nginx, "-p", str(root), "-e", str(root / "error.log"), "-c", str(config)]
    else:
        name = "asyncio protocol server (no nginx found)"
        command = [sys.executable, "-m", "bench.fallback_server", str(port), str(files)]
        command += [str(log)] * (log is not None)
    process = subprocess.Popen(command, preexec_fn=lambda: pin(core))
    try:
        _wait(process, f"{origin}{BASE_PATH}/api/device/1")
        yield origin, name.strip()
    finally:
        process.terminate()
        process.wait(10)


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    for _ in range(100):
        if process.poll() is not None:
            raise SystemExit(f"the static server ended at once with status {process.returncode}")
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as response:
            if response.status == 200:
                return
        time.sleep(0.05)
    raise SystemExit("the static server does not respond")
