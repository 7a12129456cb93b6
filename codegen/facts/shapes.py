"""JSON values of samples as facts: which keys there are and of what JSON type each value is."""

from __future__ import annotations

from typing import Any, Final

from attrs import define, evolve, field

from codegen.facts.fact import Subject
from codegen.facts.writer import Writer, json_text
from codegen.ir import Place
from codegen.read.source.node import Node

_LONG: Final = 10_000
"""Characters of the values of one field from which on further rows are left out."""


@define(kw_only=True)
class Shape:
    """A JSON value, seen. kind: its JSON type; value: of a scalar. An empty object or array tells nothing."""

    kind: str
    place: Place
    value: Any = None
    members: dict[str, Shape] = field(factory=dict)
    items: list[Shape] = field(factory=list)

    @property
    def is_errors(self) -> bool:
        """Whether this is a list of errors and nothing else: a sample of a failed request."""
        return set(self.members) == {"errors"}

    @property
    def is_empty(self) -> bool:
        """A collapsed or empty container."""
        return self.kind in ("object", "array") and not self.members and not self.items


def kind_of(value: object) -> str:
    """The JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "object" if isinstance(value, dict) else "array"


def shape_of(value: object, place: Place) -> Shape:
    """The shape of a value that stands in one place as a whole."""
    if isinstance(value, dict):
        return Shape(
            kind="object", place=place, members={str(k): shape_of(v, place) for k, v in value.items()}
        )
    if isinstance(value, list):
        return Shape(kind="array", place=place, items=[shape_of(item, place) for item in value])
    return Shape(kind=kind_of(value), place=place, value=value)


def shape_of_node(node: Node) -> Shape:
    """The shape of a value of a document; every member has a place of its own."""
    if node.is_object:
        return Shape(
            kind="object", place=node.place, members={k: shape_of_node(child) for k, child in node.items()}
        )
    if node.is_array:
        return Shape(kind="array", place=node.place, items=[shape_of_node(child) for child in node.each()])
    return Shape(kind=kind_of(node.value), place=node.place, value=node.value)


def same_kinds(one: Shape, other: Shape) -> bool:
    """Whether two samples show the same members and kinds, whatever their values."""
    return (
        one.kind == other.kind
        and one.members.keys() == other.members.keys()
        and all(same_kinds(member, other.members[name]) for name, member in one.members.items())
        and len(one.items) == len(other.items)
        and all(same_kinds(mine, yours) for mine, yours in zip(one.items, other.items, strict=True))
    )


def tell_shape(writer: Writer, subject: Subject, shape: Shape, *, sure: bool = False) -> None:
    """State what a sample shows, the value itself first. All rows of a list speak of its items together.

    sure: a schema states the same things; then the sample's collapsed parts do not make them partial.
    """
    writer.there(subject, shape.place)
    _seen(writer, subject, shape.kind, shape.place)
    if shape.is_empty and not sure:
        writer.facts.partial.add(subject)
    for name, member in shape.members.items():
        tell_shape(writer, subject.at(name), member, sure=sure)
    below = subject.at("[]")
    for item in shape.items:
        tell_shape(writer, below, item, sure=sure)
    if shape.kind not in ("object", "array"):
        _show(writer, subject, shape)


def _show(writer: Writer, subject: Subject, shape: Shape) -> None:
    """State the value of a scalar; those of several rows follow each other."""
    text, before = json_text(shape.value), writer.facts.get(subject, "sample")
    if before is None:
        writer.say(subject, "sample", text, shape.place)
    elif len(str(before.value)) < _LONG:
        writer.facts.replace(evolve(before, value=f"{before.value}, {text}"))
    is_link = isinstance(shape.value, str) and shape.value.startswith("http")
    if is_link and subject.name.lower().endswith("nextlink"):
        writer.say(subject, "url", shape.value, shape.place)


def _seen(writer: Writer, subject: Subject, kind: str, place: Place) -> None:
    """Several values of one thing add up: integer and number are number, null comes on top."""
    before = writer.facts.get(subject, "seen-type")
    if before is None:
        writer.say(subject, "seen-type", kind, place)
        return
    kinds = {*str(before.value).split(" | "), kind}
    if "number" in kinds:
        kinds.discard("integer")
    writer.facts.replace(evolve(before, value=" | ".join(sorted(kinds))))
