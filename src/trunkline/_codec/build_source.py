"""Python text under construction: the compiled step from a struct, or from a list of them, to models.

The text holds positions and made-up names only, never a name of the vendor's; the objects behind the names
are passed as globals.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import attrs
import msgspec

from trunkline._codec.annotations import ModelField
from trunkline._codec.findings import Misread
from trunkline.model import UNSET, Extra

Read = Callable[[Any], Any]
RIPE: Final = 64
"""Objects of a model after which its always-present fields become required, see `Presence`."""
_MAX_PATTERNS: Final = 4096


class BuildSource:
    """The names of one piece of generated text and the objects that they refer to."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"U": UNSET, "R": msgspec.Raw, "D": Decimal, "K": Misread}
        self._variables = 0

    def variable(self) -> str:
        """A name for a loop variable."""
        self._variables += 1
        return f"v{self._variables}"

    def name(self, thing: Any) -> str:
        """A name that refers to this object."""
        key = f"n{len(self.names)}"
        self.names[key] = thing
        return key

    def function(self, body: list[str], name: str, argument: str = "v") -> Read:
        """Compile the lines as the body of a function of one argument; `name` is for tracebacks."""
        text = f"def build({argument}):\n" + "".join(f"    {line}\n" for line in body)
        filename = f"<trunkline build step {name}>"
        # Tracebacks and profilers show its lines.
        linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
        exec(compile(text, filename, "exec"), self.names)  # noqa: S102 - no name of the vendor's in it
        step: Read = self.names["build"]
        return step


class Presence(dict[int, Extra]):
    """Which fields of a model's objects were absent: a bit for each, and one shared `Extra` for each pattern.

    Noting absence costs a comparison for each field that may lack, a fifth of reading a row. So after `RIPE`
    objects the fields that were never absent become required in the struct, which checks them for nothing;
    an object without one is read by the slow path (`lenient`), which drops the requirement.
    """

    def __init__(self, names: list[str], *, counting: bool) -> None:
        super().__init__()
        self._names = names
        self.absent: set[str] = set()
        self.counting = counting
        self.count = 0

    def __missing__(self, mask: int) -> Extra:
        extra = Extra(absent=self._absent(mask))
        # A response in which every row lacks other fields must not grow the
        # client's memory without end.
        if len(self) < _MAX_PATTERNS:
            self[mask] = extra
        return extra

    def _absent(self, mask: int) -> frozenset[str]:
        found = frozenset(name for bit, name in enumerate(self._names) if mask >> bit & 1)
        self.absent |= found
        return found

    def extra(self, mask: int, kept: tuple[dict[str, Any], dict[str, Any]]) -> Extra:
        """The `Extra` of an object that has more to keep than what was absent."""
        return Extra(kept[0], self[mask].absent, kept[1])


@attrs.frozen
class FieldPlan:
    """How one field gets from the struct to the model.

    value: the expression of the struct's field. step: an expression over `q` that converts it, if needed.
    kept: whether the step may give a `Misread`. exact: whether it is a Decimal, which the struct leaves as
    decoded. bit: the field's place in `Presence`; None where it cannot be absent or absence shows by itself.
    """

    field: ModelField
    value: str
    step: str | None
    kept: bool
    exact: bool
    bit: int | None
    name: str

    def lines(self, target: str) -> list[str]:
        """The statements that assign the field to `target`."""
        absent = [] if self.bit is None else [f"m |= {1 << self.bit}", "q = None"]
        if self.step is None and not absent:
            return [f"{target} = {self.value}"]
        out = [f"q = {self.value}"]
        word = "if"
        if self.exact:
            # Before the rest: a Decimal that came with a fraction needs nothing.
            out += ["if q.__class__ is D:", "    pass", "elif q.__class__ is int:", "    q = D(q)"]
            word = "elif"
        if absent:
            out += [f"{word} q is U:", *(f"    {line}" for line in absent)]
            word = "elif"
        if self.step is not None:
            passed = (
                "q is not None"
                if self.bit is not None or self._never_unset
                else "q is not None and q is not U"
            )
            out += [f"{word} {passed}:", f"    q = {self.step}"]
            if self.kept:
                out += ["    if q.__class__ is K:", "        e = e or ({}, {})"]
                out += [f"        q = q.keep({self.name}, *e)"]
        return [*out, f"{target} = q"]

    @property
    def _never_unset(self) -> bool:
        return self.field.tracked


def assignments(cls: Any, plans: list[FieldPlan]) -> list[str]:
    """The lines that make the model `o`.

    Slots are set directly, half the cost of `__init__`, unless the class wants its `__init__`: a converter, a
    validator, a hook of its own.
    """
    if _is_bare(cls):
        return ["o = new(C)", *(line for plan in plans for line in plan.lines(f"o.{plan.field.name}"))]
    lines = [line for index, plan in enumerate(plans) for line in plan.lines(f"k{index}")]
    keywords = ", ".join(f"{plan.field.alias}=k{index}" for index, plan in enumerate(plans))
    return [*lines, f"o = C({keywords})"]


def _is_bare(cls: Any) -> bool:
    own = (f"__attrs_{when}_init__" for when in ("pre", "post"))
    # Slots that are set directly bypass all of these. A user's subclass of a model may have them.
    if cls.__setattr__ is not object.__setattr__ or any(hasattr(cls, name) for name in own):
        return False
    return not any(field.converter or field.validator for field in attrs.fields(cls))


__all__ = ["RIPE", "BuildSource", "FieldPlan", "Presence", "Read", "assignments"]
