"""The rule for a change, by its aspect and by whether a type became wider or narrower."""

from __future__ import annotations

from typing import Final

from codegen.changes.change import Change
from codegen.facts.fact import CONSTRAINTS, FactSet, Value
from codegen.read.operation.media import kind_of
from codegen.read.schema.names import snake_case

_CLASSES: Final = frozenset({"date", "date-time", "time", "duration", "byte", "binary", "decimal"})
"""Formats that give a value another Python class."""
_LOWER: Final = frozenset({"maximum", "exclusive-maximum", "max-length", "max-items", "max-properties"})
_HIGHER: Final = frozenset({"minimum", "exclusive-minimum", "min-length", "min-items", "min-properties"})


def judge(change: Change, old: FactSet, new: FactSet) -> str | None:
    """The id of the rule, None for a change that no caller notices."""
    kind = change.subject.kind
    # These concern the document and its reader; the generated client stays the same.
    if change.kind in ("documented", "sentence", "unread"):
        return None
    if change.aspect == "deprecated":
        # `deprecated` is a flag, so its removal is the end of the deprecation.
        ended = change.kind != "removed"
        part = "operation" if kind == "operation" else "field"
        return f"{part}-deprecated" if ended else f"{part}-undeprecated"
    if kind == "operation":
        return _operation(change)
    if kind == "parameter":
        return _parameter(change, old, new)
    if kind == "request":
        return _request(change, new)
    if kind in ("request-field", "response-field"):
        return _field(change, old, new)
    if kind == "response":
        return _response(change)
    if kind in ("filterable", "sortable", "patchable"):
        return _listed(change)
    if kind in ("server", "scheme"):
        prefix = "server" if kind == "server" else "auth-scheme"
        return f"{prefix}-{change.kind}" if change.kind in ("added", "removed", "changed") else None
    return "api-version-changed" if (kind, change.aspect) == ("api", "version") else None


def _operation(change: Change) -> str | None:
    if change.aspect == "exists":
        return f"operation-{change.kind}" if change.kind in ("added", "removed") else None
    if change.aspect == "security":
        return {"added": "auth-became-required", "removed": "auth-became-none"}.get(
            change.kind, "auth-changed"
        )
    if change.aspect == "idempotency":
        order = ("unsafe", "idempotent", "safe")
        # A value that is not known counts as unsafe, which is the default.
        was, now = (order.index(str(v)) if v in order else 0 for v in (change.old, change.new))
        return "idempotency-raised" if now > was else "idempotency-lowered"
    # Paging on or off decides whether a method is awaited or iterated; its details do not.
    if change.aspect == "paging":
        was, now = (value not in (None, "none") for value in (change.old, change.new))
        return "paging-changed" if was != now else "paging-details-changed"
    if change.aspect == "bulk":
        return f"bulk-{'added' if change.new else 'removed'}" if not (change.old and change.new) else None
    by_aspect: dict[str, str] = {
        "route": "operation-route-changed",
        "servers": "operation-server-changed",
        "operation-id": "operation-renamed",
        "title": "operation-title-changed",
    }
    return by_aspect.get(change.aspect)


def _parameter(change: Change, old: FactSet, new: FactSet) -> str | None:
    if change.aspect == "exists" and len(change.subject.path) == 1:
        if change.kind == "removed":
            return "request-parameter-removed"
        required = change.after is not None and new.value(change.after.subject, "required")
        return f"request-parameter-added{'-required' if required else ''}" if change.kind == "added" else None
    if change.aspect == "name":
        # Callers use the Python name. A new spelling on the wire with the same Python name concerns
        # only the client.
        same = snake_case(str(change.old)) == snake_case(str(change.new))
        return "parameter-wire-name-changed" if same else "request-parameter-renamed"
    if change.aspect == "encoding":
        return "request-parameter-moved" if change.note == "moved" else "request-parameter-encoding-changed"
    if change.aspect in ("page-size", "page-limit"):
        return _page(change)
    return _typed("request-parameter", change, old)


def _page(change: Change) -> str:
    """The rule for a change of the page size or of its limit."""
    if change.aspect == "page-size":
        return "page-size-changed"
    lower = _number(change.new) < _number(change.old)
    return "page-limit-lowered" if change.old is None or lower else "page-limit-raised"


def _number(value: Value | None) -> float:
    # No limit is the highest limit.
    return float(value) if isinstance(value, int | float) else float("inf")


def _request(change: Change, new: FactSet) -> str | None:
    if change.aspect == "exists":
        if change.kind == "removed":
            return "request-body-removed"
        required = change.after is not None and new.value(change.after.subject, "required")
        return f"request-body-added{'-required' if required else ''}"
    if change.aspect == "required":
        return "request-body-became-required" if change.kind == "added" else "request-body-became-optional"
    if change.aspect == "media-types":
        # The first media type is the one that the package uses.
        was, now = (kind_of(v[0]) if isinstance(v, tuple) and v else "" for v in (change.old, change.new))
        return "request-body-media-type-changed" if was == now else "request-body-kind-changed"
    return None


