"""The overlay of a collection, edited: entries of requests and the fields that their models hold."""

from __future__ import annotations

import re
from typing import Any, Final

from attrs import define
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from codegen.edit.nodes import GoneError, flow_list, flow_map, place_key
from codegen.edit.schema import enum_value, free_name
from codegen.edit.wording import field_text, pascal
from codegen.facts.fact import FactSet, Provenance, Subject

_ORDER: Final = (
    "type",
    "items",
    "model",
    "format",
    "required",
    "nullable",
    "enum",
    "sensitive",
    "since",
    "provenance",
)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d\Z")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


@define
class Overlay:
    """The loaded overlay. document: the facts that new fields come from; examples: JSON by field name."""

    data: Any
    document: FactSet

    @property
    def requests(self) -> Any:
        """The entries by request name."""
        return self.data.setdefault("requests", CommentedMap())

    @property
    def models(self) -> Any:
        """The models by name."""
        return self.data.setdefault("models", CommentedMap())

    def entry(self, name: str) -> Any:
        """The entry of a request."""
        if name not in self.requests:
            raise GoneError(name)
        return self.requests[name]

    # -- finding a field ---------------------------------------------------------------------------

    def fields_of(self, name: str, subject: Subject) -> Any:
        """The mapping of fields that a parameter or field stands in.

        Raises:
            GoneError: the overlay describes no such container, such as rows without a model.
        """
        entry = self.entry(name)
        if subject.kind == "parameter":
            return entry.setdefault("parameters", CommentedMap())
        holder = entry.get("body") if subject.kind == "request-field" else entry.get("response")
        if not isinstance(holder, dict):
            raise GoneError(name)
        steps = [step for step in subject.path[:-1] if step != "[]"]
        fields = self._fields(holder)
        for step in steps:
            fields = self._fields(fields.get(step, {}))
        return fields

    def _fields(self, holder: Any) -> Any:
        """The fields of what a body, a response or a field refers to."""
        if isinstance(holder.get("fields"), dict):
            return holder["fields"]
        model = holder.get("model") or (holder.get("items") or {}).get("model")
        if model in self.models:
            return self.models[model].setdefault("fields", CommentedMap())
        raise GoneError(str(model))

    # -- new entries -------------------------------------------------------------------------------

    def field(self, subject: Subject, provenance: Provenance, *, required: bool = False) -> CommentedMap:
        """A field on one line: its type by the samples, and a model of its own for an object."""
        kinds = self.kinds(subject)
        words: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else flow_list(kinds)}
        if subject.kind == "parameter" and not self.document.text(subject, "type"):
            # The example in a URL is text: what it looks like is for the generator to say.
            del words["type"]
        if kinds[:1] == ["array"]:
            words["items"] = self._items(subject.at("[]"), provenance)
        elif kinds[:1] == ["object"]:
            words["model"] = self.model(pascal(subject.name) or "Response", subject, provenance)
        elif form := self._format(subject):
            words["format"] = form
        if required or subject.kind != "response-field":
            words["required"] = required
        if self.nullable(subject) and subject.kind == "response-field":
            words["nullable"] = True
        enum = self.document.value(subject, "enum")
        if isinstance(enum, tuple):
            words["enum"] = flow_list([enum_value(value, words["type"]) for value in enum])
        if self.is_sensitive(subject.name):
            words["sensitive"] = True
        words["provenance"] = provenance
        words["description"] = DoubleQuotedScalarString(field_text(subject.name))
        return flow_map(words)

    def model(self, name: str, subject: Subject, provenance: Provenance) -> str:
        """Describe the members of an object as a model; a model with the same members is used again."""
        members = self.members(subject)
        names = [member.path[-1] for member in members]
        for known, model in self.models.items():
            if known.startswith(name) and set(model.get("fields") or ()) == set(names):
                return str(known)
        found = free_name(name, self.models)
        self.models[found] = model = CommentedMap({"description": f"{name}, as its name says."})
        model["fields"] = CommentedMap({m.path[-1]: self.field(m, provenance) for m in members})
        return found

    def _items(self, items: Subject, provenance: Provenance) -> CommentedMap:
        kinds = self.kinds(items)
        if kinds[:1] == ["object"]:
            holder = next((step for step in reversed(items.path) if step != "[]"), "") or "Row"
            name = pascal(re.sub(r"(?<=[a-rt-z])s\Z", "", holder))
            return flow_map({"model": self.model(name, items, provenance)})
        return flow_map({"type": kinds[0]})

    def members(self, subject: Subject) -> list[Subject]:
        """The properties of an object in the document, in its order."""
        size = len(subject.path) + 1
        return [
            other
            for other in self.document.subjects(subject.kind, subject.operation)
            if other.where == subject.where
            and len(other.path) == size
            and other.path[: size - 1] == subject.path
            and other.path[-1] not in ("[]", "{}")
        ]

    def kinds(self, subject: Subject) -> list[str]:
        """The JSON types of a subject, as declared or as the samples show them."""
        text = self.document.text(subject, "type") or self.document.text(subject, "seen-type")
        return [kind for kind in text.split(" | ") if kind not in ("", "null", "any")] or ["string"]

    def nullable(self, subject: Subject) -> bool:
        """Whether null occurs."""
        seen = self.document.text(subject, "seen-type").split(" | ")
        return "null" in seen or bool(self.document.value(subject, "nullable"))

    def _format(self, subject: Subject) -> str:
        """Dates by the look of the sample."""
        if declared := self.document.text(subject, "format"):
            return declared if declared in ("date", "date-time", "decimal") else ""
        text = self.document.text(subject, "example").strip('"')
        return "date" if _DAY.match(text) else "date-time" if _MOMENT.match(text) else ""

    def is_sensitive(self, name: str) -> bool:
        """Whether a field of this name is marked so elsewhere in the overlay."""
        return name.lower() in self._sensitive()

    def _sensitive(self) -> set[str]:
        found: set[str] = set()
        holders = [m.get("fields") or {} for m in self.models.values()]
        for entry in self.requests.values():
            holders += [entry.get("parameters") or {}, (entry.get("body") or {}).get("fields") or {}]
        for fields in holders:
            found |= {name.lower() for name, words in fields.items() if words.get("sensitive")}
        return found

    def retype(self, words: Any, subject: Subject) -> None:
        """Give a field the type that the document's examples show."""
        fresh = self.field(subject, words.get("provenance", "documented"))
        for key in ("type", "items", "model", "format", "enum", "nullable"):
            words.pop(key, None)
            if key in fresh:
                place_key(words, key, fresh[key], _ORDER[: _ORDER.index(key)])
