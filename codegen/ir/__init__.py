"""The intermediate form between reading a document and writing Python: decisions made, nothing rendered.

Readers (`codegen.read`) turn OpenAPI 2/3.x and Postman documents into a `Document`; renderers
(`codegen.render`) turn a `Document` into files.
"""

from __future__ import annotations

from codegen.ir.document import AuthIR, Document, ServerTemplate, ServerVariable
from codegen.ir.operations import (
    BodyIR,
    BodyKind,
    BulkIR,
    ContentIR,
    EncodingIR,
    OperationIR,
    PagingIR,
    ParameterIR,
    Requirement,
    ResponseIR,
)
from codegen.ir.places import Gap, Place, Problem, Severity
from codegen.ir.schemas import AliasIR, EnumIR, FieldIR, ModelIR, Provenance
from codegen.ir.types import (
    ListOf,
    Literals,
    MapOf,
    Nullable,
    Ref,
    Scalar,
    ScalarKind,
    Type,
    UnionOf,
)

__all__ = [
    "AliasIR",
    "AuthIR",
    "BodyIR",
    "BodyKind",
    "BulkIR",
    "ContentIR",
    "Document",
    "EncodingIR",
    "EnumIR",
    "FieldIR",
    "Gap",
    "ListOf",
    "Literals",
    "MapOf",
    "ModelIR",
    "Nullable",
    "OperationIR",
    "PagingIR",
    "ParameterIR",
    "Place",
    "Problem",
    "Provenance",
    "Ref",
    "Requirement",
    "ResponseIR",
    "Scalar",
    "ScalarKind",
    "ServerTemplate",
    "ServerVariable",
    "Severity",
    "Type",
    "UnionOf",
]
