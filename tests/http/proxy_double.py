"""A CONNECT proxy on loopback that reaches hosts which nobody else does."""

from __future__ import annotations

import asyncio
import base64


class ConnectProxy:
    """Tunnels `CONNECT name:port` to `routes[name]`; wants credentials where given; keeps heads."""

    def __init__(self, routes: dict[str, int], credentials: str | None = None, status: int = 200) -> None:
        self.routes, self.status = routes, status
        self.wanted = credentials and "Basic " + base64.b64encode(credentials.encode()).decode()
        self.heads: list[str] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> ConnectProxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        self.heads.append(head)
        target = head.split()[1].rpartition(":")[0]
        if self.wanted and f"Proxy-Authorization: {self.wanted}\r\n" not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        elif self.status != 200 or target not in self.routes:
            writer.write(f"HTTP/1.1 {self.status} No\r\nContent-Length: 0\r\n\r\n".encode())
        else:
            there = await asyncio.open_connection("127.0.0.1", self.routes[target])
            self._writers.append(there[1])
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            for source, sink in ((reader, there[1]), (there[0], writer)):
                task = asyncio.create_task(_pump(source, sink))
                self._tasks.add(task)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while chunk := await source.read(65_536):
            sink.write(chunk)
            await sink.drain()
        sink.close()
    except (ConnectionError, asyncio.CancelledError):
        sink.transport.abort()
