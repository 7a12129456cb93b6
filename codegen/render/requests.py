"""The request side of an operation, as source: `Param`, `Body` and `Encoding` values."""

from __future__ import annotations

from codegen.ir import BodyIR, EncodingIR, ParameterIR
from codegen.render.plan import body_required
from codegen.render.quoting import call, literal, string, tuple_text
from codegen.render.scope import Scope
from codegen.render.shared_tuples import Arguments
from codegen.render.type_text import type_text, wire_format


def param_text(item: ParameterIR, name: str, code: Scope, text: Scope) -> str:
    """The `Param` of a parameter. name: the argument that holds its value."""
    arguments: Arguments = [("wire", string(item.wire)), ("name", string(name))]
    if (kind := type_text(item.type, text)) != "str":
        arguments.append(("type", string(kind)))
    if item.required or item.location == "path":
        arguments.append(("required", "True"))
    style = {"deep_object": "deepObject"}.get(item.style, item.style)
    # `form` is not a style of paths and headers (OpenAPI, Parameter Object); it is here only as the
    # class's default.
    if item.location in ("path", "header") and style == "form":
        style = "simple"
    if style != "form":
        arguments.append(("style", string(style)))
    if not item.explode:
        arguments.append(("explode", "False"))
    if item.default is not None:
        arguments.append(("default", literal(item.default)))
    spelling = wire_format(item.type)
    if spelling == "json":  # a text that holds JSON already; the word is for values that are written so
        spelling = None
    if (spelling := item.format or spelling) is not None:
        arguments.append(("format", string(spelling)))
    if item.fixed is not None:
        arguments.append(("fixed", literal(item.fixed)))
    for flag in ("allow_reserved", "sensitive"):
        if getattr(item, flag):
            arguments.append((flag, "True"))
    if item.provenance != "documented":
        arguments.append(("provenance", string(item.provenance)))
    if item.since is not None:
        arguments.append(("since", string(item.since)))
    return call(code.name("Param"), arguments)


def body_text(body: BodyIR, code: Scope, text: Scope, *, other: bool = False) -> str:
    """The `Body` of a request. other: it is a further media type, told from the others by its type."""
    arguments: Arguments = []
    if body.media_type != "application/json":
        arguments.append(("media_type", string(body.media_type)))
    if body.kind != "json":
        arguments.append(("kind", string(body.kind)))
    if body.is_json_patch and not other:
        pass  # written from a Patch, which no models module knows
    elif body.kind in ("text", "binary"):
        arguments.append(("type", string("str" if body.kind == "text" else "bytes")))
    elif body.type is not None and (kind := type_text(body.type, text)) != "Any":
        arguments.append(("type", string(kind)))
    if not body_required(body):
        arguments.append(("required", "False"))
    if body.others:
        others = [body_text(item, code, text, other=True) for item in body.others]
        arguments.append(("others", tuple_text(others)))
    if body.encoding:
        entries = [f"{string(name)}: {_encoding(item, code)}" for name, item in body.encoding.items()]
        arguments.append(("encoding", f"{{{', '.join(entries)}}}"))
    if body.files is not None:
        arguments.append(("files", literal(body.files)))
    return call(code.name("Body"), arguments)


def _encoding(item: EncodingIR, code: Scope) -> str:
    arguments: Arguments = []
    if item.style:
        arguments.append(("style", string(item.style)))
    if not item.explode:
        arguments.append(("explode", "False"))
    if item.allow_reserved:
        arguments.append(("allow_reserved", "True"))
    if item.content_type:
        arguments.append(("content_type", string(item.content_type)))
    return call(code.name("Encoding"), arguments)
