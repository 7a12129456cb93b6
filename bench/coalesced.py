"""Many keys by few requests: `bulk.Loader` beside a request a key, against the sandbox with latency."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from bench import report, throughput
from bench.rounds import ROOT, machine, spread
from bench.server import cores, pin

_LATENCY = "latency:20ms"
_SERVER = "import sys; from bench import coalesced; coalesced.serve(int(sys.argv[1]), sys.argv[2])"
_CLIENT = "import sys; from bench import coalesced; coalesced.compare(*sys.argv[1:])"


def serve(rows: int, core: str) -> None:
    """The sandbox in a process of its own; ends with its stdin."""
    from trunkline.sandbox import Sandbox

    pin(int(core) if core else None)

    async def main() -> None:
        async with Sandbox(rows=rows, faults=_LATENCY) as sandbox:
            user = sandbox.credentials
            told = {"url": sandbox.url, "base": sandbox.idi_url, "environment": sandbox.idi_environment,
                    "user": user.name, "password": user.password}  # fmt: skip
            print(json.dumps(told), flush=True)
            await asyncio.to_thread(sys.stdin.read)

    asyncio.run(main())


def compare(told: str, keys: str, rounds: str, core: str) -> None:
    """Both ways in turns; prints the seconds of each."""
    pin(int(core) if core else None)
    print(json.dumps(asyncio.run(_compare(json.loads(told), int(keys), int(rounds)))))


async def _compare(told: dict[str, str], keys: int, rounds: int) -> dict[str, Any]:
    from trunkline import idi
    from trunkline.config import Limits
    from trunkline.idi.fields import Service

    async with idi.Client(
        environment=told["environment"],
        user=told["user"],
        password=told["password"],
        base_url=told["url"],
        limits=Limits(concurrency=16),
    ) as client:
        rows = await client.service.search(top=500, order_by=Service.service_id.asc()).all()
        numbers = list(dict.fromkeys(row.service_number for row in rows if row.service_number))[:keys]
        header = (await next(client._credentials.all()).headers(client._attempts._context))["Authorization"]
        requests, taken = [], {"coalesced": list[float](), "one by one": list[float]()}
        for _ in range(rounds):
            before = client.stats.attempts
            began = time.perf_counter()
            loader = client.service.loader(Service.service_number)
            found = await asyncio.gather(*(loader.load(number) for number in numbers))
            taken["coalesced"].append(time.perf_counter() - began)
            requests.append(client.stats.attempts - before)
            _check(numbers, [_number(one) for one in found])
            began = time.perf_counter()
            _check(numbers, await _one_by_one(told["base"], header, numbers))
            taken["one by one"].append(time.perf_counter() - began)
    return {"keys": len(numbers), "requests": max(requests), "seconds": taken}


def _number(found: Any) -> Any:
    """The loader gives a row, or a list of rows where the field may repeat."""
    return (found[0] if isinstance(found, list) else found).service_number


async def _one_by_one(base: str, header: str, numbers: list[str]) -> list[str]:
    """The loop that one writes by hand: a search for each key, 16 at a time, dicts."""
    import aiohttp
    import orjson
    from yarl import URL

    found = dict.fromkeys(numbers, "")
    left = iter(numbers)
    headers = {"Authorization": header, "Content-Type": "application/json"}  # this search asks for the latter
    async with aiohttp.ClientSession(headers=headers) as session:

        async def ask() -> None:
            for number in left:
                text = quote(f"serviceNumber eq '{number}'", safe="")
                url = URL(f"{base}/api/service/search?$filter={text}", encoded=True)
                async with session.get(url) as response:
                    found[number] = orjson.loads(await response.read())["value"][0]["serviceNumber"]

        await asyncio.gather(*(ask() for _ in range(16)))
    return list(found.values())


def _check(asked: list[str], got: list[str]) -> None:
    if asked != got:
        raise SystemExit("the responses do not belong to their keys")


@contextlib.contextmanager
def _sandbox(rows: int, core: int | None) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(rows), "" if core is None else str(core)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"the sandbox ended with status {process.wait()}")
        yield line
    finally:
        process.terminate()
        process.communicate()


def measure(settings: throughput.Settings, keys: int) -> list[str]:
    """The loader's time beside the loop's, and its requests."""
    server_core, client_core = cores()
    rounds = min(settings.rounds, 3)
    with _sandbox(keys * 5 // 4, server_core) as told:
        command = [sys.executable, "-c", _CLIENT, told, str(keys), str(rounds)]
        done = subprocess.run(
            [*command, "" if client_core is None else str(client_core)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    found = json.loads(done.stdout)
    taken = found["seconds"]
    ratio = spread([a / b for a, b in zip(taken["one by one"], taken["coalesced"], strict=True)])
    cells = [
        ["coalesced", f"{spread(taken['coalesced'])['median']:.2f} s", str(found["requests"])],
        ["one by one", f"{spread(taken['one by one'])['median']:.2f} s", str(found["keys"])],
    ]
    report.write(settings.results, "coalesced", machine() | {"results": found | {"ratio": ratio}})
    return [
        "## Coalesced lookups against the sandbox, 20 ms latency, concurrency 16",
        f"load {machine()['load'][0]}",
        "",
        report.table([f"{found['keys']:,} keys", "time", "requests"], cells),
        "",
        report.verdict("coalesced, times as fast as one by one", ratio["median"], 20),
    ]
