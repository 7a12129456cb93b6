"""A collection into a Parquet file: trunkline's export beside the loop that one writes by hand.

Each turn is a process of its own, which exports once before its time begins: imports, the login and what is
made for a first page are not in it. The typed ones write the same columns with the same types.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import report
from bench.payloads import AUTHORIZATION, BASE_PATH, PAGE_ROWS, PAGES
from bench.peers import structured, trunkline
from bench.rounds import ROOT, machine, spread
from bench.server import cores, pin, serving

WALKS = 4
"""Collections that one turn exports, one after the other: 20,000 rows."""
OURS, CATTRS, DICTS = "trunkline", "aiohttp + cattrs + pyarrow", "aiohttp + orjson + pyarrow (dicts)"


async def ours(origin: str, folder: Path) -> None:
    """`bulk.export`, as it comes."""
    from trunkline import bulk

    async with trunkline(origin) as peer:
        for walk in range(WALKS + 1):
            if walk == 1:
                _begin()
            await bulk.export(peer.client.device.search(top=PAGE_ROWS), folder / f"{walk}.parquet")


def by_hand(read_page: Callable[[bytes], tuple[list[Any], str | None]], *, typed: bool) -> Any:
    """The loop by hand: pages one after the other, rows held until a row group is worth writing."""

    async def export(origin: str, folder: Path) -> None:
        import aiohttp
        import pyarrow
        from pyarrow import parquet

        from trunkline.bulk._arrow import arrow_type
        from trunkline.bulk._table import Table
        from trunkline.idi.models import Device

        table = Table(Device)
        kinds = [arrow_type(pyarrow, one.type) for one in table.fields]
        schema = pyarrow.schema(
            [(one.name if typed else one.wire, kind) for one, kind in zip(table.fields, kinds, strict=True)]
        )

        def arrow(rows: list[Any]) -> Any:
            if not typed:
                return pyarrow.Table.from_pylist(rows)
            columns = [[getattr(row, one.name) for row in rows] for one in table.fields]
            arrays = [pyarrow.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
            return pyarrow.Table.from_arrays(arrays, schema=schema)

        async with aiohttp.ClientSession(headers={"Authorization": AUTHORIZATION}) as session:
            for walk in range(WALKS + 1):
                if walk == 1:
                    _begin()
                url: str | None = f"{origin}{BASE_PATH}/api/device?$top={PAGE_ROWS}"
                held: list[Any] = []
                while url is not None:
                    async with session.get(url) as response:
                        rows, url = read_page(await response.read())
                    held += rows
                found = arrow(held)
                path = folder / f"{walk}.parquet"
                with parquet.ParquetWriter(path, found.schema, compression="zstd") as file:
                    file.write_table(found)

    return export


_began = [0.0, 0.0]


def _begin() -> None:
    _began[:] = time.perf_counter(), time.process_time()


def _dicts(data: bytes) -> tuple[list[Any], str | None]:
    import orjson

    body = orjson.loads(data)
    return body["value"], body.get("@odata.nextLink")


PEERS: dict[str, Callable[[], Any]] = {
    OURS: lambda: ours,
    CATTRS: lambda: by_hand(structured()[1], typed=True),
    DICTS: lambda: by_hand(_dicts, typed=False),
}


def turn(name: str, origin: str, core: int | None) -> None:
    """Run one turn and print its seconds by the clock and of the processor."""
    pin(core)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(PEERS[name]()(origin, Path(folder)))
        taken = [time.perf_counter() - _began[0], time.process_time() - _began[1]]
        if name != DICTS:
            _check(Path(folder))
    print(json.dumps(taken))


def _check(folder: Path) -> None:
    from pyarrow import parquet

    rows = sum(parquet.read_metadata(path).num_rows for path in folder.glob("*.parquet"))
    if rows != (WALKS + 1) * PAGES * PAGE_ROWS:
        raise RuntimeError(f"{rows} rows were written")


def measure(results: Path, rounds: int) -> list[str]:
    """All peers, `rounds` times each, in turns."""
    wall: dict[str, list[float]] = {name: [] for name in PEERS}
    cpu: dict[str, list[float]] = {name: [] for name in PEERS}
    server, client = cores()
    with tempfile.TemporaryDirectory() as root, serving(Path(root), server) as (origin, software):
        for number in range(rounds + 1):
            for name in PEERS:
                taken, used = _turn(name, origin, client)
                if number:  # the first round fills the disk cache
                    wall[name].append(taken)
                    cpu[name].append(used)
    rows = WALKS * PAGES * PAGE_ROWS
    ratios = {name: spread([b / a for a, b in zip(wall[name], wall[CATTRS], strict=True)]) for name in PEERS}
    by_cpu = {name: spread([b / a for a, b in zip(cpu[name], cpu[CATTRS], strict=True)]) for name in PEERS}
    cells = [
        [
            name,
            f"{rows / spread(wall[name])['median']:,.0f}",
            report.spread_text(ratios[name]),
            f"{spread(cpu[name])['median'] / rows * 1e6:.2f}",
            report.spread_text(by_cpu[name]),
        ]
        for name in PEERS
    ]
    result = {"rows": rows, "wall": wall, "cpu": cpu, "ratio": ratios, "by_cpu": by_cpu, "server": software}
    report.write(results, "export", machine() | {"results": result})
    heads = ["export to Parquet", "rows a second", f"of {CATTRS}", "CPU µs a row", "by CPU time"]
    return [
        "## Export to Parquet",
        f"{rows:,} rows of 38 fields a turn, {rounds} rounds, {software}, load {machine()['load'][0]}",
        "",
        report.table(heads, cells),
        "",
        report.verdict(f"export to Parquet / {CATTRS}", ratios[OURS]["median"], 3.0),
    ]


def _turn(name: str, origin: str, core: int | None) -> tuple[float, float]:
    words = [sys.executable, "-m", "bench.export", name, origin, "" if core is None else str(core)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    taken, used = json.loads(done.stdout)
    return taken, used


if __name__ == "__main__":
    turn(sys.argv[1], sys.argv[2], int(sys.argv[3]) if sys.argv[3] else None)
