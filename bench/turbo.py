"""Whether pyreqwest, a client in Rust, can carry requests: speed, exits, and the rules it would have to keep.

The rules are those of the default transport (tests/http/test_transport.py), tried against a loopback server.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import report, throughput
from bench.payloads import BASE_PATH
from bench.peers import BARE, TURBO
from bench.rounds import ROOT, machine, run, workers
from bench.server import cores, serving

_EXITS = 10
_PROGRAM = "import sys; from bench import turbo; turbo.some_lookups(sys.argv[1])"
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def client() -> Any:
    """A pyreqwest client as a transport would make it."""
    from pyreqwest.client import ClientBuilder

    builder = ClientBuilder().follow_redirects(False).no_proxy().referer(False).http1_only()
    return builder.gzip(False).brotli(False).zstd(False).deflate(False).build()


async def send(made: Any, url: str, method: str = "GET", seconds: float = 2.0) -> tuple[int, bytes]:
    """One request."""
    request = made.request(method, url).timeout(timedelta(seconds=seconds)).headers({"Authorization": "x"})
    response = await request.build().send()
    return response.status, bytes(await response.bytes())


def some_lookups(origin: str) -> None:
    """A program that makes lookups and comes to its end."""

    async def main() -> None:
        async with client() as made:
            url = f"{origin}{BASE_PATH}/api/device/1"
            for _ in range(20):
                await asyncio.gather(*(send(made, url) for _ in range(32)))

    asyncio.run(main())


class Server:
    """Responds to each request with `reply`; None closes the connection instead. Keeps what came."""

    def __init__(self, reply: bytes | None) -> None:
        self.reply = reply
        self.heads: list[bytes] = []
        self.ended = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled: the trial is over while its client still holds the connection.
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                if self.reply is None:
                    break
                writer.write(self.reply)
        self.ended.set()
        writer.close()


@contextlib.asynccontextmanager
async def listening(reply: bytes | None) -> AsyncIterator[tuple[Server, str]]:
    """A server on loopback and its URL."""
    served = Server(reply)
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0)
    async with server:
        yield served, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _error(work: Awaitable[Any]) -> str:
    try:
        await work
    except Exception as error:
        return type(error).__name__
    return "no error"


async def redirect(made: Any) -> tuple[bool, str]:
    """A redirect is a response, not followed."""
    moved = b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"
    async with listening(moved) as (served, url):
        status, _ = await send(made, url)
        return status == 302 and len(served.heads) == 1, f"status {status}, {len(served.heads)} request(s)"


async def resend(made: Any) -> tuple[bool, str]:
    """A request whose connection broke is sent once."""
    async with listening(None) as (served, url):
        await _error(send(made, url))
        return len(served.heads) == 1, f"{len(served.heads)} request(s)"


async def may_have_run(made: Any) -> tuple[bool, str]:
    """A refused connection and one lost after the request can be told apart: the second may have run."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        refused = await _error(send(made, f"http://127.0.0.1:{free.getsockname()[1]}/"))
    async with listening(None) as (_, url):
        lost = await _error(send(made, url, "POST"))
    return refused != lost, f"refused: {refused}; lost after the request: {lost}"


async def slow(made: Any) -> tuple[bool, str]:
    """A slow response is told from a slow connection, which proves that nothing was sent."""
    async with listening(b"") as (_, url):
        began = time.perf_counter()
        error = await _error(send(made, url, seconds=0.05))
    taken = time.perf_counter() - began
    return taken < 1 and "Connect" not in error, f"{error} after {taken:.2f} s on an open connection"


async def encoding(made: Any) -> tuple[bool, str]:
    """A next link goes out exactly as it was given."""
    target = b"/a%2Fb?$filter=x%20eq%20'a+b'"
    async with listening(_OK) as (served, url):
        await send(made, url + target.decode())
        sent = served.heads[0].split(b" ")[1]
    return sent == target, sent.decode()


async def cancellation(made: Any) -> tuple[bool, str]:
    """Cancelling a request closes its connection."""
    async with listening(b"") as (served, url):
        task = asyncio.create_task(send(made, url, seconds=30.0))
        while not served.heads:  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(served.ended.wait(), 1.0)
        ended = served.ended.is_set()
    return ended, "closed" if ended else "still open after 1 s"


RULES: tuple[Callable[[Any], Awaitable[tuple[bool, str]]], ...] = (
    redirect, resend, may_have_run, slow, encoding, cancellation,
)  # fmt: skip


async def tried() -> list[tuple[str, bool, str]]:
    """Each rule, whether it is kept, and what was seen."""
    async with client() as made:
        return [((rule.__doc__ or "").strip(), *await rule(made)) for rule in RULES]


def measure(settings: throughput.Settings) -> list[str]:
    """Speed beside the other transports, exits, rules."""
    if importlib.util.find_spec("pyreqwest") is None:
        return ["## pyreqwest", "not measured: pyreqwest is not installed (pip install pyreqwest)"]
    server_core, client_core = cores()
    with (
        tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder,
        serving(Path(folder), server_core, prefer_nginx=settings.nginx) as (origin, server),
    ):
        with workers(["trunkline", BARE, TURBO], origin, client_core, []) as crew:
            order = {"do": "lookups", "concurrency": 64}
            series = run(
                crew, order, units=1, rounds=settings.rounds, seconds=settings.seconds, most=settings.most
            )
        command = [sys.executable, "-c", _PROGRAM, origin]
        exits = [subprocess.run(command, cwd=ROOT, check=False).returncode for _ in range(_EXITS)]
    rules = asyncio.run(tried())
    cells = [
        [peer, f"{series.rate(peer)['median']:,.0f}", report.spread_text(series.ratio(peer, BARE)),
         f"{1e6 / series.rate(peer, cpu=True)['median']:,.1f}"]
        for peer in series.takes
    ]  # fmt: skip
    bad = [code for code in exits if code]
    found = {
        "rates": {peer: series.rate(peer) for peer in series.takes},
        "exit_statuses": exits,
        "rules": [{"rule": rule, "kept": kept, "seen": seen} for rule, kept, seen in rules],
    }
    report.write(settings.results, "turbo", machine() | {"server": server, "results": found})
    return [
        "## pyreqwest as a transport",
        f"server {server}; load {machine()['load'][0]}",
        "",
        report.table(["lookups at 64", "per second", f"of {BARE}", "CPU µs each"], cells),
        "",
        f"programs that ended badly: {len(bad)} of {_EXITS} {bad or ''}",
        *[f"{'kept  ' if kept else 'BROKEN'} {rule} [{seen}]" for rule, kept, seen in rules],
    ]
