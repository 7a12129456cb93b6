"""Free text without telephone numbers, identifiers, secrets and e-mail addresses, for logs and errors."""

from __future__ import annotations

import re
from typing import Final

from trunkline._masking.names import is_secret_name, is_sensitive_name
from trunkline._masking.numbers import mask_numbers
from trunkline.lazy import pattern

MASK: Final = "***"
_NAME: Final = r"[A-Za-z_$@][\w$@.-]{0,60}"
_PAIR = pattern(
    rf"""
    (?P<quote>\\?["']?)(?P<name>{_NAME})(?P=quote)\s*(?P<sign>=>|[=:])\s*
    (?P<value>\\?"(?:[^"\\]|\\(?!").|(?<!\\)\\")*\\?"|'(?:[^'\\]|\\.)*'|[^\s,;&#?="'<>(){{}}\[\]]+)
    """,
    re.VERBOSE,
)
"""A name with its value, as in JSON, a repr, a query string or a log line."""
_SPOKEN = pattern(
    rf"(?i)\b(?P<name>{_NAME})(?P<between>\s+(?:(?:is|was|of|no\.?|code|value)\s+)?['\"]?)"
    r"(?P<value>[\w+/=-]*\d[\w+/=-]*)"
)
"""A secret named in a sentence: "the pin 4321 is wrong"."""
_TOKEN = pattern(
    r"""\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?                      # JSON Web Token
    | (?i:\b(?:Bearer|Basic|Digest|Negotiate)\s+)[\w.~+/-]{8,}={0,2}  # RFC 9110 section 11.6.2
    | (?i:\bWRAP\s+access_token=)["\u201c][^"\u201d]*["\u201d]
    """,
    re.VERBOSE,
)
_EMAIL = pattern(r"[\w.!#$%&'+=?^`{|}~-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_USER_INFO = pattern(r"(?<=://)[^/?#@\s]+@")


def mask(text: str) -> str:
    """The text with whatever looks like a number, a secret or personal data shortened or replaced by `***`.

    Telephone numbers in every spelling, ICCIDs, IMSIs and keys keep their last two digits. Dates, times,
    amounts, addresses of machines and short identifiers stay as they are.
    """
    # The test costs less than the pattern, and most texts have none.
    if "@" in text:
        text = _EMAIL.sub(MASK, _USER_INFO.sub(f"{MASK}@", text))
    # Numbers come before pairs: "cli=07700 900123" is one number and not the value "07700".
    text = mask_numbers(_TOKEN.sub(_mask_token, text))
    if "=" in text or ":" in text:
        text = _PAIR.sub(_mask_pair, text)
    return _SPOKEN.sub(_mask_spoken, text)


def _mask_token(found: re.Match[str]) -> str:
    scheme, space, _ = found[0].partition(" ")
    return f"{scheme} {MASK}" if space else MASK


def _mask_pair(found: re.Match[str]) -> str:
    value = found["value"]
    bare = value.strip("\\\"'")
    if not bare or bare == MASK or bare in {"null", "None", "true", "false", "True", "False"}:
        return found[0]
    quoted = value[0] in "\\\"'"
    # "password: This field is required" is a message about the field, not its value.
    plain_words = not quoted and found["sign"] == ":" and not any(map(str.isdigit, bare))
    if plain_words or not is_sensitive_name(found["name"]):
        return found[0]
    quote = value[: 2 if value.startswith("\\") else 1] if quoted else ""
    return f"{found[0][: found.start('value') - found.start()]}{quote}{MASK}{quote}"


def _mask_spoken(found: re.Match[str]) -> str:
    if len(found["value"]) < 3 or not is_secret_name(found["name"]):
        return found[0]
    return f"{found['name']}{found['between']}{MASK}"


__all__ = ["MASK", "mask"]
