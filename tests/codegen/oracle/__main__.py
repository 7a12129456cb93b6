"""Judge the generated client of every document of a folder: `python -m tests.codegen.oracle DIR…`.

Prints the differences, and what was looked at. Exit status 1 where a difference is no gap of the report.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import io
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from codegen.__main__ import main as generate
from tests.codegen.oracle.run import Verdict, judge


def main(argv: Sequence[str] | None = None) -> int:
    """Judge, print, and give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--ref-root", type=Path, metavar="DIR", help="as of codegen generate")
    options = parser.parse_args(argv)
    folders = options.folders
    covered: Counter[str] = Counter()
    wrong = judged = 0
    with tempfile.TemporaryDirectory() as scratch:
        sys.path.insert(0, scratch)
        for number, path in enumerate(_documents(folders), 1):
            verdict, gaps = one(path, f"oracle_{number}", Path(scratch), options.ref_root or _root(folders))
            if verdict is None:
                print(f"{path.name}: not generated: {gaps}")  # noqa: T201
                continue
            judged += 1
            wrong += len(verdict.differences)
            covered += verdict.covered
            print(f"{path.name}: {len(verdict.differences)} differences, {gaps} gaps in the report")  # noqa: T201
            for text in verdict.differences[:20]:
                print(f"  {text}")  # noqa: T201
    print(f"\n{judged} documents, {wrong} differences")  # noqa: T201
    for kind, count in sorted(covered.items()):
        print(f"  {kind}: {count}")  # noqa: T201
    return 1 if wrong else 0


def _root(folders: Sequence[Path]) -> Path | None:
    """Documents of one folder may share parts that lie in it."""
    return folders[0] if len(folders) == 1 and folders[0].is_dir() else None


def one(path: Path, package: str, out: Path, root: Path | None = None) -> tuple[Verdict | None, str]:
    """Generate and judge one document; what the report's gaps are, or why there is no package."""
    report = out / f"{package}.json"
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        command = [
            "generate",
            str(path),
            "--package",
            package,
            "--out",
            str(out),
            "--report",
            str(report),
            "--bare",
            *(["--ref-root", str(root)] if root is not None else []),
        ]
        status = generate(command)
    if status not in (0, 3):
        return None, said.getvalue().strip()[:300]
    importlib.invalidate_caches()
    importlib.import_module(package)
    return asyncio.run(judge(package, path)), str(len(json.loads(report.read_text())["gaps"]))


def _documents(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        listed = [folder] if folder.is_file() else sorted(folder.rglob("*"))
        yield from (path for path in listed if path.suffix in (".json", ".yaml", ".yml") and path.is_file())


if __name__ == "__main__":
    sys.exit(main())
