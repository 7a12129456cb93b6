"""The parameters of an operation: merged, checked against the path, named."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from attrs import evolve

from codegen.ir import ListOf, Literals, ParameterIR, Place
from codegen.ir.walk import bare
from codegen.read.openapi.dialect import RawOperation, RawParameter
from codegen.read.openapi.forms import flat
from codegen.read.operation.parameters import ODATA_NAMES, PLACEHOLDER, identity, name_parameters, unsendable
from codegen.read.schema.facts import facts_of
from codegen.read.schema.names import pascal_case, snake_case
from codegen.read.schema.reader import SchemaReader
from codegen.read.schema.types import ANY, STRING
from codegen.read.source.findings import Findings

# OpenAPI itself ignores the first three as parameters (Parameter Object, `name`); the others belong to
# the connection.
_IGNORED_HEADERS: Final = frozenset(
    {"accept", "content-type", "authorization", "content-length", "host", "connection", "transfer-encoding"}
)
_STYLES: Final = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "tabDelimited", "deepObject"),
    "header": ("simple", "spaceDelimited", "pipeDelimited", "tabDelimited"),
    "cookie": ("form",),
}
_ORDER: Final = ("path", "query", "header", "cookie")


class ParameterReader:
    """Reads the parameters of one operation after another."""

    def __init__(self, schemas: SchemaReader, findings: Findings) -> None:
        self._schemas = schemas
        self._findings = findings

    def read(self, operation: RawOperation, raw: Iterable[RawParameter]) -> list[ParameterIR]:
        """All parameters: path ones in the order of the path, then query, header and cookie ones."""
        chosen = self._match_path(operation, self._merge(operation, _into_query(operation, raw)))
        found = [self._one(p) for p in chosen]
        missing = self._undeclared(operation, {p.wire for p in found if p.location == "path"})
        missing += self._of_path_query(operation, {p.wire for p in found if p.location == "query"})
        place = {name: i for i, name in enumerate(PLACEHOLDER.findall(operation.path))}
        # Arguments follow the order of the URL, whatever the order of the declarations, so that a
        # method reads like its path.
        found = sorted(
            [*found, *missing],
            key=lambda p: (_ORDER.index(p.location), place.get(p.wire, 0) if p.location == "path" else 0),
        )
        name_parameters(found)
        return found

    def _merge(self, operation: RawOperation, raw: Iterable[RawParameter]) -> list[RawParameter]:
        """One parameter per place and name; the operation's own replaces the path's."""
        merged: dict[tuple[str, str], RawParameter] = {}
        for parameter in raw:
            key = identity(parameter.name, parameter.location)
            earlier = merged.get(key)
            # In one list it is a mistake. An operation's own parameter that replaces the path's is what the
            # format provides for.
            if earlier is not None and earlier.entry.path[:-1] == parameter.entry.path[:-1]:
                what = f"{parameter.location} parameter {parameter.name!r}"
                reason = f"{what} is declared twice; the last one counts"
                self._drop(operation, earlier, reason, note=True)
            merged[key] = parameter
        kept = []
        for parameter in merged.values():
            own = parameter.location == "header" and parameter.name.lower() in _IGNORED_HEADERS
            never = unsendable(parameter.name, parameter.location)
            if own:
                reason = f"the client itself sets the header {parameter.name}"
                self._drop(operation, parameter, reason, note=True)
            elif never is not None:
                self._drop(operation, parameter, never, note=False)
            else:
                kept.append(parameter)
        return kept

    def _drop(self, operation: RawOperation, parameter: RawParameter, reason: str, *, note: bool) -> None:
        where = f"{operation.http_method} {operation.path}: {reason}"
        severity = "note" if note else "gap"
        self._findings.gap(parameter.entry, "parameter", where, severity=severity, dropped=True)  # type: ignore[arg-type]

    def _match_path(self, operation: RawOperation, raw: list[RawParameter]) -> list[RawParameter]:
        names = PLACEHOLDER.findall(operation.path)
        declared = {p.name for p in raw if p.location == "path"}
        free = [n for n in names if n not in declared]
        kept = []
        for parameter in raw:
            if parameter.location != "path" or parameter.name in names:
                kept.append(parameter)
                continue
            # `{petId}` and `pet_id`: a slip of spelling, not another parameter.
            twin = next((n for n in free if snake_case(n) == snake_case(parameter.name)), None)
            if twin is None:
                reason = f"the path has no placeholder for the path parameter {parameter.name!r}"
                self._drop(operation, parameter, reason, note=False)
                continue
            free.remove(twin)
            reason = f"the path parameter {parameter.name!r} fills the placeholder {twin!r}"
            self._findings.note(parameter.entry, "parameter", reason)
            kept.append(_renamed(parameter, twin))
        return kept

    def _undeclared(self, operation: RawOperation, declared: set[str]) -> list[ParameterIR]:
        found = []
        for name in dict.fromkeys(PLACEHOLDER.findall(operation.path)):
            if name in declared:
                continue
            place = operation.node.place
            self._findings.note(
                place, "parameter", f"the path parameter {name!r} is not declared; a string is taken"
            )
            found.append(_path_parameter(name, place))
        return found

    def _of_path_query(self, operation: RawOperation, declared: set[str]) -> list[ParameterIR]:
        """The query parameters that are named in the text of the path alone."""
        found = []
        for name, value in operation.query:
            # A parameter that is declared has a type and a description; the text of the path only has a
            # value.
            if name in declared:
                continue
            # `?action=start` is part of the operation's address; `?id={id}` takes a value.
            fixed = value is not None and not PLACEHOLDER.search(value)
            place = operation.node.place
            said = f"{name}={value}" if fixed else name
            self._findings.note(place, "parameter", f"the path holds {said!r}; it is a query parameter")
            parameter = _query_parameter(name, value if fixed else None, place)
            parameter.required = value is not None
            found.append(parameter)
        return found

    def _one(self, raw: RawParameter) -> ParameterIR:
        hint = pascal_case(ODATA_NAMES.get(raw.name.lower(), raw.name), fallback="Parameter")
        type_ = self._schemas.type_of(raw.schema, hint, own=raw.name)
        # In a URL or a header everything is text, so "any" would only hide that.
        if type_ == ANY and not raw.schema.present:
            type_ = STRING
        type_ = type_ if raw.json else flat(type_, raw.node, self._findings)
        facts = facts_of(raw.schema, raw.node, target=raw.entry if raw.entry is not raw.node else None)
        style = raw.style
        # Which style goes with which location is a table of the format (Parameter Object, Style
        # Values).
        if style not in _STYLES[raw.location]:
            style = _STYLES[raw.location][0]
            reason = f"the style {raw.style!r} is not one for {raw.location} parameters; {style} is used"
            self._findings.gap(raw.node, "parameter style", reason)
        if style == "deepObject" and isinstance(bare(type_), ListOf):
            reason = (
                f"deepObject is defined for objects alone; the items of this list are sent as {raw.name}[]"
            )
            self._findings.note(raw.node, "parameter style", reason)
        # An optional parameter with one possible value still has two states: sent or left out.
        required = raw.required or raw.location == "path"
        return ParameterIR(
            name="",
            wire=raw.name,
            fixed=self._schemas.only_value(type_) if required else None,
            location=raw.location,  # type: ignore[arg-type]
            type=type_,
            required=raw.required,
            style=style,
            explode=raw.explode,
            allow_reserved=raw.allow_reserved,
            format="json" if raw.json else None,
            default=facts.default,
            description=facts.description,
            sensitive=facts.sensitive,
            provenance=facts.provenance,
            since=facts.since,
            place=raw.node.place,
        )


def _path_parameter(name: str, place: Place) -> ParameterIR:
    return ParameterIR(
        name="",
        wire=name,
        location="path",
        type=STRING,
        required=True,
        style="simple",
        explode=False,
        provenance="inferred",
        place=place,
    )


def _query_parameter(name: str, value: str | None, place: Place) -> ParameterIR:
    return ParameterIR(
        name="",
        wire=name,
        location="query",
        type=STRING if value is None else Literals((value,)),
        fixed=value,
        description="" if value is None else f"Always {value!r}.",
        place=place,
    )


def _into_query(operation: RawOperation, raw: Iterable[RawParameter]) -> list[RawParameter]:
    """The parameters; a path parameter with its placeholder in the query (`/a?key={name}`) moves there."""
    placed = set(PLACEHOLDER.findall(operation.path))
    moved = {value[1:-1]: key for key, value in operation.query if value and PLACEHOLDER.fullmatch(value)}
    return [
        evolve(p, name=moved[p.name], location="query", style="form", explode=True)
        if p.location == "path" and p.name in moved and p.name not in placed
        else p
        for p in raw
    ]


def _renamed(parameter: RawParameter, name: str) -> RawParameter:
    return evolve(parameter, name=name)
