"""The weekly workflow: pinned, harmless, and about specs that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from codegen.project import TARGETS

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / ".github" / "workflows" / "drift.yml").read_text(encoding="utf-8")


@pytest.fixture(name="job")
def _job() -> dict[str, Any]:
    (job,) = yaml.safe_load(TEXT)["jobs"].values()
    return job  # type: ignore[no-any-return]


def test_workflow_actions_are_pinned_by_commit() -> None:
    """A tag can be moved; a commit cannot. The tag stands behind it for people."""
    used = re.findall(r"uses: (.*)", TEXT)
    assert len(used) == 3
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", text) for text in used)


def test_workflow_runs_weekly_and_may_only_read() -> None:
    """It opens nothing, so it needs no right to write."""
    workflow = yaml.safe_load(TEXT)
    # YAML 1.1 reads the key `on` as true.
    (when,) = workflow[True]["schedule"]
    minute, hour, day, month, weekday = when["cron"].split()
    assert (day, month) == ("*", "*")
    assert (minute + hour + weekday).isdigit()
    assert workflow["permissions"] == {"contents": "read"}
    assert "secrets." not in TEXT


def test_workflow_compares_every_vendor(job: dict[str, Any]) -> None:
    """The specs of the matrix are those that are shipped and have a page."""
    specs = {row["spec"] for row in job["strategy"]["matrix"]["include"]}
    assert specs == {target.spec for target in TARGETS if target.name != "idi-login"}
    assert all((ROOT / spec).is_file() for spec in specs)


def test_workflow_command_is_one_that_the_generator_takes(job: dict[str, Any]) -> None:
    """The line that compares parses, and its status decides the job."""
    from codegen.__main__ import _parser

    (script,) = [step["run"] for step in job["steps"] if step.get("name") == "Compare"]
    (line,) = [line for line in script.splitlines() if "codegen" in line]
    words = shlex.split(line.split(">")[0])
    assert words[:3] == ["python", "-m", "codegen"]
    arguments = _parser().parse_args(words[3:])
    assert arguments.format == "markdown"
    assert 'exit "$status"' in script


def test_workflow_fetches_by_the_generator(job: dict[str, Any]) -> None:
    """Over https, within one host, and only what changed: that is the generator's own part."""
    from codegen.__main__ import _parser

    (script,) = [step["run"] for step in job["steps"] if step.get("name") == "Fetch"]
    arguments = _parser().parse_args(shlex.split(script)[3:])
    assert (arguments.source, str(arguments.out)) == ("$VENDOR", "vendor-page")
    assert "curl" not in TEXT


def test_workflow_takes_addresses_from_the_environment_only(job: dict[str, Any]) -> None:
    """A variable pasted into a script could carry commands."""
    assert all("${{" not in step.get("run", "") for step in job["steps"])
