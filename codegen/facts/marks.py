"""The small tokens of a page: revision marks, types with their constraints, page limits, verbs, names."""

from __future__ import annotations

import re
from typing import Final

from attrs import field, frozen

from codegen.facts.fact import Aspect, Value

VERSION: Final = r"v?(\d+(?:\.\d+)*)"
_REV: Final = re.compile(rf"\[\s*Rev\.?\s*{VERSION}\s*\]", re.IGNORECASE)
_BAD_REV: Final = re.compile(r"\[\s*Rev\b[^\]]*\]?", re.IGNORECASE)
NAME: Final = re.compile(r"[$@A-Za-z_][\w$@.\-]*(?:\[\])?\Z")
VERBS: Final = ("add", "remove", "replace", "move", "copy", "test")
_KIND: Final = r"(?:string|integer|number|boolean|object|array|any|null|file)s?"
_TYPE: Final = re.compile(
    rf"(?P<array>(?:Array of )*)\(?(?P<kind>{_KIND}(?: or {_KIND})*)\)?"
    r"(?: ?<(?P<format>[^<>=]+)>)?"
    r"(?: \((?P<title>[^()]*)\))?"
    r"(?P<null> or null)?"
    r"(?P<limits>(?: ?(?:[\[(^]|>|<|=|non-empty|unique|multiple of|decimal places|[Nn]ullable|[Rr]ecursive"
    r"|Deprecated|Read only|read-only|Write only|write-only|/).*)?)\Z"
)
_NUMBER: Final = r"-?\d+(?:[, ]\d{3}(?!\d))*(?:\.\d+)?(?:[eE][-+]?\d+)?"
_LIMITS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (
        re.compile(
            rf"(?P<open>[\[(]) ?(?P<low>{_NUMBER}) ?\.\. ?(?P<high>{_NUMBER}) ?(?P<close>[\])])"
            r"(?: (?P<unit>characters|items|properties))?"
        ),
        "range",
    ),
    (
        re.compile(rf"(?P<sign>[<>]=?|=) ?(?P<bound>{_NUMBER})(?: (?P<unit>characters|items|properties))?"),
        "bound",
    ),
    (re.compile(rf"multiple of (?P<step>{_NUMBER})"), "step"),
    (re.compile(r"decimal places <= ?(?P<places>\d+)"), "places"),
    (re.compile(r"non-empty"), "non-empty"),
    (re.compile(r"(?<!non-)\bunique\b"), "unique"),
    (re.compile(r"[Nn]ullable\b"), "nullable"),
    (re.compile(r"\bDeprecated\b"), "deprecated"),
    (re.compile(r"[Rr]ecursive\b"), "recursive"),
    (re.compile(r"[Rr]ead[- ]only\b"), "read-only"),
    (re.compile(r"[Ww]rite[- ]only\b"), "write-only"),
)


_NAMED: Final = re.compile(rf"(?P<name>[A-Za-z][\w .\-]*?) \((?P<kind>(?:Array of )?{_KIND})\)\Z")


@frozen
class TypeText:
    """A printed type: `integer <int32>`, `Array of strings`, `string [ 1 .. 9 ] characters`.

    kind: sorted, " | " between several; items: of an array; facts: format, nullable and constraints.
    item_facts: those that speak of the items. names: of alternatives, `Cat (object) or Dog (object)`.
    """

    kind: str
    items: str | None = None
    names: tuple[str, ...] = ()
    facts: dict[Aspect, Value] = field(factory=dict)
    item_facts: dict[Aspect, Value] = field(factory=dict)


def read_type(text: str) -> TypeText | None:
    """The type that a line prints, None when it prints none."""
    match = _TYPE.match(text)
    if match is None:
        return _alternatives(text)
    kinds = sorted({_singular(kind) for kind in match["kind"].split(" or ")})
    facts: dict[Aspect, Value] = {}
    if "null" in kinds and len(kinds) > 1:
        kinds.remove("null")
        facts["nullable"] = True
    if match["null"]:
        facts["nullable"] = True
    limits, unread = _limits(match["limits"].strip())
    if unread is None:
        return None
    facts |= limits
    kind = " | ".join(kinds)
    form = {"format": match["format"].strip()} if match["format"] else {}
    if not match["array"]:
        return TypeText(kind, facts={**form, **facts})  # type: ignore[dict-item]
    items = {
        k: v for k, v in facts.items() if k in ("pattern", "min-length", "max-length", "minimum", "maximum")
    }
    own = {k: v for k, v in facts.items() if k not in items}
    return TypeText("array", kind, facts=own, item_facts={**form, **items})  # type: ignore[dict-item]


def _alternatives(text: str) -> TypeText | None:
    """`Cat (object) or Dog (object)`, as a page prints a choice; also with null or a plain type in it."""
    pieces = text.split(" or ")
    named = [match for piece in pieces if (match := _NAMED.match(piece))]
    plain = [piece for piece in pieces if not _NAMED.match(piece)]
    if not named or not all(re.fullmatch(_KIND, piece) for piece in plain):
        return None
    kinds = {"array" if m["kind"].startswith("Array") else _singular(m["kind"]) for m in named}
    kinds |= {_singular(piece) for piece in plain}
    facts: dict[Aspect, Value] = {"nullable": True} if "null" in kinds and len(kinds) > 1 else {}
    kinds -= {"null"} if facts else set()
    return TypeText(" | ".join(sorted(kinds)), names=tuple(m["name"] for m in named), facts=facts)


