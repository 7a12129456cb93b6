"""Outcomes as rows: one row a key, with the columns that the operation's response has.

Columns: `key`, then the fields of the response's model under their Python names (nested ones as JSON), then
`extra` (fields that the spec does not know, as JSON), `error`, `error_type`, `status` (of an error response),
`attempts`, `latency_ms`. A field whose name is taken becomes `value_NAME`. A response that is not a single
model (a list, free JSON) is one column `value` of JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

from attrs import frozen

from trunkline._codec.annotations import NoneType, is_model, model_fields, resolve_in_module, without
from trunkline._codec.codec import Codec
from trunkline._codec.exact_json import loads_exact
from trunkline._codec.findings import WHOLE
from trunkline._masking.names import is_sensitive_name
from trunkline._masking.values import masked
from trunkline.bulk.outcome import Outcome
from trunkline.cli._reading import Source, read
from trunkline.errors import ResponseShapeError
from trunkline.model import UNSET, Model, Unset, is_absent
from trunkline.operation import Operation, Param

_OWN: Final = ("key", "extra", "error", "error_type", "status", "attempts", "latency_ms")
_MASK: Final = "***"

Row = dict[str, Any]


@frozen
class Column:
    """One value column: its name in the output, the attribute, wire name and type, whether it is hidden."""

    name: str
    attribute: str
    wire: str
    type: Any
    sensitive: bool


class Layout:
    """How the responses of one operation become columns.

    mask: show sensitive fields as `***`, at any depth. source: the input, whose kept columns come after the
    key. key: the parameter that the keys fill; it is masked too if it is sensitive. raw: write CSV cells that
    a spreadsheet would take for formulas as they are.
    """

    def __init__(
        self,
        operation: Operation[Any],
        *,
        mask: bool = False,
        source: Source | None = None,
        key: Param | None = None,
        raw: bool = False,
    ) -> None:
        self.raw = raw
        self._mask, self._operation, self._codec = mask, operation, Codec()
        self._source = source if source is not None and source.keep else None
        kept = self._source.keep if self._source else ()
        self.model: Any = _model_of(operation)
        self.columns: tuple[Column, ...] = ()
        if self.model is not None:
            self.columns = tuple(
                Column(
                    f"value_{one.name}" if one.name in _OWN else one.name,
                    one.name,
                    one.wire,
                    one.type,
                    one.sensitive,
                )
                for one in model_fields(self.model)
            )
        values = [column.name for column in self.columns] if self.model else ["value"]
        extra = ["extra"] if self.model else []
        taken = {*values, *_OWN}
        self._kept = [f"input_{name}" if name in taken else name for name in kept]
        self.names = ["key", *self._kept, *values, *extra, *_OWN[2:]]
        self._key_name = key.wire if key is not None else ""
        self._mask_key = mask and key is not None and self._is_sensitive(key)

    def _is_sensitive(self, key: Param) -> bool:
        fields = model_fields(self.model) if self.model is not None else ()
        marked = key.sensitive or any(one.sensitive and one.wire == key.wire for one in fields)
        return marked or is_sensitive_name(key.wire)

    def rows(self, outcomes: Iterable[Outcome[Any, Any]], *, sparse: bool = False) -> Iterator[Row]:
        """Yield the row of each outcome; outcomes come in the order of the input.

        sparse: leave out the fields that a response lacks, as JSON can; null is another matter.
        """
        if self._source is None:
            for outcome in outcomes:
                yield self.row(outcome, sparse=sparse)
            return
        keys = enumerate(read(self._source))
        place, key = next(keys)
        for outcome in outcomes:
            # Outcomes come in the order of the input and duplicates have none, so one pass over the
            # file finds each key's row.
            while place < outcome.index:
                place, key = next(keys)
            yield self.row(outcome, sparse=sparse) | dict(
                zip(self._kept, self._kept_of(key.kept), strict=False)
            )

    def _kept_of(self, cells: Iterable[Any]) -> Iterable[Any]:
        """What columns of the input hold is hidden like what the vendor sends."""
        if not self._mask:
            return cells
        return [masked(cell, name=name) for name, cell in zip(self._kept, cells, strict=False)]

    def _key_of(self, key: Any) -> str:
        if self._mask_key:
            return _MASK
        return str(masked(str(key), name=self._key_name)) if self._mask else str(key)

    def row(self, outcome: Outcome[Any, Any], *, sparse: bool = False) -> Row:
        """Return the row of an outcome whose value is JSON text by wire names, as the checkpoint keeps it."""
        error, value = outcome.error, outcome.value or b"null"
        row: Row = dict.fromkeys(self.names)
        row |= {"key": self._key_of(outcome.key), "attempts": outcome.attempts}
        row["latency_ms"] = round(outcome.latency * 1000, 3)
        if error is not None:
            row |= {"error": str(error), "error_type": type(error).__name__}
            row["status"] = getattr(error, "status", 0) or None
        elif self.model is None:
            row["value"] = self._plain(value)
        elif value != b"null":
            found = self._read(value)
            if isinstance(found, Model):
                self._fill(row, found, sparse)
            else:
                # A success with another body than the spec promises, including a row that is not an object.
                row["extra"] = {WHOLE: masked(found) if self._mask else found}
        return row

    def _read(self, value: bytes) -> Any:
        """Return the value as its model; as plain JSON where it is none."""
        try:
            return self._codec.decode(self._operation, value)
        except ResponseShapeError:
            return loads_exact(value)

    @property
    def is_private(self) -> bool:
        """Whether rows hold key material or personal data. Without a model nobody knows, so they may."""
        return not self._mask and (self.model is None or any(one.sensitive for one in self.columns))

    def _fill(self, row: Row, value: Model, sparse: bool) -> None:
        for column in self.columns:
            one = getattr(value, column.attribute)
            if one is UNSET or one is None:
                if sparse and is_absent(value, column.attribute):
                    del row[column.name]
                continue
            hide = column.sensitive or isinstance(one, Model | list | dict | str)
            row[column.name] = (
                masked(one, name=column.wire, marked=column.sensitive) if self._mask and hide else one
            )
        extra = masked(value.extra) if self._mask else dict(value.extra)
        row["extra"] = extra or None

    def _plain(self, value: bytes) -> Any:
        """Return a list, or free JSON; masked, the models in it lose their sensitive values."""
        if not self._mask:
            return json.loads(value, parse_float=Decimal)
        return masked(self._read(value))


def _model_of(operation: Operation[Any]) -> Any:
    """Return the model class of the response, None for a list, free JSON or nothing."""
    if operation.response is None or operation.paging is not None:
        return None
    tp = without(resolve_in_module(operation.response, operation.namespace), NoneType, Unset)
    return tp if is_model(tp) else None


__all__ = ["Column", "Layout", "Row"]
