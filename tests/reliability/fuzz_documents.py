"""Targets of the fuzzer for the generator: documents that repeat something, schemas made of each other.

Whatever comes in ends soon, in a document or in an error of the reader; time that grows faster than the text
shows itself here as a batch that fails.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from codegen.facts.errors import DocumentError
from codegen.facts.reading import read_facts
from codegen.read import SpecError, read_document

SECONDS = 5.0
"""Processor time of one small document; what is quadratic in 200,000 characters takes minutes."""
_LENGTH = 200_000
_FRAGMENT = st.text('"\\/*{}[]<>?#:,;&-!|%~ \n\tapA1$.@_=+(', min_size=1, max_size=5) | st.sampled_from(
    ["<p>", "<p ", "</i>", "<!--", "{{", "{{ ", '\\"', "/*", "//", "- ", "? ", "[x](", "[Rev ", "&amp", "{a}"]
)


def _repeated(fragment: str) -> str:
    return fragment * (_LENGTH // len(fragment))


def _openapi(place: str, text: str) -> str:
    operation: dict[str, Any] = {"responses": {"200": {"description": "d"}}, "parameters": []}
    schemas: dict[str, Any] = {}
    path, info = "/a", {"title": "t", "version": "1"}
    if place == "path":
        path = f"/{text}"
    elif place == "name":
        schemas[text] = {"type": "object", "properties": {text: {"type": "string"}}}
    elif place == "operationId":
        operation["operationId"] = text
    elif place == "parameter":
        operation["parameters"] = [{"name": text, "in": "query", "description": text}]
    elif place == "reference":
        schemas["A"] = {"$ref": text}
    else:
        operation["description"] = info["description"] = text
    value = {"openapi": "3.1.0", "info": info, "paths": {path: {"get": operation}}}
    return json.dumps({**value, "components": {"schemas": schemas}})


def _collection(place: str, text: str) -> str:
    url, body = (text, "") if place == "url" else ("https://a.example/x", text)
    request = {"method": "POST", "url": url, "body": {"mode": "raw", "raw": body}, "description": text}
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    return json.dumps({"info": {"name": "n", "schema": schema}, "item": [{"name": "a", "request": request}]})


@st.composite
def repeated(draw: st.DrawFn) -> str:
    """A document with one fragment many times over, in one of the places where text can stand."""
    text = draw(st.sampled_from(["", "a", '{"a": "', "a: ", "<html>"])) + _repeated(draw(_FRAGMENT))
    place = draw(st.sampled_from(["file", "path", "name", "operationId", "parameter", "reference", "text"]))
    if draw(st.booleans()):
        return _collection(draw(st.sampled_from(["url", "body"])), text)
    return text if place == "file" else _openapi(place, text)


@st.composite
def related(draw: st.DrawFn) -> str:
    """Schemas, each made of several that come after it: their combinations double at each level."""
    count = draw(st.integers(2, 25))
    schemas: dict[str, Any] = {f"A{count}": {"type": "object", "properties": {"end": {"type": "string"}}}}
    for number in range(count):
        below = {"$ref": f"#/components/schemas/A{draw(st.integers(number + 1, min(number + 3, count)))}"}
        keyword = draw(st.sampled_from(["anyOf", "oneOf", "allOf"]))
        options = [
            below,
            {"properties": {f"q{number}": below}, draw(st.sampled_from(["anyOf", "allOf"])): [below]},
        ]
        options.append({"type": "array", "items": below})
        schema: dict[str, Any] = {keyword: draw(st.permutations(options))[: draw(st.integers(1, 3))]}
        if draw(st.booleans()):
            schema["properties"] = {f"p{number}": draw(st.sampled_from([{"type": "string"}, below]))}
        if draw(st.booleans()):
            schema["additionalProperties"] = below
        schemas[f"A{number}"] = schema
    head = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}
    return json.dumps({**head, "components": {"schemas": schemas}})


def check_document(text: str) -> None:
    """Read soon, as a spec and as a vendor's page."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "document"
        path.write_text(text, "utf-8")
        for read in (read_document, read_facts):
            began = time.process_time()
            with contextlib.suppress(SpecError, DocumentError):
                read(path)
            seconds = time.process_time() - began
            assert seconds < SECONDS, (read.__name__, seconds, text[:200])


__all__ = ["check_document", "related", "repeated"]
