"""The check digit of serial numbers, which the invented ones of sandbox and test kit have as well."""

from __future__ import annotations


def check_digit(digits: str) -> int:
    """The Luhn check digit of a serial number (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 - place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return -total % 10


__all__ = ["check_digit"]
