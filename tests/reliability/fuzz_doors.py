"""Targets of the fuzzer for what people see: masking, control characters, cells of tables."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from typing import Any

from hypothesis import strategies as st

from trunkline._masking.text import mask
from trunkline._masking.values import masked
from trunkline._masking.vendor_text import vendor_text
from trunkline._masking.visible import visible
from trunkline.cli._delimited import as_text

NUMBER = "7700900123"
"""The digits that must never be seen, whatever stands before and between them."""
_PREFIXES = st.sampled_from(["", "0", "+44", "44", "+44 ", "+44.", "0044", "(0)", "tel:+44", "cli=0", '"0'])
_SEPARATORS = st.sampled_from(["", " ", "-", "\u00a0", "/", "\u2011", "%20", "_"])
_AROUND = st.text(st.characters(exclude_categories=("Nd", "Nl", "No", "Cs")), max_size=20)
_NAMES = st.sampled_from(["pin", "PUK_1", "devicePin", "ki", "OPC", "customerEmail", "x-api-key", "Password"])


@st.composite
def spelt(draw: st.DrawFn) -> str:
    """A text with the number in it, in one of its spellings."""
    separator = draw(_SEPARATORS)
    digits = separator.join((NUMBER[:4], NUMBER[4:7], NUMBER[7:]))
    return f"{draw(_AROUND)} {draw(_PREFIXES)}{digits} {draw(_AROUND)}"


@st.composite
def planted(draw: st.DrawFn) -> Any:
    """JSON of any shape with a secret under a name that gives it away, and the number in a text."""
    inner: Any = {draw(_NAMES): "planted-secret", "note": draw(spelt())}
    for _ in range(draw(st.integers(0, 6))):
        if draw(st.booleans()):
            inner = [draw(st.none() | st.integers(0, 999) | st.text(max_size=5)), inner]
        else:
            inner = {draw(st.text(st.characters(categories=("L",)), min_size=1, max_size=8)): inner}
    return inner


def check_text(text: str) -> None:
    """At most the two last digits are left of the number, and no more is hidden the second time."""
    shown = mask(text)
    assert NUMBER[:6] not in "".join(filter(str.isdigit, shown)), shown
    assert mask(shown) == shown


def check_value(value: Any) -> None:
    """No secret and no number is left at any depth, in the value itself and in its JSON text."""
    for shown in (masked(value), masked({"text": json.dumps(value)})):
        text = json.dumps(shown)
        assert "planted-secret" not in text, text
        assert NUMBER not in text, text


def check_visible(text: str) -> None:
    """Nothing is left that moves a cursor, re-orders or hides text, and nothing without end."""
    for shown in (visible(text), vendor_text(text)):
        assert not [char for char in shown if unicodedata.category(char) in {"Cc", "Cs"}], shown
    assert len(vendor_text(text * 50)) < 6000


def check_cell(text: str) -> None:
    """A cell is one cell of one row when it is read again, and begins like no formula."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(["key", as_text(text)])
    (row,) = csv.reader(io.StringIO(out.getvalue(), newline=""))
    first = row[1].lstrip()[:1]
    assert first not in {"=", "@"}, row
    assert first not in {"+", "-"} or row[1].strip("+- \t\n").replace(",", "").replace(".", "").isdigit(), row


__all__ = ["check_cell", "check_text", "check_value", "check_visible", "planted", "spelt"]
