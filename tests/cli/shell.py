"""The command line as a user has it: in a folder, with variables that lead to a sandbox."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trunkline.cli import main

ROWS = 20_000
FIRST_DEVICE = 1000


def words(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "trunkline", *map(str, arguments)]


class Shell:
    """Runs `trunkline` in one folder with the sandbox's variables."""

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        self.folder = folder
        self.variables = {**os.environ, **variables}

    def __call__(
        self, *arguments: object, given: str | bytes | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words(*arguments),
            cwd=self.folder,
            env={**self.variables, **variables},
            input=given.decode() if isinstance(given, bytes) else given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def quick(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """The same within this process, for what needs no process of its own."""
        said, told, before = io.StringIO(), io.StringIO(), Path.cwd()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            for name, value in self.variables.items():
                patch.setenv(name, value)
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(told):
                code = main([str(one) for one in arguments])
        assert Path.cwd() == before
        return subprocess.CompletedProcess([], code, said.getvalue(), told.getvalue())

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            words(*arguments),
            cwd=self.folder,
            env=self.variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def files(self) -> set[str]:
        return set(os.listdir(self.folder))
