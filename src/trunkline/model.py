"""The base of every generated model, open enums, and the mark for a field that is left out.

Generated models are attrs classes (`@define(kw_only=True)`) deriving from `Model`. The wire name, the
provenance and the format of a field stand in its attrs metadata under the keys of `FieldMetadata`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, Self, TypedDict

from msgspec import UNSET, UnsetType

Provenance = Literal["documented", "release-notes", "inferred"]
"""Where a name comes from: the vendor's page, its release notes, or our own reading between the lines."""

Unset = UnsetType
"""The type of `UNSET`: "leave this field out", where `None` means "send null"."""

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class FieldMetadata(TypedDict, total=False):
    """The keys that generated code puts into `attrs.field(metadata=…)`.

    wire: the JSON name; always present.
    format: how the JSON value is written where the Python type does not say it ("date-mdy" …).
    provenance: absent means "documented".
    sensitive: key material or personal data; never shown in a repr, a log or an error.
    since: the vendor revision that brought the field, "2.06".
    discriminator: of a field that is one of several models: the wire name that tells which (`wire`), and its
        values with the model's name each (`mapping`).
    """

    wire: str
    format: str
    provenance: Provenance
    sensitive: bool
    since: str
    discriminator: Mapping[str, Any]


class Model:
    """What all generated models share: a place for the fields that the spec does not know.

    `extra` holds them by wire name, as decoded JSON; it takes part in neither `repr` nor `==`.
    """

    __slots__ = ("_extra",)
    _extra: dict[str, Any]

    @property
    def extra(self) -> Mapping[str, Any]:
        """The fields of the answer that the spec does not name, by wire name; empty if there are none."""
        try:
            return self._extra
        except AttributeError:
            return _NOTHING


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
        if not isinstance(value, str):
            return None
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
    "FieldMetadata",
    "Model",
    "OpenIntEnum",
    "OpenStrEnum",
    "Provenance",
    "Unset",
    "WireForm",
]
