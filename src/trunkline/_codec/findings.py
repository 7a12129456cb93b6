"""What the slow path finds in a body: what the structs have to learn, and what a model has to keep."""

from __future__ import annotations

import copy
from typing import Any, Final

import attrs

from trunkline._codec.annotations import ModelField, model_fields
from trunkline._codec.coercion import MisfitError
from trunkline.model import Extra

WHOLE: Final = "$"
"""Where `Model.extra` shows a row that is not an object."""


@attrs.define
class Findings:
    """What one body taught, in order of appearance.

    unknown: names that the spec lacks. slow: fields that the fast path refuses. misfits: fields whose value
    is in `extra`. odd_rows: models of which something other than an object came as a row. absent: fields that
    an object lacked, by model.
    """

    unknown: list[tuple[Any, str]] = attrs.field(factory=list)
    slow: list[tuple[Any, ModelField]] = attrs.field(factory=list)
    misfits: list[tuple[Any, ModelField]] = attrs.field(factory=list)
    odd_rows: list[Any] = attrs.field(factory=list)
    absent: dict[Any, set[str]] = attrs.field(factory=dict)


@attrs.frozen
class Misread:
    """A field's JSON that is not what writing the attribute would give.

    value: what was read. raw: what came. error: why the type cannot hold it; None if it can, in another form.
    """

    value: Any
    raw: Any
    error: MisfitError | None = None

    def keep(self, field: ModelField, extra: dict[str, Any], coerced: dict[str, Any]) -> Any:
        """Record it in what the model keeps, and return the attribute's value."""
        if self.error is None:
            # A copy, so that a later change of the attribute can be told from the value that was read.
            coerced[field.name] = (copy.deepcopy(self.value), self.raw)
            return self.value
        extra[field.wire] = self.raw
        return None


def blank(cls: Any, value: Any) -> Any:
    """A model without any field, in place of a row that is not an object; it writes back as what came."""
    fields = model_fields(cls)
    made = cls(**{field.alias: None for field in fields if field.default is attrs.NOTHING})
    absent = frozenset(field.name for field in fields if field.tracked)
    made._extra = Extra({WHOLE: value}, absent, {}, value)
    return made


__all__ = ["WHOLE", "Findings", "Misread", "blank"]
