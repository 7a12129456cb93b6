"""The body of one request: which media type, of what type, and how its fields are written."""

from __future__ import annotations

from codegen.ir import BodyIR, BodyKind, EncodingIR, FieldIR, ListOf, ModelIR, Ref, Scalar, Type
from codegen.ir.walk import bare
from codegen.read.openapi.choices import told_by
from codegen.read.openapi.dialect import Dialect, RawBody, RawContent, RawOperation, RawParameter
from codegen.read.openapi.forms import check_form, check_raw, encodings_of, flat
from codegen.read.openapi.media import note_xml, ranked, report_unused
from codegen.read.operation.media import kind_of
from codegen.read.operation.words import Words
from codegen.read.schema.facts import facts_of
from codegen.read.schema.names import FIELD_RESERVED, pascal_case, unique_names
from codegen.read.schema.reader import SchemaReader
from codegen.read.schema.types import ANY, STRING, declared_types, guessed_type
from codegen.read.source.findings import Findings

_TEXTS = (Scalar("string"), Scalar("file"), Scalar("bytes"), Scalar("any"))


class BodyReader:
    """Reads request bodies of one document."""

    def __init__(self, dialect: Dialect, schemas: SchemaReader, findings: Findings) -> None:
        self._dialect = dialect
        self._schemas = schemas
        self._findings = findings

    def read(self, raw: RawOperation, hint: str, words: Words) -> BodyIR | None:
        """The body of an operation, None where it has none."""
        body = self._dialect.body(raw)
        if body is None:
            return None
        contents = ranked(body.contents, self._kind)
        if not contents:
            self._findings.note(body.node, "body", "no media type is given; any JSON value is sent")
            contents = [_untyped(body)]
        chosen, *others = contents
        read = self._choice(body, chosen, hint, words)
        told = told_by(read)
        unused = []
        for other in others:
            found = (
                None if other.schema.value == chosen.schema.value else self._other(body, other, hint, words)
            )
            alike = found is not None and bool(told & told_by(found))
            # Values that look alike cannot select, but as both are JSON, the label alone differs.
            if found is None or (alike and not found.kind == read.kind == "json"):
                unused.append(other)
                continue
            if alike:
                reason = f"{other.media_type} goes out where RequestOptions(headers=…) give that Content-Type"
                self._findings.note(other.node, "media type", reason)
            note_xml(other, self._findings, severity="note")
            told |= told_by(found)
            read.others.append(found)
        if body.contents:
            report_unused(unused, chosen, self._findings, self._kind)
        return read

    def _other(self, body: RawBody, content: RawContent, hint: str, words: Words) -> BodyIR | None:
        if "*" in content.media_type:  # a range says nothing that could be sent
            return None
        subtype = content.media_type.partition(";")[0].rpartition("/")[2]
        return self._choice(body, content, f"{hint}{pascal_case(subtype)}", words)

    def _choice(self, body: RawBody, chosen: RawContent, hint: str, words: Words) -> BodyIR:
        kind = kind_of(chosen.media_type)
        type_ = self._form(chosen, hint) if chosen.form else self.typed(chosen, kind, f"{hint}Request")
        # multipart/mixed and the like have parts without names, which the form writer cannot make; the
        # caller composes them and hands over bytes.
        mixed = kind == "multipart" and "form-data" not in chosen.media_type and bare(type_) in _TEXTS
        if type_ == Scalar("file") or mixed:
            kind, type_ = "binary", Scalar("bytes")
        if kind == "json" and type_ == ANY and chosen.media_type.startswith("*"):
            kind = "any"  # any content at all: bytes are sent as they are, other values as JSON
        check_form(chosen, kind, type_, self._findings)
        patch = kind == "json" and (
            # IDI sends JSON Patch as application/json, so the media type alone does not tell; the overlay's
            # `patchable` and the shape of the items do.
            "json-patch" in chosen.media_type or (bool(words.patchable) and self._is_patch(type_))
        )
        return BodyIR(
            media_type=_concrete(chosen.media_type, kind),
            kind=kind,
            type=type_,
            required=body.required,
            is_json_patch=patch,
            encoding=self._encodings(chosen, kind),
            description=body.description,
            place=chosen.node.place if chosen.form else body.node.place,
        )

    def typed(self, content: RawContent, kind: BodyKind, hint: str) -> Type:
        """The type of content: text and bytes are handed over as they are, whatever the schema says."""
        # A schema of `type: object` for XML describes what the text says, not a JSON object.
        if kind in ("text", "binary"):
            check_raw(content, kind, self._schemas.resolved(content.schema), self._findings)
            return STRING if kind == "text" else Scalar("bytes")
        return self._schemas.type_of(content.schema, hint)

    def is_object(self, content: RawContent) -> bool:
        """Whether the schema of content is an object or a list, which text and bytes only spell otherwise."""
        schema = self._schemas.resolved(content.schema) if content.schema.is_object else content.schema
        if not schema.is_object:
            return False
        types = declared_types(schema) or [guessed_type(schema) or ""]
        return bool({"object", "array"} & set(types)) or any(map(schema.has, ("allOf", "oneOf", "anyOf")))

    def _kind(self, content: RawContent) -> BodyKind:
        """How content is written: a binary schema is bytes, also below a JSON media type."""
        schema = self._schemas.resolved(content.schema) if content.schema.is_object else content.schema
        is_file = schema.text("type") == "file" or schema.text("format") == "binary"
        kind = kind_of(content.media_type)
        return "binary" if is_file and kind == "json" else kind

    def _encodings(self, content: RawContent, kind: BodyKind) -> dict[str, EncodingIR]:
        if content.form:
            # Only lists have a `collectionFormat` that differs from a plain field.
            joined = {p.name: p for p in content.form if p.schema.text("type") == "array" and not p.explode}
            return {name: EncodingIR(style=p.style, explode=False) for name, p in joined.items()}
        return encodings_of(content, kind) if kind in ("form", "multipart") else {}

    def _form(self, content: RawContent, hint: str) -> Type:
        """The model of Swagger 2.0's formData parameters."""
        # Swagger 2.0 lists the fields as parameters, so there is no schema that could have a name.
        name = self._schemas.class_name(f"{hint}Form")
        # The operation's list comes after the path's and replaces fields of the same name.
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

    def _is_patch(self, type_: Type) -> bool:
        """Whether a body is a JSON Patch (RFC 6902) by the shape of its items."""
        listed = bare(type_)
        item = listed.item if isinstance(listed, ListOf) else None
        if not isinstance(item, Ref):
            return False
        # The item's fields may still be queued.
        self._schemas.finish()
        model = self._schemas.models.get(item.name)
        return model is not None and {"op", "path"} <= {f.wire for f in model.fields}


def _concrete(media_type: str, kind: BodyKind) -> str:
    """A media type that can be sent: a range such as `*/*` is none, and bytes are not JSON."""
    if "*" not in media_type and not (kind == "binary" and kind_of(media_type) == "json"):
        return media_type
    return {"json": "application/json", "any": "application/json", "text": "text/plain"}.get(
        kind, "application/octet-stream"
    )


def _untyped(body: RawBody) -> RawContent:
    return RawContent(media_type="application/json", schema=body.node.get("schema"), node=body.node)
