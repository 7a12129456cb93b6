"""What differs between the client of an interrupted run and that of the resumed one."""

from __future__ import annotations

import json

import pytest

from trunkline._calls.identity import differing, identity_text

ROUTES = {"device.get": ("GET", "/d/{deviceID}")}
ONE = identity_text("https://a.test/x", {}, ["f1"])


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (identity_text("https://a.test/x", {}, ["f2"]), "user"),
        (identity_text("https://b.test/x", {}, ["f1"]), "address"),
        (identity_text("https://b.test/x", {}, []), "address and user"),
        (identity_text("https://a.test/x", ROUTES, ["f1"]), "set of routes"),
        (identity_text("https://b.test", ROUTES, ["f2"]), "address, set of routes and user"),
        ("in words of the program's own", "identity"),
    ],
)
def test_refused_resume_said_only_that_something_differs(now: str, says: str) -> None:
    assert differing(ONE, now) == says


def test_what_differs_of_a_command_is_named_without_its_values() -> None:
    run = {"operation": "idi.device.get", "params": {"a": "07700900123"}, "input": "k.txt 9", "vendor": ONE}
    other = run | {"params": {"a": "1"}, "vendor": ONE.replace("f1", "f2"), "many": True}
    assert differing(json.dumps(run), json.dumps(other)) == "parameters, user and way of asking"
    assert differing(None, json.dumps(other)) == "identity"
