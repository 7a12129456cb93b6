"""Running commands away from the checkout, and building both wheels."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
CONSTRAINTS: Final = ROOT / "constraints.txt"


def run(
    command: Sequence[str | Path], folder: Path, environ: dict[str, str] | None = None, *, clean: bool = True
) -> str:
    """The output of a command; its failure ends the check with all that it printed.

    Args:
        environ: variables that are added, or with `clean=False` all that there are.
        clean: take over this process's variables without those that would lead to the checkout.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TRUNKLINE"))}
    variables = {**kept, **(environ or {})} if clean else environ
    done = subprocess.run(list(map(str, command)), cwd=folder, env=variables, text=True, capture_output=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def build(dist: Path) -> Path:
    """Build wheel and sdist of the library and of the generator into a folder."""
    for source in (ROOT, ROOT / "codegen"):
        run([sys.executable, "-m", "build", "--outdir", dist, source], dist.parent)
    return dist
