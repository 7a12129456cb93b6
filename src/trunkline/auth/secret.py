"""A value that must not be seen: passwords, tokens, keys."""

from __future__ import annotations

import hmac
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping
from typing import NoReturn, Protocol

from trunkline.errors import ConfigError

_MASK = "**********"


class Secret:
    """Text that `repr`, `str`, `format`, pickle, copy and JSON do not show; `reveal()` is the only way to it.

    Two secrets compare equal when their texts do (in constant time); a secret is never equal to a string.

    Raises:
        ConfigError: it is not text, or text that cannot be sent.
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
        # In constant time: `==` would reveal by its duration how much of a guess is right.
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        # Pickles end in caches, queues and logs of failed tasks.
        raise TypeError("a Secret is not pickled; pass its text on knowingly with reveal()")


class Headers(Protocol):
    """Headers of a request: any mapping of names to values, or `SecretHeaders`."""

    def keys(self) -> Iterable[str]:
        """The names."""
        ...

    def __getitem__(self, name: str, /) -> str:
        """The value of a header."""
        ...


class SecretHeaders:
    """Headers whose values nothing shows by itself.

    Not a dict and not a registered mapping on purpose: `json`, `attrs.asdict`, rich and error trackers walk
    into those when they show local variables. `dict(headers)` and `{**headers}` work.
    """

    __slots__ = ("_lines", "_values")

    def __init__(self, values: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        self._values = dict(values)
        self._lines: str | None = None

    def equal(self, values: Mapping[str, str]) -> bool:
        """Whether these are the same names and values."""
        return self._values == values

    def lines(self) -> str:
        """The headers as they go on the wire, each ended by CR LF (RFC 9112, section 5); worked out once."""
        if self._lines is None:
            self._lines = "".join([f"{name}: {value}\r\n" for name, value in self._values.items()])
        return self._lines

    def merged(self, *others: Headers) -> SecretHeaders:
        """These headers and the others, of which later ones replace earlier ones of the same name."""
        out = SecretHeaders(self._values)
        values = out._values
        for other in others:
            values.update(other._values if type(other) is SecretHeaders else other)
        return out

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._values.keys()

    def items(self) -> ItemsView[str, str]:
        """Names and values, for the line that puts them on the wire."""
        return self._values.items()

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretHeaders):
            return NotImplemented
        return self._values == other._values

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> SecretHeaders:
        return self

    def __deepcopy__(self, memo: object) -> SecretHeaders:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("headers with credentials are not pickled")

    def __repr__(self) -> str:
        return f"<headers {', '.join(self._values)}>"


__all__ = ["Headers", "Secret", "SecretHeaders"]
