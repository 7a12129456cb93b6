"""A value that must not be seen: passwords, tokens, keys."""

from __future__ import annotations

import hmac
from typing import NoReturn

from trunkline.errors import ConfigError

_MASK = "**********"


class Secret:
    """Text that `repr`, `str`, `format`, pickle, copy and JSON do not show; `reveal()` is the only way to it.

    Two secrets compare equal when their texts do (in constant time); a secret is never equal to a string.

    Raises:
        ConfigError: it is no text, or one that cannot be sent.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str | Secret) -> None:
        self._text: str = text.reveal() if isinstance(text, Secret) else text
        if not isinstance(self._text, str):
            raise ConfigError(f"a user name, password, token or key must be text, not {type(text).__name__}")
        if any("\ud800" <= char <= "\udfff" for char in self._text):
            # so Python reads an environment variable or a file name in another encoding
            raise ConfigError("a user name, password, token or key holds bytes that are not UTF-8")

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


class SecretHeaders(dict[str, str]):
    """Headers that do not show their values where a debugger or an error tracker shows local variables."""

    def __repr__(self) -> str:
        return f"<headers {', '.join(self)}>"


__all__ = ["Secret", "SecretHeaders"]
