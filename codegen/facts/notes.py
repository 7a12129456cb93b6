"""Release notes into statements: what each sentence says was added, changed or removed, and where."""

from __future__ import annotations

import re
from typing import Final

from attrs import evolve, frozen

from codegen.facts.evidence import Part, Statement, Verb
from codegen.facts.lines import Line, to_units
from codegen.facts.marks import VERSION, take_since
from codegen.facts.note_wordings import reworded
from codegen.facts.prose import is_deprecation
from codegen.ir import Place

HEADING: Final = re.compile(rf"Release Notes {VERSION}(?: ?[(:\u2013-].*)?\Z", re.IGNORECASE)
_ROUTE: Final = re.compile(r"\b(GET|PUT|POST|DELETE|PATCH|HEAD|OPTIONS) (/?[\w{}/.$\-]*[\w}])")
_NAME: Final = re.compile(r"[$@]?[A-Za-z_][\w$@.\-]*\Z")
_VERBS: Final[dict[str, Verb]] = {
    "added": "added",
    "add": "added",
    "new": "added",
    "introduced": "added",
    "updated": "updated",
    "update": "updated",
    "changed": "updated",
    "change": "updated",
    "modified": "updated",
    "fixed": "updated",
    "made": "updated",
    "removed": "removed",
    "remove": "removed",
    "deleted": "removed",
    "dropped": "removed",
    "retired": "removed",
    "deprecated": "deprecated",
    "renamed": "renamed",
    "replaced": "renamed",
}
_PARTS: Final[dict[str, Part]] = {
    "query parameter": "query",
    "path parameter": "path",
    "header parameter": "header",
    "query string parameter": "query",
    "header": "header",
    "patchable": "patchable",
    "patch": "patchable",
    "filterable": "filterable",
    "filter": "filterable",
    "sortable": "sortable",
    "sort": "sortable",
    "request body": "request",
    "body field": "request",
    "body parameter": "request",
    "request": "request",
    "response": "response",
    "result": "response",
}
_NO_CHANGE: Final = re.compile(
    r"(?:Note: ?)?(?:Internal changes .*|.*\bno (?:external )?(?:API )?changes\.?)\Z", re.IGNORECASE
)
_JOIN: Final = re.compile(r", and | and |, ?|; ?")
_KIND_WORDS: Final = re.compile(
    r"\b(?:an?|the|new|optional|required|query(?: string)?|path|header|patchable|filterable|sortable|request"
    r"|body|response|field|fields|parameter|parameters|property|properties|attribute|attributes|values?|flag|enum"
    r"|input|output|support|for|column|columns|element|elements)\b",
    re.IGNORECASE,
)
_SHAPES: Final = (
    # Added the value x to a of TITLE ROUTE
    re.compile(
        r"(?P<verb>Added) (?:an? |the )?(?:(?:new|additional|enum|valid|allowed) )*values? (?P<values>.+?)"
        r" (?:to|for) (?:the )?(?P<names>[\w$@.`\-]+)(?: enum)?(?P<detail>) (?:of|on|in|for) (?P<where>.+)\Z"
    ),
    # Renamed a to b in TITLE ROUTE; Replaced a with b in …
    re.compile(
        r"(?P<verb>Renamed|Replaced|Changed) (?P<old>.+?) (?:to|with|by)"
        r" (?P<new>[`'\"]?[$@]?[A-Za-z_][\w$@.\-]*[`'\"]?)"
        r"(?P<detail>)(?: (?:of|on|for|in|from) (?P<where>.+))?\Z"
    ),
    # Added a, b to [the] [Response of] TITLE ROUTE
    re.compile(
        r"(?P<verb>Added|New|Introduced|Removed|Deleted|Dropped|Retired|Deprecated) (?P<names>.+?)"
        r"(?P<detail>) (?:to|from|on|in|for|of) (?P<where>.+)\Z"
    ),
    # Updated a to be [a] filterable property of TITLE ROUTE; Changed type of a to …
    re.compile(
        r"(?P<verb>Updated|Changed|Made|Modified) (?P<names>.+?) to (?P<detail>(?:no longer )?be .+?)"
        r" (?:of|on|for|in) (?P<where>.+)\Z"
    ),
    # Updated TITLE ROUTE to make a non-removeable
    re.compile(
        r"(?P<verb>Updated|Changed|Modified) (?P<where>.+?) to make (?P<names>.+?)"
        r" (?P<detail>(?:a |an )?[\w-]+(?: \w+)*)\.?\Z"
    ),
    # Updated a, b on TITLE ROUTE
    re.compile(
        r"(?P<verb>Updated|Changed|Made|Modified|Fixed) (?P<names>.+?)(?P<detail>)"
        r" (?:of|on|for|in) (?P<where>.+)\Z"
    ),
)
_OF_PART: Final = re.compile(
    r"(?:the )?(?:list of )?(?P<part>response|request(?: body)?|result"
    r"|(?:filterable|sortable|patchable)(?: propert(?:y|ie)| field| list)?)s? (?:of|for|on|from|in|to) ",
    re.IGNORECASE,
)


