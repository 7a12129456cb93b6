"""Encodings of forms and lists that the client does not follow; each of them is reported."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.ir import BodyKind, EncodingIR, ListOf, Literals, Scalar, Type
from codegen.ir.walk import bare
from codegen.read.openapi.dialect import RawContent
from codegen.read.operation.media import kind_of
from codegen.read.schema.types import STRING, declared_types, guessed_type
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node


def check_form(content: RawContent, kind: BodyKind, type_: Type, findings: Findings) -> None:
    """Report fields that are sent otherwise than `encoding` says, and bodies that have no fields."""
    if kind not in ("form", "multipart"):
        return
    held = bare(type_)
    if isinstance(held, ListOf | Literals | Scalar) and held != Scalar("any"):
        reason = f"a body of {content.media_type} has fields; give its schema properties"
        findings.gap(content.schema, "body", reason)
    for name, told in content.node.get("encoding").items():
        for reason in _unserved(told, kind):
            findings.gap(told, "encoding", f"{name!r} {reason}")


def _unserved(told: Node, kind: BodyKind) -> Iterator[str]:
    """The parts of an Encoding Object (OpenAPI 3.1, section 4.8.15) that the client does not follow."""
    media = told.text("contentType")
    if kind == "form":
        if media and kind_of(media) != "json" and not media.startswith("text/plain"):
            yield f"is written as JSON or text, not as {media}"
        return
    if told.has("style") or told.has("explode"):
        yield "is sent as one part or several of the same name; `style` is not followed in parts"
    headers = ", ".join(name for name, _ in told.get("headers").items())
    if headers:
        yield f"is sent without headers of its own ({headers})"


def encodings_of(content: RawContent, kind: BodyKind) -> dict[str, EncodingIR]:
    """The encodings of the fields of a form that are not written in the default way."""
    found: dict[str, EncodingIR] = {}
    for name, told in content.node.get("encoding").items():
        if kind == "multipart":
            # `contentType` may be a list with wildcards (Encoding Object); a part can be labelled with one
            # concrete type only.
            concrete = [m.strip() for m in told.text("contentType").split(",") if m.strip() and "*" not in m]
            if concrete:
                found[name] = EncodingIR(content_type=concrete[0])
        elif any(map(told.has, ("style", "explode", "allowReserved"))):
            style = told.text("style", "form")
            found[name] = EncodingIR(
                style=style,
                # The same defaults as for query parameters, which the Encoding Object refers to.
                explode=told.flag("explode", style in ("form", "deepObject")),
                allow_reserved=told.flag("allowReserved"),
            )
    return found


def check_raw(content: RawContent, kind: BodyKind, schema: Node, findings: Findings) -> None:
    """Report a schema of objects or lists for content that is handed over as it is."""
    if not schema.is_object or "xml" in content.media_type:  # of XML the report speaks anyway
        return
    types = declared_types(schema) or [guessed_type(schema) or "string"]
    if {"object", "array"} & set(types):
        form = "text" if kind == "text" else "bytes"
        reason = f"{content.media_type} is handed over as {form}; its schema is not used"
        findings.gap(content.node, "media type", reason)


def flat(type_: Type, at: Node, findings: Findings) -> Type:
    """The type of a parameter or field; a list of lists, which no style writes, is a list of texts."""
    # OpenAPI's styles write one level of a list; the separators of a second one would be the same as
    # those of the first.
    held = bare(type_)
    if not (isinstance(held, ListOf) and isinstance(held.item, ListOf)):
        return type_
    findings.gap(at, "parameter style", "lists in a list are not joined; give each of them as one text")
    return ListOf(STRING)
