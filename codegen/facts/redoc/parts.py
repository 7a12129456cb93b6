"""The parts of one operation below its lead: authorizations, tables, responses and samples."""

from __future__ import annotations

import re

from attrs import define, evolve, field

from codegen.facts.fact import Subject
from codegen.facts.lines import Line
from codegen.facts.redoc.markers import (
    AUTH,
    BODY,
    CHROME,
    MEDIA,
    METHOD,
    PARAMETERS,
    PATH,
    RESPONSE_HEADERS,
    RESPONSE_SCHEMA,
    RESPONSES,
    SAMPLES,
    STATUS,
    is_marker,
    opens_part,
)
from codegen.facts.redoc.samples import SampleError, read_sample
from codegen.facts.redoc.shown import Shown, ShownTable, state
from codegen.facts.redoc.tables import Table, tell_entry
from codegen.facts.shapes import same_kinds
from codegen.facts.writer import Writer, route_text
from codegen.ir import Place

_TABS = re.compile(r"[1-5](?:\d\d|XX)|default")
_NAMED_AUTH = re.compile(r"[\w\-]+(?: \([\w:., \-]+\))?|\(?[\w\- ]+(?: (?:AND|OR) [\w\- ]+)+\)?")


@define
class Parts:
    """Reads from the first part of an operation on; `read` gives the index of the line after them.

    Tables are stated at the end, since the samples tell which rows are nested in which.
    """

    writer: Writer
    where: Place
    index: int
    lines: list[Line]
    _done: bool = False
    _shown: Shown = field(factory=Shown)

    def _at(self, line: Line) -> Place:
        return evolve(self.where, line=line.number)

    def read(self) -> int:
        """Read all parts and state them."""
        while self.index < len(self.lines):
            text = self.lines[self.index].text
            if parameters := PARAMETERS.match(text):
                self._parameters(parameters[1].lower())
            elif auth := AUTH.match(text):
                if self._done:
                    break
                self._authorizations(auth[1])
            elif body := BODY.match(text):
                self._read_body(body[1] or "", required=bool(body[2]))
            elif RESPONSES.match(text):
                self._done = True
                self._responses()
            elif samples := SAMPLES.match(text):
                self._done = True
                self._read_samples(samples[1].lower())
            elif not (self._done and self._strays()):
                break
        if not self._done:
            line = self.lines[min(self.index, len(self.lines) - 1)]
            title = self.writer.facts.text(self.writer.itself, "title")
            self.writer.unread(self._at(line), title, "the operation ends here without Responses")
        state(self.writer, self._shown)
        return self.index

    def _strays(self) -> bool:
        """Report lines before samples: no operation begins with those, so they are still of this one."""
        rest = self.lines[self.index :]
        size = next((i for i, line in enumerate(rest) if is_marker(line.text)), None)
        if size is None or not SAMPLES.match(rest[size].text):
            return False
        for line in rest[:size]:
            if not CHROME.match(line.text):
                self._strange(line, "this stands between the parts of an operation")
        self.index += size
        return True

    def _take(self) -> list[Line]:
        """The lines up to the next marker."""
        start = self.index
        while self.index < len(self.lines) and not is_marker(self.lines[self.index].text):
            self.index += 1
        return self.lines[start : self.index]

    def _strange(self, line: Line, reason: str) -> None:
        self.writer.unread(self._at(line), line.text, reason)

    def _authorizations(self, first: str) -> None:
        place = self._at(self.lines[self.index])
        self.index += 1
        names = re.split(r" (?:or|and)? ?|, ", first) if first else []
        for line in self._take():
            if _NAMED_AUTH.fullmatch(line.text):
                names.append(line.text)
            else:
                self._strange(line, "this is no name of an authorization")
        self.writer.say(self.writer.itself, "security", tuple(name for name in names if name), place)

    def _parameters(self, location: str) -> None:
        self.index += 1
        for entry in Table(self.writer, self.where).read(self._take()):
            tell_entry(
                self.writer, Subject("parameter", self.writer.operation, location, (entry.name,)), entry
            )

    def _read_body(self, media: str, *, required: bool) -> None:
        place = self._at(self.lines[self.index])
        self.index += 1
        self._shown.body = self._table(place, media, self._take(), required=required)

    def _table(self, place: Place, media: str, lines: list[Line], *, required: bool = False) -> ShownTable:
        """A table below its heading; media types and mark may stand on lines of their own before it."""
        names = [media] if media else []
        while lines and (MEDIA.match(lines[0].text) or lines[0].text == "required"):
            required = required or lines[0].text == "required"
            names += [lines[0].text] if MEDIA.match(lines[0].text) else []
            lines = lines[1:]
        table = Table(self.writer, self.where)
        table.read(lines)
        return ShownTable(place, tuple(dict.fromkeys(names)), required, table)

    # -- responses and samples ---------------------------------------------------------------------

    def _responses(self) -> None:
        """Status lines, the address button and response schemas, in any order."""
        self.index += 1
        current = "success"
        while self.index < len(self.lines):
            line = self.lines[self.index]
            if schema := RESPONSE_SCHEMA.match(line.text):
                self._response_schema(current, schema[1] or "")
            elif RESPONSE_HEADERS.match(line.text):
                self.index += 1
                self._table_lines()
            elif status := STATUS.match(line.text):
                current = status["status"]
                self._shown.statuses.setdefault(current, self._at(line))
                self.index += 1
                if not status["text"] and self._is_reason(self.index):
                    self.index += 1
            elif not self._address(line):
                break

    def _is_reason(self, index: int) -> bool:
        """Whether a line describes the status before it: it hangs on it, or a part begins behind it."""
        line, *rest = [*self.lines[index : index + 2], None, None][:2]
        if line is None or opens_part(line.text):
            return False
        return not line.opens or (rest[0] is not None and opens_part(rest[0].text))

    def _address(self, line: Line) -> bool:
        """The button that shows method and path, with full addresses below it."""
        itself, facts = self.writer.itself, self.writer.facts
        match = METHOD.match(line.text)
        if match is None:
            if facts.get(itself, "route") is not None and re.match(r"https?://\S+\Z", line.text):
                self.index += 1
                return True
            return False
        size, path = 1, match[2]
        if path is None:
            following = self.lines[self.index + 1] if self.index + 1 < len(self.lines) else None
            printed = PATH.match(following.text) if following else None
            if printed is None:
                return False
            size, path = 2, printed[1]
        self.writer.say(itself, "route", route_text(match[1], path), self._at(line))
        self.index += size
        return True

    def _table_lines(self) -> list[Line]:
        """The lines of a table inside the responses."""
        start = self.index
        while self.index < len(self.lines):
            text = self.lines[self.index].text
            if opens_part(text):
                break
            self.index += 1
        return self.lines[start : self.index]

    def _response_schema(self, status: str, media: str) -> None:
        place = self._at(self.lines[self.index])
        self.index += 1
        schema = self._table(place, media, self._table_lines())
        self._shown.schemas.setdefault(status, schema)

    def _read_samples(self, kind: str) -> None:
        """Tabs and media types, then one JSON value, of the first tab; a tab after a value opens another."""
        self.index += 1
        status, shown = "", False
        while self.index < len(self.lines):
            line = self.lines[self.index]
            tab = STATUS.match(line.text)
            joined = self._tabs(line.text) if kind == "response" and not shown else []
            if (tab and not tab["text"]) or joined:
                if kind == "response":
                    first = joined[0] if joined else line.text
                    status, shown = (status if status and not shown else first), False
                self.index += 1
            elif line.text[0] in "{[" or (not shown and re.match(r'"|-?\d|(?:true|false|null)\Z', line.text)):
                if not self._sample(kind, status):
                    return
                shown = True
            elif CHROME.match(line.text) or MEDIA.match(line.text):
                if line.text == "No sample":
                    self._shown.opaque.add((kind, status))
                elif not shown and MEDIA.match(line.text):
                    self._shown.media.setdefault((kind, status), []).append(line.text)
                self.index += 1
            elif line.text.startswith("<"):  # a sample that is no JSON tells nothing
                self._shown.opaque.add((kind, status))
                self.index += 1
            elif not self._address(line):
                break

    def _tabs(self, text: str) -> list[str]:
        """Tabs that a copy joined in one line, `200409`: each is a status that the page lists."""
        found = _TABS.findall(text) if len(text) > 3 else []
        return found if "".join(found) == text and set(found) <= set(self._shown.statuses) else []

    def _sample(self, kind: str, status: str) -> bool:
        line = self.lines[self.index]
        try:
            shape, self.index = read_sample(self.lines, self.index, self.where)
        except SampleError as error:
            self.writer.unread(evolve(self.where, line=error.line), "", str(error))
            self.index = self._resume(self.index)
            self._shown.broken = True
            return True
        key = (kind, status)
        before = self._shown.samples.setdefault(key, shape)
        if before is not shape and not same_kinds(before, shape):
            reason = f"a second sample of the {kind}, and it differs from the first"
            self.writer.unread(self._at(line), "", reason)
        return True

    def _resume(self, index: int) -> int:
        """Where to go on after a broken sample: behind the line that closes it."""
        start = index
        while index < len(self.lines):
            line = self.lines[index]
            if line.text in ("}", "]") and line.indent == 0 and not self._more_follows(index + 1):
                return index + 1
            if is_marker(line.text) and index > start:
                return index
            index += 1
        return index

    def _more_follows(self, index: int) -> bool:
        """Whether the sample goes on: bullets or brackets of it stand behind a line."""
        return index < len(self.lines) and bool(re.match(r'["}\],]', self.lines[index].text))
