"""The lines that open the parts of an operation, and texts whose paragraphs were filled by an editor."""

from __future__ import annotations

import re
from typing import Final

from attrs import evolve

from codegen.facts.lines import Line

PARAMETERS: Final = re.compile(r"(path|query|header|cookie) Parameters:?\Z", re.IGNORECASE)
AUTH: Final = re.compile(r"Authorizations?: ?(.*)\Z", re.IGNORECASE)
_ONE_MEDIA: Final = r"[\w.+*-]+/[\w.+*-]+(?:; ?[\w-]+=[\w.\"-]+)*"
BODY: Final = re.compile(rf"Request Body schema: ?({_ONE_MEDIA})?( required)?\Z", re.IGNORECASE)
RESPONSE_SCHEMA: Final = re.compile(rf"Response Schema: ?({_ONE_MEDIA})?\Z", re.IGNORECASE)
RESPONSE_HEADERS: Final = re.compile(r"Response Headers\Z", re.IGNORECASE)
RESPONSES: Final = re.compile(r"(?:Responses|Callbacks)\Z", re.IGNORECASE)
SAMPLES: Final = re.compile(r"(Request|Response|Callback payload) samples\Z", re.IGNORECASE)
STATUS: Final = re.compile(r"(?P<status>[1-5](?:\d\d|XX)|default)(?: +(?P<text>.*))?\Z")
MEDIA: Final = re.compile(rf"{_ONE_MEDIA}\Z")
ARRAY: Final = re.compile(r"Array(?: ?(?:\(.*\)|\[.*\]|of .*))?:?\Z")
ONE_OF: Final = re.compile(r"(?:One of|Any of):?\Z", re.IGNORECASE)
METHOD: Final = re.compile(r"(get|put|post|delete|patch|head|options) ?(/\S*)?\Z", re.IGNORECASE)
PATH: Final = re.compile(r"(?:https?://[^/\s]+)?(/\S*)\Z")
CHROME: Final = re.compile(
    r"(?:Copy|Copied|(?:Copy ?)?(?:Expand all ?)?(?:Collapse all)?|Payload|Content type|Try it|Show example"
    r"|Example|Schema|No sample|API docs by Redocly|Powered by Redoc(?:ly)?|Hide|Show|Menu)\Z"
)
"""Buttons and labels of the page itself."""
_MARKERS: Final = (PARAMETERS, AUTH, BODY, RESPONSES, SAMPLES)
_SCHEMA_OR_STATUS: Final = (RESPONSE_SCHEMA, RESPONSE_HEADERS, STATUS, METHOD)
_STARTS: Final = re.compile(
    r"(?P<head>(?:path|query|header|cookie) Parameters|(?:PATH|QUERY|HEADER|COOKIE) PARAMETERS"
    r"|Authorizations?:|AUTHORIZATIONS?:|(?:Request Body schema|REQUEST BODY SCHEMA): ?[\w.+*-]+/[\w.+*-]+"
    r"|Content type|Responses|Request samples|Response samples) (?P<rest>\S.*)\Z"
)
_INNER: Final = re.compile(
    r" (?=(?:(?:path|query|header|cookie) Parameters|(?:PATH|QUERY|HEADER|COOKIE) PARAMETERS)(?: |\Z)"
    r"|(?:Request Body schema|REQUEST BODY SCHEMA): )"
)


def is_marker(text: str) -> bool:
    """Whether a line opens a part of an operation."""
    return any(pattern.match(text) for pattern in _MARKERS)


def opens_part(text: str) -> bool:
    """Whether a line opens a part of an operation, or one inside its responses."""
    return is_marker(text) or any(pattern.match(text) for pattern in _SCHEMA_OR_STATUS)


def unfill(lines: list[Line]) -> list[Line]:
    """Undo what a paragraph filler does: joined markers and cells get their own lines back."""
    filled = any(_STARTS.match(line.text) and not line.bullet and not _alone(line.text) for line in lines)
    if not filled:
        return lines
    split: list[Line] = []
    for line in _rejoined(lines):
        split += _unfilled(line)
    return split


