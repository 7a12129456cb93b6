"""Tuples of source that several operations have in common, written once as constants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import frozen

from codegen.read.schema.names import unique
from codegen.render.quoting import tuple_text

Arguments = list[tuple[str, str]]
"""Keyword arguments of a call: names, and values as source."""


class SharedTuples:
    """Tuples that several operations have in common, errors of responses and parameters, as constants."""

    def __init__(self) -> None:
        self._uses: Counter[tuple[str, ...]] = Counter()
        self._wishes: dict[tuple[str, ...], str] = {}
        self._names: dict[tuple[str, ...], str] = {}

    def tuple_of(self, items: Sequence[str], wish: str) -> TupleText:
        """Count a tuple; wish: its name, if it becomes a constant."""
        found = TupleText(tuple(items), errors=wish.startswith("_ERRORS"))
        self._uses[found.items] += 1
        self._wishes.setdefault(found.items, wish)
        return found

    def constants(self) -> list[tuple[str, str]]:
        """Name and value of each constant, in the order of their first use."""
        return [(name, tuple_text(items)) for items, name in self._names.items()]

    def replaced(self, arguments: Iterable[Value]) -> Arguments:
        """The arguments of an operation, with constants where a tuple has one."""
        return [(name, value if isinstance(value, str) else self._text(value)) for name, value in arguments]

    def _text(self, parts: list[TupleText]) -> str:
        named = [(part, self._named(part)) for part in parts if part.items]
        if len(named) == 1 and named[0][1]:
            return named[0][1]
        texts = [[f"*{name}"] if name else list(part.items) for part, name in named]
        return tuple_text([text for part in texts for text in part])

    def _named(self, part: TupleText) -> str | None:
        # A short tuple reads better in place than behind a name.
        if self._uses[part.items] < 2 or sum(map(len, part.items)) < (40 if part.errors else 300):
            return None
        if part.items not in self._names:
            self._names[part.items] = unique(self._wishes[part.items], set(self._names.values()))
        return self._names[part.items]


@frozen
class TupleText:
    """The items of a tuple, as source."""

    items: tuple[str, ...]
    errors: bool = False


Value = tuple[str, str | list[TupleText]]
"""An argument of an operation: its name, and its source or the tuples that it is made of."""
