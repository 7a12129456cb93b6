"""The base of generated models, open enums, discriminators, and the mark for a field that is left out.

Generated models are attrs classes (`@define(kw_only=True)`) deriving from `Model`, whose methods attrs makes
at their first use. The wire name, the provenance and the format of a field are in its attrs metadata under
the keys of `FieldMetadata`.
"""

from __future__ import annotations

import enum
import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal, NoReturn, Protocol, Self, TypedDict

import attrs
from attrs import field
from msgspec import UNSET, UnsetType

from trunkline._deferred import define as define
from trunkline._deferred import frozen

Provenance = Literal["documented", "release-notes", "inferred", "observed"]
"""Where a fact comes from: the vendor's page, its release notes, our own inference, or responses seen."""

Unset = UnsetType
"""The type of `UNSET`: "leave this field out", where `None` means "send null"."""


class FieldMetadata(TypedDict, total=False):
    """The keys that generated code puts into `attrs.field(metadata=…)`.

    wire: the JSON name; always present.
    format: how the JSON value is written where the Python type does not show it ("date-mdy" …).
    provenance: absent means "documented".
    sensitive: key material or personal data; never shown in a repr, a log or an error.
    since: the vendor revision that added the field, "2.06".
    """

    wire: str
    format: str
    provenance: Provenance
    sensitive: bool
    since: str


