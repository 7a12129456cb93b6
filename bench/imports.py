"""How long importing takes, in fresh interpreters that take turns, and what an import brings along."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import report
from bench.rounds import ROOT, machine, spread, with_bytecode
from bench.server import cores, pin

_PROGRAM = """
import json, sys, time
wall, cpu = time.perf_counter(), time.process_time()
{work}
print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu, sorted(sys.modules)]))
"""
WORKS = {
    "import aiohttp": "import aiohttp",
    "import trunkline.idi": "import trunkline.idi",
    "import trunkline.idi, make a client": (
        "from trunkline import idi; idi.Client(environment='acme', user='u', password='p')"
    ),
    "import aiohttp, msgspec, attrs": "import aiohttp, msgspec, attrs",
}
OPTIONAL = (
    "cattrs", "dask", "distributed", "odata_query", "opentelemetry", "orjson", "prometheus_client", "pyarrow",
    "pyrate_limiter", "pyreqwest", "redis", "rich", "sqlalchemy", "typer", "uvloop",
)  # fmt: skip
"""Packages of the extras, and cattrs, which only unusual responses need: imported when they are used."""
BASE, OURS = "import aiohttp", "import trunkline.idi"


def measure(results: Path, rounds: int) -> list[str]:
    """All works, `rounds` times each, interleaved."""
    wall: dict[str, list[float]] = {name: [] for name in WORKS}
    cpu: dict[str, list[float]] = {name: [] for name in WORKS}
    loaded: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as bytecode:
        for turn in range(rounds + 1):
            for name, work in WORKS.items():
                taken, used, loaded[name] = _once(work, Path(bytecode))
                if turn:  # the first turn fills the disk cache and writes byte code
                    wall[name].append(taken)
                    cpu[name].append(used)
    ratios = {name: spread([a / b for a, b in zip(wall[name], wall[BASE], strict=True)]) for name in WORKS}
    early = [name for name in OPTIONAL if name in loaded[OURS]]
    cells = [
        [
            name,
            f"{spread(wall[name])['median'] * 1000:.0f} ms",
            f"{spread(cpu[name])['median'] * 1000:.0f} ms",
            report.spread_text(ratios[name]),
        ]
        for name in WORKS
    ]
    result = {
        "wall": {name: spread(wall[name]) for name in WORKS},
        "cpu": {name: spread(cpu[name]) for name in WORKS},
        "ratio": ratios,
        "optional_loaded": early,
    }
    report.write(results, "imports", machine() | {"results": result})
    return [
        "## Import time",
        f"load {machine()['load'][0]}",
        "",
        report.table(["fresh interpreter", "by the clock", "CPU", f"of {BASE}"], cells),
        "",
        report.verdict("import time, trunkline.idi / aiohttp", ratios[OURS]["median"], 1.3, at_most=True),
        report.verdict("optional packages imported before use", len(early), 0, at_most=True)
        + (f" ({', '.join(early)})" if early else ""),
    ]


def _once(work: str, bytecode: Path) -> tuple[float, float, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(work=work)],
        cwd=ROOT,
        env=with_bytecode(bytecode),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        preexec_fn=lambda: pin(cores()[1]),
    )
    response: list[Any] = json.loads(done.stdout)
    return response[0], response[1], response[2]
