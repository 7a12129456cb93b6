"""The fast way in: every model has a hidden `msgspec.Struct`, and a compiled step from struct to model.

A struct has the model's fields under their wire names and forbids others, so that msgspec decodes a page in
one go and stops at the first name or type that the spec does not know. `learn` and `relax` then change the
struct, and the next body with the same surprise goes the fast way again:

- a learned name becomes a struct field that ends in `Model.extra`;
- a relaxed field, and any field whose type msgspec cannot hold (unions of models, vendor date spellings),
  is kept as raw JSON and read by the lenient way, alone;
- a model with more than `MAX_LEARNED` unknown names, or with a wire name that msgspec cannot hold, is read
  by the lenient way altogether.
"""

from __future__ import annotations

import datetime
import linecache
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, get_args

import attrs
import msgspec

from trunkline._codec.annotations import (
    ModelField,
    NoneType,
    is_enum,
    is_model,
    members,
    model_fields,
    origin,
    without,
)
from trunkline._codec.coercion import DATE_FORMATS
from trunkline.model import UNSET, Model

MAX_LEARNED: Final = 64
MAX_LEARNED_LENGTH: Final = 200
_PLAIN: Final = frozenset(
    {
        int,
        str,
        bool,
        float,
        Decimal,
        bytes,
        datetime.datetime,
        datetime.date,
        datetime.time,
        datetime.timedelta,
    }
)
_TELLABLE: Final = frozenset({int, str, bool, float})
_exact = msgspec.json.Decoder(float_hook=Decimal)

Read = Callable[[Any], Any]


def loads_exact(data: bytes | msgspec.Raw) -> Any:
    """JSON with every number exact: int or Decimal."""
    return _exact.decode(data)