def _rejoined(lines: list[Line]) -> list[Line]:
    """Filled paragraphs that begin with a marker, each as one line again."""
    joined: list[Line] = []
    inside = False
    for line in lines:
        starts = not line.bullet and _STARTS.match(line.text) is not None and not _alone(line.text)
        if inside and not line.opens and not line.bullet and line.text[0] not in "{[":
            joined[-1] = evolve(joined[-1], text=f"{joined[-1].text} {line.text}")
            continue
        inside = starts
        joined.append(line)
    return joined


def _alone(text: str) -> bool:
    """A marker line that is complete by itself, though more words follow its first ones."""
    return bool(AUTH.match(text) and not _INNER.search(text)) or bool(BODY.match(text))


def _unfilled(line: Line) -> list[Line]:
    if line.bullet:
        return [line]
    match = _STARTS.match(line.text)
    if match is None or (match["head"] == "Responses" and not STATUS.match(match["rest"])):
        entries = _entries(line, line.text) if line.opens else None
        return entries or [line]
    rest = match["rest"]
    if match["head"].lower().startswith("authorization"):
        pieces = _INNER.split(rest, maxsplit=1)
        head = _piece(line, f"{match['head']} {pieces[0]}", opens=line.opens)
        return [head, *(_unfilled(_piece(line, pieces[1])) if len(pieces) > 1 else [])]
    return [_piece(line, match["head"], opens=line.opens), *_table(line, rest)]


_CELLS: Final = re.compile(
    r"(?P<name>\$?[A-Za-z_][\w$@.\-]*)(?P<required> required)? "
    r"(?P<type>(?:Array of )?(?:string|integer|number|boolean|object|any)s?(?: <[^>]+>)?(?: \([^)]*\))?)"
    r"(?P<more>(?: Enum:(?: \"[^\"]*\")+)?(?: (?:Example|Default): \S+(?: \S+)*?)?)(?= |\Z)"
)
_TECHNICAL: Final = re.compile(r"\A[$a-z]|[a-z0-9][A-Z]|[A-Z]{2}")
_MORE: Final = re.compile(r" (?=(?:Enum|Example|Default): )")


def _entries(line: Line, text: str) -> list[Line] | None:
    """The cells of one or more entries that fill a whole paragraph; None when it is something else."""
    found: list[Line] = []
    while text:
        cells = _CELLS.match(text)
        if cells is None or not (cells["required"] or _TECHNICAL.search(cells["name"])):
            return None
        more, rest = cells["more"], text[cells.end() :].strip()
        if "Example:" in more and not _CELLS.match(rest):
            more, rest = f"{more} {rest}".rstrip(), ""
        words = [
            cells["name"],
            *(["required"] if cells["required"] else []),
            cells["type"],
            *_MORE.split(more),
        ]
        found += [_piece(line, word.strip(), opens=not found) for word in words if word.strip()]
        text = rest
    return found or None


def _table(line: Line, rest: str) -> list[Line]:
    """What was filled into the line of a marker: first entries of its table, or a media type and a sample."""
    lines: list[Line] = []
    if inner := _INNER.search(rest):
        return [*_table(line, rest[: inner.start()]), *_unfilled(_piece(line, rest[inner.end() :]))]
    if array := re.match(r"Array(?= |\Z) ?", rest):
        lines, rest = [_piece(line, "Array")], rest[array.end() :]
    media = re.match(r"([a-z]+/[\w.+*-]+) (?=[{\[])", rest)
    parts = [media[1], rest[media.end() :]] if media else [rest] if rest else []
    return [*lines, *(_entries(line, rest) or [_piece(line, part) for part in parts])]


def _piece(line: Line, text: str, *, opens: bool = False) -> Line:
    return Line(line.number, text, line.indent, False, opens, False, line.width)
