"""Pages with fields that are nested too deeply: each becomes its text, and the rest is as it was."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline._codec.depth import MAX_DEPTH, shallow

VALUES = st.recursive(
    st.none() | st.integers() | st.text(), lambda some: st.lists(some) | st.dictionaries(st.text(), some)
)
DEEP = '{"a]": ["\\"{", ' * MAX_DEPTH + "1.10" + " ]}" * MAX_DEPTH


@pytest.mark.parametrize("page", ['{"value": [%s], "next": null}', "[%s]"])
@given(before=VALUES, after=VALUES)
def test_only_the_field_that_is_too_deep_is_its_text(page: str, before: object, after: object) -> None:
    rows = f'{{"a": {json.dumps(before)}, "deep": {DEEP}, "b": {json.dumps(after)}}}, 7'
    found, number = shallow((page % rows).encode())
    body = json.loads(found)
    assert number == 1
    assert (body if isinstance(body, list) else body["value"]) == [{"a": before, "deep": DEEP, "b": after}, 7]


@pytest.mark.parametrize("rest", ["", "]", '"', "\\", "}}]]", "[{[{["])
def test_what_is_no_json_ends(rest: str) -> None:
    shallow(f'{{"value": [{{"a": {DEEP}{rest}'.encode())
    assert shallow(b"\xff" + DEEP.encode()) == (b"\xff" + DEEP.encode(), 0)


def test_page_that_is_not_deep_is_the_same_bytes() -> None:
    data = b'{"value": [{"a": [[1]]}]}'
    assert shallow(data)[0] is data
