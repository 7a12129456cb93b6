"""Audit what trunkline depends on: `python -m tests.reliability.dependency_audit`.

Five questions, of which only the first needs the network: is there an advisory for a pinned version
(pip-audit); is every dependency, direct or not, pinned in constraints.txt; does constraints.lock hold
hashes of these very versions; is every licence one that users of the wheel can accept; do the installed
ones fit together. Exit status 1 for an advisory, a missing pin or hash, an unknown licence or a conflict.
Where the advisory service does not respond, a box that nobody overlooks says so, and a warning of the CI:
no response is neither good nor bad news. `--strict` fails then, for a release.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from attrs import define, field
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.reliability.bill_of_materials import Part, is_accepted, parts_of

ROOT = Path(__file__).parents[2]
EXTRA, GROUP = "all", "dev"
PYTHONS = tuple(re.findall(r"Python :: (3\.[0-9]+)", (ROOT / "pyproject.toml").read_text("utf-8")))
PLATFORMS = (("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt"))
OF_THE_ENVIRONMENT = frozenset({"pip", "setuptools", "trunkline"})
"""What a virtual environment brings along."""


LOUD = "\n".join(
    (
        "=" * 78,
        "WARNING: NO ADVISORY SERVICE ANSWERED. No version was audited for known flaws.",
        "The service could not be reached, or refused. Run `make audit` again with a network.",
        "=" * 78,
    )
)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@define
class Findings:
    """bad: makes the audit fail. unanswered: no service was asked. said: all, in order of finding."""

    bad: int = 0
    unanswered: bool = False
    said: list[str] = field(factory=list)

    def fail(self, text: str) -> None:
        """Note something that must be mended."""
        self.bad += 1
        self.said.append(f"FAIL {text}")

    def note(self, text: str) -> None:
        """Note something to know."""
        self.said.append(text)


def pins(text: str) -> dict[str, str]:
    """Versions by name, of a constraints file."""
    found = {}
    for line in text.splitlines():
        name, equals, version = line.partition("==")
        if equals and not line.startswith("#"):
            found[canonicalize_name(name.partition("[")[0].strip())] = version.split(";")[0].strip()
    return found


def extras_asked_for(names: Iterable[str]) -> dict[str, str]:
    """Extras that installed distributions want of each other, "coverage": "toml".

    With hashes pip takes `coverage[toml]` for a requirement of its own, which a pin of `coverage` does not
    cover.
    """
    found: dict[str, set[str]] = {}
    for name in names:
        try:
            requires = distribution(name).requires or []
        except PackageNotFoundError:
            continue
        for inner in filter(lambda each: _applies(each, frozenset(), _here()), map(Requirement, requires)):
            if inner.extras:
                found.setdefault(canonicalize_name(inner.name), set()).update(inner.extras)
    return {name: ",".join(sorted(extras)) for name, extras in found.items()}


def wanted(project: Path = ROOT / "pyproject.toml") -> list[str]:
    """What pyproject.toml asks for, with the extras and the group that development uses."""
    table = tomllib.loads(project.read_text("utf-8"))
    extras = table["project"]["optional-dependencies"]
    groups = table.get("dependency-groups", {})
    return [*table["project"]["dependencies"], *_parts(extras, EXTRA), *_group(groups, GROUP)]


def shipped(project: Path = ROOT / "pyproject.toml") -> list[str]:
    """What the wheel asks for with all its extras."""
    table = tomllib.loads(project.read_text("utf-8"))["project"]
    return [*table["dependencies"], *_parts(table["optional-dependencies"], EXTRA)]


def _group(groups: dict[str, list[str | dict[str, str]]], name: str) -> Iterable[str]:
    """The requirements of a dependency group and of the groups that it includes (PEP 735)."""
    for each in groups.get(name, []):
        if isinstance(each, str):
            yield each
        else:
            yield from _group(groups, each["include-group"])


def _parts(extras: dict[str, list[str]], extra: str) -> Iterable[str]:
    for text in extras[extra]:
        inner = re.fullmatch(r"trunkline\[([\w,]+)\]", text)
        if inner is None:
            yield text
        else:
            for name in inner[1].split(","):
                yield from _parts(extras, name)


def everywhere(requirements: Sequence[str]) -> dict[str, str]:
    """As `closure`, for every Python and platform that the wheels are for: each has needs of its own."""
    found: dict[str, str] = {}
    for python in PYTHONS:
        for platform, system, name in PLATFORMS:
            named = {"sys_platform": platform, "platform_system": system, "os_name": name}
            versions = {"python_version": python, "python_full_version": f"{python}.0"}
            found |= closure(requirements, {**_here(), **named, **versions})
    return found


def closure(requirements: Iterable[str], environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Every distribution that these need, and its installed version; "" where it is not installed.

    environment: values of environment markers (PEP 508), by default this machine's.
    """
    environment = environment or _here()
    found: dict[str, str] = {}
    waiting = [Requirement(text) for text in requirements]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        requirement = waiting.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        passed = (name, extras) in seen or name in OF_THE_ENVIRONMENT
        if passed or not _applies(requirement, frozenset(), environment):
            continue
        seen.add((name, extras))
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            found[name] = ""
            continue
        found[name] = installed.version
        inner = [Requirement(text) for text in installed.requires or []]
        for each in inner:
            if _applies(each, extras, environment):
                each.marker = None
                waiting.append(each)
    return found


