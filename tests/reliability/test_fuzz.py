"""A bounded number of generated inputs for each target of `make fuzz`, and what was found before."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import strategies as st

from tests.reliability.fuzz import attack, fuzz
from tests.reliability.fuzz_targets import TARGETS, Target
from tests.runtime_doubles import responds
from trunkline._codec.coercion import MisfitError, to_float
from trunkline._wire.responses import utf8


@pytest.mark.parametrize("name", TARGETS)
def test_only_errors_of_the_tree_come_out(name: str):
    attack(TARGETS[name], number=1, examples=100)


def test_rule_that_is_broken_is_noticed():
    def check(value: int) -> None:
        if value > 1000:
            raise ValueError("not an error of the tree")

    with pytest.raises(ValueError, match="not an error of the tree"):
        attack(Target(st.integers(), check), number=1, examples=200)


def test_a_slow_target_leaves_the_others_their_share_of_the_time():
    """In 15 s the first target, of documents, took all of them."""
    now = 0.0

    def taking(seconds: float) -> Target:
        def check(value: int) -> None:
            nonlocal now
            now += seconds

        return Target(st.integers(), check)

    shares = fuzz({"slow": taking(2.0), "quick": taking(0.01)}, 100.0, first_seed=1, clock=lambda: now)
    assert abs(shares["slow"].seconds - shares["quick"].seconds) <= 20.0
    assert shares["quick"].inputs > 4000
    assert now <= 104.0


def test_a_target_that_failed_ends_and_the_others_go_on(capsys: pytest.CaptureFixture[str]):
    now = 0.0

    def wrong(value: int) -> None:
        assert value < 100

    def right(value: int) -> None:
        nonlocal now
        now += 0.1

    targets = {"wrong": Target(st.integers(), wrong), "right": Target(st.integers(), right)}
    shares = fuzz(targets, 60.0, first_seed=1, clock=lambda: now)
    assert shares["wrong"].failed
    assert shares["right"].inputs > 500
    assert "--- wrong, seed 1" in capsys.readouterr().out


@pytest.mark.parametrize("charset", ["iso-8859-1", "cp1252", "utf-16", "utf-32", "shift_jis"])
def test_found_utf8_json_declared_as_another_charset_was_damaged(charset: str):
    body = json.dumps({"name": "é"}, ensure_ascii=False).encode()
    assert utf8(responds(200, body, Content_Type=f"application/json; charset={charset}")) == body


@pytest.mark.parametrize("text", ["4.6589594497151424E-306", "5e-324", "1.7976931348623157e308", "0e-500"])
def test_found_numbers_at_the_ends_of_a_floats_range_were_refused(text: str):
    assert to_float(Decimal(text)) == float(text)


@pytest.mark.parametrize("text", ["1e309", "-1e999999", "1e-400"])
def test_numbers_beyond_a_floats_range_are_refused(text: str):
    with pytest.raises(MisfitError):
        to_float(Decimal(text))
