"""How long generating a client takes, beside openapi-python-client on the same document in the same run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench import foreign, report
from bench.payloads import large_document
from bench.rounds import ROOT, machine, spread


def measure(results: Path, documents: Sequence[Path], rounds: int, resources: int = 120) -> list[str]:
    """Each document by both generators, taking turns; without documents, a large one is made."""
    lines = ["## Generating a client", f"load {machine()['load'][0]}", ""]
    cells, verdicts, found = [], [], {}
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder:
        root = Path(folder)
        if not documents:
            made = root / "synthetic.json"
            made.write_text(json.dumps(large_document(resources), indent=1))
            documents = [made]
        for document in documents:
            ours, theirs, problem = _compare(document, root, rounds)
            size = f"{document.stat().st_size / 1024:,.0f} KB"
            row = [f"{document.name} ({size})", f"{spread(ours)['median']:.2f} s"]
            entry = {"ours": spread(ours), "bytes": document.stat().st_size}
            if theirs:
                ratio = spread([b / a for a, b in zip(ours, theirs, strict=True)])
                row += [f"{spread(theirs)['median']:.2f} s", report.spread_text(ratio)]
                entry |= {"theirs": spread(theirs), "ratio": ratio}
                verdicts.append(
                    report.verdict(
                        f"{document.name}: times as fast as openapi-python-client", ratio["median"], 1
                    )
                )
            else:
                row += [problem, "-"]
            cells.append(row)
            found[document.name] = entry
    lines.append(
        report.table(["document", "trunkline codegen", "openapi-python-client", "times as fast"], cells)
    )
    report.write(results, "generation", machine() | {"results": found})
    return [*lines, "", *verdicts]


def _compare(document: Path, root: Path, rounds: int) -> tuple[list[float], list[float], str]:
    ours: list[float] = []
    theirs: list[float] = []
    problem = ""
    for turn in range(rounds):
        ours.append(_ours(document, root / f"ours{turn}"))
        if problem:
            continue
        out = root / f"theirs{turn}"
        out.mkdir()
        began = time.perf_counter()
        try:
            foreign.openapi_python_client(out, document)
        except foreign.UnavailableError as error:
            problem, theirs = f"cannot: {error}"[:70], []
        else:
            theirs.append(time.perf_counter() - began)
        shutil.rmtree(out)
    return ours, theirs, problem


def _ours(document: Path, out: Path) -> float:
    command = [
        sys.executable,
        "-m",
        "codegen",
        "generate",
        str(document),
        "--package",
        "made",
        "--out",
        str(out),
    ]
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=foreign.environment(), check=False
    )
    taken = time.perf_counter() - began
    if done.returncode not in (0, 3):
        raise SystemExit(f"codegen ended with status {done.returncode}:\n{done.stdout}{done.stderr}")
    shutil.rmtree(out)
    return taken
