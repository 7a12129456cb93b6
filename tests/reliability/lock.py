"""Write constraints.lock: `python -m tests.reliability.lock`.

uv reads the hashes of every file of each pinned version, for every platform, from the index that pip uses. It
runs from an environment of its own that is thrown away: nothing else needs it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from packaging.utils import canonicalize_name

from tests.reliability.dependency_audit import extras_asked_for, pins

ROOT = Path(__file__).parents[2]
HEAD = """\
# Every pin of constraints.txt with the hashes of its files: pip install --require-hashes -r constraints.lock.
# Made by `make lock`; do not edit.
"""
OLDEST = "3.11.7"
"""Python for which the files are chosen; some distributions ask for more than 3.11.0."""


def main() -> int:
    """Resolve nothing: the pins are complete, only their hashes are looked up."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        bin_ = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin")
        subprocess.run([bin_ / "python", "-m", "pip", "install", "--quiet", "uv"], check=True)
        command = [
            str(bin_ / "uv"),
            "pip",
            "compile",
            "--quiet",
            "--no-deps",
            "--universal",
            "--generate-hashes",
        ]
        command += ["--no-header", "--no-annotate", "--python-version", OLDEST, str(ROOT / "constraints.txt")]
        made = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (ROOT / "constraints.lock").write_text(HEAD + with_extras(made), "utf-8")
    return 0


def with_extras(text: str) -> str:
    """The pins with the extras that pinned distributions want of each other."""
    extras = extras_asked_for(pins(text))
    lines = []
    for line in text.splitlines(keepends=True):
        name, equals, rest = line.partition("==")
        asked = extras.get(canonicalize_name(name)) if equals else None
        lines.append(f"{name}[{asked}]=={rest}" if asked else line)
    return "".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
