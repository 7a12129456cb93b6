"""A value that must not be seen: passwords, tokens, keys."""

from __future__ import annotations

import hmac
from typing import NoReturn

_MASK = "**********"


class Secret:
    """Text that `repr`, `str`, `format`, pickle, copy and JSON do not show; `reveal()` is the only way to it.

    Two secrets compare equal when their texts do (in constant time); a secret is never equal to a string.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str | Secret) -> None:
        self._text: str = text.reveal() if isinstance(text, Secret) else text

    def reveal(self) -> str:
        """The text itself, for the line that puts it on the wire."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({_MASK!r})"

    def __str__(self) -> str:
        return _MASK

    def __format__(self, spec: str) -> str:
        return format(_MASK, spec)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled; pass its text on knowingly with reveal()")


__all__ = ["Secret"]
