"""The Python names of a spec's operations, parameters and fields, found by their places in the document."""

from __future__ import annotations

from attrs import define, field

from codegen.changes.change import Change
from codegen.changes.words import name_of
from codegen.facts.fact import FactSet, Subject
from codegen.ir import Document, Place
from codegen.read.schema.names import snake_case

_Key = tuple[str, int | None]


@define
class PythonNames:
    """Names by place: operations, parameters, and the fields of models."""

    old: Document
    new: Document
    _operations: dict[_Key, str] = field(factory=dict)
    _parameters: dict[tuple[str, str], str] = field(factory=dict)
    _fields: dict[_Key, str] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        # The old document last: where both have a place, callers know the old name.
        for document in (self.new, self.old):
            for operation in document.operations:
                called = ".".join((*operation.resource, operation.method))
                self._operations[_key(operation.place)] = called
                for parameter in operation.parameters:
                    self._parameters[called, parameter.wire] = parameter.name
            for model in document.models:
                for one in model.fields:
                    self._fields[_key(one.place)] = f"{model.name}.{one.name}"

    def operation(self, change: Change, old: FactSet, new: FactSet) -> str:
        """The Python name of a change's operation; "" for the document as a whole."""
        key = change.subject.operation
        if not key:
            return ""
        for facts in (old, new):
            fact = facts.get(Subject("operation", key), "exists")
            if fact is not None and _key(fact.place) in self._operations:
                return self._operations[_key(fact.place)]
        for facts in (old, new):
            own = facts.text(Subject("operation", key), "operation-id")
            if own:
                return own
        return key

    def subject(self, change: Change, operation: str, old: FactSet, new: FactSet) -> tuple[str, str]:
        """The Python name of what changed, and the same in words with its wire name."""
        subject = change.subject
        if change.aspect in ("enum", "model") and (shared := self._enum(change, old)) is not None:
            return shared, f"`{shared.removeprefix('models.')}`"
        if subject.kind == "parameter":
            name = self._parameters.get((operation, subject.path[0]), snake_case(subject.path[0]))
            return f"{operation}({name})", _with_wire(name, subject.dotted)
        for fact in (old.get(subject, "exists"), new.get(subject, "exists"), change.after):
            if fact is not None and subject.path and _key(fact.place) in self._fields:
                found = self._fields[_key(fact.place)]
                return self._enum(change, old) or f"models.{found}", _with_wire(found, subject.name)
        # An inline schema has no class of its own that callers could name.
        if subject.kind in ("request", "request-field"):
            return f"{operation}(body)", f"`{subject.dotted}`"
        if subject.kind in ("operation", "response", "response-field"):
            return operation, f"`{subject.dotted}`"
        return f"{operation}.{name_of(change)}" if operation else name_of(change) or subject.kind, (
            f"`{subject.dotted}`"
        )

    def _enum(self, change: Change, old: FactSet) -> str | None:
        """The enum class whose values changed, or the class that has another name."""
        model = old.text(change.subject, "model")
        if change.aspect == "enum" and model:
            known = (e.name for d in (self.old, self.new) for e in d.enums if e.wire_name == model)
            return f"models.{next(known, model)}"
        return f"models.{change.old}" if change.aspect == "model" else None

    def now(self, change: Change, operation: str) -> str | None:
        """The new name of a renamed thing."""
        if change.aspect == "model":
            return f"models.{change.new}"
        if change.aspect == "operation-id":
            return str(change.new)
        if change.aspect == "name" and change.subject.kind == "parameter":
            return f"{operation}({snake_case(str(change.new))})"
        return None


def _with_wire(name: str, wire: str) -> str:
    """A Python name, with its wire name where that differs."""
    return f"`{name}`" if name.rsplit(".", 1)[-1] == wire else f"`{name}` (`{wire}`)"


def _key(place: Place) -> _Key:
    # Without the file: the old document may have been read from another folder.
    return place.pointer, place.line
