"""A generated folder is a project: pip installs it, and its package is called from there.

`make wheels` does the same in an empty environment; here it is built with the tools at hand and no index.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

from codegen.__main__ import main
from tests.packaging.wheels import _CALL, _DOCUMENT, ROOT

Installed = tuple[Path, Path]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Where pip put the package of a small document, and an empty folder to run programs in."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "parcels.yaml").write_text(_DOCUMENT, encoding="utf-8")
    assert main(["generate", str(folder / "parcels.yaml"), "--package", "parcels", "--out", str(folder)]) == 0
    site = folder / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    command = [*pip, "--no-deps", "--no-build-isolation", "--target", str(site), str(folder / "parcels")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    empty = folder / "empty"
    empty.mkdir()
    return site, empty


def test_pip_installs_the_package_with_its_types_and_its_dependency(installed: Installed) -> None:
    site, _ = installed
    assert {path.name for path in (site / "parcels").iterdir()} >= {"py.typed", "client.py", "models.py"}
    (found,) = distributions(name="parcels", path=[str(site)])
    assert [line.partition(">")[0] for line in found.requires or ()] == ["trunkline"]
    assert found.metadata["Requires-Python"] == ">=3.11"


def test_the_installed_package_is_called(installed: Installed) -> None:
    site, empty = installed
    (empty / "program.py").write_text(_CALL.replace("{call}", "parcels.get_parcel"), encoding="utf-8")
    paths = os.pathsep.join(map(str, (site, ROOT / "src")))
    done = subprocess.run(
        [sys.executable, "-W", "error", "program.py"],
        cwd=empty,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "called A-1\n", done.stderr
