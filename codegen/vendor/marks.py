"""The small tokens of a page: revision marks, types, verbs, names."""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

VERSION: Final = r"v?(\d+(?:\.\d+)*)"
_REV: Final = re.compile(rf"\[\s*Rev\.?\s*{VERSION}\s*\]", re.IGNORECASE)
_BAD_REV: Final = re.compile(r"\[\s*Rev\b[^\]]*\]?", re.IGNORECASE)
NAME: Final = re.compile(r"[$@A-Za-z_][\w$@.\-]*(?:\[\])?\Z")
VERBS: Final = ("add", "remove", "replace", "move", "copy", "test")
_KINDS: Final = "string|integer|number|boolean|object|array|any|null|file"
_TYPE: Final = re.compile(
    rf"(?P<array>Array of )?(?P<kind>{_KINDS})s?"
    r"(?: ?<(?P<format>[^>]+)>)?"
    r"(?: or (?P<other>[a-z]+))?"
    r"(?: \((?P<title>[^)]*)\))?"
    rf"(?: or (?P<null>null))?"
    r"(?: (?P<limits>(?:[\[(]|>|<|=|non-empty|unique|\^|multiple of|decimal places"
    r"|Nullable|nullable|recursive).*))?\Z"
)


@frozen
class TypeText:
    """A printed type: `integer <int32>`, `Array of strings`, `string (op)`."""

    kind: str
    format: str | None = None
    items: str | None = None
    nullable: bool = False


def read_type(text: str) -> TypeText | None:
    """The type that a line prints, None when it prints none."""
    match = _TYPE.match(text)
    if match is None:
        return None
    kind, limits = match["kind"], match["limits"] or ""
    nullable = bool(match["null"]) or match["other"] == "null" or "ullable" in limits
    if match["array"]:
        return TypeText("array", match["format"], kind, nullable)
    return TypeText(kind, match["format"], None, nullable)


def take_since(text: str) -> tuple[str, str | None, str | None]:
    """Text without its first revision mark, the revision, and a mark that is none (or None)."""
    match = _REV.search(text)
    rest = f"{text[: match.start()]} {text[match.end() :]}" if match else text
    bad = _BAD_REV.search(rest) if not _REV.search(rest) else None
    return " ".join(rest.split()), match[1] if match else None, bad[0] if bad else None


_SIZE: Final = re.compile(r"\bdefault(?: value| page size| size)?(?: is| of|:) (\d+)\b", re.IGNORECASE)
_LIMIT: Final = re.compile(
    r"\b(?:up to|at most|no more than|maximum(?: value)?(?: is| of|:)|(?:greater|more|larger) than) (\d+)\b",
    re.IGNORECASE,
)


def read_page_limits(text: str) -> tuple[int | None, int | None]:
    """How many rows a page has by default, and how many at most, as the text of `$top` gives them."""
    size, limit = _SIZE.search(text), _LIMIT.search(text)
    return int(size[1]) if size else None, int(limit[1]) if limit else None


def version_key(version: str) -> tuple[int, ...]:
    """For comparing: 2.9 < 2.37, and 1.05 is 1.5."""
    return tuple(int(part) for part in version.split("."))


AVAILABLE: Final = "Available Fields"
PATCHABLE: Final = "Patchable Fields"
_HEADINGS: Final = frozenset(
    {
        "note",
        "notes",
        "valid values",
        "default value",
        "example",
        "examples",
        "remarks",
        "important",
        "warning",
    }
    | {AVAILABLE.lower(), PATCHABLE.lower()}
)


def is_heading(text: str) -> bool:
    """Whether a line is a heading that descriptions have."""
    return text.rstrip(":").lower() in _HEADINGS
