"""The code blocks of a Markdown page, run in their order: Python in one namespace, shell in one folder.

```python runs as if typed into a notebook: `await` works at the top level, and names stay for later blocks.
```sh runs in bash and stops at the first failure. ```console and ```text are shown, not run: they install
packages, or wait for a person.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from attrs import frozen

ROOT: Final = Path(__file__).resolve().parents[2]
_FENCE: Final = re.compile(r"^( *)```(python|sh)\b[^\n]*\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


@frozen
class Block:
    """One code block. line: of its first line in the page, from 1."""

    language: str
    text: str
    line: int


def blocks_of(page: Path) -> list[Block]:
    """The blocks of a page that run."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(found[2], inspect.cleandoc(found[3]), text.count("\n", 0, found.start()) + 2)
        for found in _FENCE.finditer(text)
    ]


def pages() -> list[Path]:
    """The README and every page whose blocks no other test runs."""
    apart = {"testing.md", "distributed.md"}  # run by tests/testing and tests/distributed
    found = [path for path in sorted((ROOT / "docs").rglob("*.md")) if path.name not in apart]
    return [path for path in [ROOT / "README.md", *found] if blocks_of(path)]


async def run(page: Path, folder: Path) -> None:
    """Run a page in a folder; an error names the page and the line."""
    names: dict[str, Any] = {"__name__": "__page__"}
    for block in blocks_of(page):
        place = f"{page.relative_to(ROOT)}:{block.line}"
        if block.language == "sh":
            await asyncio.to_thread(_shell, block, folder, place)
        else:
            await _python(block, names, page)


async def _python(block: Block, names: dict[str, Any], page: Path) -> None:
    shifted = "\n" * (block.line - 1) + block.text  # so that tracebacks show the page's lines
    if "asyncio.run(" in block.text:  # a whole program has a loop of its own
        code = compile(shifted, str(page), "exec")
        await asyncio.to_thread(exec, code, {"__name__": "__main__"})
        return
    code = compile(shifted, str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    found = eval(code, names)  # noqa: S307 - the project's own documentation
    if inspect.isawaitable(found):
        await found


def _commands(folder: Path) -> Path:
    """A folder with the command of the generator's wheel, which a checkout runs as a module."""
    command = folder / ".bin" / "trunkline-codegen"
    command.parent.mkdir(exist_ok=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m codegen "$@"\n')
    command.chmod(0o755)
    return command.parent


def _shell(block: Block, folder: Path, place: str) -> None:
    path = f"{_commands(folder)}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    checkout = os.pathsep.join((str(ROOT / "src"), str(ROOT)))  # this one, whatever is installed
    environ = {**os.environ, "PATH": path, "PYTHONPATH": checkout, "COLUMNS": "100"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{place}: exit {done.returncode}\n{done.stdout}{done.stderr}"
