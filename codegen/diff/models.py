"""Types compared where they are used: their shape, then the fields and members of what they name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from attrs import define, field, frozen

from codegen.diff.collected import Collected, Sides
from codegen.diff.shapes import (
    Direction,
    Relation,
    aligned,
    nullable,
    relation,
    renamed,
    shown,
    spelling,
    without_null,
)
from codegen.ir import EnumIR, FieldIR, ListOf, Literals, MapOf, ModelIR, Nullable, Place, Ref, Type, UnionOf

_ALIKE: Final = 0.5
"""Share of common fields or values from which a vanished name and a new one are the same thing renamed."""


@frozen(kw_only=True)
class Spot:
    """One use of a type. prefix: of the rules that apply, "response-field"; subject and words: Python name of
    the thing, and the thing in a sentence."""

    operation: str
    direction: Direction
    prefix: str
    subject: str
    words: str
    old: Place
    new: Place


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
        comparer = FieldComparer(self, self._found, old, new, spot)
        comparer.model()
        for before, after in _pairs(old.fields, new.fields):
            comparer.one(before, after)


@frozen
class FieldComparer:
    """Compares the fields of one model in one direction."""

    types: TypeComparer
    found: Collected
    old: ModelIR
    new: ModelIR
    spot: Spot

    @property
    def _prefix(self) -> str:
        return "request-body-field" if self.spot.direction == "request" else "response-field"

    def model(self) -> None:
        """Changes of the model as a whole."""
        if self.spot.direction == "request" or self.old.in_request == self.new.in_request:
            return
        optional = any(not item.required for item in self.old.fields)
        if optional:
            name = f"`models.{self.new.name}`"
            now, before = ("UNSET", "None") if self.new.in_request else ("None", "UNSET")
            rule = "model-became-request" if self.new.in_request else "model-became-response-only"
            text = f"an optional field of {name} that is missing reads {now} instead of {before}"
            self._add(rule, f"models.{self.new.name}", text, self.old.place, self.new.place)

    def one(self, old: FieldIR | None, new: FieldIR | None) -> None:
        """One field, on both sides or on one."""
        if old is None and new is not None:
            self._added(new)
        elif new is None and old is not None:
            text = f"the field {self._words(old, self.old)} is gone"
            self._add(f"{self._prefix}-removed", self._subject(old), text, old.place, self.new.place)
        elif old is not None and new is not None:
            self._names(old, new)
            self._presence(old, new)
            self._nullness(old, new)
            self._facts(old, new)
            self.types.compare(old.type, new.type, self._spot(old, new))

    def _added(self, new: FieldIR) -> None:
        words = self._words(new, self.new)
        if self.spot.direction == "request" and new.required:
            text = f"the field {words} is new and required"
            self._add(f"{self._prefix}-added-required", self._subject(new), text, self.old.place, new.place)
        else:
            text = f"the field {words} is new"
            self._add(f"{self._prefix}-added", self._subject(new), text, self.old.place, new.place)

    def _names(self, old: FieldIR, new: FieldIR) -> None:
        words = self._words(old, self.old)
        if old.name != new.name:
            text = f"the field {words} is now called `{new.name}`"
            self._changed("renamed", old, new, text, now=f"models.{self.new.name}.{new.name}")
        elif old.wire != new.wire:
            text = f"the field {words} is `{new.wire}` on the wire instead of `{old.wire}`"
            self._add("field-wire-name-changed", self._subject(old), text, old.place, new.place)

    def _presence(self, old: FieldIR, new: FieldIR) -> None:
        words = self._words(new, self.new)
        if old.required and not new.required:
            extra = " and may be left out" if self.spot.direction == "request" else " and may be missing"
            self._changed("became-optional", old, new, f"the field {words} is optional now{extra}")
        elif new.required and not old.required:
            self._changed("became-required", old, new, f"the field {words} is required now")

    def _nullness(self, old: FieldIR, new: FieldIR) -> None:
        before, after = nullable(old.type), nullable(new.type)
        words = self._words(new, self.new)
        if before and not after:
            text = f"the field {words} is never null now"
            if self.spot.direction == "request":
                text = f"the field {words} no longer takes None"
            self._changed("became-not-nullable", old, new, text)
        elif after and not before:
            text = f"the field {words} may be null"
            if self.spot.direction == "response" and _reads_none(old, self.old):
                rule = "response-optional-field-became-nullable"
                self._add(rule, self._subject(old), text, old.place, new.place)
            else:
                self._changed("became-nullable", old, new, text)

    def _facts(self, old: FieldIR, new: FieldIR) -> None:
        words, subject = self._words(new, self.new), self._subject(old)
        if spelling(old.type) != spelling(new.type):
            text = f"the field {words} is written as {_format(new.type)} instead of {_format(old.type)}"
            self._add("field-format-changed", subject, text, old.place, new.place)
        if old.sensitive != new.sensitive:
            text = (
                f"the field {words} is {'hidden from' if new.sensitive else 'shown in'} repr, logs and errors"
            )
            self._add("field-sensitive-changed", subject, text, old.place, new.place)
        if self.spot.direction == "request" and old.default != new.default:
            text = f"leaving out the field {words} means {new.default!r} instead of {old.default!r}"
            self._changed("default-changed", old, new, text)
        report_provenance(
            self.found,
            subject=subject,
            words=f"the field {words}",
            operation=self.spot.operation,
            old=(old.provenance, old.place),
            new=(new.provenance, new.place),
        )

    def _words(self, item: FieldIR, model: ModelIR) -> str:
        name = f"`{model.name}.{item.name}`"
        return name if item.wire == item.name else f"{name} (`{item.wire}`)"

    def _subject(self, item: FieldIR) -> str:
        return f"models.{self.old.name}.{item.name}"

    def _spot(self, old: FieldIR, new: FieldIR) -> Spot:
        return Spot(
            operation=self.spot.operation,
            direction=self.spot.direction,
            prefix=self._prefix,
            subject=self._subject(old),
            words=f"the field {self._words(new, self.new)}",
            old=old.place,
            new=new.place,
        )

    def _changed(self, ending: str, old: FieldIR, new: FieldIR, text: str, now: str | None = None) -> None:
        self._add(f"{self._prefix}-{ending}", self._subject(old), text, old.place, new.place, now)

    def _add(
        self, rule: str, subject: str, text: str, old: Place, new: Place, now: str | None = None
    ) -> None:
        operation = self.spot.operation
        self.found.add(rule, subject=subject, text=text, now=now, operation=operation, old=old, new=new)


_SURE: Final = ("inferred", "release-notes", "documented")
_Said = tuple[Literal["documented", "release-notes", "inferred"], Place]


def report_provenance(
    found: Collected, *, subject: str, words: str, operation: str, old: _Said, new: _Said
) -> None:
    """Note when the vendor says more or less of a thing than before."""
    before, after = _SURE.index(old[0]), _SURE.index(new[0])
    if before == after:
        return
    found.add(
        "provenance-raised" if after > before else "provenance-lowered",
        subject=subject,
        text=f"{words} is {new[0]} now, before {old[0]}",
        operation=operation,
        old=old[1],
        new=new[1],
    )


def shown_plain(kind: Type) -> str:
    """The type in a sentence, without its null."""
    return f"`{shown(without_null(kind))}`"


def _pairs(old: Iterable[FieldIR], new: Iterable[FieldIR]) -> Iterable[tuple[FieldIR | None, FieldIR | None]]:
    """Fields that belong together: by wire name, then by Python name; the rest stands alone."""
    before, after = {item.wire: item for item in old}, {item.wire: item for item in new}
    left = {item.name: item for item in before.values() if item.wire not in after}
    right = {item.name: item for item in after.values() if item.wire not in before}
    for wire, item in before.items():
        yield item, after.get(wire) or right.get(item.name)
    for item in right.values():
        if item.name not in left:
            yield None, item


def _reads_none(item: FieldIR, model: ModelIR) -> bool:
    """Whether callers meet None already: a missing field of an answer reads None."""
    return nullable(item.type) or (not item.required and not model.in_request)


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


def _format(kind: Type) -> str:
    return f"`{spelling(kind) or 'plain'}`"
