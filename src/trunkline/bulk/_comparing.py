"""Whether what a vendor holds is what a change asked for, by JSON values and wire names.

Vendors write a value back in another form than it was sent: a number as text, a date with a time. Such forms
are equal here. A value that was masked by the vendor, or that the read does not return, proves nothing.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from trunkline._codec.coercion import MisfitError, to_datetime, to_decimal


class Absent(enum.Enum):
    """The mark of a field that a read did not return."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


class Verdict(enum.Enum):
    """What a read proves about a change.

    DONE: the vendor holds every wanted value. UNTOUCHED: it holds the values from before the change.
    UNCLEAR: neither, or the read does not show the fields.
    """

    DONE = "done"
    UNTOUCHED = "untouched"
    UNCLEAR = "unclear"


@frozen(kw_only=True)
class Comparison:
    """A verdict and its proof: field names only, since the values may be key material."""

    verdict: Verdict
    proof: str


def same(wanted: Any, found: Any) -> bool:
    """Whether two JSON values are equal, whatever form the vendor writes them in."""
    if isinstance(wanted, Mapping):
        # Only the wanted members count: vendors add members of their own to what they store.
        return isinstance(found, Mapping) and all(same(one, found.get(name)) for name, one in wanted.items())
    if isinstance(wanted, list | tuple):
        return (
            isinstance(found, list | tuple)
            and len(wanted) == len(found)
            and all(same(one, other) for one, other in zip(wanted, found, strict=True))
        )
    # A vendor that leaves out null fields shows a removed field by its absence, so null and
    # absent are equal here.
    if wanted is None or found is None or found is ABSENT or wanted is ABSENT:
        return wanted in (None, ABSENT) and found in (None, ABSENT)
    if isinstance(wanted, bool) or isinstance(found, bool):
        # A flag comes back as "true" or "True" from some fields. It is compared before `==`, because
        # Python calls True and 1 equal.
        return str(wanted).lower() == str(found).lower()
    if wanted == found:
        return True
    return _same_number(wanted, found) or _same_moment(wanted, found)


def _same_number(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, str) and isinstance(found, str):
        return False  # "007" and "7" are different identifiers
    try:
        return to_decimal(wanted) == to_decimal(found)
    except MisfitError:
        return False


def _same_moment(wanted: Any, found: Any) -> bool:
    if not isinstance(wanted, str) or not isinstance(found, str):
        return False
    try:
        one, other = to_datetime(wanted), to_datetime(found)
    except (MisfitError, ValueError):
        return False
    if (one.tzinfo is None) != (other.tzinfo is None):
        # Only one of the two has an offset, and the other is read as UTC. Where that guess is wrong the
        # moments differ, and the row stays unsettled.
        one, other = (moment.replace(tzinfo=moment.tzinfo or datetime.UTC) for moment in (one, other))
    return one == other


def is_masked(value: Any) -> bool:
    """Whether the vendor hides the value: it then reads the same before and after a change."""
    # A masked secret such as "****1234" or "XXXX" would look unchanged after a change that did happen.
    return isinstance(value, str) and ("**" in value or (len(value) > 1 and set(value) <= set("*•xX#")))


def compare(
    wanted: Mapping[str, Any], found: Mapping[str, Any] | None, before: Mapping[str, Any] | None
) -> Comparison:
    """Compare the wanted fields with what a read found. A change is taken to be atomic, as JSON Patch is.

    Args:
        wanted: value by wire name; None for a field that is removed.
        found: the fields read now; None where the object does not exist.
        before: the fields read before the change was sent, empty where the object did not exist; None where
            that is not known.
    """
    now, then = found or {}, before or {}
    shown = {name: value for name, value in wanted.items() if _is_shown(name, now, then)}
    # Fields that the read does not show (write-only or masked) prove nothing by themselves.
    unseen = [name for name in wanted if name not in shown]
    if (
        found is not None
        and shown
        and all(same(value, now.get(name, ABSENT)) for name, value in shown.items())
    ):
        # a hidden field is proven by a visible one of the same change, if that one did change
        moved = before is None or any(not same(then.get(name, ABSENT), shown[name]) for name in shown)
        if moved or not unseen:
            return Comparison(verdict=Verdict.DONE, proof=f"read back: {_names(shown)} as asked")
    if before is None:
        return Comparison(verdict=Verdict.UNCLEAR, proof="other values were read, and none were read before")
    # An object that did not exist and still does not exist proves that nothing was created, whatever
    # its fields would show.
    if unseen and not (found is None and before == {}):
        return Comparison(verdict=Verdict.UNCLEAR, proof=f"the read does not show {_names(unseen)}")
    if all(same(then.get(name, ABSENT), now.get(name, ABSENT)) for name in wanted):
        return Comparison(verdict=Verdict.UNTOUCHED, proof=f"read back: {_names(wanted)} as before")
    return Comparison(
        verdict=Verdict.UNCLEAR, proof=f"{_names(wanted)}: neither as asked nor as before the change"
    )


def compare_list(wanted: list[Any], now: list[Any], then: list[Any] | None) -> Comparison:
    """As `compare`, for a change that replaces a whole list. then: the list before, None if not known."""
    if all(any(same(one, row) for row in now) for one in wanted):
        return Comparison(verdict=Verdict.DONE, proof="read back: every row of the list as asked")
    if then is not None and same(then, now):
        return Comparison(verdict=Verdict.UNTOUCHED, proof="read back: the list as before")
    return Comparison(verdict=Verdict.UNCLEAR, proof="the list is neither as asked nor as before")


def compare_deletion(found: Mapping[str, Any] | None, before: Mapping[str, Any] | None) -> Comparison:
    """As `compare`, for a change after which there is no object."""
    if found is None:
        return Comparison(verdict=Verdict.DONE, proof="read back: the object is gone")
    if before:
        return Comparison(verdict=Verdict.UNTOUCHED, proof="read back: the object is there as before")
    return Comparison(
        verdict=Verdict.UNCLEAR, proof="the object is there, and it is not known whether it was before"
    )


def _is_shown(name: str, now: Mapping[str, Any], then: Mapping[str, Any]) -> bool:
    return (name in now or name in then) and not is_masked(now.get(name)) and not is_masked(then.get(name))


def changed(seen: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the fields that no longer hold the value that was seen."""
    return [name for name, value in seen.items() if not same(value, now.get(name, ABSENT))]


def _names(fields: Mapping[str, Any] | Sequence[str]) -> str:
    names = list(fields)
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def identifier_in(row: Mapping[str, Any]) -> str:
    """The row's identifier for the proof, where it has one that is a number."""
    for wire, value in row.items():
        if wire.lower().endswith("id") and isinstance(value, int) and not isinstance(value, bool):
            return f": {wire} {value}"
    return ""


__all__ = [
    "ABSENT",
    "Comparison",
    "Verdict",
    "changed",
    "compare",
    "compare_deletion",
    "compare_list",
    "is_masked",
    "same",
]
