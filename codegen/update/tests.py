"""The tests that a change of one spec concerns, and their outcome."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from attrs import frozen

from trunkline.apis import Generated

_ALWAYS: Final = ("tests/codegen/read/test_read_shipped.py",)


@frozen
class Outcome:
    """A run of the tests. summary: the line that counts them, or why there is none."""

    passed: bool
    summary: str
    output: str


def concerned(root: Path, target: Generated | None, *, full: bool) -> list[str]:
    """Paths of the tests to run; none for all of them.

    The contract and spec tests whose names hold the API's, and the smoke tests of what is shipped.
    """
    if full or target is None:
        # pytest without paths runs the whole suite.
        return []
    api = target.name.split("-")[0]
    found = [
        path.relative_to(root).as_posix()
        for folder in ("tests/contract", "tests/specs")
        for path in sorted((root / folder).glob("test_*.py"))
        if f"_{api}_" in path.name
    ]
    return [*found, *(path for path in _ALWAYS if (root / path).is_file())]


def run(root: Path, paths: list[str]) -> Outcome:
    """Run pytest in a process of its own: the packages that it imports have just been written."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", *paths]
    done = subprocess.run(command, cwd=root, capture_output=True, check=False)
    output = (done.stdout + done.stderr).decode("utf-8", "replace").replace("\r\n", "\n")
    return Outcome(done.returncode == 0, _counted(output, done.returncode), output)


def _counted(output: str, status: int) -> str:
    """The line that counts the tests; a run that was stopped has none, only dots."""
    counted = [
        line for line in output.splitlines() if re.search(r"\b(?:passed|failed|errors?)\b.* in ", line)
    ]
    if counted:
        return counted[-1].strip("= ")
    if status < 0:
        return f"the tests were stopped (signal {-status}) before they came to an end"
    return f"the tests did not come to an end (status {status})"
