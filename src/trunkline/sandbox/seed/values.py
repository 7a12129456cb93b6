"""Made-up values that look real and are nobody's: names, numbers, keys, dates, all from a seed.

Telephone numbers are the ones reserved for fiction while they last. US: area code + 555-01xx (100 in each of
800 area codes), then further lines of the 555 exchange. UK: Ofcom's drama range 07700 900000-900999, then the
sandbox's own plan 072xxxxxxxx, in a block that carries no mobile service to our knowledge.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from trunkline._luhn import check_digit

_MASK: Final = (1 << 64) - 1
_EPOCH: Final = datetime(2015, 1, 1, tzinfo=UTC)
_FIRST = [
    "Ada",
    "Ben",
    "Cara",
    "Dion",
    "Elin",
    "Femi",
    "Gus",
    "Hana",
    "Ivo",
    "June",
    "Kit",
    "Lena",
    "Milo",
    "Nia",
    "Omar",
    "Pia",
    "Quinn",
    "Rosa",
    "Sam",
    "Tess",
    "Uma",
    "Vic",
]
_LAST = [
    "Ashdown",
    "Birch",
    "Carrow",
    "Dunmore",
    "Ellery",
    "Fenwick",
    "Garrow",
    "Hale",
    "Ingram",
    "Jessop",
    "Kirby",
    "Larkfield",
    "Marsh",
    "Nolan",
]
_TRADE = [
    "Joinery",
    "Freight",
    "Dental",
    "Books",
    "Cycles",
    "Bakery",
    "Optics",
    "Timber",
    "Marine",
    "Design",
    "Foods",
    "Motors",
    "Print",
    "Tools",
]
_STREETS = ["Mill", "Harbor", "Kiln", "Orchard", "Quarry", "Station", "Chapel", "Foundry", "Meadow", "Bridge"]
TOWNS = [
    "Thornbridge",
    "Eastmere",
    "Kelford",
    "Marlow",
    "Bay",
    "Wexcombe",
    "Ashport",
    "Dunley",
    "Farrow",
    "Hill",
    "Pennant",
    "Stowe",
]


def dice(seed: int, stream: str) -> Callable[[int], int]:
    """A function from an index to 64 random bits: the same for the same seed, stream and index."""
    base = seed & _MASK
    for byte in stream.encode():
        base = (base * 1099511628211 ^ byte) & _MASK

    def roll(index: int) -> int:
        # splitmix64: one value costs less than a random.Random does to seed.
        z = (base + index * 0x9E3779B97F4A7C15) & _MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)

    return roll


def instant_text(bits: int, *, years: int = 9) -> str:
    """A moment since 2015, as the vendor writes it: "2018-03-27T23:11:25.000Z"."""
    minutes = bits % (years * 525_600)
    return (_EPOCH + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:00.000Z")


INSTANTS: Final = tuple(sorted(instant_text(i * 524_287) for i in range(4096)))
"""Moments in order, so that an end picked from the later ones follows its start. Ready, since writing a date
anew for every row would double the time to seed."""


def unix_instant(now: float) -> str:
    """A Unix time as the IDI API writes it."""
    return f"{datetime.fromtimestamp(now, UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def unix_seconds(now: float) -> str:
    """A Unix time as the Abzorb API writes it."""
    return f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}"


def unix_date(now: float, days: int = 0) -> str:
    """The day of a Unix time, moved by some days."""
    return f"{datetime.fromtimestamp(now, UTC) + timedelta(days=days):%Y-%m-%d}"


# 555-0100 to 555-0199 are reserved for fiction in every US area code.
def us_number(index: int) -> str:
    """The telephone number of a US service, ten digits."""
    line = 100 + index % 100 + 100 * (index // 80_000)
    return f"{200 + index // 100 % 800}555{line:04d}"


def uk_number(index: int) -> str:
    """The mobile number of a UK connection, eleven digits in national form."""
    return f"07700900{index:03d}" if index < 1000 else f"072{index - 1000:08d}"


_HUNDREDS: Final = tuple(-check_digit(f"{i:03d}") % 10 for i in range(1000))
_THOUSANDS: Final = tuple(-check_digit(f"{i:03d}000") % 10 for i in range(1000))


def check_digit_of_number(index: int) -> int:
    """The Luhn check digit of the last six digits of a number, looked up."""
    return -(_HUNDREDS[index % 1000] + _THOUSANDS[index // 1000 % 1000]) % 10


def imei(index: int) -> str:
    """A fourteen-digit equipment number with the reporting body 00 of test equipment."""
    return f"00101{index:09d}"


def iccid(prefix: str, index: int) -> str:
    """A SIM serial number with a made-up issuer."""
    return f"{prefix}{index:013d}"


def key_text(bits: int) -> str:
    """Key material: 32 hexadecimal digits."""
    return f"{bits:016X}{bits ^ _MASK:016X}"


_PEOPLE: Final = tuple(tuple(f"{first} {last}" for last in _LAST) for first in _FIRST)


def person(bits: int) -> str:
    """A person's name."""
    return _PEOPLE[bits % 22][(bits >> 8) % 14]


def company(bits: int) -> str:
    """A company's name; now and then one with an apostrophe, which filters must survive."""
    family = "O'Brien" if bits % 16 == 0 else _LAST[bits % len(_LAST)]
    return f"{family} {_TRADE[(bits >> 8) % len(_TRADE)]} Ltd"


def street(bits: int) -> str:
    """A street's name, without its type."""
    return _STREETS[bits % len(_STREETS)]


def town(bits: int) -> str:
    """A town's name."""
    return TOWNS[bits % len(TOWNS)]


def money(bits: int, *, most: int = 60) -> float:
    """An amount with two decimals."""
    return bits % (most * 100) / 100
