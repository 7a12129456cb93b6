"""Each job of the cookbook as a program of its own, against a sandbox."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT
from tests.docs.jobs import DONE
from trunkline.testing import LocalSandbox

JOBS = sorted(path for path in (ROOT / "examples" / "cookbook").glob("*.py") if path.name != "__init__.py")


@pytest.fixture
def passing_time(trunkline_env: LocalSandbox) -> Iterator[None]:
    """The sandbox's clock runs a hundred times as fast: orders take minutes to complete."""
    stopped = threading.Event()

    def run() -> None:
        while not stopped.wait(0.1):
            trunkline_env.clock.advance(10.0)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    stopped.set()
    thread.join()


@pytest.mark.usefixtures("passing_time")
@pytest.mark.parametrize("job", JOBS, ids=lambda path: path.stem)
def test_job_runs(job: Path, trunkline_env: LocalSandbox, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", str(job)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}  # where `python -m codegen` is in a checkout
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert re.search(DONE[job.stem], done.stdout), done.stdout


def test_every_job_is_checked_by_what_it_prints() -> None:
    assert {job.stem for job in JOBS} == DONE.keys()
