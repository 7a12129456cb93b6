"""The audit finds what it is for, and does not fail for lack of network."""

from __future__ import annotations

import json
import re

import pytest

from tests.reliability import dependency_audit
from tests.reliability.bill_of_materials import Part, bill, is_accepted, licence_of
from tests.reliability.dependency_audit import (
    Findings,
    check_advisories,
    check_hashes,
    check_licences,
    check_pins,
    closure,
    everywhere,
    extras_asked_for,
    hashes,
    pins,
    shipped,
    wanted,
)
from tests.reliability.lock import with_extras

FLAW = {"id": "PYSEC-1", "fix_versions": ["2.0"]}


def report(*dependencies: dict[str, object]) -> str:
    return json.dumps({"dependencies": dependencies})


def test_every_dependency_is_pinned():
    """On every Python and platform: keyring asks for one on Windows alone, redis for one below 3.11.3."""
    findings = Findings()
    needed = everywhere(wanted())
    check_pins(findings, needed, pins((dependency_audit.ROOT / "constraints.txt").read_text("utf-8")))
    assert findings.bad == 0, findings.said
    assert {"aiohttp", "attrs", "cattrs", "msgspec", "typer", "multidict"} <= needed.keys()
    assert {"pywin32-ctypes", "async-timeout"} <= needed.keys()


def test_pythons_of_the_audit_are_those_of_the_wheel():
    assert dependency_audit.PYTHONS[0] == "3.11"
    assert len(dependency_audit.PYTHONS) >= 3


def test_every_pin_has_a_hash_and_ci_installs_nothing_else():
    findings = Findings()
    root = dependency_audit.ROOT
    pinned = pins((root / "constraints.txt").read_text("utf-8"))
    check_hashes(findings, pinned, hashes((root / "constraints.lock").read_text("utf-8")))
    assert findings.bad == 0, findings.said
    text = (root / "constraints.lock").read_text("utf-8")
    for name, extras in extras_asked_for(pinned).items():
        assert re.search(rf"(?im)^{name}\[{extras}\]==", text), (
            f"run make lock: pip wants {name}[{extras}] pinned"
        )
    steps = (root / ".github" / "workflows" / "audit.yml").read_text("utf-8")
    installs = [line.strip() for line in steps.splitlines() if "pip install" in line]
    assert installs
    assert all("--require-hashes -r constraints.lock" in line for line in installs)


def test_the_lock_keeps_the_extras_that_are_asked_for():
    """pip refused the whole file for `coverage[toml]`, which a pin of coverage alone does not pin."""
    made = with_extras("coverage==7.17.3 \\\n    --hash=sha256:aa\npytest-cov==7.0.0 \\\n")
    assert made == "coverage[toml]==7.17.3 \\\n    --hash=sha256:aa\npytest-cov==7.0.0 \\\n"
    assert pins(made.replace(" \\", "")) == {"coverage": "7.17.3", "pytest-cov": "7.0.0"}


def test_missing_pin_fails():
    findings = Findings()
    check_pins(findings, {"one": "1.0", "two": "2.0"}, {"one": "1.0"})
    assert findings.said[0] == "FAIL two is not pinned in constraints.txt"


def test_flaw_fails_and_says_what_mends_it():
    findings = Findings()
    check_advisories(findings, report({"name": "one", "version": "1.0", "vulns": [FLAW]}))
    assert findings.said[0] == "FAIL one 1.0: PYSEC-1, mended in 2.0"
    assert findings.bad == 1


@pytest.mark.parametrize("text", [None, report(), report({"name": "one", "skip_reason": "not found"})])
def test_no_response_is_said_and_fails_nothing(text: str | None):
    findings = Findings()
    check_advisories(findings, text)
    assert findings.bad == 0
    assert findings.unanswered
    assert "NO ADVISORY SERVICE ANSWERED" in findings.said[0]
    assert "=====" in findings.said[0]


def test_number_of_audited_versions_is_told():
    findings = Findings()
    check_advisories(
        findings,
        report({"name": "one", "version": "1.0", "vulns": []}, {"name": "two", "skip_reason": "not found"}),
    )
    assert findings.said == ["1 of 2 pinned versions were audited for known flaws"]


LOCK = (
    "# a comment\none==1.0 \\\n    --hash=sha256:"
    + "a" * 64
    + " \\\n    --hash=sha256:"
    + "b" * 64
    + "\ntwo==2.0\n"
)


def test_hashes_are_counted_by_version():
    assert hashes(LOCK) == {"one": ("1.0", 2), "two": ("2.0", 0)}


@pytest.mark.parametrize("pinned", [{"two": "2.0"}, {"one": "1.1"}, {"three": "3.0"}])
def test_a_pin_without_a_hash_of_its_version_fails(pinned: dict[str, str]):
    findings = Findings()
    check_hashes(findings, pinned, hashes(LOCK))
    assert findings.bad == 1
    assert "make lock" in findings.said[0]


@pytest.mark.parametrize(
    ("licence", "accepted"),
    [
        ("MIT", True), ("Apache-2.0 AND MIT", True), ("BSD License", True), ("MPL-2.0", True),
        ("GPL-3.0-only", False), ("LGPLv3+", False), ("GNU Affero General Public License v3", False),
        ("MIT OR GPL-2.0-only", True), ("MIT AND GPL-2.0-only", False), ("Proprietary", False), ("", False),
    ],
)  # fmt: skip
def test_licences_that_users_can_accept(licence: str, accepted: bool):
    assert is_accepted(licence) is accepted


def test_a_binding_licence_fails_the_audit():
    findings = Findings()
    check_licences(findings, [Part("good", "1", "MIT"), Part("bad", "1", "AGPL-3.0")])
    assert findings.said[0] == "FAIL bad 1 has the licence AGPL-3.0"


def test_bill_of_materials_lists_what_the_wheel_brings():
    parts = [Part(name, version, licence_of(name)) for name, version in closure(shipped()).items()]
    found = json.loads(bill(parts, {"aiohttp": ["a" * 64]}, "1.0"))
    assert found["bomFormat"] == "CycloneDX"
    assert found["metadata"]["component"]["name"] == "trunkline"
    components = {each["name"]: each for each in found["components"]}
    assert {"aiohttp", "attrs", "cattrs", "msgspec", "sqlalchemy", "typer"} <= components.keys()
    assert components["aiohttp"]["purl"].startswith("pkg:pypi/aiohttp@")
    assert components["attrs"]["licenses"]
