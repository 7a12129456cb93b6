"""Telephone numbers and long identifiers in free text, however their digits are separated.

One pass over the text: what is a date, a time, an address or an amount is skipped as a whole; of every
other run of digits `_is_number` decides by its length and separators. A number keeps its last two digits, by
which its owner recognises it.
"""

from __future__ import annotations

import re
from typing import Final

from trunkline.lazy import pattern

_SPACE: Final = "\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000 \t"
_DASH: Final = "\u2010-\u2015\u2212\\-"
_KEPT: Final = rf"""
    (?<![0-9A-Fa-f])[0-9A-Fa-f]{{8}}(?:-[0-9A-Fa-f]{{4}}){{3}}-[0-9A-Fa-f]{{12}}(?![0-9A-Fa-f])  # UUID
  | (?<!\d)(?:19|20)\d\d(?P<sep>[-/.])(?:0?[1-9]|1[0-2])(?P=sep)(?:0?[1-9]|[12]\d|3[01])(?!\d)   # 2024-07-16
        (?:[T{_SPACE}]\d\d:?\d\d(?::?\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d:?\d\d(?!\d))?
  | (?<![\d.])(?:0?[1-9]|[12]\d|3[01])(?P<sep2>[-/.])(?:0?[1-9]|[12]\d|3[01])(?P=sep2)(?:19|20)\d\d(?![\d.])
  | (?<!\d)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])
        (?:T?(?:[01]\d|2[0-3])[0-5]\d[0-5]\d)?(?![\d.])                                          # 20240716
  | (?<!\d)\d{{1,2}}:\d\d(?::\d\d(?:[.,]\d+)?)?(?!\d)                                            # 12:30:00.5
  | (?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){{3}}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]|,\d)   # IPv4
  | (?:[$£€¥]|\b(?:GBP|USD|EUR)[ ]?)-?\d{{1,3}}(?:[,.]?\d{{3}}){{0,3}}(?:[.,]\d{{1,4}})?(?![\d,.]\d)
  | (?<![A-Za-z0-9])[A-Z]{{1,6}}-(?:19|20)\d\d-\d{{1,6}}(?![\d-])                            # INV-2024-0012
"""
"""What is left alone although it may hold as many digits as a number."""

_SEPARATOR: Final = rf"""
    (?: [{_SPACE}]{{1,2}} | [{_SPACE}]?[{_DASH}._/\u00b7\u2022\u2024\u2027][{_SPACE}]? | ,(?!\s)
      | [{_SPACE}]?\( | \)[{_SPACE}]?[{_DASH}.]? | \)[{_SPACE}]?\( | \+ | %20 | %2[BDE89bde] | %C2%A0 )
"""
_GROUP: Final = (
    rf"(?!{_KEPT.replace('sep2', 'next2').replace('<sep>', '<next>').replace('=sep)', '=next)')})\d+"
)
_RUN = pattern(
    rf"""
    (?P<kept>{_KEPT})
  | (?P<hex>(?<![0-9A-Za-z])(?=[A-Fa-f]*\d)[0-9A-Fa-f]{{16,}}(?![0-9A-Za-z]))
  | (?P<science>(?<![\d.])\d[.,]\d{{3,}}[eE]\+?(?:0?[89]|1\d|20)(?!\d))                       # 4.4770090E+11
  | (?P<run>(?:\+|%2B|%2b)?\(?\d+(?:{_SEPARATOR}{_GROUP})*\)?)
    """,
    re.VERBOSE,
)
_DIGITS = pattern(r"\d+")
_FEWEST: Final = 7
"""Digits from which on a run without separators, or in groups, is taken for a number."""
_FEWEST_POINTS: Final = 10
"""The same where points or commas separate them, as they do in amounts and versions."""
_DECIMALS: Final = pattern(r"(?s)(.*\d)[.,](\d{1,2})\)?\Z")
_NANP: Final = pattern(r"[2-9]\d\d[2-9]\d{6}\Z")


