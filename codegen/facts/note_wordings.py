"""Sentences of release notes in the wording that the shapes of `notes` read: a verb, names, and where."""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = r"[`'\"]?+(?:[$@]|[a-z])[\w$@]*+(?:[.\-][\w$@]++)*+[`'\"]?+"
_NAMES: Final = rf"(?P<names>{_NAME}(?:(?:, and |, | and ){_NAME})*+)"
_THING: Final = r"(?:[Tt]he )?+(?:(?:[Ff]ields?|[Pp]ropert(?:y|ies)|(?:[Qq]uery )?[Pp]arameters?) )?+"
_ROUTE: Final = r"(?:GET|PUT|POST|DELETE|PATCH|HEAD|OPTIONS) /?[\w{}/.$\-]*[\w}]"
_PLACE: Final = rf"(?P<where>(?:[A-Z][^.;]*? )?{_ROUTE})"
_WHERE: Final = rf"(?:of|on|in|for|from|to) {_PLACE}"
_IS: Final = r"(?:is|are|becomes?|was|were|has been|have been)"
_SUBJECT: Final = rf"{_THING}{_NAMES}"
_NEW: Final = r"(?:also )?+(?:(?:the|an?|optional|required) )*+"
_LONGEST: Final = 1_000
"""Characters of a sentence; longer ones are in no such wording."""
_WORDINGS: Final = tuple(
    (re.compile(rf"{pattern}\.?\Z"), written)
    for pattern, written in (
        # a of TITLE ROUTE is deprecated; a is now deprecated on TITLE ROUTE
        (rf"{_SUBJECT} {_WHERE} {_IS} (?:now )?+deprecated(?:[ ,;:.].*)?", "Deprecated {names} on {where}"),
        (rf"{_SUBJECT} {_IS} (?:now )?+deprecated {_WHERE}", "Deprecated {names} on {where}"),
        # a is now required on TITLE ROUTE; a of TITLE ROUTE is now an array of strings
        (rf"{_SUBJECT} {_IS} now (?P<detail>[^;]+?) {_WHERE}", "Updated {names} to be {detail} of {where}"),
        (rf"{_SUBJECT} {_WHERE} {_IS} now (?P<detail>[^;]+?)", "Updated {names} to be {detail} of {where}"),
        (
            rf"{_SUBJECT} {_IS} (?P<detail>no longer [^;]+?) {_WHERE}",
            "Updated {names} to be {detail} of {where}",
        ),
        (
            rf"{_SUBJECT} {_WHERE} {_IS} (?P<detail>no longer [^;]+?)",
            "Updated {names} to be {detail} of {where}",
        ),
        (rf"Made {_SUBJECT} (?P<detail>[a-z -]+?) {_WHERE}", "Updated {names} to be {detail} of {where}"),
        (
            rf"(?:Changed|Updated) {_SUBJECT} to (?P<detail>an? (?:array|list) of \w+)(?P<where> .+?)",
            "Updated {names} to be {detail}{where}",
        ),
        (
            rf"Added {_SUBJECT} as a (?P<detail>filterable|sortable|patchable)(?: property| field)? {_WHERE}",
            "Updated {names} to be a {detail} property of {where}",
        ),
        # a was renamed to b in TITLE ROUTE; a was removed from TITLE ROUTE
        (
            rf"{_SUBJECT} {_IS} renamed (?:to|as) (?P<detail>{_NAME}) {_WHERE}",
            "Renamed {names} to {detail} in {where}",
        ),
        (rf"{_SUBJECT} {_IS} removed {_WHERE}", "Removed {names} from {where}"),
        (rf"{_SUBJECT} {_IS} added {_WHERE}", "Added {names} to {where}"),
        # TITLE ROUTE now accepts a, b
        (rf"{_PLACE} now accepts {_NEW}{_SUBJECT}", "Added {names} to the request of {where}"),
        (
            rf"{_PLACE} now (?:also )?(?:returns|includes) {_NEW}{_SUBJECT}",
            "Added {names} to the response of {where}",
        ),
    )
)


def reworded(text: str) -> str:
    """A sentence as the shapes read it; one that is in no known wording as it is."""
    if len(text) > _LONGEST:
        return text
    for pattern, written in _WORDINGS:
        if match := pattern.match(text):
            return written.format(**match.groupdict())
    return text
