"""Made-up values that look like what a field's name promises: the n-th of them, the same on every run.

Numbers and addresses come from ranges that are set aside for fiction and tests: 555-01xx (North America),
Ofcom's drama numbers (United Kingdom), MCC 001 (networks under test), example.com, 192.0.2.0/24.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import re
import sys
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, Literal

import attrs

from trunkline._luhn import check_digit
from trunkline.model import Model

Region = Literal["us", "uk"]

# A fixed moment and not today: examples must not change between two runs.
_START: Final = datetime.datetime(2025, 1, 15, 9, 30, tzinfo=datetime.UTC)
_UK_WORDS: Final = frozenset({"cli", "postcode", "county", "pac", "stac", "vat"})
_US_WORDS: Final = frozenset({"zip", "state", "npa", "e911", "msag", "esn", "mdn"})
_WORDS: Final = re.compile(r"[A-Z]+[0-9]+|[A-Z]+(?![a-z])|[A-Z]?[a-z]+[0-9]*|[0-9]+")


def words(wire: str) -> list[str]:
    """The words of a wire name in lower case: `simNumber` -> sim, number; `serviceIDs` -> service, ids."""
    joined = re.sub(r"IDs\b", "Ids", re.sub(r"eSIM|ESIM", "Esim", wire))
    return [word.lower() for word in _WORDS.findall(joined)]


def luhn(digits: str) -> str:
    """The digits with their check digit."""
    return f"{digits}{check_digit(digits)}"


@functools.cache
def region(module: str) -> Region:
    """The vendor's country, by the words that its models use."""
    said: list[str] = []
    for item in vars(sys.modules[module]).values() if module in sys.modules else ():
        if isinstance(item, type) and issubclass(item, Model) and attrs.has(item):
            said += [word for f in attrs.fields(item) for word in words(f.metadata.get("wire", f.name))]
    uk, us = (sum(word in known for word in said) for known in (_UK_WORDS, _US_WORDS))
    # The kit knows no vendor by name: a package of the user's own gets fitting examples too.
    return "uk" if uk > us else "us"


def iccid(n: int, home: Region) -> str:
    """A SIM card's number with its Luhn digit: 89, the country, an issuer, a serial number (ITU-T E.118)."""
    return luhn(f"89{'44' if home == 'uk' else '01'}{100 + n // 10**9 % 900:0>4}{n % 10**10:010d}")


def imsi(n: int) -> str:
    """A subscriber identity of the test network 001-01 (ITU-T E.212)."""
    return f"00101{n % 10**10:010d}"


def imei(n: int) -> str:
    """A device identity with its Luhn digit; 35-000000 belongs to no maker."""
    return luhn(f"35000000{n % 10**6:06d}")


def mobile(n: int, home: Region) -> str:
    """A mobile number for fiction."""
    return f"07700900{n % 1000:03d}" if home == "uk" else f"2025550{100 + n % 100:03d}"


def telephone(n: int, home: Region) -> str:
    """A fixed-line number for fiction."""
    return f"01632960{n % 1000:03d}" if home == "uk" else f"2125550{100 + n % 100:03d}"


def _key(n: int, wire: str) -> str:
    # A digest and not `random`: the same on every run and machine, whatever else was drawn before.
    return hashlib.blake2b(f"{wire} {n}".encode(), digest_size=16).hexdigest().upper()


_Rule = tuple[re.Pattern[str], Callable[[int, Region], str]]


def _rule(pattern: str, make: Callable[[int, Region], str]) -> _Rule:
    return re.compile(rf"(?:^|.* )(?:{pattern})$"), make


