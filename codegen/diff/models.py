"""Types compared where they are used: their shape, then the fields and members of what they name."""

from __future__ import annotations

from typing import Final

from attrs import define, field

from codegen.diff.collected import Collected, Sides
from codegen.diff.fields import FieldComparer, field_pairs
from codegen.diff.shapes import Direction, Relation, aligned, relation, renamed, shown, without_null
from codegen.diff.spot import Spot
from codegen.ir import EnumIR, ListOf, Literals, MapOf, ModelIR, Nullable, Place, Ref, Type, UnionOf

_ALIKE: Final = 0.5
"""Share of common fields or values from which a vanished name and a new one are the same thing renamed."""


@define
class TypeComparer:
    """Compares the types of one pair of documents, each pair of models once an operation and direction."""

    _sides: Sides
    _found: Collected
    _seen: set[tuple[str, Direction, str, str]] = field(factory=set)

    def compare(self, old: Type, new: Type, spot: Spot) -> Relation:
        """Report how a type changed at a place, and what changed in the models and enums below it."""
        names = self._renames(old, new)
        how = relation(renamed(old, names), new, spot.direction, self._sides)
        if how == "changed":
            self._say(
                spot, "type-changed", f"{spot.words} is {shown_plain(new)} instead of {shown_plain(old)}"
            )
        elif how == "compatible":
            word = "widened" if spot.direction == "request" else "narrowed"
            self._say(
                spot, f"type-{word}", f"{spot.words} is now {shown_plain(new)}, before {shown_plain(old)}"
            )
        self._literals(old, new, spot)
        for left, right in aligned(old, new):
            self._named(left.name, right.name, spot)
        return how

    def _say(self, spot: Spot, ending: str, text: str) -> None:
        self._found.add(
            f"{spot.prefix}-{ending}",
            subject=spot.subject,
            text=text,
            operation=spot.operation,
            old=spot.old,
            new=spot.new,
        )

    def _renames(self, old: Type, new: Type) -> dict[str, str]:
        """Names that stand for the same thing on both sides."""
        pairs = ((left.name, right.name) for left, right in aligned(old, new) if left != right)
        return {left: right for left, right in pairs if self._is_rename(left, right)}

    def _is_rename(self, left: str, right: str) -> bool:
        before, after = self._sides.old, self._sides.new
        if left in after or right in before:
            return False
        if left in before.models and right in after.models:
            return _alike(_wires(before.models[left]), _wires(after.models[right]))
        if left in before.enums and right in after.enums:
            return _alike(_values(before.enums[left]), _values(after.enums[right]))
        return False

    def _named(self, left: str, right: str, spot: Spot) -> None:
        """Compare two models or enums of the same place."""
        if left != right:
            if not self._is_rename(left, right):
                return
            self._found.add(
                "model-renamed",
                subject=f"models.{left}",
                text=f"the class `models.{left}` is now `models.{right}`",
                now=f"models.{right}",
                operation=spot.operation,
                old=self._place(left, old=True),
                new=self._place(right, old=False),
            )
        before, after = self._sides.old, self._sides.new
        if left in before.enums and right in after.enums:
            self._enums(before.enums[left], after.enums[right], spot)
        key = (spot.operation, spot.direction, left, right)
        if left in before.models and right in after.models and key not in self._seen:
            self._seen.add(key)
            self._models(before.models[left], after.models[right], spot)

    def _place(self, name: str, *, old: bool) -> Place:
        side = self._sides.old if old else self._sides.new
        return (side.models.get(name) or side.enums[name]).place

    # -- enums -----------------------------------------------------------------------------------

    def _enums(self, old: EnumIR, new: EnumIR, spot: Spot) -> None:
        before = {value: name for name, value in old.members}
        after = {value: name for name, value in new.members}
        for value in [value for value in before if value not in after]:
            self._enum(
                "enum-value-removed",
                new,
                before[value],
                f"lost the value `{value}`",
                spot,
                old.place,
                new.place,
            )
        for value in [value for value in after if value not in before]:
            self._enum(
                "enum-value-added",
                new,
                after[value],
                f"has the new value `{value}`",
                spot,
                old.place,
                new.place,
            )
        for value in [value for value in before if value in after]:
            if before[value] != after[value]:
                text = f"calls the value `{value}` `{after[value]}` instead of `{before[value]}`"
                self._enum("enum-member-renamed", new, before[value], text, spot, old.place, new.place)

    def _enum(
        self, rule: str, enum: EnumIR, member: str, text: str, spot: Spot, old: Place, new: Place
    ) -> None:
        self._found.add(
            rule,
            subject=f"models.{enum.name}.{member}",
            text=f"the enum `models.{enum.name}` {text}",
            operation=spot.operation,
            old=old,
            new=new,
        )

    def _literals(self, old: Type, new: Type, spot: Spot) -> None:
        """Values of a type that has no enum class."""
        before, after = _literals(old), _literals(new)
        if before is None or after is None:
            return
        for rule, values, verb in (
            ("literal-value-removed", [v for v in before if v not in after], "no longer takes"),
            ("literal-value-added", [v for v in after if v not in before], "now takes"),
        ):
            for value in values:
                self._found.add(
                    rule,
                    subject=f"{spot.subject}={value!r}",
                    text=f"{spot.words} {verb} `{value!r}`",
                    operation=spot.operation,
                    old=spot.old,
                    new=spot.new,
                )

    # -- models ----------------------------------------------------------------------------------

    def _models(self, old: ModelIR, new: ModelIR, spot: Spot) -> None:
        comparer = FieldComparer(self.compare, self._found, old, new, spot)
        comparer.model()
        for before, after in field_pairs(old.fields, new.fields):
            comparer.one(before, after)


def shown_plain(kind: Type) -> str:
    """The type in a sentence, without its null."""
    return f"`{shown(without_null(kind))}`"


def _alike(left: set[object], right: set[object]) -> bool:
    return bool(left | right) and len(left & right) / len(left | right) >= _ALIKE


def _wires(model: ModelIR) -> set[object]:
    return {item.wire for item in model.fields}


def _values(enum: EnumIR) -> set[object]:
    return {value for _, value in enum.members}


def _literals(kind: Type) -> tuple[object, ...] | None:
    """The values of a plain union of values, wherever it stands in the type."""
    match kind:
        case Literals(values):
            return values
        case Nullable(inner) | ListOf(inner) | MapOf(inner):
            return _literals(inner)
        case UnionOf(options):
            return next((found for item in options if (found := _literals(item)) is not None), None)
        case Ref():
            return None
    return None
