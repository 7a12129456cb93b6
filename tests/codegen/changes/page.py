"""A page in the layout of the vendor's, rendered from the facts of a spec: full size, none of its prose.

`frozen` holds the specs as they once were: tests that change one thing need a page that stays, whatever the
vendors change. The shipped specs have their own tests. `page_text` prints the page as its text was once
saved, `browser_text` as a browser copies it, with routes, statuses and buttons.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from codegen.changes.baseline import Baseline, load_baseline
from codegen.facts.fact import API, FactSet, Subject, SubjectKind
from codegen.facts.reading import read_spec

SHIPPED = Path(__file__).resolve().parents[3] / "specs" / "idi" / "openapi.yaml"
FROZEN = Path(__file__).resolve().parent / "frozen"
IDI = FROZEN / "openapi.yaml"
_VALUES = {"integer": "7", "number": "1.5", "boolean": "true", "string": '"text"', "any": '"text"'}
_LINK = (
    "\"https://api.idibilling.com/OrderManagement/2X/anenvironment/api/odataquery?$filter=a eq 'b'&$skip=50\""
)


def page_text(of: Path = IDI) -> str:
    """The page that says exactly what the spec says."""
    return "\n".join(Page(read_spec(of), load_baseline(of)).lines())


def browser_text(of: Path = IDI, *, capitals: bool = True) -> str:
    """The same page as a browser copies it: no bullets, no indents, buttons and routes."""
    return "\n".join(Page(read_spec(of), load_baseline(of), browser=True, capitals=capitals).lines())


class Page:
    """Prints a page."""

    def __init__(
        self, facts: FactSet, baseline: Baseline, *, browser: bool = False, capitals: bool = False
    ) -> None:
        self.facts = facts
        self.baseline = baseline
        self.browser = browser
        self.capitals = capitals
        self.bullet = "" if browser else "  • "

    def lines(self) -> list[str]:
        """All lines."""
        title = self.facts.text(API, "title")
        lines = [f"{title} ({self.facts.text(API, 'version')})", ""]
        lines += ["Download OpenAPI specification:Download", ""]
        lines += [f"{title} Concepts", "", "What this is about, in a sentence that ends.", ""]
        section = ""
        for subject in self.facts.subjects("operation"):
            if self.facts.is_assumed(subject):
                continue
            own = self.facts.text(subject, "section")
            if own != section:
                section = own
                lines += [section, "", f"Resources that have to do with {section.lower()}.", ""]
            lines += self._operation(subject)
        return lines + self._notes()

    def _heading(self, text: str) -> str:
        head, colon, rest = text.partition(":")
        return f"{head.upper()}{colon}{rest}" if self.capitals else text

    def _operation(self, subject: Subject) -> list[str]:
        facts, key = self.facts, subject.operation
        since = facts.text(subject, "revision")
        route = facts.text(subject, "route")
        noted = [m for marks in self.baseline.releases.values() for m in marks if m.endswith(route)]
        marked = since and not (noted and since in ("1.00", "1.03"))
        mark = f" [Rev {since}]" if marked else ""
        badge = " Deprecated" if facts.value(subject, "deprecated") else ""
        lines = [f"{facts.text(subject, 'title')}{badge}", "", f"One sentence on what this does.{mark}", ""]
        lines += self._lists(key)
        security = facts.get(subject, "security")
        if security is not None and security.provenance == "documented" and isinstance(security.value, tuple):
            lines += [self._heading("Authorizations:"), *security.value]
        for where in ("path", "query", "header"):
            fields = [s for s in facts.subjects("parameter", key) if s.where == where and len(s.path) == 1]
            lines += [self._heading(f"{where} Parameters"), *self._fields(fields)] if fields else []
        lines += self._body(key)
        return [*lines, "", "Responses", *self._responses(key), "", *self._samples(key)]

    def _lists(self, key: str) -> list[str]:
        lines: list[str] = []
        listed = {kind: list(self.facts.subjects(kind, key)) for kind in _lists()}
        if listed["filterable"] or listed["sortable"]:
            lines += ["Available Fields", "", "The following is a list of fields.", ""]
            for kind in ("filterable", "sortable"):
                names = [self._marked(s.name, s) for s in listed[kind]]
                none = f"No fields are {kind}."
                lines.append(f"{self.bullet}{kind.capitalize()} : {', '.join(names) or none}")
        if listed["patchable"]:
            lines += ["Patchable Fields", "", "Allowed operations for each field.", ""]
            for s in listed["patchable"]:
                verbs = self.facts.value(s, "verbs")
                text = f"{s.name} : {', '.join(verbs if isinstance(verbs, tuple) else ())}"
                lines += [f"{self.bullet}{self._marked(text, s)}", ""]
        return lines

    def _marked(self, text: str, subject: Subject) -> str:
        since = self.facts.text(subject, "revision")
        return f"{text} [Rev {since}]" if since else text

    def _fields(self, fields: list[Subject]) -> list[str]:
        lines: list[str] = []
        for s in fields:
            facts = self.facts
            lines += [facts.text(s, "page-name") or s.name]
            lines += ["required"] if facts.value(s, "required") else []
            form = facts.text(s, "format")
            kind = facts.text(s, "documented-type") or facts.text(s, "type")
            items = facts.text(Subject(s.kind, s.operation, s.where, (*s.path, "[]")), "type")
            kind = f"Array of {items}s" if kind == "array" and items else kind
            kind = f"{kind} <{form}>" if form in ("date", "date-time") else kind
            lines.append(kind + facts.text(s, "pattern"))
            lines += ["Deprecated"] if facts.value(s, "deprecated") else []
            default = facts.text(s, "default")
            lines += [f"Default: {default}"] if default else []
            enum = facts.value(s, "enum")
            lines += ["Enum: " + " ".join(f'"{v}"' for v in enum)] if isinstance(enum, tuple) else []
            lines += ["", f"{self._marked('What this one means.', s)}", ""]
        return lines

    def _body(self, key: str) -> list[str]:
        root = Subject("request-field", key)
        media = self.facts.value(Subject("request", key), "media-types")
        if not isinstance(media, tuple):
            return []
        is_array = self.facts.text(root, "type") == "array"
        depth = 2 if is_array else 1
        fields = [
            s
            for s in self.facts.subjects("request-field", key)
            if len(s.path) == depth and s.path[-1] != "[]"
        ]
        lines = [self._heading(f"Request Body schema: {media[0]}"), *(["Array"] if is_array else [])]
        return lines + self._fields(fields)

    def _responses(self, key: str) -> list[str]:
        if not self.browser:
            return []
        method, path = self.facts.text(Subject("operation", key), "route").split(" ", 1)
        statuses = ["204 No Content", "400 Bad Request"] if self._shows_errors(key) else ["200 OK"]
        return [*statuses, "", method, f"/{path}"]

    def _shows_errors(self, key: str) -> bool:
        return Subject("response", key, "errors") in self.facts

    def _samples(self, key: str) -> list[str]:
        lines: list[str] = []
        facts = self.facts
        sent = [s for s in facts.subjects("request-field", key) if len(s.path) == 1 and s.path[0] != "[]"]
        if sent:
            lines += [*self._opened("Request", "Payload"), *self._object(sent), ""]
        if self._shows_errors(key):
            body = ["{", f'{self.bullet}"errors": [', f"{'' if self.browser else '    '}]", "}"]
            return [*lines, *self._opened("Response", "400"), *body, ""]
        shown = self._shown(key)
        return [*lines, *self._opened("Response", "200"), *self._object(shown), ""] if shown else lines

    def _shown(self, key: str) -> list[Subject]:
        """Fields of the sample: those that the spec has from the page, or the one row that it shows."""
        omits = self.baseline.sample_omits.get(self.facts.text(Subject("operation", key), "title"), [])
        fields = [s for s in self.facts.subjects("response-field", key) if s.where == "success"]
        for depth, lead in ((1, ()), (3, ("value", "[]"))):
            found = [
                s
                for s in fields
                if len(s.path) == depth
                and s.path[: len(lead)] == lead
                and s.path[-1] != "[]"
                and s.dotted not in omits
                if (fact := self.facts.get(s, "exists")) is not None and fact.provenance == "documented"
            ]
            if found:
                return found
        return []

    def _opened(self, kind: str, tab: str) -> list[str]:
        if not self.browser:
            return [f"{kind} samples", "", "Content type", "application/json"]
        return [
            f"{kind} samples",
            tab,
            "Content type",
            "application/json",
            "",
            "Copy",
            "Expand allCollapse all",
        ]

    def _object(self, members: list[Subject]) -> list[str]:
        lines = ["{"]
        for index, s in enumerate(members):
            comma = "," if index < len(members) - 1 else ""
            kind = self.facts.text(s, "type").split(" | ")[0]
            if kind == "array":
                close = "" if self.browser else "    "
                lines += [f'{self.bullet}"{s.name}": [', f"{close}]{comma}"]
            elif kind == "object":
                lines += [f'{self.bullet}"{s.name}": ' + "{ }" + comma]
            else:
                value = _LINK if s.name.endswith("nextLink") else _VALUES[kind]
                lines.append(f'{self.bullet}"{s.name}": {value}{comma}')
        return [*lines, "}"]

    def _notes(self) -> list[str]:
        lines = ["Release Notes", ""]
        for version, marks in self.baseline.releases.items():
            lines += [f"Release Notes {version}", ""]
            for mark in marks:
                for number, text in enumerate(sentence(mark)):
                    lines.append(f"{'' if self.browser else '    • ' if number else '  • '}{text}")
            lines += [""] if marks else []
        return lines


def _lists() -> Iterator[SubjectKind]:
    yield from ("filterable", "sortable", "patchable")


def sentence(mark: str) -> list[str]:
    """A sentence that states a fact of the baseline, and the item below it where it has one."""
    fact, _, where = mark.partition(" @ ")
    verb, _, rest = fact.partition(" ")
    if verb == "updated" and (made := re.match(r"(\S+) (non-\S+)\Z", rest)):
        return [f"Updated {where} to make {made[1]} {made[2]}."]
    if verb == "updated":
        part, names, detail = re.match(r"(\w+) (.+?) (be .+)\Z", rest).groups()  # type: ignore[union-attr]
        detail = detail.replace("array strings", "array of strings")
        on = "on the Response for" if part == "response" else "of"
        return [f"Updated {names.replace(', ', ' and ')} to {detail} {on} {where}."]
    if rest == "operation":
        return [f"Added {where}"]
    part, _, names = rest.partition(" ")
    if part == "response":
        return [f"Added {names} to Response of {where}"]
    if part in ("query", "patchable"):
        word = "Query Parameter" if part == "query" else "Patchable Field"
        return [f"Added the following to {where}", f"{word} {names}"]
    return [f"Added {rest} to {where}"]
