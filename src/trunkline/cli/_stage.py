"""The demo's stage: a sandbox with faults, two clients side by side, and an account of every key."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import evolve, frozen

from trunkline import bulk
from trunkline.bulk.checkpoint import encode_value
from trunkline.bulk.outcome import Outcome
from trunkline.cli import _apis, _writing
from trunkline.cli._console import err, need, note
from trunkline.cli._display import Display, duration
from trunkline.cli._layout import Layout
from trunkline.cli._part import Part
from trunkline.cli._run_report import settings_of
from trunkline.config import Limits
from trunkline.errors import ConfigError
from trunkline.settings import resolve

_CONCURRENCY: Final = 64
_START_SECONDS: Final = 60.0


@frozen
class Stage:
    """What the demo asks for, and when it began (monotonic seconds)."""

    folder: Path
    rows: int
    devices: int
    numbers: int
    begin: float = 0.0

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.begin


async def perform(stage: Stage, seed: int, faults: str) -> list[Part]:
    walk = Part(name="IDI collection", unit="rows", file=stage.folder / "collection.parquet")
    idi = Part(name="IDI devices", unit="keys", file=stage.folder / "devices.parquet")
    abzorb = Part(name="Abzorb numbers", unit="keys", file=stage.folder / "numbers.parquet")
    async with _sandbox(stage.rows, seed, faults) as variables:
        stage = evolve(stage, begin=time.monotonic())
        async with (
            _client("idi", variables, walk, concurrency=8) as walker,
            _client("idi", variables, idi) as idi_client,
            _client("abzorb", variables, abzorb) as abzorb_client,
        ):
            # The collection comes first: its rows give the identifiers that are looked up.
            ids = await _walk(stage, walk, walker)
            with Display(err) as display:
                await asyncio.gather(
                    _look_up(
                        stage, idi, "idi.device.get", idi_client.device.get, ids[: stage.devices], display
                    ),
                    _look_up(
                        stage,
                        abzorb,
                        "abzorb.connections.get_by_cli",
                        abzorb_client.connections.get_by_cli,
                        _numbers(stage.numbers),
                        display,
                    ),
                )
    return [walk, idi, abzorb]


def _numbers(count: int) -> list[str]:
    """Return numbers that the sandbox knows: it makes them by counting."""
    values = need("trunkline.sandbox.seed.values", "sandbox", "the demo")
    return [values.uk_number(index) for index in range(count)]


def settings() -> list[tuple[str, str, str]]:
    """Return the settings of the clients that look keys up: name, value and source."""
    return settings_of(resolve("idi", {}, environ={}), {"concurrency": (_CONCURRENCY, "demo")})


def _client(api: str, variables: dict[str, str], part: Part, *, concurrency: int = _CONCURRENCY) -> Any:
    hooks = (part.pressure,)
    return _apis.client(api, environ=variables, hooks=hooks, limits=Limits(concurrency=concurrency))


async def _walk(stage: Stage, part: Part, client: Any) -> list[int]:
    """Read the whole device collection page by page and write it; return the identifiers."""
    part.begin = stage.now
    pages: list[Any] = []
    before = part.begin
    async for page in client.device.search(top=500).pages():
        part.timeline.add(stage.now, stage.now - before)
        before = stage.now
        pages.extend(page.rows)
    part.seconds = stage.now - part.begin
    part.asked = len(pages)
    note(f"{part.name}: {part.asked:,} rows · {part.rate:,.0f}/s · in {duration(part.seconds)}")
    outcomes = [
        Outcome(key=str(row.device_id), value=encode_value(row), index=index)
        for index, row in enumerate(pages)
    ]
    _write(part, "idi.device.get", outcomes)
    identifiers = [row.device_id for row in pages]
    part.account((str(one) for one in set(identifiers)), _written(part.file))
    # Counted against the number of rows that the sandbox was started with, so rows that
    # never arrived count too.
    part.lost += max(0, stage.rows - len(set(identifiers)))
    return identifiers


async def _look_up(
    stage: Stage,
    part: Part,
    operation: str,
    method: Callable[..., Awaitable[Any]],
    keys: Sequence[Any],
    display: Display,
) -> None:
    """Look the keys up, write the results, and read the file back to account for every key."""
    name = _apis.key_parameter(_apis.find(operation)[1]).name

    async def ask(key: Any) -> Any:
        return await method(**{name: key})

    part.begin = stage.now
    outcomes: list[Outcome[Any, Any]] = []
    progress = display.report(part.name, lambda: part.pressure.state)
    async with bulk.lookup(ask, keys, concurrency=_CONCURRENCY, progress=progress) as run:
        async for outcome in run:
            part.timeline.add(stage.now, outcome.latency)
            outcomes.append(evolve(outcome, value=encode_value(outcome.value)))
    part.seconds = stage.now - part.begin
    part.asked, part.failed = len(keys), sum(not outcome.ok for outcome in outcomes)
    await asyncio.to_thread(_write, part, operation, outcomes)
    part.account((str(key) for key in keys), _written(part.file))


def _write(part: Part, operation: str, outcomes: list[Outcome[Any, Any]]) -> None:
    _writing.write(part.file, "parquet", Layout(_apis.find(operation)[1]), lambda: outcomes)


def _written(path: Path) -> list[str]:
    """Return the keys in a file."""
    parquet = need("pyarrow.parquet", "parquet", "the demo")
    keys: list[str] = parquet.read_table(path, columns=["key"]).column("key").to_pylist()
    return keys


@contextlib.asynccontextmanager
async def _sandbox(rows: int, seed: int, faults: str) -> AsyncIterator[dict[str, str]]:
    """Run a sandbox in a process of its own, and give the variables that lead to it."""
    words = ("sandbox", "--port", "0", "--rows", str(rows), "--seed", str(seed), "--faults", faults)
    # A process of its own: in one process the sandbox would share the processor time that is measured.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "trunkline",
        *words,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
    )
    try:
        yield await asyncio.wait_for(_announced(process), _START_SECONDS)
    except TimeoutError:
        raise ConfigError(f"the sandbox did not start within {_START_SECONDS:.0f} seconds") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        # `communicate` also reads what is left in the pipe; a full pipe would keep the
        # process from ending.
        await process.communicate()


async def _announced(process: asyncio.subprocess.Process) -> dict[str, str]:
    """Read what `trunkline sandbox` prints up to the line on how to stop it."""
    variables: dict[str, str] = {}
    assert process.stdout is not None  # noqa: S101 -- it was asked for
    while line := (await process.stdout.readline()).decode():
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").strip().partition("=")
            variables[name] = shlex.split(value)[0]
        elif "Ctrl-C" in line:
            return variables
    raise ConfigError("the sandbox did not start: see its message above")


__all__ = ["Stage", "perform", "settings"]
