"""Numbers and identifiers made unreadable, for whatever a log or an error may show."""

from __future__ import annotations

import re

_IDENTIFIER = re.compile(r"\b[0-9a-fA-F]{16,}\b|(?<![\d.])\+?\d{5,}+(?!\.\d)")
_IN_GROUPS = re.compile(  # +44 7700 900123, (555) 123-4567, 555.123.4567; no dates
    r"(?<![\w.-])(?!\d{4}-\d\d-\d\d)(?:\+\d{1,3}[ -]?)?\(?\d{1,5}\)?(?:[ -]?\d{2,6}){1,4}(?![\w-]|\.\d)"
    r"|\b\d{3}\.\d{3}\.\d{4}\b"
)
_FEWEST_DIGITS = 7
"""Digits in groups, from which on they are taken for a telephone number."""


def mask(text: str) -> str:
    """The text with telephone numbers and long identifiers shortened to their last two characters."""
    return _IDENTIFIER.sub(lambda match: "***" + match[0][-2:], _IN_GROUPS.sub(_masked_groups, text))


def _masked_groups(match: re.Match[str]) -> str:
    few = sum(map(str.isdigit, match[0])) < _FEWEST_DIGITS
    return match[0] if few else "***" + match[0][-2:]


__all__ = ["mask"]
