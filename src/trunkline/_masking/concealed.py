"""A value that is there for whoever asks for it, and that nothing shows by itself."""

from __future__ import annotations

from typing import Any


class Concealed:
    """Holds a value that reprs, `vars()`, JSON, debuggers and error trackers do not show.

    Pickling passes on what may be shown of it, since an error travels between processes and into files; a
    copy is the same object.
    """

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def reveal(self) -> Any:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return "<hidden>" if self._value is not None else "None"

    def __copy__(self) -> Concealed:
        return self

    def __deepcopy__(self, memo: object) -> Concealed:
        return self

    def __reduce__(self) -> tuple[type[Concealed], tuple[Any]]:
        # Imported here: models are not needed to import the errors, which is what most programs do first.
        from trunkline._masking.values import masked

        # Pickles of errors end in the logs and result stores of task queues.
        return Concealed, (masked(self._value),)


__all__ = ["Concealed"]
