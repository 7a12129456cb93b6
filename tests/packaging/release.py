"""What a release needs beyond the checks: `python -m tests.packaging.release` (`make release-check`).

Builds both wheels and sdists into dist/, lists every dependency with its licence in dist/licences.txt and
writes an SBOM (CycloneDX) to dist/sbom.json. Fails while the changelog has no dated entry for the version, or
while the project's address is the reserved one.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import metadata
from pathlib import Path
from typing import Final

from tests.reliability.dependency_audit import closure, wanted
from trunkline import __version__

ROOT: Final = Path(__file__).resolve().parents[2]
DIST: Final = ROOT / "dist"


def problems(changelog: str, project: str) -> list[str]:
    """What stands in the way of a release."""
    found = []
    if not re.search(
        rf"^## \[?{re.escape(__version__)}\]?.*\d{{4}}-\d{{2}}-\d{{2}}", changelog, re.MULTILINE
    ):
        found.append(f"CHANGELOG.md has no dated entry for {__version__}")
    if "trunkline.example" in project:
        found.append("pyproject.toml still has the reserved address trunkline.example; set the real one")
    return found


def licences(needed: dict[str, str]) -> dict[str, str]:
    """The licence of each dependency as it states it."""
    found = {}
    for name in sorted(needed):
        about = metadata(name)
        classifiers = [
            one.rpartition(" :: ")[2] for one in about.get_all("Classifier", []) if "License" in one
        ]
        stated = (
            about.get("License-Expression") or ", ".join(classifiers) or about.get("License") or "not stated"
        )
        found[name] = stated.splitlines()[0][:80]
    return found


def sbom(needed: dict[str, str], stated: dict[str, str]) -> dict[str, object]:
    """A CycloneDX 1.5 list of what an installation with all extras holds."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "library", "name": "trunkline", "version": __version__}},
        "components": [
            {
                "type": "library",
                "name": name,
                "version": version,
                "purl": f"pkg:pypi/{name}@{version}",
                "licenses": [{"license": {"name": stated[name]}}],
            }
            for name, version in sorted(needed.items())
        ],
    }


def main() -> int:
    """Build, list, look."""
    for source in (ROOT, ROOT / "codegen"):
        subprocess.run([sys.executable, "-m", "build", "--outdir", str(DIST), str(source)], check=True)
    needed = {name: version for name, version in closure(wanted()).items() if version}
    stated = licences(needed)
    lines = [f"{name} {needed[name]}: {stated[name]}\n" for name in sorted(needed)]
    (DIST / "licences.txt").write_text("".join(lines), encoding="utf-8")
    (DIST / "sbom.json").write_text(json.dumps(sbom(needed, stated), indent=2), encoding="utf-8")
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in ("CHANGELOG.md", "pyproject.toml")]
    found = problems(*texts)
    for problem in found:
        sys.stdout.write(f"FAIL {problem}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
