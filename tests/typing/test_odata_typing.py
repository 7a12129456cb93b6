"""The type checker's part of the promise that a wrong filter never leaves the editor."""

from __future__ import annotations

from pathlib import Path

import pytest
from mypy import api

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", ["odata_expectations.py", "generated_expectations.py"])
def test_mypy_accepts_and_refuses_what_the_expectations_say(name: str, tmp_path: Path) -> None:
    """Strict, with unneeded ignores reported, so that every refusal is proved."""
    config = HERE.parents[1] / "pyproject.toml"
    arguments = ["--config-file", str(config), "--strict", "--follow-imports=silent", "--no-error-summary"]
    file = str(HERE / name)
    output, errors, status = api.run([*arguments, "--cache-dir", str(tmp_path), file])
    assert (output, errors, status) == ("", "", 0)