class _BuildSource:
    """Python text under construction and the objects that its made-up names stand for."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"U": UNSET, "R": msgspec.Raw}
        self._variables = 0

    def variable(self) -> str:
        self._variables += 1
        return f"v{self._variables}"

    def name(self, thing: Any) -> str:
        key = f"n{len(self.names)}"
        self.names[key] = thing
        return key


class StructDecoders:
    """The structs and build steps of one client's models, made at first use.

    reader, field_reader: the lenient way for a type and for a field.
    """

    def __init__(self, reader: Callable[[Any], Read], field_reader: Callable[[ModelField], Read]) -> None:
        self._reader = reader
        self._field_reader = field_reader
        self._structs: dict[type[Model], type[msgspec.Struct]] = {}
        self._builds: dict[type[Model], Read] = {}
        self._rows: dict[type[Model], Read] = {}
        self._learned: dict[type[Model], list[str]] = {}
        self._relaxed: dict[type[Model], set[str]] = {}
        self._open: set[type[Model]] = set()
        self._to_fill: list[type[Model]] = []
        self._links: list[tuple[_BuildSource, str, dict[type[Model], Read], type[Model]]] = []

    def learn(self, cls: type[Model], name: str) -> bool:
        """Take an unknown wire name into the struct; True if that changes anything."""
        names = self._learned.setdefault(cls, [])
        if cls in self._open or name in names:
            return False
        if len(names) >= MAX_LEARNED or len(name) > MAX_LEARNED_LENGTH or not can_be_renamed_to(name):
            self._open.add(cls)
        else:
            names.append(name)
        self._forget()
        return True

    def relax(self, cls: type[Model], field: ModelField) -> bool:
        """Read this field by the lenient way from now on; True if that changes anything."""
        names = self._relaxed.setdefault(cls, set())
        if field.name in names or cls in self._open:
            return False
        names.add(field.name)
        self._forget()
        return True

    def _forget(self) -> None:
        self._structs.clear()
        self._builds.clear()
        self._rows.clear()
        self._to_fill.clear()
        self._links.clear()

    def of(self, tp: Any) -> tuple[Any, Read | None]:
        """What msgspec decodes a type into, and the step from that to the value (None: it is the value)."""
        source = _BuildSource()
        try:
            annotation, step = self._plan(tp, source, "v")
            target = eval(annotation, source.names)  # noqa: S307 - names of our own making
            self._finish()
            msgspec.json.Decoder(target)  # which reads the structs' annotations
        except (TypeError, ValueError, RecursionError):
            # A type that msgspec refuses. No half-made struct may stay behind: the next type would meet it.
            self._forget()
            return msgspec.Raw, _raw(self._reader(tp))
        return target, None if step is None else _function(source, [f"return {step}"], "decoded")

    def _finish(self) -> None:
        """Fill the structs that were only named so far, one after the other: chains of models may be longer
        than the stack is deep. Then give every step the steps that it calls."""
        while self._to_fill:
            self._fill(self._to_fill.pop())
        for source, name, steps, cls in self._links:
            source.names[name] = steps[cls]
        self._links.clear()

    def _plan(self, tp: Any, source: _BuildSource, value: str) -> tuple[str, str | None]:
        """The annotation of a type and the expression that turns `value` into it, both as text."""
        if tp is Any or tp is object:
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
        if len(members(tp)) > 1 and set(members(tp)) <= _TELLABLE:
            return " | ".join(source.name(member) for member in members(tp)), None
        return self._plan_container(tp, source, value)

    def _plan_container(self, tp: Any, source: _BuildSource, value: str) -> tuple[str, str | None]:
        outer, args = origin(tp), get_args(tp)
        if outer in (list, Sequence):
            of = (args or (Any,))[0]
            if is_model(of) and self._has_struct(of):
                rows = self._link(source, self._rows, of)
                return f"list[{source.name(self._struct(of))}]", f"{rows}({value})"
            inner, step = self._plan(of, source, each := source.variable())
            return f"list[{inner}]", step and f"[{step} for {each} in {value}]"
        if outer in (dict, Mapping):
            inner, step = self._plan((args or (Any, Any))[1], source, each := source.variable())
            return f"dict[str, {inner}]", step and f"{{k: {step} for k, {each} in {value}.items()}}"
        return "R", f"{source.name(_raw(self._reader(tp)))}({value})"

    def _has_struct(self, cls: Any) -> bool:
        if not all(can_be_renamed_to(field.wire) for field in model_fields(cls)):
            self._open.add(cls)
        return cls not in self._open

    def _link(self, source: _BuildSource, steps: dict[type[Model], Read], cls: type[Model]) -> str:
        """A name for a model's step, which may not be written yet; `_finish` puts it there."""
        name = source.name(None)
        self._links.append((source, name, steps, cls))
        return name

    def _struct(self, cls: type[Model]) -> type[msgspec.Struct]:
        """The struct; a new one has names only until `_finish` gives it types and steps."""
        if cls not in self._structs:
            self._structs[cls] = self._named(cls)
            self._to_fill.append(cls)
        return self._structs[cls]

    def _named(self, cls: Any) -> type[msgspec.Struct]:
        fields, learned = model_fields(cls), self._learned.get(cls, [])
        wires = [field.wire for field in fields] + learned
        names = [f"f{index}" for index in range(len(wires))]
        annotations = [f"a{index}" for index in range(len(wires))]
        defaults = [_default(field) for field in fields] + [UNSET] * len(learned)
        return msgspec.defstruct(
            f"{cls.__name__}Struct",
            list(zip(names, annotations, defaults, strict=True)),
            rename=dict(zip(names, wires, strict=True)),
            forbid_unknown_fields=True,
            gc=False,
        )

    def _fill(self, cls: Any) -> None:
        fields, learned, struct = model_fields(cls), self._learned.get(cls, []), self._structs[cls]
        source = _BuildSource()
        body = self._assignments(cls, source, struct)
        for index, wire in enumerate(learned, start=len(fields)):
            setattr(struct, f"a{index}", Any)
            body += [f"if t.f{index} is not U: x[{source.name(wire)}] = t.f{index}"]
        body += ["if x: o._extra = x"] if learned else []
        self._builds[cls] = _function(source, [*body, "return o"], cls.__name__, "t")
        # The same lines in a loop: a call for each row would be a fifth of what building it costs.
        loop = [
            "out = []",
            "for t in v:",
            *[f"    {line}" for line in [*body, "out.append(o)"]],
            "return out",
        ]
        self._rows[cls] = _function(source, loop, f"{cls.__name__} rows")

    def _assignments(self, cls: Any, source: _BuildSource, struct: type[msgspec.Struct]) -> list[str]:
        """The lines that make the model. Slots are set directly, half the cost of `__init__`, unless the
        class wants its `__init__`: a converter, a validator, a hook of its own."""
        direct, lines, keywords = _is_bare(cls), list[str](), list[str]()
        learning = ["x = {}"] if cls in self._learned else []
        for index, field in enumerate(model_fields(cls)):
            value = f"t.f{index}"
            annotation, step = self._plan_field(cls, field, source, value)
            # msgspec reads the annotations, which are names, among the class's own attributes.
            setattr(struct, f"a{index}", eval(annotation, source.names))  # noqa: S307
            if step is not None:
                value = f"({value} if {value} is None or {value} is U else {step})"
            lines.append(f"o.{field.name} = {value}")
            keywords.append(f"{field.alias}={value}")
        source.names |= {"C": cls, "new": object.__new__}
        return [*learning, "o = new(C)", *lines] if direct else [*learning, f"o = C({', '.join(keywords)})"]

    def _plan_field(
        self, cls: type[Model], field: ModelField, source: _BuildSource, value: str
    ) -> tuple[str, str | None]:
        relaxed = field.name in self._relaxed.get(cls, ())
        if relaxed or field.format in DATE_FORMATS or field.discriminator is not None:
            read = source.name(_raw(self._field_reader(field)))
            return "R", f"{read}({value})"
        annotation, step = self._plan(field.type, source, value)
        if annotation == "R" or field.type is Any:
            return annotation, step
        return f"{annotation} | None", step


def _raw(read: Read) -> Read:
    """Read raw JSON; a default that is a value already passes."""
    return lambda value: read(_exact.decode(value)) if value.__class__ is msgspec.Raw else value


def _default(field: ModelField) -> Any:
    if isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]
        return msgspec.field(default_factory=field.default.factory)
    return None if field.default is attrs.NOTHING else field.default


def _is_bare(cls: Any) -> bool:
    own = (f"__attrs_{when}_init__" for when in ("pre", "post"))
    if cls.__setattr__ is not object.__setattr__ or any(hasattr(cls, name) for name in own):
        return False
    return not any(field.converter or field.validator for field in attrs.fields(cls))


def can_be_renamed_to(name: str) -> bool:
    """msgspec's own rule for names of fields; half a surrogate pair is no UTF-8."""
    return not any(char in '\\"' or char < " " or "\ud800" <= char <= "\udfff" for char in name)


def _function(source: _BuildSource, body: list[str], name: str, argument: str = "v") -> Read:
    text = f"def build({argument}):\n" + "".join(f"    {line}\n" for line in body)
    filename = f"<trunkline build step {name}>"
    # Tracebacks and profilers show its lines.
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(compile(text, filename, "exec"), source.names)  # noqa: S102 - no name of the vendor's in it
    step: Read = source.names["build"]
    return step