def read_release(lines: list[Line], width: int, where: Place) -> tuple[str, list[Statement]]:
    """One entry of the notes: its version, and the statements of the sentences below its heading line."""
    heading = HEADING.match(lines[0].text)
    if heading is None:
        raise ValueError(lines[0].text)
    version = heading[1]
    found: list[Statement] = []
    opened: list[Statement] = []
    depth = 0
    for unit in to_units(lines[1:], width):
        place = Place(where.file, where.pointer, unit.number)
        if opened and _is_item(unit.text) and (unit.indent > depth or not _opens_sentence(unit.text)):
            found += [_item(unit.text, statement, place) for statement in opened]
            continue
        blank = Statement(version=version, verb="unknown", place=place, text=unit.text)
        if re.search(r"\bthe following\b.* (?:to|from|on|in|for) ", unit.text):
            text = re.sub(r"\bthe following(?: \w+)?(?= (?:to|from|on|in|for) )", "following", unit.text)
            opened, depth = _statements(text, blank), unit.indent
            if opened and opened[0].verb != "unknown":
                continue
        opened = []
        found += _statements(unit.text, blank)
    return version, found


def _opens_sentence(text: str) -> bool:
    return text.split(" ", 1)[0].lower() in _VERBS


def _is_item(text: str) -> bool:
    clean, _, _ = take_since(text)
    return any(clean.lower().startswith(f"{words} ") for words in (*_PARTS, "patchable field"))


def _item(text: str, opened: Statement, place: Place) -> Statement:
    """`Query Parameter updateAssociatedServices` below a sentence that ends in "the following to …"."""
    part = next(part for words, part in _PARTS.items() if text.lower().startswith(words))
    clean, _, _ = take_since(text)
    names = [word.strip("`. ") for word in _JOIN.split(clean) if word.strip()]
    first = names[0].split(" ")[-1] if names else ""
    return evolve(opened, part=part, names=(first, *names[1:]), place=place, text=text)


def _statements(text: str, blank: Statement) -> list[Statement]:
    """The statements of one sentence: one for each route that it speaks of."""
    if _NO_CHANGE.match(text):
        return [evolve(blank, verb="none")]
    text = reworded(text.rstrip())
    for shape in _SHAPES:
        match = shape.match(text)
        if match and (found := _shaped(_Words.of(match), blank)):
            return found
    return _plain(text, blank)


