"""Build both wheels and sdists, install each wheel alone in an empty environment, and use it there.

`python -m tests.packaging.wheels` (`make wheels`); needs an index for the dependencies. Nothing of the
checkout can be imported in the environments: they lie in a temporary folder, the working folder too.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.packaging import newcomer
from tests.packaging.commands import CONSTRAINTS, ROOT, build, run

_STARTED: Final = re.compile(r"^\s*export (\w+)=(\S+)", re.MULTILINE)
_TYPED: Final = """\
import asyncio

from trunkline import abzorb, bulk, idi
from trunkline.idi.fields import Service
from trunkline.idi.models import Device


async def main() -> None:
    async with idi.Client.from_env() as client:
        device: Device = await client.device.get(device_id=1000)
        async for service in client.service.search(filter=Service.customer_id == 12):
            print(device.display_name, service.service_number)
        async for outcome in bulk.lookup(lambda n: client.device.get(device_id=n), [1, 2]):
            print(outcome.key)
    async with abzorb.Client.from_env() as crm:
        print((await crm.connections.get_by_cli(cli="07700900123")).network)


asyncio.run(main())
"""
_DOCUMENT: Final = """\
openapi: 3.0.3
info: {title: Parcels, version: "1"}
paths:
  /parcels/{number}:
    get:
      operationId: getParcel
      parameters: [{name: number, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: found
          content: {application/json: {schema: {$ref: "#/components/schemas/Parcel"}}}
components:
  schemas:
    Parcel: {type: object, required: [number], properties: {number: {type: string}, weight: {type: number}}}
"""
_CALL: Final = """\
import asyncio

from aiohttp import web
from parcels import Client


async def parcel(request: web.Request) -> web.Response:
    return web.json_response({"number": request.match_info["number"], "weight": 2.5})


async def main() -> None:
    app = web.Application()
    app.router.add_get("/parcels/{number}", parcel)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with Client(base_url=f"http://127.0.0.1:{port}") as client:
        found = await client.{call}(number="A-1")
    await runner.cleanup()
    assert (found.number, found.weight) == ("A-1", 2.5), found
    print("called", found.number)


asyncio.run(main())
"""


class Environment:
    """An empty virtual environment with one wheel and its dependencies."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.bin = folder / name / ("Scripts" if os.name == "nt" else "bin")
        venv.create(folder / name, with_pip=True)

    def install(self, *what: str | Path) -> None:
        """Install by pip, with the versions that the project is tested with."""
        pip = [self.bin / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "--constraint", CONSTRAINTS, *what], self.folder)

    def python(self, script: str, environ: dict[str, str] | None = None) -> str:
        """Run a program that lies in no package."""
        path = self.folder / "program.py"
        path.write_text(script, encoding="utf-8")
        return run([self.bin / "python", "-W", "error", path], self.folder, environ)


@contextmanager
def sandbox(environment: Environment) -> Iterator[dict[str, str]]:
    """The settings that a sandbox started from the wheel prints."""
    log = environment.folder / "sandbox.txt"
    command = [str(environment.bin / "trunkline"), "sandbox", "--port", "0", "--rows", "1000"]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=environment.folder, stdout=out, stderr=subprocess.STDOUT)
    try:
        for _ in range(300):
            found = dict(_STARTED.findall(log.read_text()))
            if "TRUNKLINE_ABZORB_PASSWORD" in found:
                break
            if process.poll() is not None:
                raise SystemExit(f"the sandbox ended: {log.read_text()}")
            time.sleep(0.1)
        yield {name: value.strip("'\"") for name, value in found.items()}
    finally:
        process.terminate()
        process.wait(timeout=30)


def first_program() -> str:
    """The program of the README's five minutes."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    return next(block for block in blocks if "asyncio.run" in block)


def check_runtime(wheel: Path, folder: Path) -> None:
    """README's five minutes against a sandbox, and mypy --strict over a program that uses the wheel."""
    environment = Environment(folder, "runtime")
    environment.install(f"{wheel}[cli,sandbox]", "mypy")
    with sandbox(environment) as settings:
        environment.python(first_program(), settings)
    (folder / "typed.py").write_text(_TYPED, encoding="utf-8")
    run([environment.bin / "mypy", "--strict", "typed.py"], folder)


def check_codegen(runtime: Path, generator: Path, folder: Path) -> None:
    """A package generated by the installed command, and a call through it."""
    environment = Environment(folder, "generator")
    environment.install(runtime, generator)
    (folder / "parcels.yaml").write_text(_DOCUMENT, encoding="utf-8")
    command = environment.bin / "trunkline-codegen"
    run([command, "generate", "parcels.yaml", "--package", "parcels", "--out", "."], folder)
    sources = (folder / "parcels" / "operations.py").read_text(encoding="utf-8")
    call = re.search(r'id="([\w.]+)"', sources)
    assert call is not None, sources
    environment.python(_CALL.replace("{call}", call[1]))
    for name in ("drift", "import", "diff", "changelog"):
        run([command, name, "--help"], folder)
    check_generated(runtime, folder / "parcels", call[1], folder)


def check_generated(runtime: Path, package: Path, call: str, folder: Path) -> None:
    """The generated package installed by pip from its own folder, and called where nothing else is."""
    environment = Environment(folder, "caller")
    environment.install(runtime, package)
    elsewhere = (
        folder / "elsewhere"
    )  # a program's own folder comes first on its path, and here lies the package
    elsewhere.mkdir()
    (elsewhere / "program.py").write_text(_CALL.replace("{call}", call), encoding="utf-8")
    run([environment.bin / "python", "-W", "error", elsewhere / "program.py"], elsewhere)


def main() -> int:
    """Build, check, install, use."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dist = build(folder / "dist")
        files = sorted(dist.iterdir())
        run([sys.executable, "-m", "twine", "check", "--strict", *files], folder)
        runtime, generator = (next(dist.glob(f"{name}-*.whl")) for name in ("trunkline", "trunkline_codegen"))
        check_runtime(runtime, folder)
        check_codegen(runtime, generator, folder)
        (folder / "newcomer").mkdir()
        followed = newcomer.check(dist, folder / "newcomer")
    sys.stdout.write(
        f"wheels: {', '.join(path.name for path in files)} built, installed alone and used\n{followed}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
