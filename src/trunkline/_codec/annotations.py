"""What the annotations of a model and the type expressions of an operation mean.

Only expressions that our own generator wrote are evaluated: annotations of model classes and the type
texts of `Operation`, in the namespace of their models module.
"""

from __future__ import annotations

import datetime
import enum
import functools
import importlib
import inspect
import sys
import types
import typing
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, get_args, get_origin

import attrs

from trunkline.errors import ConfigError
from trunkline.model import Model, Unset

NoneType: Final = type(None)

_KNOWN_NAMES: Final[dict[str, Any]] = {
    "Any": Any,
    "Decimal": Decimal,
    "Unset": Unset,
    "UnsetType": Unset,
    "datetime": datetime,
}


@attrs.frozen
class ModelField:
    """One field of a model, resolved. type: without None and Unset; union members stay a union.

    nullable and omittable: whether the annotation allows None and UNSET. default: as attrs keeps it.
    """

    name: str
    alias: str
    wire: str
    type: Any
    nullable: bool
    omittable: bool
    default: Any
    format: str | None
    discriminator: Mapping[str, Any] | None
    sensitive: bool


def resolve(expression: Any, namespace: Mapping[str, Any]) -> Any:
    """The type that an expression stands for; already resolved types come back as they are."""
    carrier = types.SimpleNamespace(__annotations__={"it": expression})
    # The namespace is not copied: a large module has as many names as it has fields to resolve in it.
    return typing.get_type_hints(carrier, globalns=dict(_KNOWN_NAMES), localns=namespace)["it"]


def resolve_in_module(expression: str, module: str) -> Any:
    """`Operation.response` and the like, read in the operation's models module."""
    try:
        return resolve(expression, vars(importlib.import_module(module)) if module else {})
    except (ImportError, NameError, AttributeError, SyntaxError, TypeError) as error:
        message = (
            f"the type {expression!r} cannot be read in {module or 'no module'}: run the generator again"
        )
        raise ConfigError(message) from error


def members(tp: Any) -> tuple[Any, ...]:
    """The alternatives of a union, or the type itself alone."""
    if get_origin(tp) in (typing.Union, types.UnionType):
        return get_args(tp)
    return (tp,)


def without(tp: Any, *dropped: Any) -> Any:
    """A union without some of its members."""
    kept = [member for member in members(tp) if member not in dropped]
    if not kept:
        return Any
    return functools.reduce(lambda left, right: typing.Union[left, right], kept)  # noqa: UP007


def origin(tp: Any) -> Any:
    """The generic class of a parametrised type, or the type itself."""
    return get_origin(tp) or tp


def is_enum(tp: Any) -> bool:
    """Whether a type is an enum."""
    return isinstance(tp, type) and issubclass(tp, enum.Enum)


def is_model(tp: Any) -> bool:
    """Whether a type is a generated model."""
    return isinstance(tp, type) and issubclass(tp, Model) and attrs.has(tp)


@functools.cache
def model_fields(cls: Any) -> tuple[ModelField, ...]:
    """The fields of a model in their order, with resolved types and wire names."""
    return tuple(_model_field(cls, attribute) for attribute in attrs.fields(cls))


def _model_field(cls: type[Model], attribute: attrs.Attribute[Any]) -> ModelField:
    owner = next(base for base in cls.__mro__ if attribute.name in inspect.get_annotations(base))
    # Not typing.get_type_hints(cls): it looks names up among the class's own fields first, where a field
    # called `datetime` hides the module.
    names = vars(sys.modules[owner.__module__]) if owner.__module__ in sys.modules else {}
    tp = resolve(attribute.type, names)
    meta = attribute.metadata
    return ModelField(
        name=attribute.name,
        alias=attribute.alias or attribute.name,
        wire=meta.get("wire", attribute.name),
        type=without(tp, NoneType, Unset),
        nullable=tp is Any or NoneType in members(tp),
        omittable=Unset in members(tp),
        default=attribute.default,
        format=meta.get("format"),
        discriminator=meta.get("discriminator"),
        sensitive=bool(meta.get("sensitive")),
    )
