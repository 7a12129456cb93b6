"""pytest fixtures: `trunkline_sandbox`, `trunkline_env`, `trunkline_clock`, `idi_client`, `abzorb_client`.

pytest imports this at every start, before coverage is measured: it imports nothing of trunkline here.
"""

from __future__ import annotations

from difflib import get_close_matches
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from trunkline import abzorb, idi
    from trunkline.testing import FakeClock, LocalSandbox

_MARK = "trunkline"
_ROWS = 200
_KEPT = 3
"""Sandboxes with other settings that stay up between tests."""

_servers: pytest.StashKey[_Servers] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, so that `--strict-markers` knows it."""
    config.addinivalue_line(
        "markers",
        "trunkline(faults=..., rows=..., seed=..., **settings): how the sandbox of this test is set up; "
        "settings are those of trunkline.sandbox.SandboxConfig",
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    servers = config.stash.get(_servers, None)
    if servers is not None:
        servers.close()


class _Servers:
    """Running sandboxes by their settings: a start takes half a second, a reset milliseconds."""

    def __init__(self) -> None:
        self._running: dict[str, LocalSandbox] = {}

    def get(self, settings: dict[str, Any]) -> LocalSandbox:
        from trunkline.testing import LocalSandbox

        # The text is the key, since settings such as lists cannot be hashed.
        key = repr(sorted(settings.items()))
        # Taken out and put back last: the dictionary is in order of use, and the longest unused
        # sandbox is stopped first.
        server = self._running.pop(key, None)
        if server is None:
            while len(self._running) >= _KEPT:
                self._running.pop(next(iter(self._running))).__exit__(None, None, None)
            server = LocalSandbox(**settings).__enter__()
        else:
            server.reset()
        self._running[key] = server
        return server

    def close(self) -> None:
        while self._running:
            self._running.popitem()[1].__exit__(None, None, None)


@pytest.fixture
def trunkline_sandbox(request: pytest.FixtureRequest) -> LocalSandbox:
    """Both vendors on a free port of this machine, filled and fresh for each test."""
    settings: dict[str, Any] = {"rows": _ROWS}
    for mark in reversed(list(request.node.iter_markers(_MARK))):  # the nearest one wins
        if mark.args:
            raise pytest.UsageError("@pytest.mark.trunkline takes settings by name: faults=, rows=, seed= …")
        settings |= mark.kwargs
    return _started(request.config.stash, settings)


def _started(stash: pytest.Stash, settings: dict[str, Any]) -> LocalSandbox:
    """Return the running sandbox of these settings; what is wrong with them is one line of the report."""
    from attrs import fields_dict

    from trunkline.errors import ConfigError

    SandboxConfig = _sandbox().SandboxConfig  # noqa: N806 - a class
    known = fields_dict(SandboxConfig)
    for name in settings.keys() - known.keys():
        near = get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(known)}"
        pytest.fail(f"@pytest.mark.trunkline has no setting {name!r}{hint}", pytrace=False)
    faults = settings.pop("faults", "")
    try:
        server = stash.setdefault(_servers, _Servers()).get(settings)
        server.set_faults(faults)
    except ConfigError as error:
        pytest.fail(f"@pytest.mark.trunkline: {error}", pytrace=False)
    return server


def _sandbox() -> ModuleType:
    """Return the package of the sandbox; without its extra, the report has one line with the command."""
    from trunkline.errors import ConfigError
    from trunkline.extras import need

    try:
        return need("trunkline.sandbox", "testing", "the fixture trunkline_sandbox")
    except ConfigError as error:
        found = str(error)
    # Outside of the block: inside, pytest would show the first error and "another exception" after it.
    pytest.fail(found, pytrace=False)


@pytest.fixture
def trunkline_clock(trunkline_sandbox: LocalSandbox) -> FakeClock:
    """The time of the sandbox and of both clients."""
    return trunkline_sandbox.clock


@pytest.fixture
def trunkline_env(trunkline_sandbox: LocalSandbox, monkeypatch: pytest.MonkeyPatch) -> LocalSandbox:
    """The sandbox, with the environment set so that `from_env()` of the code under test finds it.

    Clients that are made in the test wait on `trunkline_clock`, backoff included, so in no time.
    """
    # The code under test makes its own clients, so their clock is replaced where they take it from.
    monkeypatch.setattr("trunkline.client.default_time_source", trunkline_sandbox.clock.time_source)
    for name, value in trunkline_sandbox.env.items():
        monkeypatch.setenv(name, value)
    return trunkline_sandbox


@pytest.fixture
def idi_client(trunkline_sandbox: LocalSandbox) -> idi.Client:
    """An IDI client for the sandbox; its waits take no time."""
    return trunkline_sandbox.idi_client()


@pytest.fixture
def abzorb_client(trunkline_sandbox: LocalSandbox) -> abzorb.Client:
    """An Abzorb client for the sandbox; its waits take no time."""
    return trunkline_sandbox.abzorb_client()
