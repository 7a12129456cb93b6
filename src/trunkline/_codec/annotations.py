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
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Final, get_args, get_origin

import attrs

from trunkline.errors import ConfigError
from trunkline.model import Discriminator, Model, Unset

NoneType: Final = type(None)

_KNOWN_NAMES: Final[dict[str, Any]] = {
    "Annotated": Annotated,
    "Any": Any,
    "Decimal": Decimal,
    "Discriminator": Discriminator,
    "Unset": Unset,
    "UnsetType": Unset,
    "datetime": datetime,
}


@attrs.frozen
class Spelling:
    """How a scalar is written in JSON where its Python type does not show it: `FieldMetadata.format`."""

    format: str


SPELLINGS: Final[Mapping[str, type]] = types.MappingProxyType(
    {
        "date-mdy": datetime.date,
        "date-dmy": datetime.date,
        "base64url": bytes,
        "string": Decimal,
    }
)
"""The formats that the codec obeys, and the scalar that each is about."""


@attrs.frozen
class ModelField:
    """One field of a model, resolved. type: without None and Unset; union members stay a union.

    nullable and omittable: whether the annotation allows None and UNSET. default: as attrs keeps it.
    json_type: the type with its scalars marked by the field's `Spelling`, wherever they are in it.
    tracked: whether the field reads None when it was absent, so that absence has to be noted elsewhere.
    """

    name: str
    alias: str
    wire: str
    type: Any
    json_type: Any
    nullable: bool
    omittable: bool
    default: Any
    format: str | None
    sensitive: bool

    @property
    def tracked(self) -> bool:
        return self.default is None or self.default is attrs.NOTHING


def resolve(expression: Any, namespace: Mapping[str, Any]) -> Any:
    """The type that an expression names; already resolved types come back as they are."""
    # `get_type_hints` is the one public way to evaluate an annotation with its `Annotated` marks; it
    # needs an object that carries the annotation.
    carrier = types.SimpleNamespace(__annotations__={"it": expression})
    # The namespace is not copied: a large module has as many names as it has fields to resolve in it.
    found = typing.get_type_hints(
        carrier, globalns=dict(_KNOWN_NAMES), localns=namespace, include_extras=True
    )
    return found["it"]


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
    """The alternatives of a union, those of annotated unions within it included, or the type itself alone."""
    bare = get_args(tp)[0] if get_origin(tp) is Annotated else tp
    if get_origin(bare) in (typing.Union, types.UnionType):
        # A dictionary removes duplicates and keeps the order, which decides between members
        # that fit equally well.
        return tuple(dict.fromkeys(inner for option in get_args(bare) for inner in members(option)))
    return (tp,)


def discriminator(tp: Any) -> Discriminator | None:
    """What distinguishes the members of a union: its own `Annotated` mark, or that of a union within it."""
    if get_origin(tp) is Annotated:
        marks = [mark for mark in get_args(tp)[1:] if isinstance(mark, Discriminator)]
        return marks[0] if marks else discriminator(get_args(tp)[0])
    if get_origin(tp) in (typing.Union, types.UnionType):
        return next(filter(None, map(discriminator, get_args(tp))), None)
    return None


def without(tp: Any, *dropped: Any) -> Any:
    """A union without some of its members; its discriminator stays."""
    kept = [member for member in members(tp) if member not in dropped]
    if not kept:
        return Any
    union: Any = functools.reduce(lambda left, right: typing.Union[left, right], kept)  # noqa: UP007
    mark = discriminator(tp)
    return union if mark is None else Annotated[union, mark]


def origin(tp: Any) -> Any:
    """The generic class of a parametrised type, or the type itself."""
    if get_origin(tp) is Annotated:
        return origin(get_args(tp)[0])
    return get_origin(tp) or tp


def arguments(tp: Any) -> tuple[Any, ...]:
    """The parameters of a parametrised type, such as the item type of a list."""
    return arguments(get_args(tp)[0]) if get_origin(tp) is Annotated else get_args(tp)


def is_enum(tp: Any) -> bool:
    """Whether a type is an enum."""
    return isinstance(tp, type) and issubclass(tp, enum.Enum)


def is_model(tp: Any) -> bool:
    """Whether a type is a generated model."""
    return isinstance(tp, type) and issubclass(tp, Model) and tp is not Model and attrs.has(tp)


# Each model is resolved once: evaluating annotations is slow.
@functools.cache
def model_fields(cls: Any) -> tuple[ModelField, ...]:
    """The fields of a model in their order, with resolved types and wire names; `extra` is none of them."""
    found = (attribute for attribute in attrs.fields(cls) if attribute.name != "_extra")
    return tuple(_model_field(cls, attribute) for attribute in found)


def _model_field(cls: type[Model], attribute: attrs.Attribute[Any]) -> ModelField:
    # An inherited field is resolved in the module of the class that declares it, where
    # its names are imported.
    owner = next(base for base in cls.__mro__ if attribute.name in inspect.get_annotations(base))
    # Not typing.get_type_hints(cls): it looks names up among the class's own fields first, where a field
    # called `datetime` hides the module.
    names = vars(sys.modules[owner.__module__]) if owner.__module__ in sys.modules else {}
    tp = resolve(attribute.type, names)
    meta = attribute.metadata
    bare = without(tp, NoneType, Unset)
    return ModelField(
        name=attribute.name,
        alias=attribute.alias or attribute.name,
        wire=meta.get("wire", attribute.name),
        type=bare,
        json_type=_spelled(bare, meta.get("format")),
        nullable=tp is Any or NoneType in members(tp),
        omittable=Unset in members(tp),
        default=attribute.default,
        format=meta.get("format"),
        sensitive=bool(meta.get("sensitive")),
    )


def _spelled(tp: Any, format: str | None) -> Any:
    """A type with a spelling on each scalar that the format is about, also within lists, maps and unions."""
    about = SPELLINGS.get(format or "")
    if about is None or format is None:
        return tp
    if tp is about:
        return Annotated[tp, Spelling(format)]
    inner, outer = arguments(tp), origin(tp)
    if outer in (list, Sequence) and inner:
        return list[_spelled(inner[0], format)]  # type: ignore[misc]
    if outer in (dict, Mapping) and len(inner) == 2:
        return dict[str, _spelled(inner[1], format)]  # type: ignore[misc]
    options = members(tp)
    if len(options) > 1:
        union: Any = functools.reduce(
            lambda left, right: typing.Union[left, right],  # noqa: UP007
            (_spelled(option, format) for option in options),
        )
        mark = discriminator(tp)
        return union if mark is None else Annotated[union, mark]
    return tp


def spelling(tp: Any) -> str | None:
    """The format of a scalar that is marked with one."""
    marks = get_args(tp)[1:] if get_origin(tp) is Annotated else ()
    return next((mark.format for mark in marks if isinstance(mark, Spelling)), None)
