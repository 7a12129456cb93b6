"""The slow path of decoding: any JSON into models, losing nothing.

Used for a body that the fast path refuses, for single fields that once differed, and for `from_wire`. Each
reader is a closure per type that raises `MisfitError` with paths and without values. Decisions:

- a field whose type cannot hold the value reads None, and the value stays in `Model.extra` as it came; only
  `strict` makes that an error. So no attribute holds a value of another type;
- what is read from another form without loss (digits in a string for an int) is typed, and its own form is
  kept for writing it back;
- an absent field reads None (or its default), and `Model.extra` remembers that it was absent;
- of a list that is the response itself, or the rows of a page, only the odd item is affected, not the list;
- unknown keys go to `Model.extra`, numbers with their digits.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

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
    spelling,
)
from trunkline._codec.coercion import DATE_FORMATS, SCALARS, MisfitError, dated
from trunkline._codec.findings import Findings, Misread, blank
from trunkline._codec.scalars import is_same, is_taken, scalar_writer
from trunkline._codec.unions import choose
from trunkline.model import Extra, Unset

Hook = Callable[[Any], Any]
MAX_PATHS: Final = 20
MAX_ODD_ROWS: Final = 10_000
"""Rows of one response that may be something other than objects. With more of them its whole shape is another
one, and reading millions would hold up the event loop for minutes."""


class Lenient:
    """Reads JSON values (numbers as int or Decimal) by type.

    strict: a value that its field cannot hold is an error of the whole body.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._hooks: dict[Any, Hook] = {}
        self._findings = Findings()
        self.used = False
        """Whether anything was read since the findings were taken."""
        self._in_field = False
        self._coerced = False
        self._slow = False

    def take(self) -> Findings:
        """What was found since the last call."""
        findings, self._findings, self.used = self._findings, Findings(), False
        return findings

    def read(self, tp: Any, value: Any) -> Any:
        """The value as the type, or `MisfitError`."""
        return self.hook(tp)(value)

    def body(self, tp: Any, value: Any) -> Any:
        """A whole body as the type, or `MisfitError`.

        A union of models that has no place for the object gives the object as it came.
        """
        self.used, self._in_field, self._coerced, self._slow = True, False, False, False
        try:
            return self.read(tp, value)
        except MisfitError:
            if self._strict or not _is_open_union(tp, value):
                raise
            return value

    def item(self, of: Any) -> Hook:
        """The reader of one item of a list that is the response itself, or of a row."""
        hook = self._item(of)

        def read(value: Any) -> Any:
            self.used, self._in_field = True, False
            return hook(value)

        return read

    def field(self, cls: Any, field: ModelField) -> Hook:
        """The reader of one field on its own: gives a plain value, or a `Misread`.

        Raises: MisfitError, if strict.
        """
        hook = self.hook(field.json_type)

        def read(value: Any) -> Any:
            if value is None:
                return None
            self.used = True
            got, outcome = self._of_field(cls, field, hook, value)
            if self._strict and outcome is not None and outcome.error is not None:
                raise outcome.error
            return got if outcome is None else outcome

        return read

    def hook(self, tp: Any) -> Hook:
        """The reader of one type."""
        if tp not in self._hooks:
            self._hooks[tp] = self._make(tp)
        return self._hooks[tp]

    def _make(self, tp: Any) -> Hook:
        form, bare = spelling(tp), origin(tp)
        if tp in (Any, object):
            return lambda value: value
        if is_model(tp):
            return self._model(tp)
        if is_enum(tp):  # before the scalars: an enum is an int or a str as well
            return self._enum(tp)
        if len(members(tp)) > 1:
            return self._union(tp)
        if bare in (list, tuple, Sequence):
            return self._list(tp)
        if bare in (dict, Mapping):
            return self._dict(tp)
        if bare in SCALARS:
            return self._scalar(bare, form)
        return self._other(tp)

    # -- scalars ---------------------------------------------------------------------------------------

    def _scalar(self, tp: Any, form: str | None) -> Hook:
        read = dated(form) if form in DATE_FORMATS else SCALARS[tp]
        write = scalar_writer(tp, form)
        numeric = tp in (int, float, Decimal)

        def scalar(value: Any) -> Any:
            if value is None or (value.__class__ is tp and form is None and tp is not float):
                return value
            got = read(value)
            if not is_same(write(got), value):
                self._coerced = True
            # A number from a text, a text from a number …: the struct's own type refuses that.
            self._slow |= form is None and not is_taken(value, tp, numeric)
            return got

        return scalar

    def _enum(self, tp: Any) -> Hook:
        base = int if issubclass(tp, int) else str

        def member(value: Any) -> Any:
            if value is None:
                return None
            known = value
            if base is int and (isinstance(value, bool) or not isinstance(value, int)):
                known = SCALARS[int](value)
                self._coerced = self._slow = True
            elif base is str and not isinstance(value, str):
                # A number is another kind of value than the text of its digits.
                raise MisfitError(f"a text of {tp.__name__}")
            try:
                return tp(known)
            except ValueError:
                raise MisfitError(f"one of the values of {tp.__name__}") from None

        return member

    def _other(self, tp: Any) -> Hook:
        def convert(value: Any) -> Any:
            try:
                return None if value is None else msgspec.convert(value, tp, strict=False)
            except (msgspec.ValidationError, TypeError):
                pass  # not chained: the exception text contains the value
            raise MisfitError(getattr(tp, "__name__", "another type"))

        return convert

    # -- lists, maps and unions ------------------------------------------------------------------------

    def _list(self, tp: Any) -> Hook:
        of = (arguments(tp) or (Any,))[0]
        item = self._item(of)

        def items(value: Any) -> Any:
            if value is None:
                return None
            if isinstance(value, dict) and is_model(of) and _has_known_key(of, value):
                self._coerced = self._slow = True  # a list of one, as converters from XML write it
                value = [value]
            if not isinstance(value, list):
                raise MisfitError("a list")
            return self._each(((f"[{index}]", one) for index, one in enumerate(value)), item)

        return items

    def _dict(self, tp: Any) -> Hook:
        item = self._item((arguments(tp) or (Any, Any))[1])

        def mapping(value: Any) -> Any:
            if value is None:
                return None
            if not isinstance(value, dict):
                raise MisfitError("an object")
            # The keys are the vendor's data, so paths do not show them.
            return dict(zip(value, self._each(((".*", one) for one in value.values()), item), strict=True))

        return mapping

    def _item(self, of: Any) -> Hook:
        """The reader of an item, which is all that an odd item of a response costs."""
        hook, may_be_null = self.hook(of), of in (Any, object) or NoneType in members(of)

        def item(value: Any) -> Any:
            if value is None and (may_be_null or self._strict):
                return None
            try:
                if value is None:
                    raise MisfitError("no null")
                return hook(value)
            except MisfitError:
                if self._in_field or self._strict:
                    raise
            if not is_model(of):
                return value
            self._findings.odd_rows.append(of)
            if len(self._findings.odd_rows) > MAX_ODD_ROWS:
                raise MisfitError(f"no more than {MAX_ODD_ROWS} rows that are no objects")
            return blank(of, value)

        return item

    @staticmethod
    def _each(values: Iterable[tuple[str, Any]], item: Hook) -> list[Any]:
        out, paths, expected = [], list[str](), ""
        for place, one in values:
            try:
                out.append(item(one))
            except MisfitError as misfit:
                expected = expected or misfit.expected
                paths += [place + path for path in misfit.paths]
                if len(paths) >= MAX_PATHS:
                    break
        if paths:
            raise MisfitError(expected, tuple(paths[:MAX_PATHS]))
        return out

    def _union(self, tp: Any) -> Hook:
        options = [option for option in members(tp) if option not in (NoneType, Unset)]

        def union(value: Any) -> Any:
            if value is None:
                return None
            option = choose(tp, value)
            if option is not None:
                return self.read(option, value)
            for option in options:  # in another form, as digits in a string
                try:
                    if not isinstance(value, dict | list) and not (is_enum(option) or option is str):
                        return self.read(option, value)
                except MisfitError:
                    continue
            raise MisfitError(f"one of {len(options)} types")

        return union

    # -- models ----------------------------------------------------------------------------------------

    def _model(self, cls: Any) -> Hook:
        hooks: list[tuple[ModelField, Hook]] = []

        def model(value: Any) -> Any:
            if value is None:
                return None
            if not isinstance(value, dict):
                raise MisfitError("an object")
            if not hooks:  # on first use, since models may be circular
                hooks.extend((field, self.hook(field.json_type)) for field in model_fields(cls))
            return self._read_model(cls, value, hooks)

        return model

    def _read_model(self, cls: Any, value: dict[str, Any], hooks: list[tuple[ModelField, Hook]]) -> Any:
        known, extra, coerced = dict[str, Any](), dict[str, Any](), dict[str, Any]()
        absent, failed = set[str](), list[MisfitError]()
        for field, hook in hooks:
            if field.wire not in value:
                if field.tracked:
                    known[field.alias] = None
                    absent.add(field.name)
                continue
            raw = value[field.wire]
            got, outcome = (None, None) if raw is None else self._of_field(cls, field, hook, raw)
            if outcome is not None and outcome.error is not None:
                failed += [outcome.error] if self._strict else []
                extra[field.wire] = raw
            elif outcome is not None:
                coerced[field.name] = (outcome.value, raw)
            known[field.alias] = got
        if absent:
            self._findings.absent.setdefault(cls, set()).update(absent)
        if failed:
            paths = tuple(path for misfit in failed for path in misfit.paths)
            raise MisfitError(failed[0].expected, paths[:MAX_PATHS])
        wires = {field.wire for field, _ in hooks}
        for name in value.keys() - wires:
            extra[name] = value[name]
            self._findings.unknown.append((cls, name))
        made = cls(**known)
        made._extra = Extra(extra, frozenset(absent), coerced)
        return made

    def _of_field(self, cls: Any, field: ModelField, hook: Hook, raw: Any) -> tuple[Any, Misread | None]:
        """A field's value, and what has to be kept if it is not what came."""
        outer = self._in_field, self._coerced, self._slow
        self._in_field, self._coerced, self._slow = True, False, False
        try:
            got = hook(raw)
            if self._slow:
                self._findings.slow.append((cls, field))
            # Copied: a list that the caller changes is another value than the one that came.
            return got, Misread(copy.deepcopy(got), raw) if self._coerced else None
        except MisfitError as misfit:
            self._findings.misfits.append((cls, field))
            self._findings.slow.append((cls, field))
            error = MisfitError(misfit.expected, tuple(f".{field.wire}{path}" for path in misfit.paths))
            return None, Misread(None, raw, error)
        finally:
            self._in_field, self._coerced, self._slow = outer


def _is_open_union(tp: Any, value: Any) -> bool:
    return isinstance(value, dict) and len(members(tp)) > 1 and any(map(is_model, members(tp)))


def _has_known_key(cls: Any, value: Mapping[str, Any]) -> bool:
    return any(field.wire in value for field in model_fields(cls))


__all__ = ["Lenient"]
