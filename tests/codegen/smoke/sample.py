"""Values that a schema admits: the document's own examples, or made ones."""

from __future__ import annotations

from typing import Any

from tests.codegen.smoke.raw import At
from tests.codegen.smoke.schemas import Schemas

_STRINGS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T10:20:30Z",
    "time": "10:20:30Z",
    "duration": "PT5M",
    "uuid": "7b1f0c0a-6a53-4c80-a8f4-97b35f8f3b1c",
    "email": "a@example.com",
    "uri": "https://example.com/a",
    "url": "https://example.com/a",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "byte": "AAEC",
    "binary": "AAEC",
    "decimal": "1.50",
}
_DEEP = 7


class Sampler:
    """Makes values. direction: "request" leaves out what is readOnly, "response" what is writeOnly.

    turn: which option of each union comes first, and which subtype of each base.
    """

    def __init__(self, schemas: Schemas, direction: str, turn: int = 0) -> None:
        self._schemas = schemas
        self._turn = turn
        self._hidden = "readOnly" if direction == "request" else "writeOnly"

    def value(self, schema: At) -> Any:
        """A value: full where that is valid, else with the required properties only, else the full one."""
        full = self._make(schema, 0, full=True)
        if not self._schemas.errors(schema, full):
            return full
        small = self._make(schema, 0, full=False)
        return small if not self._schemas.errors(schema, small) else full

    def _make(self, at: At, depth: int, *, full: bool, base: bool = False) -> Any:
        at = at.follow()
        schema = at.value
        if not isinstance(schema, dict):
            return "anything"
        subtype = None if base else self._subtype(at)
        if subtype is not None:
            tag, target = subtype
            made = self._make(target, depth, full=full, base=True)
            return made | {schema["discriminator"]["propertyName"]: tag} if isinstance(made, dict) else made
        told = self._told(at)
        if told is not None:
            return told[0]
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((k for k in kind if k != "null"), "null")
        for word in ("oneOf", "anyOf"):
            options = list(at.get(word).each())
            if options and kind not in ("string", "integer", "number", "boolean"):
                return self._option(at, options, depth, full=full)
        if "allOf" in schema or "properties" in schema or kind == "object":
            return self._object(at, depth, full=full)
        if kind == "array" or "items" in schema:
            return self._array(at, depth, full=full)
        return _scalar(kind, schema)

    def _subtype(self, at: At) -> tuple[str, At] | None:
        """A subtype of a base that names them and has no options of its own."""
        told = at.value.get("discriminator")
        if not isinstance(told, dict) or {"oneOf", "anyOf"} & at.value.keys():
            return None
        for tag, target in self._turned(list((told.get("mapping") or {}).items())):
            found = at.book.find(at.path, target) if "#" in target else None
            if found is not None and found.key != at.key:
                return tag, found
        return None

    def _told(self, at: At) -> tuple[Any] | None:
        schema = at.value
        if "const" in schema:
            return (schema["const"],)
        for word in ("example", "x-example", "default"):
            if word in schema and schema[word] is not None and not self._schemas.errors(at, schema[word]):
                return (schema[word],)
        for word in ("examples", "enum"):
            for value in schema[word] if isinstance(schema.get(word), list) else ():
                if value is not None and not self._schemas.errors(at, value):
                    return (value,)
        return None

    def _option(self, at: At, options: list[At], depth: int, *, full: bool) -> Any:
        around = self._object(at, depth, full=full) if "properties" in at.value else {}
        usable = [o for o in options if (o.follow().value or {}).get("type") != "null"] or options
        usable = self._turned(usable)
        for option in usable if depth < _DEEP else usable[:1]:
            value = self._tagged(at, option, self._make(option, depth + 1, full=full))
            if isinstance(value, dict):
                value = around | value
            if not self._schemas.errors(at, value):
                return value
        return value

    def _turned(self, options: list[Any]) -> list[Any]:
        start = self._turn % len(options) if options else 0
        return options[start:] + options[:start]

    @staticmethod
    def _tagged(at: At, option: At, value: Any) -> Any:
        told = at.value.get("discriminator")
        if not isinstance(told, dict) or not isinstance(value, dict):
            return value
        reference = option.value.get("$ref", "")
        for tag, target in (told.get("mapping") or {}).items():
            if target == reference or reference.endswith(f"/{target}"):
                return value | {told["propertyName"]: tag}
        return value | {told["propertyName"]: reference.rpartition("/")[2]} if reference else value

    def _object(self, at: At, depth: int, *, full: bool) -> Any:
        out: dict[str, Any] = {}
        schema = at.value
        for part in at.get("allOf").each():
            made = self._make(part, depth, full=full, base=True)
            if not isinstance(made, dict):
                return made
            out |= made
        required = schema.get("required") if isinstance(schema.get("required"), list) else []
        for name, entry in at.get("properties").items():
            target = entry.follow().value
            hidden = isinstance(target, dict) and target.get(self._hidden) is True
            wanted = full and depth < 4 and not hidden
            if name in required or wanted:
                if depth > _DEEP:
                    continue
                out[name] = self._make(entry, depth + 1, full=full)
        return out | self._free(at, out, depth, full=full)

    def _free(self, at: At, out: dict[str, Any], depth: int, *, full: bool) -> dict[str, Any]:
        """Required names without a property, and a free key where nothing else is in the object."""
        schema = at.value
        rest = at.get("additionalProperties")
        made: dict[str, Any] = {}
        for name in schema.get("required") if isinstance(schema.get("required"), list) else ():
            if name not in out and "allOf" not in schema:
                made[name] = self._make(rest, depth + 1, full=full) if rest.value else "anything"
        if isinstance(rest.value, dict) and full and not out and depth < 4:
            made["aKey"] = self._make(rest, depth + 1, full=full)
        return made

    def _array(self, at: At, depth: int, *, full: bool) -> Any:
        places = [self._make(p, depth + 1, full=full) for p in at.get("prefixItems").each()]
        least = at.value.get("minItems") or 0
        wanted = max(least, len(places), 1 if full and depth < 5 else 0)
        items = at.get("items")
        while len(places) < wanted and isinstance(items.value, dict):
            places.append(self._make(items, depth + 1, full=full))
        return places


def _scalar(kind: Any, schema: dict[str, Any]) -> Any:
    if kind in ("integer", "number"):
        return _number(kind, schema)
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    if kind is None and not schema.keys() & {"format", "pattern", "minLength", "maxLength"}:
        return "anything"
    text = _STRINGS.get(str(schema.get("format")), "text")
    least, most = schema.get("minLength", 0), schema.get("maxLength", 10**6)
    return (text if len(text) >= least else text + "x" * (least - len(text)))[:most]


def _number(kind: str, schema: dict[str, Any]) -> Any:
    low, high = schema.get("minimum"), schema.get("maximum")
    over, under = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    whole = kind == "integer" or str(schema.get("format")).startswith("int")
    value: Any = 1 if whole else 1.5
    if isinstance(over, int | float) and not isinstance(over, bool):
        value = max(value, over + 1)
    if isinstance(low, int | float):
        value = max(value, low + 1 if over is True else low)
    if isinstance(under, int | float) and not isinstance(under, bool):
        value = min(value, under - 1)
    if isinstance(high, int | float):
        value = min(value, high - 1 if under is True else high)
    step = schema.get("multipleOf")
    return round(value / step) * step if step else value
