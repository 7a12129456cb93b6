"""A document as it stands in its files, read without the generator: what play and count are judged by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml
from attrs import frozen

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


class _JsonYaml(yaml.SafeLoader):
    """YAML of which only what JSON has is not text: no dates, no yes and no."""


_JsonYaml.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if not tag.endswith((":timestamp", ":merge", ":bool"))]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_JsonYaml.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(?:true|false|True|False|TRUE|FALSE)\Z"), list("tTfF")
)


def load(path: Path) -> Any:
    """The JSON value of a file."""
    text = path.read_text(encoding="utf-8-sig")
    try:
        return json.loads(text)
    except ValueError:
        return _keys_as_text(yaml.load(text, Loader=_JsonYaml))  # noqa: S506 - a SafeLoader


def _keys_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _keys_as_text(child) for key, child in value.items()}
    return [_keys_as_text(child) for child in value] if isinstance(value, list) else value


@frozen(eq=False, repr=False)
class At:
    """A value of a file, and where it stands."""

    book: Book
    path: Path
    tokens: tuple[str, ...]
    value: Any

    @property
    def pointer(self) -> str:
        """The JSON pointer."""
        return "".join("/" + t.replace("~", "~0").replace("/", "~1") for t in self.tokens)

    @property
    def key(self) -> tuple[Path, tuple[str, ...]]:
        """What tells this place from every other."""
        return self.path, self.tokens

    def get(self, *names: str) -> At:
        """What stands under a key (under a key of that …), references followed between; None if nothing."""
        at = self
        for name in names:
            at = at.follow()
            value = at.value.get(name) if isinstance(at.value, dict) else None
            at = At(self.book, at.path, (*at.tokens, name), value)
        return at

    def items(self) -> Iterator[tuple[str, At]]:
        """The entries of an object."""
        if isinstance(self.value, dict):
            for name, value in self.value.items():
                yield name, At(self.book, self.path, (*self.tokens, name), value)

    def values(self) -> Iterator[At]:
        """The values of an object's entries."""
        return (child for _, child in self.items())

    def each(self) -> Iterator[At]:
        """The items of an array."""
        if isinstance(self.value, list):
            for index, value in enumerate(self.value):
                yield At(self.book, self.path, (*self.tokens, str(index)), value)

    def follow(self) -> At:
        """What this place refers to, or itself."""
        at = self
        for _ in range(50):
            reference = at.value.get("$ref") if isinstance(at.value, dict) else None
            if not isinstance(reference, str):
                return at
            found = self.book.find(at.path, reference)
            if found is None:
                return at
            at = found
        return at


class Book:
    """A document with all files it refers to."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.files = {self.path: load(self.path)}

    @property
    def root(self) -> At:
        """The entry document."""
        return At(self, self.path, (), self.files[self.path])

    @property
    def is_swagger(self) -> bool:
        """Whether it is Swagger 2.0."""
        return "swagger" in self.root.value

    @property
    def is_postman(self) -> bool:
        """Whether it is a Postman collection."""
        return not {"swagger", "openapi", "components"} & self.root.value.keys()

    def find(self, base: Path, reference: str) -> At | None:
        """The target of a reference that stands in the file `base`."""
        file, _, fragment = reference.partition("#")
        if "://" in file:
            return None
        path = (base.parent / unquote(file)).resolve() if file else base
        if path not in self.files:
            self.files[path] = load(path)
        tokens = [t.replace("~1", "/").replace("~0", "~") for t in unquote(fragment).split("/")[1:]]
        value = self.files[path]
        for token in tokens:
            try:
                value = value[int(token)] if isinstance(value, list) else value[token]
            except (LookupError, TypeError):
                return None
        return At(self, path, tuple(tokens), value)

    def operations(self) -> Iterator[tuple[str, str, At, At]]:
        """Method, path, operation and path item of every operation."""
        for path, entry in (*self.root.get("paths").items(), *self.root.get("x-ms-paths").items()):
            items = [entry, entry.follow()] if "$ref" in (entry.value or {}) else [entry]
            seen = set()
            for item in items if not path.startswith("x-") else []:
                for method, entry in (*item.items(), *item.get("additionalOperations").items()):
                    listed = method.lower() in METHODS or "additionalOperations" in entry.tokens
                    operation = entry.follow()
                    if listed and method not in seen and isinstance(operation.value, dict):
                        seen.add(method)
                        yield method.upper(), path, operation, item
