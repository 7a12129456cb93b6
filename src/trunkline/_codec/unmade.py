"""Rows that are decoded and not made into models yet, for a reader that wants columns.

A model per row costs as much as a third of reading it, and whoever writes a table takes it apart again at
once. Only rows whose struct holds every field as the model would are kept like this: no unknown key, nothing
that a build step converts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any, overload

from msgspec.structs import astuple

from trunkline._codec.build_source import Read


class UnmadeRows(Sequence[Any]):
    """A sequence of models that are made when the first of them is used.

    Args:
        model: what a row is. structs: one a row, see `struct_decoders`. make: makes models of them.
    """

    def __init__(self, model: Any, structs: list[Any], make: Read) -> None:
        self.model = model
        self._structs = structs
        self._make = make
        self._rows: list[Any] | None = None

    def made(self) -> list[Any]:
        """The rows as models."""
        rows = self._rows
        if rows is None:
            self._rows = rows = list(self._make(self._structs))
        return rows

    @property
    def is_made(self) -> bool:
        """Whether the models exist. They may have been changed since, which the columns do not show."""
        return self._rows is not None

    def columns(self, count: int) -> list[tuple[Any, ...]]:
        """The values of each of the model's `count` fields; `UNSET` where a field did not come."""
        # Row by row first, since a row's values lie together in memory: a column after the other would
        # fetch each row from memory again for each field.
        return list(zip(*map(astuple, self._structs), strict=True)) or list(repeat((), count))

    def __len__(self) -> int:
        return len(self._structs)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.made())

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self.made()[index]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, UnmadeRows):
            if not self.is_made and not other.is_made and self.model is other.model:
                return self._structs == other._structs
            other = other.made()
        return self.made() == other

    __hash__ = None  # type: ignore[assignment]


__all__ = ["UnmadeRows"]