def _field(change: Change, old: FactSet, new: FactSet) -> str | None:
    subject = change.subject
    sent = subject.kind == "request-field"
    if sent and not subject.path:
        return _typed("request-body", change, old)
    if not sent and subject.where != "success":
        return None  # errors keep their classes, whatever their bodies hold
    side = "request-body-field" if sent else "response-field" if subject.path else "response"
    if change.aspect == "exists":
        # The path steps "[]", "{}" and "<…>" are items, map values and alternatives: when one comes or
        # goes, the type around it is another.
        if subject.path and subject.path[-1][0] in "[{<":
            return f"{side}-type-changed"
        if sent and change.kind == "added":
            required = change.after is not None and new.value(change.after.subject, "required")
            return f"{side}-added{'-required' if required else ''}"
        return f"{side}-{change.kind}" if change.kind in ("added", "removed") else None
    if change.aspect == "name":
        return "field-wire-name-changed"
    if change.aspect == "sensitive":
        return "field-sensitive-changed"
    if change.aspect == "model":
        return _model(change, old, new)
    return _typed(side, change, old, sent=sent)


def _model(change: Change, old: FactSet, new: FactSet) -> str | None:
    """The rule for a class with another name, or for a field that no longer shares its class with others."""
    still = any(new.value(s, "model") == change.old for s in new.subjects())
    known = any(old.value(s, "model") == change.new for s in old.subjects())
    if not still and not known:
        return "model-renamed"
    return "model-forked" if still and not known else None


def _typed(side: str, change: Change, old: FactSet, *, sent: bool = True) -> str | None:
    """The rule for a type: in a request a wider one is harmless, in a response a narrower one."""
    aspect, harmless = change.aspect, f"{side}-type-{'widened' if sent else 'narrowed'}"
    # Turned round for responses, so that one test of "wider" serves both directions.
    older, newer = (change.old, change.new) if sent else (change.new, change.old)
    if aspect == "required":
        return f"{side}-became-{'required' if change.kind == 'added' else 'optional'}"
    if aspect == "nullable":
        return _nullable(side, change, old, sent=sent)
    if aspect == "type":
        return harmless if _is_wider(older, newer) else f"{side}-type-changed"
    if aspect == "alternatives":
        return harmless if _set(older) <= _set(newer) else f"{side}-type-changed"
    if aspect == "enum":
        if change.kind == "changed":
            return _enum(change, old)
        # A list of values on a free type narrows it, and its removal widens it.
        return f"{side}-type-changed" if (change.kind == "added") == sent else harmless
    if aspect == "format":
        return f"{side}-type-changed" if _is_another_class(change) else "field-format-changed"
    # The remaining aspects are about what the server accepts.
    if not sent:
        return None
    if aspect == "default":
        return f"{side}-default-changed" if side != "request-body" else None
    if aspect in CONSTRAINTS:
        return "constraint-loosened" if _is_looser(change) else "constraint-tightened"
    return "field-sensitive-changed" if aspect == "sensitive" else None


def _nullable(side: str, change: Change, old: FactSet, *, sent: bool) -> str:
    """The rule for a null that may be sent or received."""
    wider = change.kind == "added"
    if sent and side != "request-body-field":
        return f"{side}-type-{'widened' if wider else 'changed'}"
    if sent or not wider:
        return f"{side}-became-{'nullable' if wider else 'not-nullable'}"
    # An optional field was None when it was missing, so callers handle None already.
    sure = side == "response" or old.value(change.subject, "required")
    return f"{side}-became-nullable" if sure else "response-optional-field-became-nullable"


def _set(value: Value | None) -> set[str]:
    return set(value) if isinstance(value, tuple) else set()


def _enum(change: Change, old: FactSet) -> str:
    """The rule for added or removed values: of an enum class, or of literals of mixed types."""
    plain = " | " in old.text(change.subject, "type") or old.text(change.subject, "type") == "any"
    word = "literal" if plain else "enum"
    return f"{word}-value-removed" if _set(change.old) - _set(change.new) else f"{word}-value-added"


def _is_wider(old: Value | None, new: Value | None) -> bool:
    """Whether every value of the old type is one of the new type."""
    # A fact's type is a text of alternatives; without one, any value fits.
    was, now = (set(str(v).split(" | ")) if v else {"any"} for v in (old, new))
    return "any" in now or all(k in now or (k == "integer" and "number" in now) for k in was)


def _is_another_class(change: Change) -> bool:
    return bool({str(change.old), str(change.new)} & _CLASSES)


def _is_looser(change: Change) -> bool:
    if change.kind != "changed":
        return change.kind == "removed"
    if change.aspect in _LOWER:
        return _number(change.new) > _number(change.old)
    return change.aspect in _HIGHER and _number(change.new) < _number(change.old)


def _response(change: Change) -> str | None:
    """Any 2xx is a success, and errors keep their classes."""
    if change.aspect == "media-types":
        return "response-media-type-changed"
    return "response-status-changed" if change.aspect in ("exists", "status") else None


def _listed(change: Change) -> str | None:
    kind = change.subject.kind
    if change.aspect == "exists":
        return f"{kind}-{change.kind}" if change.kind in ("added", "removed") else None
    if change.aspect == "verbs":
        return "patch-verb-removed" if _set(change.old) - _set(change.new) else "patch-verb-added"
    return None
