"""What a release needs beyond the checks: `python -m tests.packaging.release` (`make release-check`).

Builds both wheels and sdists into dist/. Fails while the changelog has no dated entry for the version, or
while the project's address is the reserved one.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from trunkline import __version__

ROOT: Final = Path(__file__).resolve().parents[2]


def problems(changelog: str, project: str) -> list[str]:
    """What stands in the way of a release."""
    found = []
    if not re.search(rf"^## \[{re.escape(__version__)}\].*\d{{4}}-\d{{2}}-\d{{2}}", changelog, re.MULTILINE):
        found.append(f"CHANGELOG.md has no dated entry for {__version__}")
    if "trunkline.example" in project:
        found.append("pyproject.toml still has the reserved address trunkline.example; set the real one")
    return found


def main() -> int:
    """Build both, and look."""
    for source in (ROOT, ROOT / "codegen"):
        command = [sys.executable, "-m", "build", "--outdir", str(ROOT / "dist"), str(source)]
        subprocess.run(command, check=True)
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in ("CHANGELOG.md", "pyproject.toml")]
    found = problems(*texts)
    for problem in found:
        sys.stdout.write(f"FAIL {problem}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
