"""Files edited in place: what an edit does not touch stays byte for byte."""

from __future__ import annotations

import json

import pytest

from codegen.edit.json_text import JsonText
from codegen.edit.yaml_text import YamlText


def test_yaml_keeps_its_style_around_an_edit() -> None:
    """Comments, quotes and lists over several lines stay as they are."""
    text = "# top\na: 'x'  # why\nb: [\n  one,\n  two\n]\nc: >-\n  folded\n  text\nd: 1\n"
    edited = YamlText(text)
    edited.data["d"] = 2
    assert edited.text() == text.replace("d: 1", "d: 2")


def test_yaml_of_another_style_stays_valid() -> None:
    """Lists that are not indented under their key keep that style."""
    text = "a:\n- one\n- two\nb:\n  c:\n  - d: 1\n    e: 2\n"
    edited = YamlText(text)
    edited.data["a"].append("three")
    edited.data["b"]["c"][0]["e"] = 3
    assert edited.text() == text.replace("- two\n", "- two\n- three\n").replace("e: 2", "e: 3")


@pytest.mark.parametrize("indent", [None, 1, 2, 4, "\t"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_json_keeps_indent_line_ends_and_what_no_edit_touches(indent: int | str | None, end: str) -> None:
    text = json.dumps({"a": 1, "b": [{"c": "\u00e9"}]}, indent=indent, ensure_ascii=False) + end
    text = text.replace("\n", "\r\n") if end == "\r\n" else text
    edited = JsonText(text)
    assert edited.text() == text
    edited.data["a"] = 2
    assert edited.text() == text.replace('"a": 1', '"a": 2')
