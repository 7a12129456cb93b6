"""The static server for machines without nginx: one asyncio protocol, whole responses kept in memory."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from pathlib import Path
from typing import IO

from bench.payloads import BASE_PATH, LOGIN_PATH, PAGES, TOKEN

_DEVICE = re.compile(rf"{BASE_PATH}/api/device/\d+")
_TOKEN = re.compile(r"skiptoken=(\d+)")


class Static(asyncio.Protocol):
    """Reads requests without looking further than their first line and their length."""

    def __init__(self, responses: dict[str, bytes], log: IO[str] | None = None) -> None:
        self._responses, self._log = responses, log
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < whole:
                return
            self._buffer = self._buffer[whole:]
            self._transport.write(self._response(head.split(b" ", 2)[1].decode()))  # type: ignore[attr-defined]

    def _response(self, target: str) -> bytes:
        path, _, query = target.partition("?")
        if _DEVICE.fullmatch(path):
            if self._log is not None:
                self._log.write(f"{time.time():.3f} {target}\n")
            return self._responses["device"]
        if path == f"{BASE_PATH}/api/device":
            match = _TOKEN.search(query)
            return self._responses[f"page{match[1] if match else 0}"]
        return self._responses["login" if path == LOGIN_PATH else "missing"]


def whole(body: bytes, status: str = "200 OK") -> bytes:
    """A whole response."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def main(port: int, files: Path, log: IO[str] | None = None) -> None:
    """Serve until the process is ended; log: gets a line for each device that is asked for."""
    responses = {name: whole((files / f"{name}.json").read_bytes()) for name in ["device", *_pages()]}
    responses |= {"login": whole(f'"{TOKEN}"'.encode()), "missing": whole(b"{}", "404 Not Found")}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Static(responses, log), "127.0.0.1", port)
    while log is not None:
        await asyncio.sleep(0.5)
        log.flush()
    await server.serve_forever()


def _pages() -> list[str]:
    return [f"page{number}" for number in range(PAGES)]


if __name__ == "__main__":
    with open(sys.argv[3] if sys.argv[3:] else os.devnull, "a", buffering=1 << 16) as log:
        asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), log if sys.argv[3:] else None))
