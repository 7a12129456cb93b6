"""Postman documenter metadata: the introduction of a published collection, a markdown text in a JSON file."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from codegen.vendor.document import (
    At,
    Named,
    Release,
    Rename,
    Statement,
    Unplaced,
    VendorDocument,
    VendorError,
)
from codegen.vendor.lines import to_lines
from codegen.vendor.markdown_tables import Table, plain, read_tables
from codegen.vendor.marks import VERSION

TELLS: Final = frozenset({"version", "servers", "statuses", "named", "releases", "error-keys", "auth"})
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


def is_postman_page(value: Any) -> bool:
    """Whether a JSON value is documenter metadata."""
    collection = value.get("collection") if isinstance(value, dict) else None
    return (
        isinstance(collection, dict) and isinstance(collection.get("info"), dict) and "item" not in collection
    )


def read_postman_page(value: Any, file: str) -> VendorDocument:
    """Read the metadata."""
    info = value["collection"]["info"]
    text = info.get("description")
    text = text.get("content") if isinstance(text, dict) else text
    if not isinstance(text, str) or not text.strip():
        raise VendorError(file, None, f"{_POINTER} holds no text")
    text = "\n".join(re.split(r"\r\r\n|\r\n|\n|\r", text)).replace("\u00a0", " ").replace("\ufeff", "")
    document = VendorDocument(
        file=file, kind="postman-page", tells=TELLS, version_at=At(pointer="/collection/info/name")
    )
    match = _TITLE.match(str(info.get("name", "")).strip())
    if match:
        document.title, document.version = match["title"].strip(" -\u2013\u2014"), match[2]
    _Page(document, text).read()
    if not document.releases and not document.servers and not document.named:
        raise VendorError(file, None, f"{_POINTER} has no base URL, no version table and no named method")
    newest = document.releases[-1].version if document.releases else ""
    document.version = document.version or newest
    return document


def at_line(number: int, version: str = "") -> At:
    """A line of the description, which is one string of the file."""
    where = f"version {version}" if version else f"line {number} of the text"
    return At(pointer=f"{_POINTER}, {where}")


class _Page:
    def __init__(self, document: VendorDocument, text: str) -> None:
        self._document = document
        self._text = text

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
        self._document.unplaced.append(Unplaced(at_line(number), text[:120], reason))

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
                self._status(row.cells, row.line)
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
        self._document.servers[cells[0].split(" ")[0].lower()] = (url.rstrip("/"), at_line(line))

    def _status(self, cells: list[str], line: int) -> None:
        for code in re.split(r"[,/ ]+", cells[0]):
            if re.fullmatch(r"[1-5](\d\d|xx)", code):
                if code in self._document.statuses:
                    self._strange(line, code, "this status code stands twice")
                self._document.statuses[code] = (cells[1] if len(cells) > 1 else "", at_line(line))
            else:
                self._strange(line, cells[0], f"{code!r} is no status code")

    def _version(self, cells: list[str], line: int) -> None:
        match = re.fullmatch(VERSION, cells[0])
        if match is None:
            self._strange(line, cells[0], "this is no version number")
            return
        version = match[1]
        where = at_line(line, version)
        release = Release(version=version, at=where)
        if any(known.version == version for known in self._document.releases):
            self._strange(line, version, "this version stands twice in the table")
        for sentence in re.split(r"<br\s*/?>", cells[-1]):
            clean = _clean(sentence)
            if clean:
                release.statements.append(Statement(version, "unknown", "", (), "", None, where, clean))
                self._names(clean, where, version)
        self._document.releases.append(release)

    # -- prose -------------------------------------------------------------------------------------

    def _code(self, block: re.Match[str]) -> None:
        number = self._text.count("\n", 0, block.start()) + 2
        try:
            value = json.loads(block[1])
        except json.JSONDecodeError:
            self._strange(number, block[1].strip(), "this example is not valid JSON")
            return
        for key in value if isinstance(value, dict) else ():
            self._document.error_keys[key] = at_line(number)

    def _prose(self, line: str, number: int, heading: str) -> None:
        text = _clean(line)
        for match in re.finditer(r"`(\w+)` key\b", text):
            if match[1][0].islower():
                self._document.error_keys.setdefault(match[1], at_line(number))
        if heading.lower().startswith("authentication"):
            for match in _AUTH.finditer(text):
                self._document.auth.setdefault(match[1].lower(), at_line(number))
        self._names(text, at_line(number), "")

    def _names(self, text: str, where: At, version: str) -> None:
        """Identifiers, in backticks or not, and the renames that the text speaks of."""
        self._renames(text, where, version)
        bare = re.sub(r"https?://\S+|!\[[^\]]*\]\([^)]*\)|<[^>]+>", " ", text)
        for match in _TICKED.finditer(bare):
            span = match[1].strip()
            route = _ROUTE.match(span)
            if route and route[2].count("/") > 1:
                self._document.named.append(Named(span, "route", where, version))
            elif re.fullmatch(r"[A-Za-z][\w ]*", span) and not span.isdigit():
                role = _role(bare, match.start(), match.end())
                if " " in span or _IDENTIFIER.fullmatch(span) or role != "name":
                    self._document.named.append(Named(span, role, where, version))
        rest = _TICKED.sub(lambda m: " " * len(m[0]), bare)
        for match in _IDENTIFIER.finditer(rest):
            self._document.named.append(
                Named(match[0], _role(bare, match.start(), match.end()), where, version)
            )

    def _renames(self, text: str, where: At, version: str) -> None:
        target = ""
        for pattern in (_RENAMES[0], _RENAMES[2], _RENAMES[3], _RENAMES[1]):
            for match in pattern.finditer(text):
                parts = match.groupdict()
                of = parts.get("of") or target
                if parts.get("role"):
                    self._document.renames.append(
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
                    if known not in self._document.renames:
                        self._document.renames.append(known)


def _clean(sentence: str) -> str:
    """A sentence with plain quotes and spaces, without its bullet or number."""
    lines = to_lines(plain(sentence))
    text = " ".join(line.text for line in lines)
    return _BULLET.sub("", text, count=1) if _BULLET.match(text) else text


def _role(text: str, start: int, end: int) -> str:
    """What the words around a name call it."""
    after = re.match(r"[`'\u2019\s]*s?\s*(?:API |new )?(\w+)", text[end:])
    before = re.search(r"(\w+)(?: called)?[\s(`]*\Z", text[:start])
    words = {match[1].lower() for match in (after, before) if match}
    if words & {"method", "call", "endpoint", "endpointed", "function", "methods"}:
        return "method"
    if words & {"flag", "field", "parameter", "column", "attribute"}:
        return "parameter"
    return "name"