def _singular(kind: str) -> str:
    return kind.removesuffix("s")


def _limits(text: str) -> tuple[dict[Aspect, Value], str | None]:
    """Constraints and marks behind a type; what is left over is a pattern, or None when it is neither."""
    found: dict[Aspect, Value] = {}
    if text.startswith(("^", "/")):
        badge = re.search(r" (?:Deprecated|[Nn]ullable|[Rr]ead[- ]only)\Z", text)
        while badge:
            found |= _limits(badge[0].strip())[0]
            text = text[: badge.start()]
            badge = re.search(r" (?:Deprecated|[Nn]ullable|[Rr]ead[- ]only)\Z", text)
        found["pattern"] = text
        return found, ""
    rest = text
    while rest:
        for pattern, word in _LIMITS:
            match = pattern.match(rest)
            if match:
                found |= _limit(word, match.groupdict())
                rest = rest[match.end() :].strip(" ,")
                break
        else:
            if rest[0] in "^/" or (found and not rest[0].isalpha()):
                found["pattern"] = rest
                return found, ""
            return found, None
    return found, ""


def _limit(word: str, parts: dict[str, str | None]) -> dict[Aspect, Value]:
    unit = {"characters": "length", "items": "items", "properties": "properties"}.get(
        parts.get("unit") or "", ""
    )
    if word == "range":
        low, high = number_of(parts["low"] or ""), number_of(parts["high"] or "")
        if unit:
            return {f"min-{unit}": low, f"max-{unit}": high}  # type: ignore[dict-item]
        return {
            "minimum" if parts["open"] == "[" else "exclusive-minimum": low,
            "maximum" if parts["close"] == "]" else "exclusive-maximum": high,
        }
    if word == "bound":
        bound, sign = number_of(parts["bound"] or ""), parts["sign"] or ""
        if unit and sign == "=":
            return {f"min-{unit}": bound, f"max-{unit}": bound}  # type: ignore[dict-item]
        side = "max" if sign.startswith("<") else "min"
        if unit:
            return {f"{side}-{unit}": bound}  # type: ignore[dict-item]
        exclusive = "exclusive-" if not sign.endswith("=") else ""
        return {f"{exclusive}{side}imum": bound}  # type: ignore[dict-item]
    if word == "step":
        return {"multiple-of": number_of(parts["step"] or "")}
    if word == "places":
        return {"multiple-of": float(f"1e-{parts['places']}")}
    simple: dict[str, dict[Aspect, Value]] = {
        "non-empty": {"min-length": 1},
        "unique": {"unique-items": True},
        "nullable": {"nullable": True},
        "deprecated": {"deprecated": True},
        "read-only": {"read-only": True},
        "write-only": {"write-only": True},
    }
    return simple.get(word, {})


def number_of(text: str) -> int | float:
    """A number as a page prints it: `1 000` and `1,000` are 1000."""
    clean = re.sub(r"(?<=\d)[ ,\u00a0\u202f](?=\d{3}(?!\d))", "", text).replace(",", "").replace(" ", "")
    value = float(clean)
    return int(value) if value.is_integer() else value


def take_since(text: str) -> tuple[str, str | None, str | None]:
    """Text without its first revision mark, the revision, and a mark that is none (or None)."""
    match = _REV.search(text)
    rest = f"{text[: match.start()]} {text[match.end() :]}" if match else text
    bad = _BAD_REV.search(rest) if not _REV.search(rest) else None
    return " ".join(rest.split()), match[1] if match else None, bad[0] if bad else None


_COUNT: Final = r"(\d{1,3}(?:[ ,\u00a0\u202f]\d{3})+(?!\d)|\d+)\b"
_SIZE: Final = re.compile(
    rf"\bdefault(?:s to)?(?: value| page size| size| limit)?(?: is| of|:|=)? {_COUNT}", re.IGNORECASE
)
_LIMIT: Final = re.compile(
    r"\b(?:up to|at most|no more than|maximum(?: value| page size| size)?(?: is| of|:)?"
    rf"|(?:greater|more|larger) than|limit(?:ed)?(?: to| is| of|:)) {_COUNT}",
    re.IGNORECASE,
)


def read_page_limits(text: str) -> tuple[int | None, int | None]:
    """How many rows a page has by default, and how many at most, as the text of `$top` gives them."""
    size, limit = _SIZE.search(text), _LIMIT.search(text)
    return int(number_of(size[1])) if size else None, int(number_of(limit[1])) if limit else None


def version_key(version: str) -> tuple[int, ...]:
    """For comparing: 2.9 < 2.37, and 1.05 is 1.5."""
    return tuple(int(part) for part in re.findall(r"\d+", version)) or (0,)


AVAILABLE: Final = "Available Fields"
PATCHABLE: Final = "Patchable Fields"
_HEADINGS: Final = frozenset(
    {
        *("note", "notes", "valid values", "default value", "example", "examples", "remarks"),
        *("important", "warning", AVAILABLE.lower(), PATCHABLE.lower()),
    }
)


def is_heading(text: str) -> bool:
    """Whether a line is a heading that descriptions have."""
    return text.rstrip(":").lower() in _HEADINGS
