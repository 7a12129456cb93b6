"""The quick way gives what the grammar gives, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odata_query.grammar import ODataLexer, ODataParser

from trunkline.sandbox.odata.chain import or_chain

names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
values = st.integers(-(10**17), 10**17).map(str) | st.text(max_size=12).map(
    lambda t: "'" + t.replace("'", "''") + "'"
)


@given(names, st.lists(values, min_size=2, max_size=6))
def test_chain_is_the_grammars_tree(name: str, literals: list[str]) -> None:
    text = " or ".join(f"{name} eq {literal}" for literal in literals)
    quick = or_chain(text)
    if quick is not None:
        assert quick == ODataParser().parse(ODataLexer().tokenize(text))


@pytest.mark.parametrize("text", ["a eq 1 or a eq 2", "a eq 'x''y' or a eq ' or a eq 3' or a eq ''"])
def test_plain_chains_are_taken(text: str) -> None:
    assert or_chain(text) == ODataParser().parse(ODataLexer().tokenize(text))


@pytest.mark.parametrize(
    "text",
    ["a eq 1", "a eq 1 or b eq 2", "a eq 1 and a eq 2", "a eq 1 or a eq 2020-01-01", "a eq 1 or a ne 2",
     " a eq 1 or a eq 2",
     "null eq 1 or null eq 2", "a eq 1 or a eq 'x", "a eq 007 or a eq 1", "a eq 1 or a eq 2)"],
)  # fmt: skip
def test_anything_else_is_left_to_the_grammar(text: str) -> None:
    assert or_chain(text) is None
