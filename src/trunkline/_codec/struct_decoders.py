"""The fast path of decoding: every model has a hidden `msgspec.Struct`, and a compiled step from struct to
model.

A struct has the model's fields under their wire names and forbids others, so that msgspec decodes a page in
one go and stops at the first name or type that the spec does not know. What the slow path finds in such a
body changes the struct, and the next body with the same difference takes the fast path again:

- a learned name becomes a struct field that ends in `Model.extra`;
- a relaxed field is kept as raw JSON, decoded on its own, and read by the slow path where that fails; so
  are unions of models and vendor date spellings, which msgspec cannot hold;
- rows of a model that were once something else than objects are kept raw in the same way;
- a model with more than `MAX_LEARNED` unknown names, or with a wire name that msgspec cannot hold, is read
  by the slow path altogether.

Which fields were absent is noted by `build_source.Presence`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

from trunkline._codec.annotations import (
    ModelField,
    NoneType,
    arguments,
    is_enum,
    is_model,
    members,
    model_fields,
    origin,
    without,
)
from trunkline._codec.build_source import RIPE, BuildSource, FieldPlan, Presence, Read, assignments
from trunkline._codec.exact_json import MISFIT_ERRORS, decoder, loads_exact
from trunkline._codec.findings import Findings
from trunkline._codec.learned import Learned, can_be_renamed_to
from trunkline.model import NO_EXTRA, UNSET, Model

if TYPE_CHECKING:
    from trunkline._codec.lenient import Lenient

_PLAIN: Final = frozenset(
    {
        int,
        str,
        bool,
        float,
        bytes,
        datetime.datetime,
        datetime.date,
        datetime.time,
        datetime.timedelta,
    }
)
_TELLABLE: Final = frozenset({int, str, bool, float})


class StructDecoders:
    """The structs and build steps of one client's models, made at first use."""

    def __init__(self, careful: Lenient) -> None:
        self._careful = careful
        self._structs: dict[type[Model], type[msgspec.Struct]] = {}
        self._builds: dict[type[Model], Read] = {}
        self._rows: dict[type[Model], Read] = {}
        self._presence: dict[type[Model], Presence] = {}
        self._plain: set[type[Model]] = set()
        self._known = Learned()
        self._to_fill: list[type[Model]] = []
        self._links: list[tuple[BuildSource, str, dict[type[Model], Read], type[Model]]] = []

    def learn(self, findings: Findings) -> bool:
        """Change the structs by what the slow path found; True if anything changed and was forgotten."""
        if not self._known.learn(findings):
            return False
        self._forget()
        return True

    def require(self) -> bool:
        """Make fields required that enough objects had; True if anything changed and was forgotten."""
        ripe = [(cls, one) for cls, one in self._presence.items() if one.counting and one.count >= RIPE]
        for cls, presence in ripe:
            self._known.require(cls, presence.absent)
        if ripe:
            self._forget()
        return bool(ripe)

    def _forget(self) -> None:
        for cls, presence in self._presence.items():
            self._known.lacked(cls, presence.absent)
        for made in (self._structs, self._builds, self._rows, self._presence, self._plain):
            made.clear()
        self._to_fill.clear()
        self._links.clear()

    def is_plain(self, cls: Any) -> bool:
        """Whether the structs of a model hold every field as the model does, and nothing else."""
        return cls in self._plain

    def step_of_one(self, cls: Any) -> Read | None:
        """The step from one struct to a model, once its list was asked for; None where it has none."""
        return None if cls in self._known.odd_rows else self._builds.get(cls)

    # -- types -----------------------------------------------------------------------------------------

    def of(self, tp: Any) -> tuple[Any, Read | None]:
        """What msgspec decodes a type into, and the step from that to the value (None: it is the value)."""
        source = BuildSource()
        try:
            annotation, step = self._plan(tp, source, "v")
            target = eval(annotation, source.names)  # noqa: S307 - names of our own making
            self._finish()
            decoder(target)  # which reads the structs' annotations
        except (TypeError, ValueError, RecursionError):
            # A type that msgspec refuses. No half-made struct may stay behind: the next type would meet it.
            self._forget()
            return msgspec.Raw, _raw(lambda value: self._careful.body(tp, value))
        return target, None if step is None else source.function([f"return {step}"], "decoded")

    def _finish(self) -> None:
        """Fill the structs that were only named so far, one after the other: chains of models may be longer
        than the stack is deep. Then give every step the steps that it calls."""
        while self._to_fill:
            self._fill(self._to_fill.pop())
        for source, name, steps, cls in self._links:
            source.names[name] = steps[cls]
        self._links.clear()

    def _plan(self, tp: Any, source: BuildSource, value: str) -> tuple[str, str | None]:
        """The annotation of a type and the expression that turns `value` into it, both as text."""
        if tp in (Any, object):
            return source.name(Any), None
        if NoneType in members(tp):
            annotation, step = self._plan(without(tp, NoneType), source, value)
            if annotation == "R":  # raw JSON may be null
                return annotation, step
            return f"{annotation} | None", step and f"(None if {value} is None else {step})"
        if is_model(tp) and self._has_struct(tp):
            return source.name(self._struct(tp)), f"{self._link(source, self._builds, tp)}({value})"
        if tp in _PLAIN or is_enum(tp):
            return source.name(tp), None
        if _is_tellable(tp):
            return " | ".join(source.name(member) for member in members(tp)), None
        return self._plan_container(tp, source, value)

    def _plan_container(self, tp: Any, source: BuildSource, value: str) -> tuple[str, str | None]:
        outer, args = origin(tp), arguments(tp)
        if outer in (list, Sequence):
            of: Any = (args or (Any,))[0]
            if is_model(of) and of in self._known.odd_rows and self._has_struct(of):
                each = source.variable()
                return "list[R]", f"[{source.name(self._odd_row(of))}({each}) for {each} in {value}]"
            if is_model(of) and self._has_struct(of):
                rows = self._link(source, self._rows, of)
                return f"list[{source.name(self._struct(of))}]", f"{rows}({value})"
            inner, step = self._plan_item(of, source, each := source.variable())
            return f"list[{inner}]", step and f"[{step} for {each} in {value}]"
        if outer in (dict, Mapping):
            inner, step = self._plan_item((args or (Any, Any))[1], source, each := source.variable())
            return f"dict[str, {inner}]", step and f"{{k: {step} for k, {each} in {value}.items()}}"
        return "R", f"{source.name(_raw(lambda one: self._careful.body(tp, one)))}({value})"

    def _plan_item(self, of: Any, source: BuildSource, value: str) -> tuple[str, str | None]:
        """An item of a list or map; one that is read carefully costs itself only."""
        annotation, step = self._plan(of, source, value)
        if annotation == "R":
            return "R", f"{source.name(_raw(self._careful.item(of)))}({value})"
        return annotation, step

    def _odd_row(self, cls: Any) -> Read:
        """The reader of one raw row that may not be an object."""
        fast = self._alone(cls)
        item = self._careful.item(cls)

        def read(raw: Any) -> Any:
            try:
                return fast(raw)
            except MISFIT_ERRORS:
                pass  # not chained: the exception text may contain a value
            return item(loads_exact(raw))

        return read

    def _alone(self, tp: Any) -> Read:
        """The fast reader of raw JSON of a type; made at first use, when all structs are complete."""
        made: list[Any] = []

        def read(raw: Any) -> Any:
            if not made:
                target, step = self.of(tp)
                made.extend((decoder(target), step))
            decode, step = made
            return decode(raw) if step is None else step(decode(raw))

        return read

    # -- models ----------------------------------------------------------------------------------------

    def _has_struct(self, cls: Any) -> bool:
        if not all(can_be_renamed_to(field.wire) for field in model_fields(cls)):
            self._known.open.add(cls)
        return cls not in self._known.open

    def _link(self, source: BuildSource, steps: dict[type[Model], Read], cls: type[Model]) -> str:
        """A name for a model's step, which may not be written yet; `_finish` puts it there."""
        name = source.name(None)
        # Models refer to each other in circles, so a step is named now and put in place
        # when all of them exist.
        self._links.append((source, name, steps, cls))
        return name

    def _struct(self, cls: type[Model]) -> type[msgspec.Struct]:
        """The struct; a new one has names only until `_finish` gives it types and steps."""
        if cls not in self._structs:
            self._structs[cls] = self._named(cls)
            self._to_fill.append(cls)
        return self._structs[cls]

    def _named(self, cls: Any) -> type[msgspec.Struct]:
        fields, learned = model_fields(cls), self._known.names.get(cls, [])
        required = self._known.required.get(cls, frozenset())
        wires = [field.wire for field in fields] + learned
        specs: list[Any] = []
        for index in range(len(wires)):
            if index < len(fields) and fields[index].name in required:
                # Positional names keep the vendor's texts out of the compiled code, and no wire name
                # can collide with Python's.
                specs.append((f"f{index}", f"a{index}"))
            else:
                default = _default(fields[index]) if index < len(fields) else UNSET
                specs.append((f"f{index}", f"a{index}", default))
        return msgspec.defstruct(
            f"{cls.__name__}Struct",
            specs,
            rename={f"f{index}": wire for index, wire in enumerate(wires)},
            forbid_unknown_fields=True,
            # These structs live for one response and hold no cycles, so the garbage collector
            # need not track them.
            gc=False,
            kw_only=True,
        )

    def _fill(self, cls: Any) -> None:
        fields, learned, struct = model_fields(cls), self._known.names.get(cls, []), self._structs[cls]
        source = BuildSource()
        plans = self._field_plans(cls, source, struct)
        for index in range(len(fields), len(fields) + len(learned)):
            setattr(struct, f"a{index}", Any)
        kept = bool(learned) or any(plan.kept for plan in plans)
        if not learned and all(plan.step is None for plan in plans):
            self._plain.add(cls)
        tracked = [plan.field.name for plan in plans if plan.bit is not None]
        presence = Presence(tracked, counting=bool(tracked) and cls not in self._known.required)
        self._presence[cls] = presence
        source.names |= {"C": cls, "new": object.__new__, "P": presence, "N": NO_EXTRA}
        body = [*(["m = 0"] if tracked else []), *(["e = None"] if kept else [])]
        body += assignments(cls, plans)
        for index, wire in enumerate(learned, start=len(fields)):
            body += [f"if t.f{index} is not U:", "    e = e or ({}, {})"]
            body += [f"    e[0][{source.name(wire)}] = t.f{index}"]
        plain = "P[m]" if tracked else "N"
        mask = "m" if tracked else "0"
        body += [
            f"o._extra = {plain} if e is None else P.extra({mask}, e)" if kept else f"o._extra = {plain}"
        ]
        one, many = (["P.count += 1"], ["P.count += len(v)"]) if presence.counting else ([], [])
        self._builds[cls] = source.function([*body, *one, "return o"], cls.__name__, "t")
        # The same lines in a loop: a call for each row would be a fifth of what building it costs.
        loop = ["out = []", "for t in v:", *(f"    {line}" for line in [*body, "out.append(o)"])]
        self._rows[cls] = source.function([*loop, *many, "return out"], f"{cls.__name__} rows")

    def _field_plans(self, cls: Any, source: BuildSource, struct: Any) -> list[FieldPlan]:
        plans: list[FieldPlan] = []
        required, bits = self._known.required.get(cls, frozenset()), 0
        for index, field in enumerate(model_fields(cls)):
            annotation, step, kept = self._plan_field(cls, field, source)
            # msgspec reads the annotations, which are names, among the class's own attributes.
            setattr(struct, f"a{index}", eval(annotation, source.names))  # noqa: S307
            bit = None
            if field.tracked and field.name not in required:
                bit, bits = bits, bits + 1
            exact = kept and field.json_type is Decimal and annotation != "R"
            plans.append(
                FieldPlan(field, f"t.f{index}", step, kept, exact, bit, source.name(field) if kept else "")
            )
        return plans

    def _plan_field(
        self, cls: type[Model], field: ModelField, source: BuildSource
    ) -> tuple[str, str | None, bool]:
        """Annotation, step, and whether the step may give a `Misread`."""
        tp, careful = field.json_type, self._careful.field(cls, field)
        if tp is Decimal:
            # msgspec's own Decimal takes texts as well, and what came as a text has to go back as one.
            return source.name(Any), f"{source.name(careful)}(q)", True
        if not self._is_direct(tp):
            return "R", f"{source.name(_raw(careful))}(q)", True
        if field.name in self._known.relaxed.get(cls, ()):
            return "R", f"{source.name(self._relaxed_reader(tp, careful))}(q)", True
        annotation, step = self._plan(tp, source, "q")
        return annotation if tp is Any else f"{annotation} | None", step, False

    def _relaxed_reader(self, tp: Any, careful: Read) -> Read:
        fast = self._alone(tp)

        def read(raw: Any) -> Any:
            try:
                return fast(raw)
            except MISFIT_ERRORS:
                pass  # not chained: the exception text may contain a value
            return careful(loads_exact(raw))

        return read

    def _is_direct(self, tp: Any) -> bool:
        """Whether msgspec can hold a field's type with nothing inside that needs the slow path."""
        if tp in (Any, object) or tp in _PLAIN or is_enum(tp) or _is_tellable(tp):
            return True
        if is_model(tp):
            return self._has_struct(tp)
        if NoneType in members(tp):
            return self._is_direct(without(tp, NoneType))
        outer, args = origin(tp), arguments(tp)
        if outer in (list, Sequence):
            return self._is_direct((args or (Any,))[0])
        return outer in (dict, Mapping) and self._is_direct((args or (Any, Any))[1])


def _is_tellable(tp: Any) -> bool:
    return len(members(tp)) > 1 and set(members(tp)) <= _TELLABLE


def _raw(read: Read) -> Read:
    """Read raw JSON; a default that is a value already passes."""
    return lambda value: read(loads_exact(value)) if value.__class__ is msgspec.Raw else value


def _default(field: ModelField) -> Any:
    if isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]
        return msgspec.field(default_factory=field.default.factory)
    return UNSET if field.tracked else field.default


__all__ = ["StructDecoders"]
