"""Documented headers of responses, and the class that holds those of an operation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from codegen.ir import FieldIR, ListOf, ModelIR, OperationIR, Type
from codegen.ir.walk import bare
from codegen.read.openapi.dialect import Dialect, RawHeader, RawResponse
from codegen.read.operation.parameters import unsendable
from codegen.read.schema.facts import facts_of
from codegen.read.schema.names import FIELD_RESERVED, pascal_case, snake_case, unique_names
from codegen.read.schema.reader import SchemaReader
from codegen.read.schema.types import ANY, STRING, union
from codegen.read.source.findings import Findings

# `of` builds the class from a response, see `trunkline.model.ResponseHeaders`.
_RESERVED = FIELD_RESERVED | {"of"}
_LONGEST = 40
"""Longest class name made of the headers; beyond that the class is named after its operation."""
_Key = tuple[tuple[str, Type, str], ...]


class HeaderReader:
    """Reads the headers of responses, and makes the classes of all operations of one document."""

    def __init__(self, dialect: Dialect, schemas: SchemaReader, findings: Findings) -> None:
        self._dialect = dialect
        self._schemas = schemas
        self._findings = findings

    def read(self, raw: RawResponse) -> list[FieldIR]:
        """The headers of one response; their Python names are given with their class."""
        return [field for header in self._dialect.headers(raw) for field in self._field(header)]

    def _field(self, header: RawHeader) -> Iterator[FieldIR]:
        never = unsendable(header.name, "header")
        if never is not None:
            self._findings.note(header.node, "header", never)
            return
        type_ = self._schemas.type_of(header.schema, pascal_case(header.name), own=header.name)
        # A header is text. Lists are joined by commas only (RFC 9110, section 5.6.1), so any other
        # separator is left to the caller.
        if (type_ == ANY and not header.json) or (isinstance(bare(type_), ListOf) and not header.joined):
            type_ = STRING
        facts = facts_of(header.schema, header.node)
        yield FieldIR(
            name="",
            wire=header.name,
            type=type_,
            format="json" if header.json else None,
            description=facts.description,
            default=facts.default,
            sensitive=facts.sensitive,
            provenance=facts.provenance,
            since=facts.since,
            place=header.node.place,
        )

    def add_classes(self, operations: Iterable[OperationIR]) -> None:
        """Give each operation the class of its headers; operations with the same headers share one."""
        groups: dict[_Key, list[OperationIR]] = {}
        fields: dict[_Key, list[FieldIR]] = {}
        for operation in operations:
            merged = _merged(operation)
            # Names of headers are case-insensitive (RFC 9110, section 5.1).
            key = tuple((field.wire.lower(), field.type, field.description) for field in merged)
            if key:
                groups.setdefault(key, []).append(operation)
                fields.setdefault(key, merged)
        for key, members in groups.items():
            name = self._schemas.class_name(_wish(fields[key], members))
            self._schemas.add_model(_model(name, fields[key], members))
            for operation in members:
                operation.headers = name


def _merged(operation: OperationIR) -> list[FieldIR]:
    """The headers of all responses of an operation, those of a success first."""
    found: dict[str, FieldIR] = {}
    # The class is one for all responses, since a caller reads it before knowing the status; the success
    # has the best description.
    for response in sorted(operation.responses, key=lambda each: each.status[0] not in "23"):
        for field in response.headers:
            known = found.setdefault(field.wire.lower(), field)
            if known.type != field.type:
                known.type = union([known.type, field.type])
    return list(found.values())


def _wish(fields: list[FieldIR], members: list[OperationIR]) -> str:
    """The name of a class: by its headers where operations share it, else by its operation."""
    together = "".join(pascal_case(field.wire) for field in fields)
    if len(members) > 1 and len(together) <= _LONGEST:
        return f"{together}Headers"
    first = members[0]
    return f"{pascal_case(snake_case(first.operation_id, fallback='call'))}Headers"


def _model(name: str, fields: list[FieldIR], members: list[OperationIR]) -> ModelIR:
    for field, python in zip(fields, _names(fields), strict=True):
        field.name = python
    first = ".".join((*members[0].resource, members[0].method))
    others = f" and {len(members) - 1} more" if len(members) > 1 else ""
    return ModelIR(
        name=name,
        wire_name=name,
        description=f"Headers that responses of `{first}`{others} are documented to have.",
        fields=fields,
        in_response=True,
        is_headers=True,
        place=fields[0].place,
    )


def _names(fields: list[FieldIR]) -> list[str]:
    """Python names; `ETag` is one word."""
    return unique_names([field.wire.replace("ETag", "Etag") for field in fields], reserved=_RESERVED)
