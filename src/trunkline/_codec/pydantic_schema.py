"""Models as pydantic sees them, for FastAPI's bodies and responses and for fields of pydantic models.

Reading is strict here, as people expect of pydantic: a missing required field or a value that its field
cannot hold is a validation error with places and without values. Unknown keys go to `extra`, and out again.
Imported only by pydantic's own call, which is why pydantic is not a dependency.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import attrs

from trunkline._codec.annotations import NoneType, arguments, is_enum, is_model, members, model_fields, origin
from trunkline._codec.codec import Codec, json_default
from trunkline.errors import ResponseShapeError
from trunkline.model import Unset

_SCALARS: Final[Mapping[Any, dict[str, str]]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Decimal: {"type": "number"},
    str: {"type": "string"},
    bytes: {"type": "string", "format": "byte"},
    datetime.datetime: {"type": "string", "format": "date-time"},
    datetime.date: {"type": "string", "format": "date"},
    datetime.time: {"type": "string", "format": "time"},
    datetime.timedelta: {"type": "string", "format": "duration"},
}


@functools.cache
def _codec() -> Codec:
    return Codec(strict=True)


def core_schema(cls: Any) -> Any:
    """The pydantic-core schema of a model class: an instance, or a mapping by wire names."""
    from pydantic_core import core_schema as schemas

    def read(value: Any) -> Any:
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            raise ValueError(f"a {cls.__name__} or an object is expected")
        missing = [f.wire for f in model_fields(cls) if f.default is attrs.NOTHING and f.wire not in value]
        if missing:
            raise ValueError(f"required fields are missing: {', '.join(missing)}")
        try:
            return _codec().from_wire(cls, dict(value))
        except ResponseShapeError as error:
            places = ", ".join(error.paths)
        raise ValueError(f"values of another type at {places}")

    def write(model: Any, info: Any) -> Any:
        found = model.to_dict()
        return _as_json(found) if info.mode == "json" else found

    return schemas.no_info_plain_validator_function(
        read, serialization=schemas.plain_serializer_function_ser_schema(write, info_arg=True)
    )


def json_schema(cls: Any) -> dict[str, Any]:
    """The JSON Schema of a model class, for OpenAPI pages; models within themselves are plain objects."""
    return _of_model(cls, ())


def _as_json(value: Any) -> Any:
    """Decimals as numbers; pydantic would make texts of them."""
    if isinstance(value, dict):
        return {key: _as_json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_as_json(one) for one in value]
    return json_default(value) if isinstance(value, Decimal) else value


def _of_model(cls: Any, around: tuple[Any, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object", "title": cls.__name__}
    # A model within itself would make an endless schema.
    if cls in around:
        return found
    fields = model_fields(cls)
    inside = (*around, cls)
    found["properties"] = {
        field.wire: _of_type(field.type, inside, nullable=field.nullable) for field in fields
    }
    required = [field.wire for field in fields if field.default is attrs.NOTHING]
    return found | ({"required": required} if required else {})


def _of_type(tp: Any, around: tuple[Any, ...], *, nullable: bool = False) -> dict[str, Any]:
    options = [option for option in members(tp) if option not in (NoneType, Unset)]
    listed = [_of_member(option, around) for option in options]
    if nullable or NoneType in members(tp):
        listed.append({"type": "null"})
    return listed[0] if len(listed) == 1 else {"anyOf": listed}


def _of_member(tp: Any, around: tuple[Any, ...]) -> dict[str, Any]:
    if is_model(tp):
        return _of_model(tp, around)
    if is_enum(tp):
        values = [one.value for one in tp]
        # The enum is open: its values are examples of what may come.
        return {"type": "integer" if issubclass(tp, int) else "string", "examples": values}
    outer, inner = origin(tp), arguments(tp)
    if outer in (list, tuple, Sequence):
        return {"type": "array", "items": _of_type((inner or (Any,))[0], around)}
    if outer in (dict, Mapping):
        return {"type": "object", "additionalProperties": _of_type((inner or (Any, Any))[1], around)}
    return dict(_SCALARS.get(tp, {}))


__all__ = ["core_schema", "json_schema"]
