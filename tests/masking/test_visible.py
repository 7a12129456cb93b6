"""Text of others does nothing to a terminal and does not fill it."""

from __future__ import annotations

import time

import pytest

from trunkline._masking.vendor_text import vendor_text
from trunkline._masking.visible import shortened, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b2J", r"\x9b2J"),
        ("a\rb\x08c\x7f", r"a\rb\x08c\x7f"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\u202eevil\u2066\u200b\ufeff", r"\u202eevil\u2066\u200b\ufeff"),
        ("\ud800\U000e0041", r"\ud800\U000e0041"),
        ("Zoë £5 日本 😀", "Zoë £5 日本 😀"),
    ],
)
def test_control_characters_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_line_breaks_stay_where_lines_are_shown() -> None:
    assert visible("a\n\tb\x1b", lines=True) == "a\n\tb\\x1b"


def test_long_texts_are_cut_and_half_a_number_is_not_left() -> None:
    assert shortened("a" * 600) == "a" * 500 + "… (600 characters)"
    assert shortened("x" * 490 + "07700900123" + "y" * 100).startswith("x" * 490 + "…")


def test_ten_megabytes_cost_no_time() -> None:
    """An error text of a hostile response is cut before it is looked at."""
    began = time.perf_counter()
    assert len(vendor_text("07700 900123 \x1b" * 700_000)) < 2000
    assert time.perf_counter() - began < 0.5
