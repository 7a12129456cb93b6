"""Try the generator on a folder of real documents: `python -m tests.codegen.smoke.corpus DIR…`.

One line a document: status, operations, import, ruff, mypy, calls, whether the report's counts add up.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field

from codegen.__main__ import main as generate
from tests.codegen.smoke.counts import counts
from tests.codegen.smoke.driver import Outcome, call_all
from tests.codegen.smoke.raw import Book

_HEAD = ("document", "status", "secs", "ops", "import", "ruff", "mypy", "calls", "failed", "odd", "counts")


@define
class Row:
    """What came of one document."""

    document: Path
    package: str
    status: int = 0
    seconds: float = 0.0
    operations: int = 0
    imported: str = ""
    ruff: int = 0
    mypy: int = 0
    outcomes: list[Outcome] = field(factory=list)
    counted: list[str] = field(factory=list)
    said: str = ""

    @property
    def failed(self) -> list[Outcome]:
        """Calls that failed on what the document's schemas allow."""
        return [o for o in self.outcomes if o.fault and not o.contradicts]

    @property
    def good(self) -> bool:
        """Whether everything holds."""
        faults = (self.imported, self.ruff, self.mypy, self.failed, self.counted)
        return self.status in (0, 3) and not any(faults)


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print the table, 1 when anything does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--out", type=Path, help="keep the packages there")
    parser.add_argument("--no-mypy", action="store_true", help="leave out the slowest part")
    parser.add_argument("--verbose", action="store_true", help="list every fault")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as scratch:
        out = options.out or Path(scratch)
        out.mkdir(parents=True, exist_ok=True)
        sys.path.insert(0, str(out))
        rows = [
            _try(path, f"p{n}", out, options.folders[0])
            for n, path in enumerate(_documents(options.folders), 1)
        ]
        _lint(rows, out)
        if not options.no_mypy:
            _types(rows, out)
    _print(rows, verbose=options.verbose)
    return 0 if all(row.good for row in rows) else 1


def _documents(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        if folder.is_file():
            yield folder
            continue
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".json", ".yaml", ".yml") and path.is_file():
                yield path


def _try(path: Path, package: str, out: Path, root: Path) -> Row:
    row = Row(path, package)
    report = out / f"{package}.report.json"
    command = ["generate", str(path), "--package", package, "--out", str(out), "--report", str(report)]
    command += ["--ref-root", str(root)] if root.is_dir() else []
    said = io.StringIO()
    began = time.perf_counter()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        row.status = generate(command)
    row.seconds = time.perf_counter() - began
    row.said = said.getvalue()[:300]
    if row.status not in (0, 3):
        return row
    told = json.loads(report.read_text())
    row.operations = told["counts"]["package"]["operations"]
    try:
        _import(out, package)
        row.outcomes = asyncio.run(call_all(package, path))
        row.counted = list(_unequal(Book(path), told["counts"]))
    except Exception as error:
        row.imported = f"{type(error).__name__}: {error}"[:500]
    return row


def _import(out: Path, package: str) -> None:
    importlib.invalidate_caches()
    for path in sorted((out / package).rglob("*.py")):
        name = ".".join(path.relative_to(out).with_suffix("").parts)
        importlib.import_module(name.removesuffix(".__init__"))


def _unequal(book: Book, told: dict[str, dict[str, int]]) -> Iterator[str]:
    """Where the document's own count, the report's, or package and dropped do not agree."""
    held, dropped = told["package"], told["dropped"]
    independent = {} if book.is_postman else counts(book)
    for kind, number in told["document"].items():
        if independent.get(kind, number) != number:
            yield f"{kind}: counted {independent[kind]}, reported {number}"
        if number != held.get(kind, 0) + dropped.get(kind, 0):
            gone = dropped.get(kind, 0)
            yield f"{kind}: {number} in the document, {held.get(kind, 0)} held, {gone} dropped"


def _lint(rows: list[Row], out: Path) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--output-format", "json"]
    command += ["--select", "E,F,W,I,UP,B", "--ignore", "E501", "--target-version", "py311", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for finding in json.loads(done.stdout or "[]"):
        for row in rows:
            if f"/{row.package}/" in finding["filename"]:
                row.ruff += 1
                row.said += f"\n{finding['filename']}:{finding['location']['row']} {finding['message']}"


def _types(rows: list[Row], out: Path) -> None:
    packages = [str(out / row.package) for row in rows if row.status in (0, 3)]
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--no-error-summary"]
    done = subprocess.run([*command, *packages], capture_output=True, text=True, check=False)
    for line in (done.stdout + done.stderr).splitlines():
        for row in rows:
            if f"/{row.package}/" in f"/{line}" and ": error:" in line:
                row.mypy += 1
                row.said += f"\n{line}"


def _print(rows: list[Row], *, verbose: bool) -> None:
    lines: list[Sequence[Any]] = [_HEAD]
    for row in rows:
        odd = [o for o in row.outcomes if o.fault and o.contradicts]
        good = len(row.outcomes) - len(row.failed) - len(odd)
        fine = "ok" if not row.imported else "FAILED"
        cells = (
            row.document.name,
            row.status,
            f"{row.seconds:.1f}",
            row.operations,
            fine,
            row.ruff,
            row.mypy,
        )
        lines.append((*cells, good, len(row.failed), len(odd), "ok" if not row.counted else "FAILED"))
    widths = [max(len(str(line[i])) for line in lines) for i in range(len(_HEAD))]
    for line in lines:
        print("  ".join(str(cell).ljust(width) for cell, width in zip(line, widths, strict=True)))  # noqa: T201
    for row in rows:
        faults = [*row.counted, *(f"{o.operation} {o.status}: {o.fault}" for o in row.failed)]
        if verbose:
            faults += [
                f"(odd example) {o.operation} {o.status}: {o.fault}"
                for o in row.outcomes
                if o.contradicts and o.fault
            ]
        faults += [row.imported, row.said] if not row.good else []
        shown = [f for f in faults if f][: None if verbose else 8]
        if shown:
            print(f"\n{row.document.name} ({row.package})", *shown, sep="\n  ")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
