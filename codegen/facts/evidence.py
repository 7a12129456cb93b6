"""What a document says in sentences: release notes, and the names that its prose mentions."""

from __future__ import annotations

import hashlib
import re
from typing import Final, Literal

from attrs import define, field, frozen

from codegen.ir import Place

Verb = Literal["added", "updated", "removed", "deprecated", "renamed", "none", "unknown"]
Part = Literal[
    "operation", "query", "path", "header", "request", "response", "filterable", "sortable", "patchable", ""
]
Role = Literal["method", "route", "parameter", "name"]


@frozen(kw_only=True)
class Statement:
    """What one sentence of the release notes says, of one operation.

    part: which part of the operation it speaks of, "" where it does not say. names: of what it speaks.
    title, route: of the operation; route as `GET api/x`. detail: the words that are no name, such as
    `be an array of strings`. A verb "none" says that nothing changed; "unknown" is a sentence that no rule
    reads.
    """

    version: str
    verb: Verb
    place: Place
    text: str = ""
    part: Part = ""
    names: tuple[str, ...] = ()
    title: str = ""
    route: str = ""
    detail: str = ""

    @property
    def canonical(self) -> str:
        """The fact in one line that no reflow or bullet changes."""
        part = {"request": "body"}.get(self.part, self.part)
        where = (
            f"{self.title} {self.route}".strip() if self.title and self.route else self.route or self.title
        )
        names = ", ".join(sorted(self.names))
        return " ".join(filter(None, (self.verb, part, names, self.detail, where and f"@ {where}")))

    @property
    def mark(self) -> str:
        """What is kept of a sentence once it is decided: its fact, or a digest where no rule reads it."""
        if self.verb == "none":
            return ""
        return digest(self.text) if self.verb == "unknown" else self.canonical


@frozen
class Mention:
    """A name in the prose of a page, and what the words around it call it."""

    name: str
    role: Role
    place: Place
    version: str = ""


@frozen
class Rename:
    """A page's word that something has a new name: a method, or a parameter of the method `of`."""

    old: str
    new: str
    role: Literal["method", "parameter"]
    place: Place
    of: str = ""
    version: str = ""


@define(kw_only=True)
class Evidence:
    """All of it. releases: version to the place of its entry, in the order of the document."""

    releases: dict[str, Place] = field(factory=dict)
    statements: list[Statement] = field(factory=list)
    mentions: list[Mention] = field(factory=list)
    renames: list[Rename] = field(factory=list)

    def of_release(self, version: str) -> list[Statement]:
        """The statements of one release."""
        return [statement for statement in self.statements if statement.version == version]


_NOT_ALNUM: Final = re.compile(r"[^0-9a-z]+")


def squeeze(text: str) -> str:
    """A text without what spellings differ in: `ServiceE911Information`, `Service E911 Information`."""
    return _NOT_ALNUM.sub("", text.lower())


def digest(text: str) -> str:
    """A short mark of a sentence that reflow, bullets and punctuation do not change."""
    return f"text {hashlib.sha256(squeeze(text).encode()).hexdigest()[:12]}"
