"""The fields of one model compared, as callers build it or read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import frozen

from codegen.diff.collected import Collected
from codegen.diff.shapes import nullable, spelling
from codegen.diff.spot import Spot, report_provenance
from codegen.ir import FieldIR, ModelIR, Place, Type


@frozen
class FieldComparer:
    """Compares the fields of one model in one direction."""

    types: Callable[[Type, Type, Spot], object]
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
            self.types(old.type, new.type, self._spot(old, new))

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


def field_pairs(
    old: Iterable[FieldIR], new: Iterable[FieldIR]
) -> Iterable[tuple[FieldIR | None, FieldIR | None]]:
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


def _format(kind: Type) -> str:
    return f"`{spelling(kind) or 'plain'}`"
