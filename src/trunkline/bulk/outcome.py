"""The result of one key of a bulk run."""

from __future__ import annotations

from typing import Generic, TypeVar, cast

from attrs import field, frozen

K = TypeVar("K")
T = TypeVar("T")


@frozen(kw_only=True)
class Outcome(Generic[K, T]):
    """One key with its value or its error, never both.

    key: the key as the caller gave it; not in the repr, because it may be a telephone number. attempts:
    requests sent for this key, 0 when it was refused before any request. Counted for calls that go through a
    client of this library; another call counts as one, unless its error has `attempts`. A request that asked
    for many keys at once counts for each of them. latency: seconds from the first request to the end, waits
    included. index: position of the key in the input, from 0. restored: read from the checkpoint, not asked
    now.
    """

    key: K = field(repr=False)
    value: T | None = None
    error: Exception | None = None
    attempts: int = 1
    latency: float = 0.0
    index: int = 0
    restored: bool = False

    @property
    def ok(self) -> bool:
        """Whether the key has a value."""
        return self.error is None

    def unwrap(self) -> T:
        """Return the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return cast("T", self.value)


__all__ = ["Outcome"]
