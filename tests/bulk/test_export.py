"""bulk.export: every row once, by the requests that the sandbox saw; resumed at the page after a kill."""

from __future__ import annotations

import asyncio
import csv
import json
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from tests.bulk.test_apply import client_of
from trunkline import bulk
from trunkline.bulk._table import Table, cut_lists
from trunkline.errors import CheckpointError
from trunkline.idi.models import Device
from trunkline.sandbox import Sandbox

ROWS = 730


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(rows=ROWS) as running:
        yield running


def ids(path: Path) -> list[int]:
    if path.suffix == ".parquet":
        return list(parquet.read_table(path)["device_id"].to_pylist())
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            return [int(row["device_id"]) for row in csv.DictReader(file)]
        return [json.loads(line)["device_id"] for line in file]


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
async def test_every_row_once(sandbox: Sandbox, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"devices.{ending}"
    seen: list[bulk.Progress] = []
    async with client_of(sandbox) as client:
        report = await bulk.export(client.device.search(top=100), path, progress=seen.append)
    assert report.rows == ROWS
    assert sorted(ids(path)) == list(range(1000, 1000 + ROWS))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600  # devices have PINs
    assert [each.name for each in tmp_path.glob("*")] == [path.name]  # noqa: ASYNC240
    assert len(sandbox.requests.of("device.search")) == report.pages
    assert seen[-1].done == ROWS


@pytest.mark.parametrize("after", [0, 3, 6])
async def test_cancelled_export_goes_on_after_its_last_page(
    sandbox: Sandbox, tmp_path: Path, after: int
) -> None:
    path = tmp_path / "devices.jsonl"

    def die(progress: bulk.Progress) -> None:
        if progress.done > after * 100:
            running.cancel()

    async with client_of(sandbox) as client:
        pager = client.device.search(top=100)
        running = asyncio.ensure_future(bulk.export(pager, path, progress=die))
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not path.exists()
        with pytest.raises(CheckpointError, match="unfinished export"):
            await bulk.export(pager, path)
        with pytest.raises(CheckpointError, match="another collection"):
            await bulk.export(client.device.search(top=50), path, resume=True)
        sandbox.requests.clear()
        report = await bulk.export(pager, path, resume=True)
    assert report.restored >= (after + 1) * 100
    assert sorted(ids(path)) == list(range(1000, 1000 + ROWS))
    # only the pages that were not kept (one more may arrive that the cancelled run had sent ahead)
    missing = report.pages - -(-report.restored // 100)
    assert len(sandbox.requests.of("device.search")) <= missing + 1


async def test_schema_is_the_same_whatever_the_rows_hold(sandbox: Sandbox, tmp_path: Path) -> None:
    async with client_of(sandbox) as client:
        for name, skip in (("some", 0), ("none", ROWS)):
            await bulk.export(client.device.search(top=500, skip=skip), tmp_path / f"{name}.parquet")
    some, none = (parquet.read_schema(tmp_path / f"{name}.parquet") for name in ("some", "none"))
    assert some.equals(none)
    assert some.names[-1] == "extra"


async def test_masked_export_holds_no_key_material(sandbox: Sandbox, tmp_path: Path) -> None:
    async with client_of(sandbox) as client:
        pins = {row.pin async for row in client.device.search(top=500) if isinstance(row.pin, str)}
        await bulk.export(client.device.search(top=500), tmp_path / "a.jsonl", mask=True)
    text = (tmp_path / "a.jsonl").read_text()
    assert pins
    assert not [pin for pin in pins if f'"{pin}"' in text]


def test_value_that_its_column_cannot_hold_goes_to_extra() -> None:
    row: Any = Device(device_id=1)
    row.device_id = "one"
    table = Table(Device)
    columns = table.columns([row], [lambda value: not isinstance(value, str)] * len(table.fields))
    assert columns[table.names.index("device_id")] == [None]
    assert columns[-1] == [{"deviceID": "one"}]
    assert table.misfits == 1


def test_lists_inside_rows_that_are_not_whole_are_told() -> None:
    rows = [{"items": [1], "items@odata.nextLink": "x"}, {"items": [1]}, {"items@odata.count": 1}]
    assert cut_lists(rows) == {"items": 1}


def test_memory_is_bounded(tmp_path: Path) -> None:
    """A quarter of a million rows take hardly more than a few thousand."""
    script = """
import asyncio, json, resource, sys
from tests.runtime_doubles import SEARCH, FakeTransport, answer, client_of
from trunkline import bulk

async def main(pages, path):
    made = [0]
    def page(request, headers):
        made[0] += 1
        rows = [{"deviceID": made[0] * 500 + n, "name": "x" * 40} for n in range(500)]
        link = {"@odata.nextLink": f"device?$skiptoken={made[0]}"} if made[0] < pages else {}
        return answer(200, {"value": rows, **link})
    async with client_of(FakeTransport(page)) as client:
        report = await bulk.export(client.paginate(SEARCH), path)
    assert report.rows == pages * 500, report
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
"""
    peaks = [
        int(
            subprocess.run(
                [sys.executable, "-c", script, str(pages), str(tmp_path / f"{pages}.jsonl")],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for pages in (10, 500)
    ]
    assert peaks[1] - peaks[0] < 40_000  # kB
