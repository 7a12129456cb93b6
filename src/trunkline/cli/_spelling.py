"""How keys are spelled: what spreadsheets do to identifiers is undone, or refused with a hint.

An identifier is digits, not a number. A spreadsheet that takes it for a number keeps 15 digits, drops leading
zeros and writes 1.00123E+08 for it; what is lost cannot be had back, and the rest may name another customer's
device.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from attrs import frozen

from trunkline.cli._console import need
from trunkline.errors import ArgumentError

# A hexadecimal serial number such as 80E12345 has neither a fraction nor a sign behind its E.
SCIENTIFIC: Final = re.compile(
    r"[+-]?(?:\d+[.,]\d+\s*(?:[eE]|[x\u00d7*]\s*10\^)\s*[+-]?\d{1,3}|\d+\s*[eE]\s*[+-]\d{1,3}|\d[eE]\d{1,3})"
)
_FRACTION: Final = re.compile(r"[+-]?\d{4,}[.,]0+")
_FORMULA: Final = re.compile(r'="(.*)"', re.DOTALL)
CELL_ERROR: Final = re.compile(r"#{3,}|#(?:N/A|REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|SPILL!|CALC!)")
_QUOTES: Final = "'\u2018\u2019`\u00b4"
_DIGITS: Final = 7
"""Digits that a telephone number has at least; what has fewer is some other identifier."""
_TELEPHONE: Final = ("cli", "msisdn", "telephone", "phone", "mobile", "mdn", "servicenumber")
# UK numbers in national form: 0 and nine or ten digits.
_NATIONAL: Final = {"GB": re.compile(r"0\d{9,10}")}
_HOME: Final = {"abzorb": "GB"}
"""APIs whose documents ask for telephone numbers in national form, by the region of their numbers."""


@frozen(kw_only=True)
class Spelling:
    """How the keys of one run are spelled.

    whole: the parameter takes integers. text: it takes text. region: whose national form telephone numbers
    must have, None where keys are not telephone numbers or the document asks for no form. normalize: the
    region by which numbers are put right; None refuses them.
    """

    whole: bool = False
    text: bool = True
    region: str | None = None
    normalize: str | None = None

    def read(self, raw: str) -> tuple[str, str]:
        """Return the intended key, and what is wrong with it, "" if nothing; the text never holds its
        digits."""
        key = unwrapped(raw)
        if SCIENTIFIC.fullmatch(key):
            return key, (
                "is written as a spreadsheet writes long numbers (like 1.2E+11), whose last digits are gone: "
                "format the column as text and export it again"
            )
        # An integer parameter takes "1234.0", which is only written badly; for text the lost leading
        # zeros cannot be known.
        if self.text and not self.whole and _FRACTION.fullmatch(key):
            return key, (
                "ends in .0, as a column of floating-point numbers writes identifiers: leading zeros and "
                "long numbers are lost there, so make it a text column"
            )
        if self.normalize is not None and key:
            return _normalized(key, self.normalize)
        return key, self._form(key)

    def _form(self, key: str) -> str:
        """What is wrong with the form of a telephone number."""
        form = _NATIONAL.get(self.region or "")
        digits = re.sub(r"\D", "", key)
        if form is None or len(digits) < _DIGITS or form.fullmatch(key):
            return ""
        lost = len(digits) in (9, 10) and not digits.startswith("0") and "+" not in key
        why = "has lost its leading zero" if lost else "is not in national form (07…, without blanks)"
        return (
            f"{why}, which the vendor asks for: --normalize {self.region} puts it right, "
            "--normalize off sends it as it is"
        )


def spelling_of(api: str, param: Any, expected: type | None, normalize: str | None) -> Spelling:
    """Return the spelling of a parameter's keys. normalize: `--normalize`, a region such as GB, or "off".

    Raises:
        ArgumentError: the region does not exist. ConfigError: phonenumbers is not installed.
    """
    plain = param.name.replace("_", "").lower()
    telephone = expected is str and any(word in plain for word in _TELEPHONE)
    if normalize is not None and normalize != "off":
        numbers = need("phonenumbers", "numbers", "--normalize")
        normalize = normalize.upper()
        if normalize not in numbers.SUPPORTED_REGIONS:
            raise ArgumentError(f"--normalize {normalize!r} is not a region such as GB or US, or off")
        return Spelling(whole=expected is int, text=expected is str, normalize=normalize)
    region = _HOME.get(api) if telephone and normalize is None else None
    return Spelling(whole=expected is int, text=expected is str, region=region)


def no_key(raw: str) -> str:
    """Return why a cell holds no key at all, "" if it may hold one."""
    key = unwrapped(raw)
    if CELL_ERROR.fullmatch(key):
        return "holds what a spreadsheet shows in place of a value"
    # Cc: control characters, line ends among them; Zl, Zp: line and paragraph separators
    if not key.isprintable() and any(unicodedata.category(sign) in ("Cc", "Zl", "Zp") for sign in key):
        return "holds a line end or another control character"
    return ""


def unwrapped(text: str, *, identifier: bool = True) -> str:
    """Return a cell without what a spreadsheet put around it to keep it text: `="0770…"` and `'0770…`.

    identifier: marks of the writing direction, which address books put around numbers, and other signs that
    nobody sees go too. In text of a language they have a meaning.
    """
    if identifier or not any(map(str.isalpha, text)):
        text = _bare(text)
    text = text.strip()
    formula = _FORMULA.fullmatch(text)
    if formula is not None:
        # within a formula's text a quote is written twice
        inner = formula[1].replace('""', '"')
        return _bare(inner) if identifier else inner.strip()
    quotes = _QUOTES if identifier else "'"
    inner = text.lstrip(quotes)
    if inner != text and (inner[:1].isdigit() or inner[:1] == "+"):
        return inner.rstrip(quotes).strip()
    return text


def _bare(text: str) -> str:
    """The text without blanks around it, and without format characters (Unicode category Cf) in it."""
    # nearly all keys are ASCII, which has no such character
    if not text.isascii():
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return text.strip()


def _normalized(key: str, region: str) -> tuple[str, str]:
    """The number in national digits, as the vendors write it."""
    numbers = need("phonenumbers", "numbers", "--normalize")
    # The library reads letters by their keys on a telephone; here they are a slip of the pen.
    lettered = any(sign.isalpha() for sign in key.removeprefix("tel:"))
    try:
        parsed = numbers.parse(key, region)
    except numbers.NumberParseException:
        return key, f"is not a telephone number of {region}"
    if parsed.extension or lettered:
        return key, "has an extension or letters in it, and is no telephone number without them"
    if not numbers.is_possible_number(parsed) or numbers.region_code_for_country_code(
        parsed.country_code
    ) not in (region, "001"):
        return key, f"is not a telephone number of {region}"
    national = numbers.format_number(parsed, numbers.PhoneNumberFormat.NATIONAL)
    return re.sub(r"\D", "", national), ""


def looks_like_key(first: str, second: str | None) -> bool:
    """Whether the first line of a file with one column is a key rather than its header.

    A header is a word; a key has digits, and looks like the line below it.
    """
    first = unwrapped(first)
    digits = sum(sign.isdigit() for sign in first)
    if not digits:
        # no header has such signs in it, an address or a host name has
        return second is not None and any(sign in "@./:" for sign in first) and is_alike(first, second)
    if digits * 2 >= len(first) or SCIENTIFIC.fullmatch(first):
        return True
    return second is not None and is_alike(first, second)


def is_alike(first: str, second: str) -> bool:
    """Whether two lines have letters, digits and other signs in the same order."""
    return _shape(unwrapped(first)) == _shape(unwrapped(second))


def _shape(text: str) -> str:
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", text))


__all__ = ["Spelling", "is_alike", "looks_like_key", "no_key", "spelling_of", "unwrapped"]
