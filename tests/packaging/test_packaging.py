"""What the wheels promise that needs no build: dependencies, the version, the public surface."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import codegen
import trunkline
from tests.packaging import release

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GENERATOR = tomllib.loads((ROOT / "codegen" / "pyproject.toml").read_text(encoding="utf-8"))


def test_generator_wheel_needs_what_the_checkout_installs_for_it() -> None:
    """Otherwise the wheel fails where the checkout works."""
    group = {line for line in PROJECT["dependency-groups"]["codegen"] if isinstance(line, str)}
    assert {*GENERATOR["project"]["dependencies"]} == group | {"trunkline>=0.1"}


def test_development_tools_are_no_extras_that_users_see() -> None:
    assert not {"dev", "bench"} & PROJECT["project"]["optional-dependencies"].keys()


def test_core_install_stays_small() -> None:
    names = {line.split(">")[0] for line in PROJECT["project"]["dependencies"]}
    assert names == {"aiohttp", "attrs", "cattrs", "msgspec"}


def test_version_has_one_place() -> None:
    assert "version" in PROJECT["project"]["dynamic"]
    assert trunkline.__version__.count(".") == 2
    assert codegen.__version__ == trunkline.__version__


def test_public_surface_has_no_private_names() -> None:
    assert [name for name in dir(trunkline) if name.startswith("_") and name != "__version__"] == []
    assert "importlib" not in dir(trunkline)


def test_rooms_are_reachable_after_one_import() -> None:
    script = "import trunkline; trunkline.auth.BasicAuth, trunkline.hooks, trunkline.transport.Transport"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_release_wants_a_dated_entry_and_an_address() -> None:
    dated = f"## [{trunkline.__version__}] - 2026-11-28\n"
    assert release.problems(dated, "https://real.test/") == []
    assert len(release.problems("## [Unreleased]\n", "https://trunkline.example/")) == 2
