"""One sandbox process for all tests of the command line."""

from __future__ import annotations

import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shell import ROWS, Shell, words


@pytest.fixture(scope="session")
def variables() -> Iterator[dict[str, str]]:
    server = subprocess.Popen(
        words("sandbox", "--port", 0, "--rows", ROWS), stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    found: dict[str, str] = {}
    with server, server.stdout as lines:
        for line in lines:
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                found[name] = shlex.split(value)[0]
            if "Ctrl-C" in line:
                break
        yield found
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0


@pytest.fixture
def shell(tmp_path: Path, variables: dict[str, str]) -> Shell:
    return Shell(tmp_path, variables)