def mask_numbers(text: str) -> str:
    """The text with numbers in every spelling, ICCIDs and keys shortened to their last two digits."""
    # One alternation and one pass: what is kept must be consumed before the digits in it
    # can match as a number.
    return _RUN.sub(_shorten, text)


def is_number(text: str) -> bool:
    """Whether a text is, as a whole or in part, what `mask_numbers` would shorten."""
    return mask_numbers(text) != text


def _shorten(found: re.Match[str]) -> str:
    if found["kept"] is not None:
        return found[0]
    if found["hex"] is not None:
        return f"***{found[0][-2:]}"
    if found["science"] is not None:
        return "***"
    text = found["run"]
    groups = _DIGITS.findall(text)
    signs = _DIGITS.split(text)[1:-1]
    before = text[0] == "+" or text[:3].upper() == "%2B"
    if not _is_number(groups, signs, is_international=before, prefix=_prefix(found)):
        return text
    digits = "".join(groups[:-1] if _has_decimals(groups, signs) else groups)
    shown = f"***{digits[-2:]}"
    if text[0] == "(" and text.find(")") == len(text) - 1:
        return f"({shown})"  # the whole number is in brackets
    return f"{shown})" if text[-1] == ")" and text.count("(") < text.count(")") else shown


def _prefix(found: re.Match[str]) -> str:
    return found.string[max(found.start() - 2, 0) : found.start()]


def _has_decimals(groups: list[str], signs: list[str]) -> bool:
    """Whether the last group is what a float puts behind its point: "447700900123.0"."""
    return (
        bool(signs) and signs[-1] in {".", ","} and len(groups[-1]) <= 2 and len("".join(groups[:-1])) >= 10
    )


def _is_number(groups: list[str], signs: list[str], *, is_international: bool, prefix: str) -> bool:
    count = len("".join(groups))
    if count < _FEWEST:
        return False
    if not signs or is_international:
        return True
    if all(sign in {".", ","} for sign in signs):
        return not _is_amount(groups, signs) and _is_pointed_number(groups, count)
    if prefix[-1:] in {"-", "_"} and prefix[:1].isalpha() and count < _FEWEST_POINTS:
        return False  # a reference such as SO-104233-2
    if any(len(sign) > 2 and sign.strip(" ") in {"-", "\u2013"} for sign in signs):
        return count >= _FEWEST_POINTS  # a range
    return not (len(groups) == 2 and signs[0] in {"/", "_"} and count < _FEWEST_POINTS)


def _is_amount(groups: list[str], signs: list[str]) -> bool:
    """Whether it is an amount such as 12,345,678.90: one sign between thousands, another before decimals.

    A number in a spreadsheet's cell is written so too, with more digits than an amount has.
    """
    *thousands, decimals = groups
    if len(thousands) < 2 or len(set(signs[:-1])) > 1 or signs[-1] == signs[0] or len(decimals) > 2:
        return False
    first, *others = thousands
    in_threes = len(first) <= 3 and first[0] != "0" and all(len(one) == 3 for one in others)
    return in_threes and len("".join(thousands)) < _FEWEST_POINTS


def _is_pointed_number(groups: list[str], count: int) -> bool:
    """Whether digits between points and commas are a number, and no amount, version or fraction."""
    whole = groups[0]
    if len(groups) == 2:
        if len(whole) >= _FEWEST_POINTS:
            return True  # a float column: 447700900123.0
        if len(whole) > 1 and whole[0] == "0":
            return count >= _FEWEST_POINTS  # no amount begins so
        # The EPP form without its sign (RFC 5733 section 2.5): 44.7700900123.
        return (whole == "44" and len(groups[1]) == 10 and groups[1][0] in "12378") or (
            whole == "1" and _NANP.match(groups[1]) is not None
        )
    return count >= _FEWEST_POINTS


__all__ = ["is_number", "mask_numbers"]