_TEXTS: Final[tuple[_Rule, ...]] = (
    # The pattern ends where the name ends: `sim number` is a card's number, `sim number type` is not.
    _rule("iccid|sim number|esim number|new sim|old sim|sim serial(?: number)?|icc id", iccid),
    _rule("imsi", lambda n, _: imsi(n)),
    _rule("imei|meid|esn|imei sv", lambda n, _: imei(n)),
    _rule("cli|msisdn|mdn|mobile(?: (?:no|number))?|clis", mobile),
    _rule(
        "telephone|phone|fax|landline"
        "|(?:telephone|phone|service|special|call ?back|fax|contact|ported) (?:no|number)",
        telephone,
    ),
    _rule("e ?mail(?: address)?", lambda n, _: f"person{n}@example.com"),
    _rule("url|uri|link|website|web ?site", lambda n, _: f"https://example.com/{n}"),
    _rule("ip(?: address)?|ipv4", lambda n, _: f"192.0.2.{n % 254 + 1}"),
    _rule("uuid|guid|correlation id", lambda n, _: str(uuid.uuid5(uuid.NAMESPACE_URL, f"example {n}"))),
    _rule("post ?code", lambda n, _: f"ZZ{n % 99 + 1} {n % 9 + 1}AB"),
    _rule("zip(?: code)?|postal code", lambda n, _: f"{(n % 99999):05d}"),
    _rule("state(?: code)?|state or province", lambda n, _: ("NY", "CA", "TX", "WA")[n % 4]),
    _rule("currency(?: code)?", lambda _, home: "GBP" if home == "uk" else "USD"),
    _rule("country", lambda _, home: "United Kingdom" if home == "uk" else "United States"),
    _rule("country code", lambda _, home: "GB" if home == "uk" else "US"),
    _rule("city|town", lambda n, _: f"Exampleton {n}"),
    _rule("county", lambda n, _: f"Example County {n}"),
    _rule("street(?: name)?|street line|line1|address line1|address1", lambda n, _: f"{n} Example Road"),
    _rule("line[2-9]|address line[2-9]|address[2-9]", lambda n, _: f"Floor {n % 9 + 1}"),
    _rule("puk ?[12]?", lambda n, _: f"{n % 10**8:08d}"),
    _rule("pin ?[12]?", lambda n, _: f"{n % 10**4:04d}"),
    _rule("pac(?: code)?|stac(?: code)?", lambda n, _: f"ABC{n % 10**6:06d}"),
    _rule(".*key", lambda n, _: _key(n, "key")),
    _rule("password|secret|token", lambda n, _: f"not-a-secret-{n}"),
    _rule("first name", lambda n, _: f"Ada{n}"),
    _rule("last name|surname", lambda n, _: f"Example{n}"),
    _rule("op", lambda *_: "replace"),
    _rule("path", lambda *_: "/example"),
)
_IDENTIFIER = re.compile(r".*(?:\bids?|number|code|no)$")


def text(wire: str, n: int, home: Region) -> str:
    """A text by the name of its field."""
    spelled = " ".join(words(wire))
    for pattern, make in _TEXTS:
        if pattern.match(spelled):
            return make(n, home)
    if _IDENTIFIER.match(spelled):
        return str(1000 + n)
    return f"{spelled or 'value'} {n}"


def integer(wire: str, n: int) -> int:
    """A whole number; keys are recognised by their name, counts stay small."""
    spelled = words(wire)
    if spelled and spelled[-1] in ("id", "ids"):
        return 1000 + n
    return n


def moment(n: int) -> datetime.datetime:
    """An instant in UTC, each a day after the one before."""
    return _START + datetime.timedelta(days=n % 3000)


def amount(n: int) -> Decimal:
    """An amount of money with two decimals."""
    return Decimal(1000 + n * 25).scaleb(-2)


def scalar(tp: Any, wire: str, n: int, home: Region) -> Any:
    """A value of a scalar type; None for a type that is none of them."""
    make = _SCALARS.get(tp)
    return None if make is None else make(wire, n, home)


_SCALARS: Final[dict[Any, Callable[[str, int, Region], Any]]] = {
    str: text,
    int: lambda wire, n, _: integer(wire, n),
    bool: lambda _, n, __: n % 2 == 1,
    float: lambda _, n, __: n + 0.5,
    Decimal: lambda _, n, __: amount(n),
    datetime.datetime: lambda _, n, __: moment(n),
    datetime.date: lambda _, n, __: moment(n).date(),
    datetime.time: lambda _, n, __: moment(n).time().replace(minute=n % 60),
    datetime.timedelta: lambda _, n, __: datetime.timedelta(minutes=n),
    bytes: lambda wire, n, _: f"{wire} {n}".encode(),
    Any: text,
}

__all__ = [
    "Region",
    "iccid",
    "imei",
    "imsi",
    "luhn",
    "mobile",
    "region",
    "scalar",
    "telephone",
    "text",
    "words",
]
