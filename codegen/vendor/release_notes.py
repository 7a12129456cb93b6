"""Release notes into statements: what each sentence says was added, changed or removed, and where."""

from __future__ import annotations

import re
from typing import Final

from attrs import evolve

from codegen.vendor.document import At, Release, Route, Statement
from codegen.vendor.lines import Line, to_units
from codegen.vendor.marks import VERSION, take_since

HEADING: Final = re.compile(rf"Release Notes {VERSION}(?: \(.*\))?\Z", re.IGNORECASE)
_ROUTE: Final = re.compile(r"\b(GET|PUT|POST|DELETE|PATCH|HEAD|OPTIONS) (/?[\w{}/.$\-]*[\w}])")
_VERBS: Final = {
    "added": "added",
    "new": "added",
    "updated": "updated",
    "changed": "updated",
    "fixed": "updated",
    "removed": "removed",
    "deleted": "removed",
    "deprecated": "deprecated",
    "renamed": "renamed",
}
_FACETS: Final = {
    "query parameter": "query",
    "path parameter": "path",
    "header parameter": "header",
    "patchable field": "patchable",
    "patchable propert": "patchable",
    "filterable": "filterable",
    "sortable": "sortable",
    "request body": "body",
    "body field": "body",
    "request": "body",
    "response": "response",
}
_NO_CHANGE: Final = re.compile(
    r"(?:Note: ?)?(?:Internal changes .*|.*\bno (?:external )?(?:API )?changes\.?)\Z", re.IGNORECASE
)
_CAMEL: Final = re.compile(
    r"\$?[a-z][a-z0-9]*(?:[A-Z][A-Za-z0-9]*)+\Z|[A-Z]+[A-Z][a-z][A-Za-z0-9]*\Z|[a-z0-9]+\Z"
)
_JOIN: Final = re.compile(r", and | and |, ?")
_SHAPES: Final = (
    # Added a, b to [the] [Response of] TITLE ROUTE
    re.compile(
        r"(?P<verb>Added|Removed|Deleted|Deprecated) (?P<names>.+?) (?:to|from|on|in) (?P<where>.+)\Z"
    ),
    # Updated a to be [a] filterable property of TITLE ROUTE
    re.compile(
        r"(?P<verb>Updated|Changed) (?P<names>.+?) to (?P<detail>be .+?) (?:of|on|for|in) (?P<where>.+)\Z"
    ),
    # Updated TITLE ROUTE to make a non-removeable
    re.compile(r"(?P<verb>Updated|Changed) (?P<where>.+?) to make (?P<names>\S+) (?P<detail>.+)\Z"),
)
_RESPONSE_OF: Final = re.compile(
    r"(?:the )?(?P<facet>response|request(?: body)?)s? (?:of|for|on) ", re.IGNORECASE
)


def read_release(lines: list[Line], width: int) -> Release:
    """One entry of the notes: its heading line and what stands below it."""
    heading = HEADING.match(lines[0].text)
    if heading is None:
        raise ValueError(lines[0].text)
    release = Release(version=heading[1], at=At(lines[0].number))
    opened: list[Statement] = []
    depth = 0
    for unit in to_units(lines[1:], width):
        at = At(unit.number)
        if opened and _is_item(unit.text) and (unit.indent > depth or not unit.text.startswith("Added")):
            release.statements += [_item(unit.text, statement, at) for statement in opened]
            continue
        if re.search(r"\bthe following (?:to|from|on) ", unit.text):
            opened, depth = (
                _statements(unit.text.replace("the following", "following"), release.version, at),
                unit.indent,
            )
            continue
        opened = []
        release.statements += _statements(unit.text, release.version, at)
    return release


def _is_item(text: str) -> bool:
    return any(text.lower().startswith(words) for words in _FACETS)


def _item(text: str, opened: Statement, at: At) -> Statement:
    """`Query Parameter updateAssociatedServices` below a sentence that ends in "the following to …"."""
    facet = next(facet for words, facet in _FACETS.items() if text.lower().startswith(words))
    text, _, _ = take_since(text)
    names = tuple(part.strip("`. ") for part in _JOIN.split(text) if part.strip())
    first = names[0].split(" ")[-1] if names else ""
    return evolve(opened, facet=facet, names=(first, *names[1:]), at=at, text=text)


def _statements(text: str, version: str, at: At) -> list[Statement]:
    """The statements of one sentence: one for each route that it speaks of."""
    blank = Statement(version, "unknown", "", (), "", None, at, text)
    if _NO_CHANGE.match(text):
        return [evolve(blank, verb="none")]
    for shape in _SHAPES:
        match = shape.match(text)
        if match and (found := _shaped(match, blank)):
            return found
    return _plain(text, blank)


def _shaped(match: re.Match[str], blank: Statement) -> list[Statement]:
    parts = match.groupdict()
    raw, detail = parts["names"], (parts.get("detail") or "").rstrip(".")
    names = tuple(name.strip("`'\" ") for name in _JOIN.split(raw)) if raw != "following" else ()
    if not all(re.fullmatch(r"[$@]?[\w$@.\-]+", name) for name in names):
        return []
    facet, where = _facet_of(detail), parts["where"]
    if of := _RESPONSE_OF.match(where):
        # "array of strings on the Response for X": the last "of|on|for" before the title names the part.
        facet, where = (
            facet or ("response" if of["facet"].lower() == "response" else "body"),
            where[of.end() :],
        )
    elif on := re.search(r"(?: on)? (?:the )?(response|request) (?:of|for) ", f" {where}", re.IGNORECASE):
        detail = f"{detail} {f' {where}'[: on.start()].strip()}".strip()
        facet = facet or ("response" if on[1].lower() == "response" else "body")
        where = f" {where}"[on.end() :]
    return [
        evolve(
            blank,
            verb=_VERBS[parts["verb"].lower()],
            facet=facet,
            names=names,
            title=title,
            route=route,
            detail=detail,
        )
        for title, route in _targets(where, blank.at)
    ]


def _facet_of(detail: str) -> str:
    lower = detail.lower()
    return next((facet for words, facet in _FACETS.items() if words in lower), "")


def _targets(where: str, at: At) -> list[tuple[str, Route | None]]:
    """`TITLE GET route and TITLE GET route` into pairs."""
    found: list[tuple[str, Route | None]] = []
    position = 0
    for match in _ROUTE.finditer(where):
        title = re.sub(r"\A(?:and|,)\s+", "", where[position : match.start()].strip(" ,."))
        found.append((title.strip(), Route(match[1], match[2].lstrip("/"), at)))
        position = match.end()
    return found or ([(where.strip(" ."), None)] if where.strip(" .") else [])


def _plain(text: str, blank: Statement) -> list[Statement]:
    """`Added [TITLE] GET route`, `Removed TITLE`."""
    verb = _VERBS.get(text.split(" ", 1)[0].lower())
    rest = text.split(" ", 1)[1] if " " in text else ""
    routes = [(title, route) for title, route in _targets(rest, blank.at) if route]
    last = _ROUTE.search(rest)
    trailing = rest[list(_ROUTE.finditer(rest))[-1].end() :].strip(" .") if last else ""
    if verb is None or not routes or trailing:
        return [blank]
    clean = re.compile(r"\A(?:a |the |an )?(?:new )?(?:operation |endpoint )?", re.IGNORECASE)
    return [evolve(blank, verb=verb, facet="operation", title=clean.sub("", t), route=r) for t, r in routes]
