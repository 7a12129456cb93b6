"""Saying facts about one operation, or about a document as a whole, in few words."""

from __future__ import annotations

import json
from typing import Any

from attrs import define, evolve

from codegen.facts.evidence import squeeze
from codegen.facts.fact import API, Aspect, Fact, FactSet, Provenance, Subject, Unread, Value
from codegen.ir import Place


@define
class Writer:
    """Adds facts to a set. operation: key of the one spoken of; provenance: of facts that do not say."""

    facts: FactSet
    operation: str = ""
    provenance: Provenance = "documented"

    def say(
        self,
        subject: Subject,
        aspect: Aspect,
        value: Value | None,
        place: Place,
        provenance: Provenance | None = None,
    ) -> None:
        """State a fact; None, False, an empty text or tuple is no statement."""
        if value is None or value is False or value in ("", ()):
            return
        self.facts.add(Fact(subject, aspect, value, place, provenance or self.provenance))

    def there(self, subject: Subject, place: Place, provenance: Provenance | None = None) -> Subject:
        """State that a subject exists."""
        self.say(subject, "exists", True, place, provenance)
        return subject

    def unread(self, place: Place, text: str, reason: str) -> None:
        """Report text that no rule accounts for, once."""
        entry = Unread(place, text, reason)
        if entry not in self.facts.unread:
            self.facts.unread.append(entry)

    def about(self, title: str, route: str, place: Place) -> Writer:
        """A writer for a new operation. Its key is its title; of several with one title, title and route."""
        key = title or route
        if Subject("operation", key) in self.facts:
            key = f"{key} ({route})" if route else f"{key} ({place.line})"
        while Subject("operation", key) in self.facts:
            key += "'"
        found = evolve(self, operation=key)
        found.there(found.itself, place)
        found.say(found.itself, "title", title, place)
        found.say(found.itself, "route", route, place)
        return found

    @property
    def itself(self) -> Subject:
        """The operation spoken of; the API where there is none."""
        return Subject("operation", self.operation) if self.operation else API


def json_text(value: Any) -> str:
    """A JSON value as text in one spelling: `10.0` is `10`, keys sorted."""
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def text_of(value: Any) -> str:
    """An enum value or example: a string as it is, other values as JSON text."""
    return value if isinstance(value, str) else json_text(value)


def route_text(method: str, path: str) -> str:
    """A route in one spelling: `GET api/device/{deviceID}`."""
    return f"{method.upper()} {path.lstrip('/')}"


def one_line(text: str) -> str:
    """Text with runs of white space as one space."""
    return " ".join(text.split())


def same_title(one: str, other: str) -> bool:
    """Whether two titles differ in spelling alone."""
    return squeeze(one) == squeeze(other)
