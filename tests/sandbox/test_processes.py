"""`trunkline sandbox` as a process: TLS with unmodified clients, several workers, a clean end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.sandbox.callers import Caller, basic
from trunkline.errors import ConfigError
from trunkline.sandbox import Sandbox, SandboxConfig, serve_many
from trunkline.sandbox.server.tls import certificates

CLIENTS = """
import asyncio, trunkline.abzorb, trunkline.idi
async def main():
    async with trunkline.idi.Client.from_env() as idi, trunkline.abzorb.Client.from_env() as abzorb:
        device = await idi.device.get(device_id=1000)
        connection = await abzorb.connections.get_by_cli(cli="07700900000")
        print(device.device_id, connection.contract_id)
asyncio.run(main())
"""


def ask(url: str, body: Any = None) -> Any:
    """The JSON of a response, over a connection of its own."""
    data = None if body is None else json.dumps(body).encode()
    headers = basic() | {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - the sandbox's own address
    with urllib.request.urlopen(request) as response:  # noqa: S310
        return json.load(response)


@contextmanager
def running(
    *options: str, said: list[str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The process and the variables that it prints; its other lines go into `said`."""
    command = [sys.executable, "-m", "trunkline", "sandbox", "--port", "0", "--rows", "20", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed: dict[str, str] = {}
    try:
        for line in process.stdout:
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                printed[name] = value.strip("'")
            elif said is not None:
                said.append(line)
            if line.startswith("Ctrl-C"):
                break
        yield process, printed
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(30)
        process.stdout.close()
        assert process.stderr is not None
        process.stderr.close()


def test_https_only_clients_run_unmodified(tmp_path: Path) -> None:
    """The printed variables are all they need, the CA among them; without it they refuse."""
    with running("--tls", str(tmp_path / "tls")) as (_, variables):
        assert variables["TRUNKLINE_ABZORB_BASE_URL"].startswith("https://")
        command = [sys.executable, "-c", CLIENTS]
        found = subprocess.run(
            command, env=os.environ | variables, capture_output=True, text=True, check=False
        )
        assert found.stdout.split() == ["1000", "104110"], found.stderr
        without = os.environ | {k: v for k, v in variables.items() if k != "SSL_CERT_FILE"}
        refused = subprocess.run(command, env=without, capture_output=True, text=True, check=False)
        assert refused.returncode
        assert "certificate" in refused.stderr.lower()


@pytest.mark.parametrize(("host", "warns"), [("0.0.0.0", True), ("127.0.0.1", False)])  # noqa: S104
def test_sandbox_that_others_can_reach_warns(host: str, warns: bool) -> None:
    """With the token that its page and its admin then ask for."""
    said: list[str] = []
    with running("--host", host, said=said):
        text = "".join(said)
    assert ("warning" in text, "  token   " in text) == (warns, warns)


async def test_authority_is_kept(tmp_path: Path) -> None:
    """Trusted once, good for the next start; its key is for its owner alone; foreign files are refused."""
    first = certificates(tmp_path, host="127.0.0.1").ca_file.read_bytes()
    async with Sandbox(rows=5, tls=tmp_path) as sandbox:
        assert sandbox.certificates is not None
        context = ssl.create_default_context(cafile=sandbox.certificates.ca_file)
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{sandbox.url}/health", ssl=context) as response,
        ):
            assert response.status == 200
    assert certificates(tmp_path, host="127.0.0.1").ca_file.read_bytes() == first
    assert (tmp_path / "ca.key").stat().st_mode & 0o77 == 0
    (tmp_path / "ca.pem").write_text("junk")
    with pytest.raises(ConfigError, match="no certificates of the sandbox"):
        certificates(tmp_path, host="127.0.0.1")
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be used"):
        certificates(tmp_path / "file", host="127.0.0.1")


def test_workers_share_store_and_port(tmp_path: Path) -> None:
    """Many connections reach more than one process; keys are never given out twice; the end is clean."""
    store = f"sqlite:///{tmp_path}/sandbox.db"
    with running("--workers", "2", "--store", store) as (process, variables):
        base = variables["TRUNKLINE_ABZORB_BASE_URL"]
        made = [ask(f"{base}/Orders/", {"customerId": 20000})["orderId"] for _ in range(16)]
        assert made == list(range(made[0], made[0] + 16))
        health = base.replace("/abzorb/api", "/health")
        responses = {found["process"]: found["requests"] for found in (ask(health) for _ in range(40))}
        assert len(responses) == 2, "one process served all"
        assert sum(responses.values()) == 16
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def workers_of(base: str) -> set[int]:
    """The processes that serve."""
    return {ask(base.replace("/abzorb/api", "/health"))["process"] for _ in range(40)}


def test_worker_that_is_killed_ends_the_sandbox_with_a_word(tmp_path: Path) -> None:
    """Half a sandbox would refuse half of the connections."""
    with running("--store", f"sqlite:///{tmp_path}/s.db", "--workers", "2") as (process, variables):
        first, other = sorted(workers_of(variables["TRUNKLINE_ABZORB_BASE_URL"]))
        os.kill(first, signal.SIGKILL)
        assert process.wait(30) == 2
        assert process.stderr is not None
        assert process.stderr.read().startswith("error: a worker ended by itself (signal 9)")
        assert not alive(other)


def test_workers_do_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    """They would keep the port, and nobody would know whom to stop."""
    with running("--store", f"sqlite:///{tmp_path}/s.db", "--workers", "2") as (process, variables):
        left = workers_of(variables["TRUNKLINE_ABZORB_BASE_URL"])
        process.kill()
        process.wait(30)
        deadline = time.monotonic() + 30
        while any(map(alive, left)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not any(map(alive, left))


def alive(process: int) -> bool:
    """Whether a process of this number runs; one that nobody waited for does not count."""
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def test_workers_need_a_store_to_share() -> None:
    """Each would have rows of its own in memory."""
    with pytest.raises(ConfigError, match="--store sqlite:///FILE"):
        serve_many("127.0.0.1", 0, SandboxConfig(rows=5), workers=2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_request_under_way_is_served_before_the_end(
    number: signal.Signals, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    """A signal ends listening; who was being served is, the store is closed, the exit code is 0."""
    store = tmp_path / "sandbox.db"
    with running("--faults", "latency:700ms", "--store", f"sqlite:///{store}") as (process, variables):
        abzorb = Caller(session, variables["TRUNKLINE_ABZORB_BASE_URL"], basic())
        under_way: asyncio.Task[Any] = asyncio.create_task(abzorb.post("/Orders/", {"customerId": 20000}))
        await asyncio.sleep(0.3)
        process.send_signal(number)
        assert (await under_way).status == 200
        assert await asyncio.to_thread(process.wait, 30) == 0
    # The write-ahead log is folded in and gone once the last connection is closed.
    assert not store.with_name("sandbox.db-wal").exists()


def test_data_template_is_written(tmp_path: Path) -> None:
    """A file to start from, and the sandbox that it makes."""
    path = tmp_path / "own.json"
    command = [sys.executable, "-m", "trunkline", "sandbox", "--write-data-template", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    assert json.loads(path.read_text())["device"]
    with running("--rows", "0", "--data", str(path)) as (_, variables):
        found = ask(f"{variables['TRUNKLINE_ABZORB_BASE_URL']}/Connections/?cli=07700900001")
        assert found["contractId"] == 104_111
