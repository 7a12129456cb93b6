"""Hostile sizes: linear time or one clear error, and little memory, whatever grows in a document."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.ir.walk import exceeds
from codegen.read import SpecError, read_document
from tests.codegen.read.oversized import OVERSIZED

SECONDS, MEGABYTES = 10, 500
_READ = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from pathlib import Path
from codegen.read import SpecError, read_document
try:
    read_document(Path(sys.argv[1]))
except SpecError as error:
    print(len(str(error).splitlines()), str(error)[:300])
used = resource.getrusage(resource.RUSAGE_SELF)
# ru_maxrss of a child begins with what its parent had when it was started; VmHWM is the child's own.
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(used.ru_utime + used.ru_stime, int(peak.split()[1]) / 1024)
"""


@pytest.mark.parametrize("kind", OVERSIZED)
def test_reading_takes_seconds_and_little_memory(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "spec"
    path.write_text(OVERSIZED[kind]())
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, env=os.environ
    )
    assert done.returncode == 0, (kind, done.stderr[-500:])
    seconds, megabytes = map(float, done.stdout.splitlines()[-1].split())
    # Twice the promise: processor time on a machine that does other work, too, says only so much.
    assert seconds < 2 * SECONDS, (kind, seconds)
    assert megabytes < MEGABYTES, (kind, megabytes)
    path.unlink()


@pytest.mark.parametrize("kind", ["25 unions with properties", "25 unions of containers", "200000 values"])
def test_what_is_cut_is_named_in_the_report(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_text(OVERSIZED[kind]())
    document = read_document(path)
    assert any("too many" in gap.reason and gap.severity == "gap" for gap in document.gaps)
    assert not any(exceeds(field.type, 5_000, 50) for model in document.models for field in model.fields)


@pytest.mark.parametrize("kind", ["55 MB of numbers", "55 MB of YAML"])
def test_a_file_of_too_many_values_is_refused_with_the_way_out(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(OVERSIZED[kind]())
    with pytest.raises(SpecError, match=r"split the document, or read it with --large"):
        read_document(path)
    path.unlink()
