"""Media types: what a Content-Type names, and how content of it is read. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

_TEXTS: Final = frozenset(
    {"xml", "yaml", "csv", "javascript", "x-ndjson", "x-www-form-urlencoded", "graphql", "sql"}
)
"""Subtypes of text that are registered below `application/`."""


def essence(content_type: str | None) -> str:
    """A media type without its parameters, in lower case (RFC 9110, section 8.3.1); "" for none."""
    return (content_type or "").partition(";")[0].strip().lower()


def essence_of(headers: Mapping[str, str]) -> str:
    """The media type of a message's body; "" where its headers name none."""
    return essence(headers.get("Content-Type"))


def content_kind(essence: str) -> Literal["json", "text", "binary"]:
    """How content of a media type, in lower case without parameters, is read."""
    main, _, sub = essence.partition("/")
    # Structured syntax suffixes (RFC 6839), and the older vendor types that end in ".json".
    if sub == "json" or sub.endswith(("+json", ".json")):
        return "json"
    textual = main == "text" or sub in _TEXTS or sub.endswith(("+xml", "+yaml"))
    return "text" if textual else "binary"


__all__ = ["content_kind", "essence", "essence_of"]
