"""Numbers are found however their digits are separated; dates, times, amounts and short identifiers stay."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline._masking.text import mask

NUMBERS = [
    "447700900123", "07700900123", "+447700900123", "00447700900123", "447700900123.0", "447700900123.00",
    "7700900123.0", "+44.7700900123", "44.7700900123", "+1.5551234567", "1.5552234567", "+44 7700 900123",
    "+44-7700-900123", "07700.900.123", "07700.900123", "447.700.900.123", "447,700,900,123",
    "07700,900,123", "447,700,900,123.0", "0 7 7 0 0 9 0 0 1 2 3", "0-7-7-0-0-9-0-0-1-2-3",
    "0.7.7.0.0.9.0.0.1.2.3", "(07700) 900123", "(07700)900123", "(077) 0090-0123", "+44 (0)7700 900123",
    "+44(0)7700900123", "+44 (0) 7700 900 123", "07700/900123", "07700_900_123", "07700 / 900 / 123",
    "07700\u00a0900\u00a0123", "07700\u2009900\u2009123", "07700\u202f900\u202f123",
    "07700\u2011900\u2011123", "07700\u2013900\u2013123", "07700\u00b7900\u00b7123", "07700 - 900 - 123",
    "07700%20900%20123", "%2B447700900123", "+44%207700%20900123", "07700+900+123", "4.47700900123E+11",
    "4.47700900123e11", "4.4770E+11",
    "\u0660\u0667\u0667\u0660\u0660\u0669\u0660\u0660\u0661\u0662\u0663",
    "\uff10\uff17\uff17\uff10\uff10\uff19\uff10\uff10\uff11\uff12\uff13", "07700\t900\t123",
    "07700  900  123", "555-223-4567", "(555) 223-4567", "555.223.4567", "1-555-223-4567", "223-4567",
    "5552234567", "06.12.34.56.78", "234150999999999", "8944110068123456789", "8944 1100 6812 3456 789",
    "356938035643809", "0123456789abcdef0123456789ABCDEF",
]  # fmt: skip
AROUND = [
    "{}", "The cli {} is unknown", "cli={}&x=1", "https://vendor.example/api/Connections/{}?a=1",
    '{{"other": "{}"}}', '{{"other": {}}}', "{{'other': '{}'}}", "[{}]", "<{}>", "number:{}", "x={};",
    "\u201c{}\u201d", "{}.", "{}, and more", "to {}: refused", "caf\u00e9 {} r\u00e9sum\u00e9",
    "call {} at 12:30 on 2024-07-16",
]  # fmt: skip
KEPT = [
    "2024-07-16", "2024-07-16T12:30:00", "2024-07-16T09:18:05.6059371-04:00", "2016-09-09T17:35:09.156Z",
    "2024-07-16 12:30:00 to 2024-07-17", "16/07/2024", "07/16/2024", "16.07.2024", "16-07-2024",
    "2024/07/16", "2024.07.16", "20240716", "20240716T123000Z", "20240716123000", "12:30:00.123456",
    "Tue, 16 Jul 2024 12:30:00 GMT", "2020-05-27 and 2021-05-27", "1234.56", "12345.67", "1234567.89",
    "1,234.56", "1,234,567.89", "1.234.567,89", "\u00a31,234,567.89", "$12,345,678", "GBP 1234567",
    "12,345,678.90", "123.456.789,01",
    "EUR1234567.00", "-12.50", "0.30000000000000004", "took 0.123456 s", "51.507351", "id 123",
    "order 500100", "Customer ID 104233", "device 1000", "logging number 500032",
    "status 503 after 12 of 34 tries", "rows 100000", "10.20.30.40", "192.168.100.200", "127.0.0.1:8765",
    "3.11.7", "version 2.37", "6.3.0", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "1000, 1001, 1002",
    "104233, 104234", "INV-2024-000123", "SO-104233-2", "page 3 of 12", "100%", "64 MiB", "1e10",
    "6.02e23", "12345.67 at 10.20.30.40", "HTTP/1.1", "65536", "100,000", "30 s, 4 attempts, 5 errors",
]  # fmt: skip


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("number", NUMBERS)
def test_no_spelling_of_a_number_gets_through(number: str, around: str) -> None:
    """At most the two last digits of it are left, wherever it stands."""
    shown = mask(around.format(number))
    assert number not in shown
    digits = [char for char in around.format("") if char.isdigit()]
    left = [char for char in shown if char.isdigit()]
    assert len(left) <= len(digits) + 2, shown


@pytest.mark.parametrize("text", KEPT)
def test_dates_amounts_and_ids_stay(text: str) -> None:
    """Alone and in a sentence."""
    assert mask(text) == text
    assert mask(f"Since {text} it is so.") == f"Since {text} it is so."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call 07700900123 now", "call ***23 now"),
        ("447700900123.0", "***23"),
        ("+44.7700900123 (RFC 5733 form)", "***23 (RFC 5733 form)"),
        ("07700.900.123; 447,700,900,123", "***23; ***23"),
        ("07700900123, 07700900124 and +44 7700 900125", "***23, ***24 and ***25"),
        ("number (07700 900123) is taken", "number (***23) is taken"),
        ("https://a.example/x/07700900123/bars", "https://a.example/x/***23/bars"),
        ("cli07700900123x12", "cli***23x12"),
        ("PUK_12345678", "PUK_***78"),
    ],
)
def test_the_last_two_digits_are_kept(text: str, shown: str) -> None:
    """By them its owner knows which number is meant."""
    assert mask(text) == shown


SEPARATORS = st.sampled_from(["", " ", "-", "\u00a0", "/", "_", "\u2011", ") ", "%20"])


@given(
    prefix=st.sampled_from(["07", "+447", "447", "00447", "+1 555", "(07"]),
    digits=st.text("0123456789", min_size=9, max_size=9),
    separators=st.lists(SEPARATORS, min_size=9, max_size=9),
)
def test_any_mix_of_separators_is_found(prefix: str, digits: str, separators: list[str]) -> None:
    """Whatever separates the digits of a number, no three of them are left together or apart."""
    text = prefix + "".join(a + b for a, b in zip(separators, digits, strict=True))
    shown = mask(text.replace(")", "") if "(" not in text else text)
    left = sum(char.isdigit() for char in shown.replace("%20", ""))
    assert left <= 4, (text, shown)


@given(st.text(max_size=300))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    """What is masked once may be masked again on its way, by a hook or the command line."""
    once = mask(text)
    assert mask(once) == once


def test_masking_is_linear() -> None:
    """A long text of digits and separators costs no more a byte than a short one."""
    for piece in ("1 ", "1.1", "(1)", "07700 900123 ", "a=1,", "2024-07-16 ", "@a", "pin 1 ", '\\"a\\":'):
        text = piece * (200_000 // len(piece))
        began = time.perf_counter()
        mask(text)
        assert time.perf_counter() - began < 5, piece
