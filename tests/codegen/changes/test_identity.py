"""Any document against itself is empty, whatever its kind and whatever stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codegen.changes.compare import compare
from codegen.facts.reading import facts_of, read_facts
from codegen.read.source.node import Source
from tests.codegen.changes.metadata import copied, metadata, written
from tests.codegen.changes.page import FROZEN, IDI, SHIPPED, browser_text, page_text
from tests.codegen.facts.family import TEXT, html

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    "path",
    [
        IDI,
        SHIPPED,
        SHIPPED.with_name("security-token.yaml"),
        FROZEN / "collection.json",
        ROOT / "specs" / "abzorb" / "collection.json",
    ],
    ids=lambda path: f"{path.parent.name} {path.stem}",
)
def test_a_spec_against_itself(path: Path) -> None:
    """As a document of its own kind."""
    assert compare(read_facts(path), read_facts(path)).changes == ()


@pytest.mark.parametrize(
    "text", [page_text(), browser_text(), TEXT, html()], ids=["page", "copy", "text", "DOM"]
)
def test_a_page_against_itself(text: str, tmp_path: Path) -> None:
    """In each of the ways in which it is saved."""
    path = tmp_path / "page"
    path.write_text(text, encoding="utf-8")
    assert compare(read_facts(path), read_facts(path)).changes == ()


def test_an_introduction_against_itself(tmp_path: Path) -> None:
    """The metadata of a documentation page."""
    path = written(metadata(copied(tmp_path)), tmp_path)
    assert compare(read_facts(path), read_facts(path)).changes == ()


_SCALARS = st.sampled_from(
    [
        {"type": "string"},
        {"type": "integer", "format": "int64", "minimum": 0},
        {"type": ["string", "null"], "enum": ["a", "b", None]},
        {"type": "number", "default": 1.5, "deprecated": True},
        {"$ref": "#/components/schemas/Node"},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        {},
    ]
)
_SCHEMAS = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
        st.builds(
            lambda fields, required: {"type": "object", "properties": fields, "required": required},
            st.dictionaries(
                st.sampled_from(["id", "name", "a b", "$top", "value", "errors"]), inner, max_size=4
            ),
            st.lists(st.sampled_from(["id", "name"]), unique=True),
        ),
        st.builds(lambda one, two: {"allOf": [one, two]}, inner, inner),
        st.builds(lambda one, two: {"oneOf": [one, two]}, inner, inner),
        st.builds(lambda value: {"type": "object", "additionalProperties": value}, inner),
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sent=_SCHEMAS, got=_SCHEMAS, status=st.sampled_from(["200", "204", "2XX", "default", "404"]))
def test_any_openapi_document_against_itself(sent: object, got: object, status: str) -> None:
    """Whatever its schemas hold: nested, recursive, several of, or nothing."""
    media = {"application/json": {"schema": got}}
    operation = {
        "summary": "Do",
        "requestBody": {"content": {"application/json": {"schema": sent}}},
        "responses": {status: {"description": "x", "content": media}},
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/a/{b}": {"post": operation, "get": {"responses": {}}}},
        "components": {
            "schemas": {
                "Node": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
            }
        },
    }
    one, other = (facts_of(Source("a.json", Path("a.json"), b"", document, 1)) for _ in range(2))
    assert compare(one, other).changes == ()
