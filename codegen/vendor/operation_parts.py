"""The parts of one operation below its lead: authorizations, tables, responses and samples."""

from __future__ import annotations

import re
from typing import Final, cast

from attrs import evolve

from codegen.vendor.document import At, Location, Route, Shape, Unplaced, VendorBody, VendorOperation
from codegen.vendor.field_blocks import FieldBlock
from codegen.vendor.lead import Lead
from codegen.vendor.lines import Line
from codegen.vendor.samples import SampleError, read_sample, same_kinds

_PARAMETERS: Final = re.compile(r"(path|query|header|cookie) Parameters:?\Z")
_AUTH: Final = re.compile(r"Authorizations?: ?(.*)\Z")
_BODY: Final = re.compile(r"Request Body schema: ?([\w.+*-]+/[\w.+*-]+)?(?: required)?\Z")
_RESPONSE_SCHEMA: Final = re.compile(r"Response Schema: ?([\w.+*-]+/[\w.+*-]+)?\Z")
_RESPONSES: Final = re.compile(r"(?:Responses|Callbacks)\Z")
_SAMPLES: Final = re.compile(r"(Request|Response) samples\Z")
_STATUS: Final = re.compile(r"(?P<status>[1-5](?:\d\d|XX)|default)(?: +(?P<text>.*))?\Z")
_MEDIA: Final = re.compile(r"[a-z]+/[\w.+*-]+\Z")
_ARRAY: Final = re.compile(r"Array(?: ?(?:\(.*\)|\[.*\]))?:?\Z")
_METHOD: Final = re.compile(r"(get|put|post|delete|patch|head|options) ?(/\S*)?\Z", re.IGNORECASE)
_PATH: Final = re.compile(r"(?:https?://[^/\s]+)?(/\S*)\Z")
_CHROME: Final = re.compile(
    r"(?:Copy|Copied|Expand all|Collapse all|(?:Copy )?Expand all Collapse all|Payload|Content type|Try it"
    r"|Show example|Example|Schema|Response Headers|No sample)\Z"
)
_MARKERS: Final = (_PARAMETERS, _AUTH, _BODY, _RESPONSES, _SAMPLES)
_SCHEMA_OR_STATUS: Final = (_RESPONSE_SCHEMA, _STATUS, _METHOD)
_STARTS: Final = re.compile(
    r"(?P<head>(?:path|query|header|cookie) Parameters|Authorizations?:"
    r"|Request Body schema: ?[\w.+*-]+/[\w.+*-]+|Content type|Responses"
    r"|Request samples|Response samples) (?P<rest>\S.*)\Z"
)
_INNER: Final = re.compile(r" (?=(?:path|query|header|cookie) Parameters(?: |\Z)|Request Body schema: )")


def is_marker(text: str) -> bool:
    """Whether a line opens a part of an operation."""
    return any(pattern.match(text) for pattern in _MARKERS)


def _opens_part(text: str) -> bool:
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
    return bool(_AUTH.match(text) and not _INNER.search(text)) or bool(_BODY.match(text))


def _unfilled(line: Line) -> list[Line]:
    if line.bullet:
        return [line]
    match = _STARTS.match(line.text)
    if match is None or (match["head"] == "Responses" and not _STATUS.match(match["rest"])):
        entries = _entries(line, line.text) if line.opens else None
        return entries or [line]
    rest = match["rest"]
    if match["head"].startswith("Authorization"):
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


