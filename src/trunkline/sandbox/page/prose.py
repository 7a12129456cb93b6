"""The docstrings of generated code, split into their parts.

The spec files are not part of an installed trunkline; their descriptions travel in the docstrings.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attrs import frozen

_SECTIONS = re.compile(r"(?:Args|Raises|Attributes):\n|(?:Source|Provenance): |Since revision ")
_NAMES = re.compile(r"^    (\w+): ", re.MULTILINE)
# The page shows these as badges.
_SAID = re.compile(r"\s*(Inferred, not documented\.|Since revision [\d.]+\.)|\s*Built from `[^`]+`\.")
_HOW_SURE = re.compile(
    r"(?:Name|Route|Request|Response)[a-z, ]* (?:is|are) (?:inferred|named|documented)[^.]*\.\s*"
)
_QUERY = re.compile(r"See `queries\.(\w+)`")


@frozen(kw_only=True)
class Prose:
    """A docstring: its text without the title, and and the text of each argument or attribute."""

    text: str = ""
    of: Mapping[str, str] = MappingProxyType({})


@functools.cache
def of_function(reference: str) -> Prose:
    """The prose of `module:Class.method`; empty when docstrings were stripped."""
    module, _, path = reference.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    own = _parse(inspect.getdoc(found) or "", "Args:", skip=1)
    shared = _QUERY.match(own.of.get("query", ""))
    if shared is None:
        return own
    # OData options that several searches take are documented once, at the TypedDict that names them.
    queries = importlib.import_module(f"{module.rpartition('.')[0]}.queries")
    options = _parse(inspect.getdoc(getattr(queries, shared[1])) or "", "Attributes:", skip=0)
    return Prose(text=own.text, of={**own.of, **options.of})


@functools.cache
def of_model(cls: type) -> Prose:
    """The prose of a generated model or enum."""
    return _parse(inspect.getdoc(cls) or "", "Attributes:", skip=0)


def _parse(doc: str, section: str, *, skip: int) -> Prose:
    paragraphs = doc.split("\n\n")
    text: list[str] = []
    of: Mapping[str, str] = {}
    for paragraph in paragraphs[skip:]:
        if paragraph.startswith(section):
            of = _entries(paragraph.partition("\n")[2])
        elif not _SECTIONS.match(paragraph):
            text.append(_SAID.sub("", _HOW_SURE.sub("", _joined(paragraph))).strip())
    said = "\n\n".join(part for part in text if part)
    # A schema without a description gets a sentence of its name.
    return Prose(text="" if re.fullmatch(r"The `[^`]+` schema\.", said) else said, of=of)


def _entries(block: str) -> Mapping[str, str]:
    parts = _NAMES.split(block)
    return {name: _SAID.sub("", _joined(text)) for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def _joined(text: str) -> str:
    return " ".join(text.split())


__all__ = ["Prose", "of_function", "of_model"]
