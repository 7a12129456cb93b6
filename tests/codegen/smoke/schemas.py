"""Schemas of any dialect as JSON Schema validators, references into other files included."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from jsonschema import Draft4Validator, Draft202012Validator, validators
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4, DRAFT202012

from tests.codegen.smoke.raw import At, Book

_IGNORED = (
    "pattern",
    "format",
    "discriminator",
    "xml",
    "externalDocs",
    "$schema",
    "$id",
    "id",
    "$vocabulary",
)


class Schemas:
    """Checks values against the schemas of one document."""

    def __init__(self, book: Book) -> None:
        self._book = book
        version = str(book.root.value.get("openapi", ""))
        new = version.startswith("3.") and not version.startswith("3.0")
        self._spec, self._validator = (
            (DRAFT202012, _overlapping(Draft202012Validator))
            if new
            else (DRAFT4, _overlapping(Draft4Validator))
        )
        self._known: dict[tuple[Path, tuple[str, ...]], Any] = {}
        self._registry: Registry[Any] = Registry(retrieve=functools.cache(self._retrieve))  # type: ignore[call-arg]

    def errors(self, schema: At, value: Any) -> list[str]:
        """What is wrong with a value, at most three findings; nothing for no schema."""
        if not isinstance(schema.value, dict):
            return []
        validator = self._known.get(schema.key)
        if validator is None:
            where = {"$ref": f"{schema.path.as_uri()}#{_quoted(schema.pointer)}"}
            validator = self._validator(where, registry=self._registry)
            self._known[schema.key] = validator
        found: list[ValidationError] = []
        for error in validator.iter_errors(value):
            found.append(error)
            if len(found) == 3:
                break
        return [f"{'/'.join(map(str, e.absolute_path)) or '(whole)'}: {e.message[:160]}" for e in found]

    def _retrieve(self, uri: str) -> Resource[Any]:
        path = Path(unquote(urlsplit(uri).path))
        self._book.find(path, "#")
        plain = _plain(self._book.files[path])
        return Resource.from_contents(plain, default_specification=self._spec)


def _overlapping(validator: Any) -> Any:
    """The validator, but with options of oneOf that may overlap, since a discriminator tells them apart."""
    rules = validator.VALIDATORS | {"oneOf": validator.VALIDATORS["anyOf"]}
    return validators.extend(validator, {name: _but_null(rule) for name, rule in rules.items()})


def _but_null(rule: Any) -> Any:
    """A keyword's rule that lets null pass where OpenAPI 3.0's `nullable` stands beside it."""

    def ruled(validator: Any, told: Any, value: Any, schema: Any) -> Any:
        null = value is None and isinstance(schema, dict)
        if null and (schema.get("nullable") is True or schema.get("x-nullable") is True):
            return ()
        return rule(validator, told, value, schema) or ()

    return ruled


def _quoted(pointer: str) -> str:
    return quote(pointer, safe="/~")


def _plain(value: Any, *, named: bool = False) -> Any:
    """The document with OpenAPI's own words said in those of JSON Schema. named: keys are free names here."""
    if isinstance(value, list):
        return [_plain(child) for child in value]
    if not isinstance(value, dict):
        return value
    if named:
        return {name: _plain(child) for name, child in value.items()}
    out = {
        name: _plain(child, named=name in ("properties", "definitions", "schemas", "patternProperties"))
        for name, child in value.items()
        if not (name in _IGNORED and isinstance(child, str | dict) and name != "$ref")
        and not (name == "required" and isinstance(child, bool))
    }
    if out.get("type") == "file":
        out["type"] = "string"
    return out