class Parts:
    """Reads one operation from the first marker on."""

    def __init__(
        self, lead: Lead, section: str, lines: list[Line], index: int, unplaced: list[Unplaced]
    ) -> None:
        self.operation = VendorOperation(
            title=lead.title,
            at=At(lead.number),
            section=section,
            since=lead.since,
            since_at=At(lead.since_number) if lead.since else None,
            lists=lead.lists,
        )
        self.index = index
        self._lines = lines
        self._unplaced = unplaced

    def read(self) -> int:
        """Read all parts; the index of the line after them."""
        done = False
        while self.index < len(self._lines):
            text = self._lines[self.index].text
            if parameters := _PARAMETERS.match(text):
                self._parameters(cast(Location, parameters[1]))
            elif auth := _AUTH.match(text):
                if done:
                    break
                self._authorizations(auth[1])
            elif body := _BODY.match(text):
                self._body(body[1] or "")
            elif _RESPONSES.match(text):
                done = True
                self._responses()
            elif samples := _SAMPLES.match(text):
                done = True
                self._samples(samples[1])
            elif not (done and self._strays()):
                break
        if not done:
            reason = "the operation ends here without Responses"
            at = self._lines[min(self.index, len(self._lines) - 1)].number
            self._unplaced.append(Unplaced(At(at), self.operation.title, reason))
        return self.index

    def _strays(self) -> bool:
        """Report lines before samples: no operation begins with those, so they are still of this one."""
        rest = self._lines[self.index :]
        size = next((i for i, line in enumerate(rest) if is_marker(line.text)), None)
        if size is None or not _SAMPLES.match(rest[size].text):
            return False
        for line in rest[:size]:
            self._strange(line, "this stands between the parts of an operation")
        self.index += size
        return True

    def _take(self) -> list[Line]:
        """The lines up to the next marker."""
        start = self.index
        while self.index < len(self._lines) and not is_marker(self._lines[self.index].text):
            self.index += 1
        return self._lines[start : self.index]

    def _strange(self, line: Line, reason: str) -> None:
        self._unplaced.append(Unplaced(At(line.number), line.text, reason))

    def _authorizations(self, first: str) -> None:
        self.index += 1
        names = re.split(r" (?:or|and)? ?|, ", first) if first else []
        for line in self._take():
            if re.fullmatch(
                r"[\w\-]+(?: \([\w:., \-]+\))?|\(?[\w\- ]+(?: (?:AND|OR) [\w\- ]+)+\)?", line.text
            ):
                names.append(line.text)
            else:
                self._strange(line, "this is no name of an authorization")
        self.operation.authorizations = tuple(name for name in names if name)

    def _parameters(self, location: Location) -> None:
        self.index += 1
        for found in FieldBlock(self._unplaced, location).read(self._take()):
            key = (location, found.name)
            if key in self.operation.parameters:
                self._unplaced.append(Unplaced(found.at, found.name, "this parameter stands twice"))
            self.operation.parameters[key] = found

    def _body(self, media: str) -> None:
        body = VendorBody(media_type=media, at=At(self._lines[self.index].number))
        self.index += 1
        lines = self._take()
        while lines and (_MEDIA.match(lines[0].text) or lines[0].text == "required"):
            body.media_type = lines[0].text if _MEDIA.match(lines[0].text) else body.media_type
            lines = lines[1:]
        if lines and _ARRAY.match(lines[0].text):
            body.is_array, lines = True, lines[1:]
        body.fields = {found.name: found for found in FieldBlock(self._unplaced).read(lines)}
        self.operation.body = body

    # -- responses and samples ---------------------------------------------------------------------

    def _responses(self) -> None:
        """Status lines, the address button and response schemas, in any order."""
        self.index += 1
        statuses: list[str] = []
        while self.index < len(self._lines):
            line = self._lines[self.index]
            if _RESPONSE_SCHEMA.match(line.text):
                self._response_schema()
            elif status := _STATUS.match(line.text):
                statuses.append(status["status"])
                self.index += 1
                if not status["text"] and self._is_reason(self.index):
                    self.index += 1
            elif not self._address(line):
                break
        self.operation.statuses = tuple(statuses)

    def _is_reason(self, index: int) -> bool:
        """Whether a line describes the status before it: it hangs on it, or a part begins behind it."""
        line, *rest = [*self._lines[index : index + 2], None, None][:2]
        if line is None or _opens_part(line.text):
            return False
        return not line.opens or (rest[0] is not None and _opens_part(rest[0].text))

    def _address(self, line: Line) -> bool:
        """The button that shows method and path, with full addresses below it."""
        match = _METHOD.match(line.text)
        if match is None:
            if self.operation.route is not None and re.match(r"https?://\S+\Z", line.text):
                self.index += 1
                return True
            return False
        size, path = 1, match[2]
        if path is None:
            following = self._lines[self.index + 1] if self.index + 1 < len(self._lines) else None
            printed = _PATH.match(following.text) if following else None
            if printed is None:
                return False
            size, path = 2, printed[1]
        self.operation.route = Route(match[1].upper(), path.lstrip("/"), At(line.number))
        self.index += size
        return True

    def _response_schema(self) -> None:
        self.index += 1
        lines = []
        while self.index < len(self._lines):
            line = self._lines[self.index]
            if is_marker(line.text) or _STATUS.match(line.text) or _METHOD.match(line.text):
                break
            lines.append(line)
            self.index += 1
        if lines and _ARRAY.match(lines[0].text):
            lines = lines[1:]
        for found in FieldBlock(self._unplaced).read(lines):
            self.operation.response_fields.setdefault(found.name, found)

    def _samples(self, kind: str) -> None:
        """Tabs and media types, then one JSON value; more values stand for more statuses."""
        self.index += 1
        shown: list[Shape] = []
        while self.index < len(self._lines):
            line = self._lines[self.index]
            if line.text[0] in "{[":
                shape, self.index = read_sample(self._lines, self.index)
                shown.append(shape)
            elif (
                _CHROME.match(line.text)
                or _MEDIA.match(line.text)
                or (_STATUS.match(line.text) and not shown)
            ):
                self.index += 1
            elif not shown and re.match(r'"|-?\d|(?:true|false|null)\Z', line.text):
                shape, self.index = read_sample(self._lines, self.index)
                shown.append(shape)
            elif self._address(line):
                continue
            else:
                break
        if not shown:
            line = self._lines[min(self.index, len(self._lines) - 1)]
            raise SampleError(line.number, f"no sample stands below {kind} samples")
        operation = self.operation
        before = operation.request_sample if kind == "Request" else operation.response_sample
        if before is not None and not same_kinds(before, shown[0]):
            reason = f"a second sample of the {kind.lower()}, and it differs from the first"
            self._unplaced.append(Unplaced(shown[0].at, "", reason))
        if kind == "Request":
            operation.request_sample = before or shown[0]
        else:
            operation.response_sample = before or shown[0]
