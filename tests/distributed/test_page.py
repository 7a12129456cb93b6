"""The examples of docs/distributed.md, run as programs of their own."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest
from distributed import LocalCluster

from trunkline.distributed.shared_rate import URL_VARIABLE
from trunkline.testing import LocalSandbox

PAGE = Path(__file__).resolve().parents[2] / "docs" / "distributed.md"


async def printed(folder: Path, number: int, *arguments: str, env: dict[str, str] | None = None) -> list[str]:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    program = folder / "example.py"
    program.write_text(blocks[number])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", str(program), *arguments), stdout=asyncio.subprocess.PIPE, env=env
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    return sorted(out.decode().splitlines())


@pytest.fixture
def shared(trunkline_env: LocalSandbox, valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> LocalSandbox:
    """All variables that the page speaks of."""
    monkeypatch.setenv(URL_VARIABLE, valkey_url)
    return trunkline_env


async def test_shared_rate(shared: LocalSandbox, tmp_path: Path) -> None:
    """Every device of the example, once."""
    lines = await printed(tmp_path, 0)
    assert [int(line.split()[0]) for line in lines] == list(range(1000, 1020))
    assert len(shared.calls("device.get")) == 20


async def test_cluster(shared: LocalSandbox, tmp_path: Path) -> None:
    """The same for a cluster that runs elsewhere: the program knows its address and has no credentials."""
    cluster: LocalCluster
    async with LocalCluster(  # type: ignore[no-untyped-call]
        asynchronous=True,
        processes=False,
        protocol="tcp://",
        n_workers=2,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",
    ) as cluster:
        bare = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
        lines = await printed(tmp_path, 1, cluster.scheduler_address, env=bare)
    assert [int(line.split()[0]) for line in lines] == list(range(1000, 1100))
    assert len(shared.calls("device.get")) == 100
