"""The step of the version number that a comparison requires, by Semantic Versioning 2.0.0."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from attrs import frozen

from codegen.diff.finding import Finding
from codegen.errors import UnusableError

Step = Literal["none", "patch", "minor", "major"]


@frozen
class VersionStep:
    """The step that the changes require by themselves, and the version after it.

    change: major for breaking ones, minor for additions, deprecations and warnings, patch for the rest.
    current, next: versions; below 1.0.0, where SemVer promises nothing, breaking changes raise the minor
    number and all others the patch number.
    """

    change: Step
    current: str
    next: str

    def text(self) -> str:
        """The step in a sentence."""
        if self.change == "none":
            return f"no new version is needed: {self.current} stays"
        note = " (below 1.0.0, breaking changes raise the minor number)" if self._early else ""
        return f"{self.change} change: {self.current} -> {self.next}{note}"

    @property
    def _early(self) -> bool:
        return self.current.startswith("0.")


def version_step(findings: Iterable[Finding], current: str) -> VersionStep:
    """The step for these findings.

    Raises:
        UnusableError: the current version is not MAJOR.MINOR.PATCH.
    """
    change: Step = "none"
    for item in findings:
        if item.rule.level == "breaking":
            change = "major"
        elif change != "major" and (item.rule.level == "warning" or item.rule.section == "Added"):
            change = "minor"
        elif change == "none":
            change = "patch"
    return VersionStep(change, current, _raised(current, change))


def _raised(current: str, change: Step) -> str:
    found = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)(?:[-+.].*)?", current)
    if found is None:
        raise UnusableError(f"{current!r} is no version; write MAJOR.MINOR.PATCH")
    major, minor, patch = map(int, found.groups())
    if change == "none":
        return current
    # SemVer 2.0.0, section 4: anything may change below 1.0.0. By custom, a break raises the minor
    # number there.
    if major == 0:
        return f"0.{minor + 1}.0" if change == "major" else f"0.{minor}.{patch + 1}"
    return {
        "major": f"{major + 1}.0.0",
        "minor": f"{major}.{minor + 1}.0",
        "patch": f"{major}.{minor}.{patch + 1}",
    }[change]
