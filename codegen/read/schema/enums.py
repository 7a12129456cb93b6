"""Enums: the values of a schema into an enum class, or into plain literals where no class can hold them."""

from __future__ import annotations

from typing import Any, Final

from codegen.ir import EnumIR, Literals, Nullable, Ref, Type
from codegen.read.schema.names import ClassNames, constant_case, unique_names
from codegen.read.schema.types import declared_types, scalar
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node

_MOST: Final = 2**63
_MEMBERS: Final = 5_000
"""Members of an enum class. One of 100,000 takes a second to import, and nobody picks names from it."""


class Enums:
    """Enum classes of a package; inline enums of the same name and values are one class."""

    def __init__(self, names: ClassNames, findings: Findings) -> None:
        self.found: dict[str, EnumIR] = {}
        self._names = names
        self._findings = findings
        self._inline: dict[tuple[str, tuple[Any, ...]], str] = {}

    def read(self, schema: Node, listed: Node, *, name: str | None, hint: str, own: str = "") -> Type:
        """The type of a schema whose `enum` is `listed`.

        name: class name that is reserved for it already (a named schema); hint: class name otherwise.
        own: property or parameter name, by which equal inline enums are recognised.
        """
        types = declared_types(schema)
        values, nullable = self._values(schema, listed, types)
        inner = self._type(schema, listed, values, types, name, hint, own)
        return Nullable(inner) if nullable else inner

    def _values(self, schema: Node, listed: Node, types: list[str]) -> tuple[list[Any], bool]:
        values: list[Any] = []
        seen: set[tuple[type, Any]] = set()
        nullable = False
        for item in listed.each():
            value = item.value
            # A null in `enum` admits null, also where `nullable` is absent; as a member it would need a
            # name.
            if value is None:
                nullable = True
                continue
            if isinstance(value, dict | list):
                self._findings.gap(item, "enum value", "an enum value that is no scalar is not in the type")
                continue
            # YAML reads `enum: [1.10, no, 007]` as numbers and booleans. Where the type is a string, the
            # text as it is written was meant.
            if "string" in types and not isinstance(value, str) and not _fits(value, types):
                value = item.spelled()
            if (type(value), value) in seen:
                self._findings.note(item, "enum value", f"the value {value!r} stands twice; it is one member")
                continue
            # With the type, since True == 1 in Python.
            seen.add((type(value), value))
            values.append(value)
        return values, nullable

    def _type(
        self,
        schema: Node,
        listed: Node,
        values: list[Any],
        types: list[str],
        name: str | None,
        hint: str,
        own: str,
    ) -> Type:
        if not values:
            kind = next((t for t in types if t != "null"), "null" if listed.value else "any")
            return scalar(kind, schema)
        # Python's enums cannot derive from bool.
        if all(isinstance(v, bool) for v in values):
            return scalar("boolean", schema)
        base = _base(values)
        # The decoder takes integers of an enum as 64 bits.
        if base is int and not all(-_MOST <= v < _MOST for v in values):
            reason = "a value beyond 64 bits, which no enum can be decoded from; the type is any integer"
            self._findings.note(listed, "enum value", reason)
            base = None
        if base is None:
            return Literals(tuple(values))
        if len(values) > _MEMBERS:
            reason = f"{len(values):,} values are too many for an enum class; any {base.__name__} is taken"
            self._findings.gap(listed, "enum value", reason)
            return scalar("string" if base is str else "integer", schema)
        key = (own or hint, tuple(values))
        # The same list is often repeated at every operation that has the parameter; one class makes its
        # members comparable between them.
        if name is None and key in self._inline:
            return Ref(self._inline[key])
        chosen = name or self._names.take(hint)
        if name is None:
            self._inline[key] = chosen
        self.found[chosen] = EnumIR(
            name=chosen,
            wire_name=own or schema.last,
            base="str" if base is str else "int",
            members=list(zip(_member_names(schema, values), values, strict=True)),
            description=schema.text("description") or schema.text("title"),
            place=schema.place,
        )
        return Ref(chosen)


def _fits(value: Any, types: list[str]) -> bool:
    """Whether one of several declared types admits a value that is no string."""
    if isinstance(value, bool):
        return "boolean" in types
    # bool is a subclass of int, which is why it was looked at first.
    return "number" in types or ("integer" in types and isinstance(value, int))


def _base(values: list[Any]) -> type[str] | type[int] | None:
    if all(isinstance(v, str) for v in values):
        return str
    if all(isinstance(v, int) and not isinstance(v, bool) for v in values):
        return int
    return None


def _member_names(schema: Node, values: list[Any]) -> list[str]:
    """Member names: those that the document gives (x-enum-varnames, x-ms-enum), else from the values."""
    given = schema.get("x-enum-varnames").value or schema.get("x-enumNames").value
    if not isinstance(given, list) or len(given) != len(values):
        named = {
            entry.get("value").value: entry.text("name")
            for entry in schema.get("x-ms-enum").get("values").each()
            if isinstance(entry.get("value").value, str | int)
        }
        # A list of the wrong length would give names to the wrong values, so it is not used at all.
        given = [named.get(v) or v for v in values]
    # Two values may give one name ("a-b", "a_b"); members must differ, as an enum takes a second one
    # for an alias.
    return unique_names([str(g) for g in given], make=constant_case)