@frozen(kw_only=True)
class _Words:
    """The parts of a sentence: names, what is said of them, and where."""

    verb: Verb
    names: str
    detail: str
    where: str

    @classmethod
    def of(cls, match: re.Match[str]) -> _Words:
        parts = match.groupdict()
        verb = _VERBS[parts["verb"].lower()]
        if "old" in parts:
            return cls(
                verb="renamed",
                names=f"{parts['old']}, {parts['new']}",
                detail="",
                where=(parts.get("where") or "").rstrip("."),
            )
        if "values" in parts:
            return cls(
                verb="updated",
                names=parts["names"],
                detail=f"value {parts['values']}",
                where=parts["where"].rstrip("."),
            )
        return cls(
            verb=verb,
            names=parts["names"],
            detail=(parts.get("detail") or "").rstrip("."),
            where=parts["where"].rstrip("."),
        )


def _shaped(words: _Words, blank: Statement) -> list[Statement]:
    raw, detail, where = words.names, words.detail, words.where
    part = _part_of(f"{raw} {detail}" if raw != "following" else detail)
    names: tuple[str, ...] = ()
    if raw != "following":
        pieces = [_KIND_WORDS.sub(" ", piece).strip("`'\" ") for piece in _JOIN.split(raw)]
        names = tuple(" ".join(piece.strip("`'\" ").split()) for piece in pieces if piece.strip())
        if not names or not all(_NAME.match(name) for name in names):
            return []
    if of := _OF_PART.match(where):
        part = part or _side(of["part"])
        where = where[of.end() :]
    elif on := re.search(
        r"(?: on)? (?:the )?(response|request)(?: body)? (?:of|for) ", f" {where}", re.IGNORECASE
    ):
        # "array of strings on the Response for X": the last "of|on|for" before the title names the part.
        detail = f"{detail} {f' {where}'[: on.start()].strip()}".strip()
        part = part or _side(on[1])
        where = f" {where}"[on.end() :]
    targets = _targets(where)
    if not targets:
        return []
    return [
        evolve(blank, verb=words.verb, part=part, names=names, title=title, route=route, detail=detail)
        for title, route in targets
    ]


def _side(word: str) -> Part:
    return _PARTS.get(word.lower().split(" ")[0], "request")


def _part_of(text: str) -> Part:
    lower = text.lower()
    for words, part in _PARTS.items():
        if re.search(rf"\b{words}", lower):
            return part
    return ""


def _targets(where: str) -> list[tuple[str, str]]:
    """`TITLE GET route and TITLE GET route` into pairs; a title alone is one without a route."""
    found: list[tuple[str, str]] = []
    position = 0
    for match in _ROUTE.finditer(where):
        title = re.sub(r"\A(?:and|,)\s+", "", where[position : match.start()].strip(" ,.("))
        found.append((_title(title), f"{match[1]} {match[2].lstrip('/')}"))
        position = match.end()
    return found or ([(_title(where), "")] if where.strip(" .") else [])


def _title(text: str) -> str:
    clean = re.sub(
        r"\A(?:the |a |an |new )*(?:(?:operation|endpoint):? )?", "", text.strip(" .,"), flags=re.IGNORECASE
    )
    return re.sub(r"\s+(?:operation|endpoint|call)\Z", "", clean, flags=re.IGNORECASE).strip()


def _plain(text: str, blank: Statement) -> list[Statement]:
    """`Added [TITLE] GET route`, `Removed TITLE GET route`, `TITLE GET route is deprecated`."""
    first, _, rest = text.partition(" ")
    verb = _VERBS.get(first.lower().rstrip(":"))
    routes = list(_ROUTE.finditer(text))
    if not routes:
        return [blank]
    trailing = text[routes[-1].end() :].strip(" .")
    if verb is None or trailing:
        gone = re.search(r"\b(?:was|were|been|is|are) (?:removed|retired|deleted)\b", text)
        if verb is None and (gone or is_deprecation(text)):
            ending: Verb = "removed" if gone else "deprecated"
            targets = _targets(text[: routes[-1].end()])
            return [evolve(blank, verb=ending, part="operation", title=t, route=r) for t, r in targets]
        return [blank]
    return [evolve(blank, verb=verb, part="operation", title=t, route=r) for t, r in _targets(rest)]
