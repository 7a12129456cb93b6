"""Generates the other generators' clients from the same document, each time anew.

A generator that is not to be had is no failure: `make` says why, and its peers are left out.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

BIN = Path(sys.executable).parent
SPEC = Path(__file__).parents[1] / "specs" / "idi" / "openapi.yaml"


class UnavailableError(Exception):
    """A generator cannot be run here; the text says why."""


def environment() -> dict[str, str]:
    """The environment of the generators: they look for formatters in PATH."""
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise UnavailableError(f"{Path(command[0]).name} failed: {lines[-1] if lines else done.returncode}")


def _need(module: str, name: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise UnavailableError(f"{name} is not installed (pip install -e '.[bench]')")


def openapi_python_client(out: Path, spec: Path = SPEC) -> None:
    """Attrs models over httpx."""
    _need("openapi_python_client", "openapi-python-client")
    _run(
        [
            *(str(BIN / "openapi-python-client"), "generate", "--path", str(spec)),
            *("--output-path", str(out / "opc_idi"), "--meta", "none", "--overwrite"),
        ]
    )


def openapi_generator(out: Path, spec: Path = SPEC) -> None:
    """pydantic models over aiohttp; a Java program, which the PyPI package brings along."""
    _need("aiohttp_retry", "aiohttp-retry, which the generated client imports,")
    if shutil.which("java") is None:
        raise UnavailableError("openapi-generator needs Java, and there is none")
    program = shutil.which("openapi-generator-cli", path=environment()["PATH"])
    if program is None:
        raise UnavailableError("openapi-generator-cli is not installed (pip install -e '.[bench]')")
    made = out / "openapi-generator"
    _run(
        [
            *(program, "generate", "-g", "python", "--library", "asyncio", "-i", str(spec), "-o", str(made)),
            *("--package-name", "og_idi", "--skip-validate-spec"),
        ]
    )
    shutil.move(str(made / "og_idi"), str(out / "og_idi"))


def datamodel_code_generator(out: Path, spec: Path = SPEC) -> None:
    """pydantic models and the generator's own (experimental) httpx2 client."""
    _need("httpx2", "httpx2")
    package = out / "dcg_idi"
    package.mkdir()
    (package / "__init__.py").touch()
    _run(
        [
            *(str(BIN / "datamodel-codegen"), "--input", str(spec), "--input-file-type", "openapi"),
            *("--output", str(package / "models.py"), "--output-model-type", "pydantic_v2.BaseModel"),
            *("--generate-client", "httpx2", "--client-output", str(package / "client")),
            *("--client-package", "dcg_idi.client", "--client-model-package", "dcg_idi.models"),
        ]
    )


MAKERS: dict[str, Callable[[Path], None]] = {
    "openapi-python-client": openapi_python_client,
    "openapi-generator": openapi_generator,
    "datamodel-code-generator": datamodel_code_generator,
}


def make(out: Path) -> dict[str, str]:
    """Generate all clients below `out`; the result tells what is missing, by generator."""
    missing = {}
    for name, maker in MAKERS.items():
        try:
            maker(out)
        except (UnavailableError, OSError) as error:
            missing[name] = str(error)
    return missing
