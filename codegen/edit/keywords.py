"""Types, nullability and constraints of one schema, edited."""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen

from codegen.changes.change import Change
from codegen.changes.values import fits
from codegen.edit.locate import Spot
from codegen.edit.nodes import flow_list, insert_key, place_key, quoted
from codegen.edit.schema import ORDER, STRUCTURE, Schemas
from codegen.edit.written import Written
from codegen.facts.schema import KEYWORDS

_KINDS: Final = frozenset({"string", "integer", "number", "boolean", "object", "array", "file"})


@frozen
class Keywords:
    """Writes the aspects that a schema states by keywords."""

    schemas: Schemas
    written: Written

    def write(self, change: Change, entry: Any, schema: Any, spot: Spot) -> bool:
        """Type, nullability or a constraint of one schema. entry: the node that has the words."""
        aspect = change.aspect
        if aspect in ("type", "seen-type", "alternatives"):
            return self._type(change, entry, schema, spot)
        if aspect == "nullable":
            return self._nullable(schema, change.kind != "removed")
        if aspect == "name" or (keyword := KEYWORDS.get(aspect)) is None:
            return False
        if aspect == "format" and isinstance(entry.get("x-trunkline"), dict):
            entry["x-trunkline"].pop("format", None)
        if change.new is None:
            schema.pop(keyword, None)
        else:
            had = keyword in schema
            if aspect == "example":
                schema.pop("examples", None)
            self.schemas.put(schema, aspect, keyword, change.new)
            if not had and keyword in schema:
                value = schema.pop(keyword)
                place_key(
                    schema,
                    keyword,
                    value,
                    [key for key in ORDER if key != "description" or keyword != "format"],
                )
        return True

    def _type(self, change: Change, entry: Any, schema: Any, spot: Spot) -> bool:
        """Another type. Where a document's table and its own sample differ, the sample is kept."""
        if change.after is None:
            return False
        theirs, facts = change.after.subject, self.schemas.facts
        kinds = self.schemas.kinds(theirs)
        if not set(kinds) <= _KINDS:
            return False
        words = entry.get("x-trunkline") if isinstance(entry, dict) else None
        seen = facts.text(theirs, "seen-type")
        known = schema.get("type")
        printed = facts.text(theirs, "type")
        if (
            printed
            and seen
            and not fits(seen, printed)
            and fits(seen, _listed(known))
            and isinstance(words, dict)
        ):
            words["documented_type"] = printed
            self.written.note(
                f"{change.title}: {change.subject.dotted} is {printed} in the table, {seen} in the sample; "
                "the latter is kept"
            )
            return True
        if isinstance(words, dict):
            words.pop("documented_type", None)
            words.pop("format", None)
            if "provenance" in words:
                words["provenance"] = change.provenance
        new = self.schemas.schema(theirs)
        target = schema if "$ref" not in new else spot.node
        kept = {key: target[key] for key in ("description", "x-trunkline") if key in target}
        for key in (*STRUCTURE, "nullable", "format", "enum"):
            target.pop(key, None)
        for number, (key, value) in enumerate(new.items()):
            if key not in kept:
                if key in target:
                    target[key] = value
                else:
                    insert_key(target, number, key, value)
        return True

    def _nullable(self, schema: Any, null: bool) -> bool:
        if self.schemas.style.version != 31:
            return set_or_drop(
                schema,
                "nullable" if self.schemas.style.version == 3 else "x-nullable",
                True if null else None,
                ("type",),
            )
        kinds = schema.get("type")
        listed = [kinds] if isinstance(kinds, str) else list(kinds or ())
        if not listed:
            return False
        rest = [kind for kind in listed if kind != "null"]
        if null:
            schema["type"] = flow_list([*rest, quoted("null")])
        else:
            schema["type"] = rest[0] if len(rest) == 1 else rest
        return True


def _listed(kinds: Any) -> str:
    return " | ".join([kinds] if isinstance(kinds, str) else [str(kind) for kind in kinds or ()])


def set_or_drop(entry: Any, key: str, value: Any, after: tuple[str, ...]) -> bool:
    """Set a key; None and False take it out."""
    if value is None or value is False:
        entry.pop(key, None)
    else:
        place_key(entry, key, value, after)
    return True
