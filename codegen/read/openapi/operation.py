"""One operation: its parameters, body, answers and trunkline's words into an `OperationIR`."""

from __future__ import annotations

from collections.abc import Iterable

from codegen.ir import (
    AnswerIR,
    BodyIR,
    BodyKind,
    FieldIR,
    ListOf,
    ModelIR,
    OperationIR,
    Ref,
    Scalar,
    Type,
)
from codegen.ir.walk import bare
from codegen.read.openapi.auth import requirement
from codegen.read.openapi.dialect import Dialect, RawAnswer, RawBody, RawContent, RawOperation, RawParameter
from codegen.read.openapi.forms import check_form, check_raw, flat
from codegen.read.openapi.media import choose
from codegen.read.openapi.parameters import ParameterReader
from codegen.read.openapi.servers import filled
from codegen.read.operation.media import kind_of
from codegen.read.operation.names import NameWish
from codegen.read.operation.words import Words, idempotency_of
from codegen.read.schema.facts import facts_of
from codegen.read.schema.names import FIELD_RESERVED, pascal_case, unique_names
from codegen.read.schema.reader import SchemaReader
from codegen.read.schema.types import STRING
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node


class OperationReader:
    """Reads operations of one document, one after another."""

    def __init__(
        self, dialect: Dialect, schemas: SchemaReader, findings: Findings, schemes: Iterable[str]
    ) -> None:
        self._dialect = dialect
        self._schemas = schemas
        self._findings = findings
        self._schemes = set(schemes)
        self._parameters = ParameterReader(schemas, findings)

    def read(self, raw: RawOperation, name: NameWish, words: Words) -> OperationIR:
        """One operation; its paging and the types of its filters come later, when all models have fields."""
        node = raw.node
        hint = pascal_case(raw.operation_id) if raw.operation_id else pascal_case(name.method)
        self._note_unread(node)
        servers = self._dialect.servers(node) or self._dialect.servers(raw.path_item)
        return OperationIR(
            resource=name.resource,
            method=name.method,
            operation_id=raw.operation_id or f"{'.'.join(name.resource)}.{name.method}",
            title=node.text("summary") or raw.path_item.text("summary"),
            description=node.text("description") or raw.path_item.text("description"),
            http_method=raw.http_method,
            path=raw.path,
            parameters=self._parameters.read(raw, self._dialect.parameters(raw)),
            body=self._body(raw, hint, words),
            answers=[self._answer(raw, a, hint) for a in self._dialect.answers(raw)],
            bulk=words.bulk,
            idempotency=words.idempotency or idempotency_of(raw.http_method),
            filterable=words.filterable,
            sortable=words.sortable,
            patchable=words.patchable,
            auth=requirement(node, self._schemes, self._findings),
            servers=tuple(url for template in servers if (url := filled(template)) is not None),
            since=words.since,
            deprecated=node.flag("deprecated"),
            route_provenance=words.provenance.get("route", "documented"),
            request_provenance=words.provenance.get("request", "documented"),
            response_provenance=words.provenance.get("response", "documented"),
            revisions=words.revisions,
            place=node.place,
        )

    def _note_unread(self, node: Node) -> None:
        for name, callback in node.get("callbacks").items():
            reason = f"the callback {name!r} is a request to the caller's own server; no client call makes it"
            self._findings.note(callback, "callback", reason)

    # -- request ---------------------------------------------------------------------------------

    def _body(self, raw: RawOperation, hint: str, words: Words) -> BodyIR | None:
        body = self._dialect.body(raw)
        if body is None:
            return None
        chosen = choose(body.contents, "request body", self._findings)
        if chosen is None:
            self._findings.note(body.node, "body", "no media type is given; any JSON value is sent")
            chosen = _untyped(body)
        kind = kind_of(chosen.media_type)
        type_ = self._form(chosen, hint) if chosen.form else self._typed(chosen, kind, f"{hint}Request")
        check_form(chosen, kind, type_, self._findings)
        if type_ == Scalar("file"):
            kind = "binary"
        return BodyIR(
            media_type=_concrete(chosen.media_type, kind),
            kind=kind,
            type=type_,
            required=body.required,
            is_json_patch=bool(words.patchable) and kind == "json" and self._is_patch(chosen, type_),
            description=body.description,
            place=chosen.node.place if chosen.form else body.node.place,
        )

    def _typed(self, content: RawContent, kind: BodyKind, hint: str) -> Type:
        if kind in ("text", "binary"):
            check_raw(content, kind, self._schemas.resolved(content.schema), self._findings)
            return STRING if kind == "text" else Scalar("bytes")
        return self._schemas.type_of(content.schema, hint)

    def _form(self, content: RawContent, hint: str) -> Type:
        """The model of Swagger 2.0's formData parameters."""
        name = self._schemas.class_name(f"{hint}Form")
        fields = list({p.name: p for p in content.form}.values())
        model = ModelIR(name=name, wire_name=name, place=content.node.place)
        for python, raw in zip(
            unique_names([p.name for p in fields], reserved=FIELD_RESERVED), fields, strict=True
        ):
            model.fields.append(self._form_field(python, raw, name))
        self._schemas.add_model(model)
        return Ref(name)

    def _form_field(self, python: str, raw: RawParameter, model: str) -> FieldIR:
        facts = facts_of(raw.node)
        if raw.schema.text("type") == "array" and not raw.explode:
            reason = f"the values of {raw.name!r} are sent as fields of the same name, not joined in one"
            self._findings.gap(raw.node, "parameter style", reason)
        type_ = self._schemas.type_of(raw.schema, f"{model}{pascal_case(raw.name)}", own=raw.name)
        return FieldIR(
            name=python,
            wire=raw.name,
            type=flat(type_, raw.node, self._findings),
            required=raw.required,
            description=facts.description,
            default=facts.default,
            sensitive=facts.sensitive,
            provenance=facts.provenance,
            since=facts.since,
            place=raw.node.place,
        )

    def _is_patch(self, content: RawContent, type_: Type) -> bool:
        """Whether a body is a JSON Patch (RFC 6902) by its media type or by the shape of its items."""
        if "json-patch" in content.media_type:
            return True
        listed = bare(type_)
        item = listed.item if isinstance(listed, ListOf) else None
        if not isinstance(item, Ref):
            return False
        self._schemas.finish()
        model = self._schemas.models.get(item.name)
        return model is not None and {"op", "path"} <= {f.wire for f in model.fields}

    # -- answers ---------------------------------------------------------------------------------

    def _answer(self, operation: RawOperation, raw: RawAnswer, hint: str) -> AnswerIR:
        self._note_answer(raw)
        status = "" if raw.status.startswith("2") or raw.status == "default" else raw.status
        chosen = choose(raw.contents, f"{raw.status} answer", self._findings)
        if chosen is not None and (operation.http_method == "HEAD" or raw.status == "204"):
            reason = (
                f"HTTP has no content for {'HEAD' if raw.status != '204' else 'status 204'}; none is read"
            )
            self._findings.note(chosen.node, "media type", reason)
            # Its models are there all the same.
            self._typed(chosen, kind_of(chosen.media_type), f"{hint}{status}Response")
            chosen = None
        kind: BodyKind = "none"
        type_: Type | None = None
        if chosen is not None:
            kind = kind_of(chosen.media_type)
            if kind in ("form", "multipart"):
                reason = f"an answer of {chosen.media_type} is handed over as text"
                self._findings.gap(chosen.node, "media type", reason)
                kind = "text"
            type_ = self._typed(chosen, kind, f"{hint}{status}Response")
            if type_ == Scalar("file"):
                kind, type_ = "binary", Scalar("bytes")
        return AnswerIR(
            status=raw.status,
            media_type=chosen.media_type if chosen else "",
            kind=kind,
            type=type_,
            description=raw.description,
            place=raw.node.place,
        )

    def _note_answer(self, raw: RawAnswer) -> None:
        headers = ", ".join(name for name, _ in raw.node.get("headers").items())
        if headers:
            self._findings.note(
                raw.node.get("headers"), "header", f"the headers of the answer are not typed: {headers}"
            )
        for name, link in raw.node.get("links").items():
            self._findings.note(
                link, "link", f"the link {name!r} is not followed; call its operation yourself"
            )


def _concrete(media_type: str, kind: BodyKind) -> str:
    """A media type that can be sent: a range such as `*/*` is none."""
    if "*" not in media_type:
        return media_type
    return {"json": "application/json", "text": "text/plain"}.get(kind, "application/octet-stream")


def _untyped(body: RawBody) -> RawContent:
    return RawContent(media_type="application/json", schema=body.node.get("schema"), node=body.node)
