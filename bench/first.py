"""The first lookup of a fresh process: imports, client, login and one value."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import report
from bench.payloads import BASE_PATH, ENVIRONMENT, LOGIN_PATH
from bench.rounds import ROOT, machine, spread, with_bytecode
from bench.server import cores, pin, serving

_PROGRAM = """
import time
wall, cpu = time.perf_counter(), time.process_time()
import asyncio, json, sys
origin = sys.argv[1]
{work}
asyncio.run(main())
print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]))
"""
OURS, AIOHTTP = "trunkline", "aiohttp + json"
WORKS = {
    OURS: f"""
from trunkline import idi
async def main():
    async with idi.Client(environment={ENVIRONMENT!r}, user="u", password="p", base_url=origin) as client:
        assert (await client.device.get(device_id=7)).device_id
""",
    AIOHTTP: f"""
import aiohttp
async def main():
    async with aiohttp.ClientSession() as session:
        user = {{"userName": "u", "password": "p"}}
        async with session.post(origin + {LOGIN_PATH!r}, json=user) as response:
            token = json.loads(await response.read())
        headers = {{"Authorization": f'WRAP access_token="{{token}}"'}}
        async with session.get(origin + {BASE_PATH!r} + "/api/device/7", headers=headers) as response:
            assert json.loads(await response.read())["deviceID"]
""",
}


def measure(results: Path, rounds: int) -> list[str]:
    """Both programs, `rounds` times each, in turns."""
    wall: dict[str, list[float]] = {name: [] for name in WORKS}
    cpu: dict[str, list[float]] = {name: [] for name in WORKS}
    server, client = cores()
    with tempfile.TemporaryDirectory() as root, serving(Path(root), server) as (origin, software):
        for number in range(rounds + 1):
            for name, work in WORKS.items():
                taken, used = _once(work, origin, client, Path(root) / "bytecode")
                if number:  # the first round fills the disk cache and writes byte code
                    wall[name].append(taken)
                    cpu[name].append(used)
    ratios = {name: spread([a / b for a, b in zip(wall[name], wall[AIOHTTP], strict=True)]) for name in WORKS}
    cells = [
        [
            name,
            f"{spread(wall[name])['median'] * 1000:.0f} ms",
            f"{spread(cpu[name])['median'] * 1000:.0f} ms",
            report.spread_text(ratios[name]),
        ]
        for name in WORKS
    ]
    result = {"wall": wall, "cpu": cpu, "ratio": ratios, "server": software}
    report.write(results, "first", machine() | {"results": result})
    return [
        "## First lookup of a fresh process",
        f"{rounds} rounds, {software}, load {machine()['load'][0]}",
        "",
        report.table(["program", "by the clock", "CPU", f"of {AIOHTTP}"], cells),
        "",
        report.verdict(f"first lookup / {AIOHTTP}", ratios[OURS]["median"], 1.0, at_most=True),
    ]


def _once(work: str, origin: str, core: int | None, bytecode: Path) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(work=work), origin],
        cwd=ROOT,
        env=with_bytecode(bytecode),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: pin(core),
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    taken, used = json.loads(done.stdout)
    return taken, used


__all__ = ["measure"]
