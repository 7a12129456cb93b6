"""One step of an update: a command of this project run as a process, with what it said kept in a file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from attrs import frozen

Result = Literal["done", "nothing to do", "for you", "failed", "skipped"]
_TAIL: Final = 4_000
"""Characters of a failed command that are worth showing."""


@frozen
class Step:
    """What became of one step. said: its outcome in words; then: what to do next, "" for nothing."""

    name: str
    result: Result
    said: str
    then: str = ""


@frozen
class Ran:
    """A command that ended. log: the file that holds what it printed."""

    status: int
    output: str
    errors: str
    log: Path

    @property
    def tail(self) -> str:
        """The end of what it said, for a message."""
        return (self.errors.strip() or self.output.strip())[-_TAIL:]

    @property
    def last_line(self) -> str:
        """The last line of what it printed."""
        lines = [line for line in self.output.splitlines() if line.strip()]
        return lines[-1].strip() if lines else ""


@frozen
class Workshop:
    """Where commands run and where their words are kept."""

    root: Path
    logs: Path

    def codegen(self, log: str, *arguments: str) -> Ran:
        """Run `python -m codegen …`."""
        return self.python(log, "-m", "codegen", *arguments)

    def python(self, log: str, *arguments: str) -> Ran:
        """Run Python in the project's root. Its output goes to the log, with its errors if it fails."""
        done = _run([sys.executable, *arguments], self.root)
        output, errors = (_text(part) for part in (done.stdout, done.stderr))
        path = self.logs / log
        path.write_text(output + (errors if done.returncode else ""), encoding="utf-8")
        return Ran(done.returncode, output, errors, path)

    def git(self, *arguments: str) -> int | None:
        """Run git quietly; its status, None where there is no git."""
        try:
            return _run(["git", *arguments], self.root).returncode
        except FileNotFoundError:
            return None

    def shown(self, path: Path) -> str:
        """A path as the person reads it."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)


def _run(command: Sequence[str], root: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, cwd=root, capture_output=True, check=False)


def _text(part: bytes) -> str:
    return part.decode("utf-8", "replace").replace("\r\n", "\n")
