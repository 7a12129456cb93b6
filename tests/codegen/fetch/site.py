"""A vendor's site of the tests' own, over https on loopback, and a CONNECT proxy."""

from __future__ import annotations

import http.server
import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme
from attrs import define, field

Reply = tuple[int, dict[str, str], bytes]
Page = bytes | Callable[[dict[str, str]], Reply]


@define
class Site:
    """A running server. pages: by path with query; asked: path and If-None-Match of every request."""

    url: str
    ca_file: Path
    pages: dict[str, Page] = field(factory=dict)
    asked: list[tuple[str, str | None]] = field(factory=list)

    @property
    def host(self) -> str:
        return self.url.removeprefix("https://")


@contextmanager
def vendor_site(authority: trustme.CA, ca_file: Path) -> Iterator[Site]:
    """Serve `site.pages`; every response has an ETag and honours If-None-Match."""
    site = Site("", ca_file)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.close_connection = True
            site.asked.append((self.path, self.headers.get("If-None-Match")))
            page = site.pages.get(self.path)
            status, headers, body = 404, {}, b"no such page"
            if callable(page):
                status, headers, body = page({k.lower(): v for k, v in self.headers.items()})
            elif page is not None:
                tag = f'"{hash(page)}"'
                status, headers, body = 200, {"ETag": tag}, page
                if self.headers.get("If-None-Match") == tag:
                    status, body = 304, b""
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 304 and "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    site.url = f"https://127.0.0.1:{server.server_port}"
    with _serving(server):
        yield site


@contextmanager
def connect_proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that only tunnels; its address, and the heads of the CONNECT requests it got."""
    heads: list[str] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += self.request.recv(1)
            heads.append(head.decode())
            host, _, port = heads[-1].split()[1].partition(":")
            with socket.create_connection((host, int(port))) as upstream:
                self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                _pipe(self.request, upstream)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with _serving(server):
        yield f"127.0.0.1:{server.server_address[1]}", heads


def _pipe(left: socket.socket, right: socket.socket) -> None:
    while True:
        for source in select.select([left, right], [], [])[0]:
            part = source.recv(65536)
            if not part:
                return
            (right if source is left else left).sendall(part)


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
