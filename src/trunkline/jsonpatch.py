"""JSON Patch bodies (RFC 6902) that know which fields and verbs the operation takes.

Generated `patches` modules derive one class per patchable operation, with one typed method per field and
verb: `DevicePatch().replace_bind(True).remove_pin()`. A patch never changes; each method gives a new one.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from trunkline._codec.patch_check import check_change
from trunkline.errors import PatchError
from trunkline.model import UNSET, WireForm
from trunkline.operation import Operation

if TYPE_CHECKING:
    from trunkline._codec.outgoing import Outgoing


@functools.cache
def _outgoing() -> Outgoing:
    from trunkline._codec.outgoing import Outgoing  # cattrs takes 13 ms to import

    return Outgoing(checked=True)


class Patch(WireForm):
    """A list of changes, in order; on its own for any field, derived classes for their operation's fields.

    `_allowed`: wire name of every patchable field and its verbs; None allows all.
    """

    __slots__ = ("_changes",)
    _allowed: ClassVar[Mapping[str, tuple[str, ...]] | None] = None
    _changes: tuple[tuple[str, str, Any], ...]

    def __init__(self) -> None:
        self._changes = ()

    def add(self, field: str, value: Any) -> Self:
        """Add a field by its wire name."""
        return self._with("add", field, value)

    def replace(self, field: str, value: Any) -> Self:
        """Replace a field by its wire name; None sends null."""
        return self._with("replace", field, value)

    def remove(self, field: str) -> Self:
        """Remove a field by its wire name."""
        return self._with("remove", field)

    def test(self, field: str, value: Any) -> Self:
        """Add a `test` operation: the patch is rejected unless the field equals the value."""
        return self._with("test", field, value)

    def _with(self, verb: str, field: str, value: Any = UNSET) -> Self:
        check_change(type(self).__name__, self._allowed, verb, field)
        if value is UNSET and verb != "remove":
            raise PatchError(f"{verb} {field} needs a value; None sends null")
        patch = self.__class__.__new__(self.__class__)
        wired = UNSET if verb == "remove" else _outgoing().write(value, name=field)
        patch._changes = (*self._changes, (verb, field, wired))
        return patch

    @property
    def operations(self) -> list[dict[str, Any]]:
        """The changes as JSON-able objects."""
        return [
            {"op": verb, "path": _pointer(field)} | ({} if value is UNSET else {"value": value})
            for verb, field, value in self._changes
        ]

    def check(self, op: Operation[Any]) -> None:
        """Refuse an empty patch, or one that the operation does not take.

        Raises: PatchError with the fields or verbs that are allowed; nothing was sent.
        """
        if not self._changes:
            raise PatchError(f"{op.id}: the patch is empty; nothing was sent")
        for verb, field, _ in self._changes:
            check_change(op.id, op.patchable or None, verb, field)

    def to_wire(self) -> list[dict[str, Any]]:
        """The changes as JSON-able objects, for the codec."""
        return self.operations

    def __len__(self) -> int:
        return len(self._changes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Patch) or type(other) is not type(self):
            return NotImplemented  # a patch of another operation is another patch, whatever its fields
        return self._changes == other._changes

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        # Without values: they may be PINs.
        return f"<{type(self).__name__} {', '.join(f'{verb} {field}' for verb, field, _ in self._changes)}>"


def _pointer(field: str) -> str:
    """RFC 6901, section 3: `~` and `/` in a name are escaped."""
    # "~" first, or the "~" of "~1" would be escaped again.
    return "/" + field.replace("~", "~0").replace("/", "~1")


__all__ = ["Patch"]