def _here() -> dict[str, str]:
    return {key: str(value) for key, value in default_environment().items()}


def _applies(requirement: Requirement, extras: frozenset[str], environment: Mapping[str, str]) -> bool:
    marker = requirement.marker
    return marker is None or any(
        marker.evaluate({**environment, "extra": extra}) for extra in (extras or {""})
    )


def check_pins(findings: Findings, needed: dict[str, str], pinned: dict[str, str]) -> None:
    """Every needed distribution has a pin, and the installed version is the pinned one."""
    for name, version in sorted(needed.items()):
        if name not in pinned:
            findings.fail(f"{name} is not pinned in constraints.txt")
        elif version and version != pinned[name]:
            findings.note(f"{name} {version} is installed and {pinned[name]} is pinned")
    findings.note(f"{len(needed)} distributions are needed, {sum(n in pinned for n in needed)} are pinned")


def hashes(text: str) -> dict[str, tuple[str, int]]:
    """Version and number of hashes by name, of a file for `pip install --require-hashes`."""
    found: dict[str, tuple[str, int]] = {}
    for block in re.split(r"\n(?=\S)", text):
        pinned = pins(block.replace(" \\", ""))
        for name, version in pinned.items():
            found[name] = (version, len(HASH.findall(block)))
    return found


def check_hashes(findings: Findings, pinned: dict[str, str], locked: dict[str, tuple[str, int]]) -> None:
    """Every pin has at least one hash, of the very version that is pinned."""
    for name, version in sorted(pinned.items()):
        known, count = locked.get(name, ("", 0))
        if known != version or not count:
            findings.fail(f"constraints.lock has no hash of {name} {version}: run make lock")
    findings.note(f"{len(locked)} pins have hashes")


def check_licences(findings: Findings, found: Iterable[Part]) -> None:
    """Nobody who installs the wheel with all its extras meets a licence that binds the own program."""
    parts = list(found)
    for part in parts:
        if not is_accepted(part.licence):
            findings.fail(f"{part.name} {part.version} has the licence {part.licence or '(none said)'}")
    findings.note(f"{len(parts)} distributions of the wheel and its extras have accepted licences")


def check_fit(findings: Findings) -> None:
    """What `pip check` says."""
    command = [sys.executable, "-m", "pip", "check", "--disable-pip-version-check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        findings.fail(f"installed distributions do not fit together: {done.stdout.strip()[:500]}")
    else:
        findings.note("installed distributions fit together")


def ask_advisories(constraints: Path, timeout: float = 120.0) -> str | None:
    """pip-audit's report on the pinned versions as JSON text; None where there is none."""
    command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--progress-spinner", "off"]
    command += ["--format", "json", "--requirement", str(constraints)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout)
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.stdout.lstrip().startswith("{") else None


def check_advisories(findings: Findings, report: str | None) -> None:
    """What an advisory service says about the pinned versions."""
    listed = json.loads(report)["dependencies"] if report else []
    asked = [each for each in listed if "skip_reason" not in each]
    if not asked:
        findings.unanswered = True
        findings.note(LOUD)
        return
    for each in asked:
        for flaw in each.get("vulns", []):
            mended = ", ".join(flaw.get("fix_versions", [])) or "no version yet"
            findings.fail(f"{each['name']} {each['version']}: {flaw['id']}, mended in {mended}")
    findings.note(f"{len(asked)} of {len(listed)} pinned versions were audited for known flaws")


def main(arguments: Sequence[str]) -> int:
    """Audit, and print what was found."""
    constraints = ROOT / "constraints.txt"
    findings = Findings()
    pinned = pins(constraints.read_text("utf-8"))
    check_pins(findings, everywhere(wanted()), pinned)
    check_hashes(findings, pinned, hashes((ROOT / "constraints.lock").read_text("utf-8")))
    check_licences(findings, parts_of(closure(shipped())))
    check_fit(findings)
    check_advisories(findings, ask_advisories(constraints))
    print("\n".join(findings.said))  # noqa: T201
    if findings.unanswered and os.environ.get("GITHUB_ACTIONS"):
        print("::warning title=audit::no advisory service answered; nothing was audited")  # noqa: T201
    return 1 if findings.bad or (findings.unanswered and "--strict" in arguments) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
