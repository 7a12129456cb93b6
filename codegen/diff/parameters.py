"""Parameters compared: callers know them by Python name, servers by wire name and place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from codegen.diff.collected import Collected
from codegen.diff.models import TypeComparer
from codegen.diff.shapes import spelling
from codegen.diff.spot import Spot, report_provenance
from codegen.ir import OperationIR, ParameterIR


def compare_parameters(
    found: Collected, types: TypeComparer, operation: str, old: OperationIR, new: OperationIR
) -> None:
    """Compare the parameters of one operation."""
    comparer = ParameterComparer(found, types, operation, old, new)
    for before, after in _pairs(old, new):
        comparer.one(before, after)


def _pairs(old: OperationIR, new: OperationIR) -> Iterator[tuple[ParameterIR | None, ParameterIR | None]]:
    """Parameters that belong together: by wire name and place, by Python name, by position in the path."""
    left, right = list(old.parameters), list(new.parameters)
    for before in old.parameters:
        same = [item for item in right if (item.wire, item.location) == (before.wire, before.location)]
        if same:
            left.remove(before)
            right.remove(same[0])
            yield before, same[0]
    for before in list(left):
        after = next((item for item in right if item.name == before.name), None)
        after = after or _at_same_position(before, old, new, right)
        left.remove(before)
        if after is not None:
            right.remove(after)
        yield before, after
    for item in right:
        yield None, item


def _at_same_position(
    before: ParameterIR, old: OperationIR, new: OperationIR, free: list[ParameterIR]
) -> ParameterIR | None:
    if before.location != "path":
        return None
    left, right = (re.findall(r"\{([^{}]*)\}", item.path) for item in (old, new))
    if len(left) != len(right) or before.wire not in left:
        return None
    wire = right[left.index(before.wire)]
    return next((item for item in free if item.location == "path" and item.wire == wire), None)


@frozen
class ParameterComparer:
    """Compares the parameters of one operation, pair by pair."""

    found: Collected
    types: TypeComparer
    operation: str
    old: OperationIR
    new: OperationIR

    def one(self, old: ParameterIR | None, new: ParameterIR | None) -> None:
        """One parameter, on both sides or on one."""
        if old is None and new is not None:
            self._added(new)
        elif new is None and old is not None:
            self._add("removed", old, None, f"the argument {_words(old)} is gone")
        elif old is not None and new is not None:
            self._pair(old, new)

    def _added(self, new: ParameterIR) -> None:
        if new.required:
            self._add("added-required", None, new, f"the argument {_words(new)} is new and required")
        else:
            self._add("added", None, new, f"the argument {_words(new)} is new")

    def _pair(self, old: ParameterIR, new: ParameterIR) -> None:
        if old.name != new.name:
            text = f"the argument {_words(old)} is now called `{new.name}`"
            self._add("renamed", old, new, text, now=self._subject(new))
        elif (old.wire, old.location) != (new.wire, new.location):
            text = f"the argument `{new.name}` is sent as {new.location} parameter `{new.wire}`"
            self._add("moved", old, new, f"{text} instead of {old.location} parameter `{old.wire}`")
        if old.required != new.required:
            word = "required" if new.required else "optional"
            self._add(f"became-{word}", old, new, f"the argument {_words(new)} is {word} now")
        if _encoding(old) != _encoding(new):
            text = f"the argument {_words(new)} is written another way"
            self._add("encoding-changed", old, new, text)
        if not new.required and old.default != new.default:
            text = f"leaving out the argument {_words(new)} means {new.default!r} instead of {old.default!r}"
            self._add("default-changed", old, new, text)
        self._type(old, new)

    def _type(self, old: ParameterIR, new: ParameterIR) -> None:
        words = f"the argument {_words(new)}"
        spot = Spot(
            operation=self.operation,
            direction="request",
            prefix="request-parameter",
            subject=self._subject(old),
            words=words,
            old=old.place,
            new=new.place,
        )
        self.types.compare(old.type, new.type, spot)
        report_provenance(
            self.found,
            subject=self._subject(old),
            words=words,
            operation=self.operation,
            old=(old.provenance, old.place),
            new=(new.provenance, new.place),
        )

    def _subject(self, item: ParameterIR) -> str:
        return f"{self.operation}({item.name})"

    def _add(
        self,
        ending: str,
        old: ParameterIR | None,
        new: ParameterIR | None,
        text: str,
        now: str | None = None,
    ) -> None:
        known = old or new
        if known is None:
            return
        self.found.add(
            f"request-parameter-{ending}",
            subject=self._subject(known),
            text=text,
            now=now,
            operation=self.operation,
            old=(old or self.old).place,
            new=(new or self.new).place,
        )


def _encoding(item: ParameterIR) -> tuple[object, ...]:
    return item.style, item.explode, item.allow_reserved, item.format, spelling(item.type)


def _words(item: ParameterIR) -> str:
    return f"`{item.name}`" if item.wire == item.name else f"`{item.name}` (`{item.wire}`)"
