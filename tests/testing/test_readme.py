"""What the documentation shows is run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from trunkline.testing import LocalSandbox

ROOT = Path(__file__).resolve().parents[2]


def blocks(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)


def test_readme_tour_runs(
    trunkline_env: LocalSandbox, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As a program of its own, with the settings that `trunkline sandbox` prints."""
    tour = next(block for block in blocks("README.md") if "asyncio.run(main())" in block)
    (tmp_path / "tour.py").write_text(tour)
    subprocess.run([sys.executable, "-W", "error", "tour.py"], cwd=tmp_path, check=True, timeout=60)
    assert capfd.readouterr().out.strip()
    asked = [call.operation for call in trunkline_env.calls()]
    assert {"device.get", "service.search", "device.update", "connections.get_by_cli"} <= set(asked)
    assert {call.status for call in trunkline_env.calls()} == {200}


def test_page_on_testing_runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its blocks, one after the other, are one file of passing tests beside the example service."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    page = blocks("docs/testing.md")
    pytester.makepyfile(test_page="\n".join(page))
    pytester.makeini(
        "[pytest]\nfilterwarnings = error\nasyncio_mode = auto\n"
        "asyncio_default_fixture_loop_scope = function\n"
    )
    plugins = ("-p", "trunkline.testing.plugin", "-p", "pytest_asyncio.plugin", "-p", "no:cacheprovider")
    result = pytester.runpytest_subprocess(*plugins, "--strict-markers")
    result.assert_outcomes(passed=len(re.findall(r"^(?:async )?def test_", "\n".join(page), re.MULTILINE)))


def test_first_example_of_the_page_has_twenty_lines() -> None:
    """The page promises it."""
    first = blocks("docs/testing.md")[0]
    assert len([line for line in first.splitlines() if line.strip()]) <= 20
