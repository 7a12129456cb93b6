"""The audit finds what it is for, and does not fail for lack of network."""

from __future__ import annotations

import json

import pytest

from tests.reliability import dependency_audit
from tests.reliability.dependency_audit import Findings, check_advisories, check_pins, closure, pins, wanted

FLAW = {"id": "PYSEC-1", "fix_versions": ["2.0"]}


def report(*dependencies: dict[str, object]) -> str:
    return json.dumps({"dependencies": dependencies})


def test_every_dependency_is_pinned():
    findings = Findings()
    needed = closure(wanted())
    check_pins(findings, needed, pins((dependency_audit.ROOT / "constraints.txt").read_text("utf-8")))
    assert findings.bad == 0, findings.said
    assert {"aiohttp", "attrs", "cattrs", "msgspec", "typer", "multidict"} <= needed.keys()


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
def test_no_answer_is_said_and_fails_nothing(text: str | None):
    findings = Findings()
    check_advisories(findings, text)
    assert findings.bad == 0
    assert "could not be reached" in findings.said[0]


def test_number_of_audited_versions_is_told():
    findings = Findings()
    check_advisories(
        findings,
        report({"name": "one", "version": "1.0", "vulns": []}, {"name": "two", "skip_reason": "not found"}),
    )
    assert findings.said == ["1 of 2 pinned versions were audited for known flaws"]
