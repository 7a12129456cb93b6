"""A guessed route that the vendor does not know ends a run of the command line after 25 keys."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.cli.shell import Shell

BODY = b'{"Message": "No HTTP resource was found that matches the request URI"}'


class NoSuchRoute(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.paths.append(self.path)  # type: ignore[attr-defined]
        self.send_response(404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    paths: list[str]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), NoSuchRoute) as server:
        server.paths = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


def test_sixty_keys_of_a_wrong_route_were_sixty_times_not_found(shell: Shell, server: Server) -> None:
    shell.variables["TRUNKLINE_ABZORB_BASE_URL"] = f"http://127.0.0.1:{server.server_port}/crm"
    (shell.folder / "keys.txt").write_text("".join(f"{n}\n" for n in range(60)))
    command = ("lookup", "abzorb.orders.get", "--input", "keys.txt", "--out", "o.csv", "--concurrency", "1")
    told = shell.quick(*command)
    assert told.returncode == 2
    (error,) = [line for line in told.stderr.splitlines() if line.startswith("error: ")]
    assert "the first 25 keys were all not found" in error
    assert '--route orders.get="GET /…"' in error
    assert len(server.paths) == 25
    assert "o.csv" not in shell.files()
    corrected = shell.quick(*command, "--route", "orders.get=GET /v2/orders/{orderId}")
    assert corrected.returncode == 1
    assert server.paths[25:] == [f"/crm/v2/orders/{n}" for n in range(60)]