def _pairs(mapping: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(dict(mapping).items())


@frozen
class Discriminator:
    """Distinguishes the models of a union: `Annotated[Voice | Data, Discriminator("kind", {"v": "Voice"})]`.

    It belongs to the union and not to a field, so it holds in lists, maps, responses and rows alike.
    A tag that the mapping does not know may be a class name itself; otherwise the union's members without a
    tag (the base) are tried.

    wire: the JSON name of the property that holds the tag. mapping: its values and the class name of each.
    """

    wire: str
    mapping: tuple[tuple[str, str], ...] = field(default=(), converter=_pairs)


_READ_ONLY: Final = "extra is read-only; `with_extra` gives a copy with further keys"


def _refuse(self: Any, *_: Any, **__: Any) -> NoReturn:
    raise TypeError(_READ_ONLY)


_REFUSE: Any = _refuse  # in place of methods of many signatures


class Extra(dict[str, Any]):
    """What a model holds in addition to its typed attributes: a read-only dict with what writing it back
    needs.

    The dict itself holds undocumented fields, and documented ones whose value their type cannot hold, by wire
    name and as they came (numbers as int or Decimal). One object travels with the model through copies,
    pickle and `attrs.evolve`, since it is an attrs field of every model.

    absent: Python names of the fields that the response did not hold.
    coerced: Python name of a field that was read from another JSON form → the value read, the JSON that came.
    whole: the JSON value that came where an object was due; `UNSET` for every ordinary model.
    given: the keys that a caller added, which are checked when they are sent.
    """

    __slots__ = ("absent", "coerced", "given", "whole")

    def __init__(
        self,
        values: Mapping[str, Any] = MappingProxyType({}),
        absent: frozenset[str] = frozenset(),
        coerced: Mapping[str, tuple[Any, Any]] = MappingProxyType({}),
        whole: Any = UNSET,
        given: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(values)
        self.absent = absent
        self.coerced = dict(coerced) if coerced else {}
        self.whole = whole
        self.given = given

    def merged(self, values: Mapping[str, Any]) -> Extra:
        """A copy with further keys."""
        return Extra({**self, **values}, self.absent, self.coerced, self.whole, self.given | values.keys())

    def __reduce__(self) -> tuple[Any, ...]:
        return Extra, (dict(self), self.absent, self.coerced, self.whole, self.given)

    # Instances are shared by all rows that hold the same fields: a change to one would show in others.
    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _REFUSE


NO_EXTRA: Final = Extra()
"""Of a model that was made by hand, or whose response held its documented fields and nothing else."""


@attrs.define(kw_only=True, eq=False, repr=False)
class Model:
    """What all generated models share.

    `extra` takes part in neither `repr` nor `==`. The constructor takes it as well, for keys beyond the
    document: `Order(name="x", extra={"colour": "red"})`.
    """

    _additional: ClassVar[str | Literal[False] | None] = None
    """Type expression of the keys beyond the fields (`additionalProperties`); None: any JSON value; False:
    the document allows none, so that none can be given."""

    _extra: Mapping[str, Any] = field(default=NO_EXTRA, alias="extra", repr=False, eq=False)

    @property
    def extra(self) -> Mapping[str, Any]:
        """By wire name: fields that the spec does not name, and values that their field's type cannot hold.

        Decoded JSON, numbers as int or Decimal; where a row is not an object at all, it is under `"$"`.
        """
        return self._extra

    def with_extra(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> Self:
        """A copy that sends these keys too, next to those that it holds; checked when it is sent."""
        return attrs.evolve(self, extra=extra_of(self).merged({**(values or {}), **more}))

    def to_dict(self) -> dict[str, Any]:
        """The model as JSON-able data by wire names, absent fields left out, Decimals kept as Decimal."""
        found: dict[str, Any] = _codec().to_wire(self)
        return found

    def to_json(self) -> str:
        """The model as JSON text by wire names, numbers with their digits."""
        text: str = _codec().to_json(self)
        return text

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The model of decoded JSON by wire names; what `to_dict` gave reads as it was.

        Raises: ResponseShapeError: `values` is not a mapping.
        """
        made: Self = _codec().from_wire(cls, dict(values) if isinstance(values, Mapping) else values)
        return made

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """For pydantic and FastAPI: read as `from_dict`, written as `to_dict`."""
        return importlib.import_module("trunkline._codec.pydantic_schema").core_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> Any:
        return importlib.import_module("trunkline._codec.pydantic_schema").json_schema(cls)


class _HasHeaders(Protocol):
    """What came with a response: a `ResponseInfo`, or a `StatusError`."""

    @property
    def headers(self) -> Mapping[str, str]: ...


@define(kw_only=True, eq=False, repr=False)
class ResponseHeaders(Model):
    """What all classes of documented response headers share.

        info = ResponseInfo()
        await client.orders.create(order, options=RequestOptions(info=info))
        models.CreateOrderHeaders.of(info).location

    A header that did not come is None. So is one whose text its type cannot hold: that text is in `extra`.
    """

    @classmethod
    def of(cls, source: Mapping[str, str] | _HasHeaders) -> Self:
        """The documented headers of a response.

        source: the `ResponseInfo` of a call, a `StatusError`, or the headers themselves; names in any case.
        """
        headers = source if isinstance(source, Mapping) else source.headers
        made: Self = importlib.import_module("trunkline._codec.headers").headers_from_wire(cls, headers)
        return made


def extra_of(model: Model) -> Extra:
    """A model's `extra` with what came with it; that of a constructor's plain dict is all given."""
    extra = model._extra
    return extra if isinstance(extra, Extra) else NO_EXTRA.merged(extra)


def is_set(model: Model, name: str) -> bool:
    """Whether a field, by its Python or wire name, was in the response or is to be sent.

    Distinguishes null from absent, where the attribute is None either way. A model made by hand has every
    field set but those that are `UNSET`. A name that the model does not have is set if `extra` holds it.
    """
    for attribute in attrs.fields(type(model)):
        if name in (attribute.name, attribute.metadata.get("wire")) and attribute.name != "_extra":
            return not is_absent(model, attribute.name)
    return name in model.extra


def is_absent(model: Model, attribute: str) -> bool:
    """Whether the field of an attribute did not come, or is not to be sent."""
    value = getattr(model, attribute)
    return value is UNSET or (value is None and attribute in extra_of(model).absent)


def json_default(value: Any) -> Any:
    """For `json.dumps(…, default=json_default)`: models, Decimals, dates and bytes as JSON-able values.

    A Decimal becomes an int or a float, since `json` has no exact number; `Model.to_json` keeps the digits.
    Raises: TypeError: JSON has no form for the value.
    """
    return _codec().json_default(value)


def _codec() -> Any:
    # The codec is above this module, which every generated package imports: it is looked up when first used.
    return importlib.import_module("trunkline._codec.codec")


class WireForm:
    """Base of values that know their own JSON form, such as a patch: the codec asks them, not their type."""

    __slots__ = ()

    def check(self, op: Any) -> None:
        """Refuse a value that the operation does not take. Raises: ArgumentError; nothing was sent."""

    def to_wire(self) -> Any:
        """The value as JSON can hold it."""
        raise NotImplementedError


class OpenStrEnum(enum.StrEnum):
    """A string enum that keeps values it does not know: `Status("New thing")` is readable, not an error.

    An unknown value is a member of the class (`isinstance` holds) with `is_known` False; it equals its text.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        # A value of another type is not an unknown member but a wrong type, and is reported as drift.
        if not isinstance(value, str):
            return None
        # The member is not added to the class: unknown values come from responses, and keeping each
        # would grow without end.
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    @property
    def is_known(self) -> bool:
        """Whether the spec names this value."""
        return self._value_ in type(self)._value2member_map_


class OpenIntEnum(enum.IntEnum):
    """An integer enum that keeps values it does not know; see `OpenStrEnum`."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member

    @property
    def is_known(self) -> bool:
        """Whether the spec names this value."""
        return self._value_ in type(self)._value2member_map_


__all__ = [
    "UNSET",
    "Discriminator",
    "FieldMetadata",
    "Model",
    "OpenIntEnum",
    "OpenStrEnum",
    "Provenance",
    "ResponseHeaders",
    "Unset",
    "WireForm",
    "define",
    "is_set",
    "json_default",
]
