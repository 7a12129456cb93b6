"""Postman documenter metadata: the introduction of a published collection, a markdown text in a JSON file."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from codegen.facts import tells
from codegen.facts.errors import DocumentError
from codegen.facts.evidence import Mention, Rename, Role, Statement
from codegen.facts.fact import API, FactSet, Subject
from codegen.facts.lines import to_lines
from codegen.facts.marks import VERSION
from codegen.facts.postman.tables import Table, plain, read_tables
from codegen.facts.writer import Writer
from codegen.ir import Place
from codegen.read.source.node import Node

_POINTER: Final = "/collection/info/description"
_TITLE: Final = re.compile(rf"(?P<title>.+?)\s*[-\u2013\u2014]?\s*{VERSION}\s*\Z")
_LINK: Final = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
_CODE: Final = re.compile(r"``` ?\w*\s*\n(.*?)```", re.DOTALL)
_TICKED: Final = re.compile(r"`([^`\n]+)`")
_ROUTE: Final = re.compile(r"(?:(GET|PUT|POST|DELETE|PATCH) )?(/[\w/{}.:-]+/?)(?:\?([\w&=%{}.,$-]+))?\Z")
_IDENTIFIER: Final = re.compile(
    r"[A-Za-z]+(?:[A-Z][a-z0-9]+|_[A-Za-z]+|ID|IDs)[A-Za-z0-9_]*|[A-Z][a-z]+[A-Z]{2,}\b"
)
_BULLET: Final = re.compile(r"(?:[-\u2013\u2014*•·▪]|\d+[.)])\s*")
_SCHEMES: Final = {"oauth2.0": "oauth2", "apikey": "api_key"}
_AUTH: Final = re.compile(r"\b(Basic|Bearer|OAuth ?2(?:\.0)?|API key|HMAC)\b", re.IGNORECASE)
_RENAMES: Final = (
    re.compile(
        r"`?(?P<of>\w+)`?\s*-\s*`?(?P<old>\w+)`?\s*(?P<role>parameter) name changed to\s*`?(?P<new>\w+)"
    ),
    re.compile(r"(?P<role>parameter) name from\s*`?(?P<old>\w+)`?\s*to\s*`?(?P<new>\w+)"),
    re.compile(r"(?:Changed|Renamed)\s*`?(?P<old>\w+)`?\s*(?:method)?\s*(?:name)?\s*to\s*`?(?P<new>\w+)"),
    re.compile(
        r"`(?P<old>\w+)`\s*(?:method |endpoint )?(?:was |has been |is )?(?:renamed|changed)"
        r" to\s*`(?P<new>\w+)`"
    ),
)


def is_metadata(value: Any) -> bool:
    """Whether a JSON value is documenter metadata."""
    collection = value.get("collection") if isinstance(value, dict) else None
    return (
        isinstance(collection, dict)
        and isinstance(collection.get("info"), dict)
        and not isinstance(collection.get("item"), list)
    )


def read_metadata(root: Node) -> FactSet:
    """Read the metadata."""
    file = root.source.name
    info = root.get("collection").get("info").value
    text = info.get("description")
    text = text.get("content") if isinstance(text, dict) else text
    if not isinstance(text, str) or not text.strip():
        raise DocumentError(file, None, f"{_POINTER} holds no text")
    text = "\n".join(re.split(r"\r\r\n|\r\n|\n|\r", text)).replace("\u00a0", " ").replace("\ufeff", "")
    facts = FactSet(file=file, kind="postman-metadata", tells=tells.metadata())
    place = Place(file, "/collection/info/name")
    writer = Writer(facts)
    writer.there(API, place)
    match = _TITLE.match(str(info.get("name", "")).strip())
    _Page(writer, text).read()
    evidence = facts.evidence
    servers = any(True for _ in facts.subjects("server"))
    if not evidence.releases and not servers and not evidence.mentions:
        raise DocumentError(file, None, f"{_POINTER} has no base URL, no version table and no named method")
    writer.say(API, "title", match["title"].strip(" -\u2013\u2014") if match else "", place)
    newest = list(evidence.releases)[-1] if evidence.releases else ""
    writer.say(API, "version", match[2] if match else newest, place)
    return facts


def at_line(file: str, number: int, version: str = "") -> Place:
    """A line of the description, which is one string of the file."""
    where = f"version {version}" if version else f"line {number} of the text"
    return Place(file, f"{_POINTER}, {where}")


class _Page:
    def __init__(self, writer: Writer, text: str) -> None:
        self._writer = writer
        self._evidence = writer.facts.evidence
        self._text = text
        self._heading = ""

    def _at(self, number: int, version: str = "") -> Place:
        return at_line(self._writer.facts.file, number, version)

    def read(self) -> None:
        covered: set[int] = set()
        for table in read_tables(self._text):
            self._table(table)
            covered |= {table.line, table.line + 1, *(row.line for row in table.rows)}
        for block in _CODE.finditer(self._text):
            self._code(block)
        prose = _CODE.sub(lambda m: "\n" * m[0].count("\n"), self._text)
        heading = ""
        for number, line in enumerate(prose.split("\n"), 1):
            if line.strip().startswith("#"):
                heading = plain(line.strip().lstrip("# "))
            if number not in covered and line.lstrip().startswith("|"):
                self._strange(number, line.strip(), "this row stands outside a table")
            elif number not in covered:
                self._prose(line, number, heading)

    def _strange(self, number: int, text: str, reason: str) -> None:
        self._writer.unread(self._at(number), text[:120], reason)

    # -- tables ------------------------------------------------------------------------------------

    def _table(self, table: Table) -> None:
        header = " ".join(table.header)
        width = len(table.header)
        for row in table.rows:
            if len(row.cells) != width or not row.cells[0]:
                self._strange(row.line, " | ".join(row.cells), f"a row of this table has {width} cells")
            elif "base url" in header:
                self._server(row.cells, row.line)
            elif "code" in header:
                self._status(_by_column(table, row.cells), row.line)
            elif "version" in table.header[0]:
                self._version(row.cells, row.line)
            else:
                self._strange(
                    row.line, " | ".join(row.cells), f"no rule reads a table of {', '.join(table.header)}"
                )

    def _server(self, cells: list[str], line: int) -> None:
        link = _LINK.search(cells[-1])
        url = (link[2] if link else cells[-1]).strip("<> ")
        if link and link[1].strip().rstrip("/") != url.rstrip("/"):
            self._strange(line, link[0], "this link shows another address than it leads to")
        if not re.match(r"https?://\S+\Z", url):
            self._strange(line, cells[-1], "this is no base URL")
            return
        server = Subject("server", path=(cells[0].split(" ")[0].lower(),))
        self._writer.say(self._writer.there(server, self._at(line)), "url", url.rstrip("/"), self._at(line))

    def _status(self, cells: list[str], line: int) -> None:
        """Code and name, whatever the order of their columns."""
        for code in re.split(r"[,/ ]+", cells[0]):
            if re.fullmatch(r"[1-5](\d\d|xx)", code):
                subject = Subject("status", path=(code,))
                if subject in self._writer.facts:
                    self._strange(line, code, "this status code stands twice")
                self._writer.there(subject, self._at(line))
                self._writer.say(subject, "title", cells[1] if len(cells) > 1 else "", self._at(line))
            else:
                self._strange(line, cells[0], f"{code!r} is no status code")

    def _version(self, cells: list[str], line: int) -> None:
        match = re.fullmatch(VERSION, cells[0])
        if match is None:
            self._strange(line, cells[0], "this is no version number")
            return
        version = match[1]
        where = self._at(line, version)
        if version in self._evidence.releases:
            self._strange(line, version, "this version stands twice in the table")
        self._evidence.releases.setdefault(version, where)
        for sentence in re.split(r"<br\s*/?>", cells[-1]):
            clean = _clean(sentence)
            if clean:
                said = Statement(version=version, verb="unknown", place=where, text=clean)
                self._evidence.statements.append(said)
                self._names(clean, where, version)

    # -- prose -------------------------------------------------------------------------------------

    def _code(self, block: re.Match[str]) -> None:
        number = self._text.count("\n", 0, block.start()) + 2
        try:
            value = json.loads(block[1])
        except json.JSONDecodeError:
            self._strange(number, block[1].strip(), "this example is not valid JSON")
            return
        for key in value if isinstance(value, dict) else ():
            self._writer.there(Subject("error-field", path=(key,)), self._at(number))

    def _prose(self, line: str, number: int, heading: str) -> None:
        text = _clean(line)
        for match in re.finditer(r"`(\w+)` key\b", text):
            if match[1][0].islower():
                self._writer.there(Subject("error-field", path=(match[1],)), self._at(number))
        if heading.lower().startswith("authentication"):
            for match in _AUTH.finditer(text):
                name = _SCHEMES.get(re.sub(r"\s", "", match[1].lower()), match[1].lower())
                scheme = self._writer.there(Subject("scheme", path=(name,)), self._at(number))
                self._writer.say(scheme, "type", name, self._at(number))
        self._names(text, self._at(number), "")

    def _names(self, text: str, where: Place, version: str) -> None:
        """Identifiers, in backticks or not, and the renames that the text speaks of."""
        self._renames(text, where, version)
        bare = re.sub(r"https?://\S+|!\[[^\]]*\]\([^)]*\)|<[^>]+>", " ", text)
        for match in _TICKED.finditer(bare):
            span = match[1].strip()
            route = _ROUTE.match(span)
            if route and route[2].count("/") > 1:
                self._evidence.mentions.append(Mention(span, "route", where, version))
            elif re.fullmatch(r"[A-Za-z][\w ]*", span) and not span.isdigit():
                role = _role(bare, match.start(), match.end())
                if " " in span or _IDENTIFIER.fullmatch(span) or role != "name":
                    self._evidence.mentions.append(Mention(span, role, where, version))
        rest = _TICKED.sub(lambda m: " " * len(m[0]), bare)
        for match in _IDENTIFIER.finditer(rest):
            self._evidence.mentions.append(
                Mention(match[0], _role(bare, match.start(), match.end()), where, version)
            )

    def _renames(self, text: str, where: Place, version: str) -> None:
        target = ""
        for pattern in (_RENAMES[0], _RENAMES[2], _RENAMES[3], _RENAMES[1]):
            for match in pattern.finditer(text):
                parts = match.groupdict()
                of = parts.get("of") or target
                if parts.get("role"):
                    self._evidence.renames.append(
                        Rename(parts["old"], parts["new"], "parameter", where, of, version)
                    )
                    continue
                target = parts["new"]
                if (
                    _IDENTIFIER.fullmatch(parts["old"])
                    and _IDENTIFIER.fullmatch(target)
                    and target[0].isupper()
                ):
                    known = Rename(parts["old"], target, "method", where, "", version)
                    if known not in self._evidence.renames:
                        self._evidence.renames.append(known)


def _clean(sentence: str) -> str:
    """A sentence with plain quotes and spaces, without its bullet or number."""
    lines = to_lines(plain(sentence))
    text = " ".join(line.text for line in lines)
    return _BULLET.sub("", text, count=1) if _BULLET.match(text) else text


def _role(text: str, start: int, end: int) -> Role:
    """What the words around a name call it."""
    after = re.match(r"[`'\u2019\s]*s?\s*(?:API |new )?(\w+)", text[end:])
    before = re.search(r"(\w+)(?: called)?[\s(`]*\Z", text[:start])
    words = {match[1].lower() for match in (after, before) if match}
    if words & {"method", "call", "endpoint", "endpointed", "function", "methods"}:
        return "method"
    if words & {"flag", "field", "parameter", "column", "attribute"}:
        return "parameter"
    return "name"


def _by_column(table: Table, cells: list[str]) -> list[str]:
    """The cells of a status row, its code first and its name second."""
    code = next((i for i, name in enumerate(table.header) if "code" in name), 0)
    if not re.search(r"\d", cells[code]):
        code = next((i for i, cell in enumerate(cells) if re.match(r"[1-5]\d\d", cell)), code)
    name = next(
        (i for i, n in enumerate(table.header) if i != code and re.search(r"name|title|status", n)), None
    )
    rest = [i for i in range(len(cells)) if i != code]
    return [cells[code], *(cells[i] for i in ([name] if name is not None else rest[:1]))]
