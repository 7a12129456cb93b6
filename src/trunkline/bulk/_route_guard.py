"""Stops asking where the route seems to be wrong: the first keys all get a 404 that is not the vendor's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from trunkline.errors import ArgumentError, ConfigError, InputError, WrongRouteError

K = TypeVar("K")
T = TypeVar("T")

KEYS: Final = 25
"""Keys that must all fail so: fewer could be a handful that the vendor does not know."""


class StoppedError(ConfigError):
    """The first keys of a run all got a 404 as if the route were wrong."""


class RouteGuard:
    """Counts 404 responses of a guessed route until any other result shows that the route is right.

    after: keys in a row, from the first on, that stop the run; None never stops it.
    """

    def __init__(self, after: int | None = KEYS) -> None:
        self._after = after
        self._failed = 0
        self._settled = after is None
        self._last: WrongRouteError | None = None

    def check(self) -> None:
        """Raise StoppedError once as many keys failed as stop the run."""
        # Calls of several workers are in flight, so the count may pass the limit before
        # the first one stops.
        if not self._settled and self._after is not None and self._failed >= self._after:
            raise StoppedError(f"stopped: the first {self._failed} keys were all not found. {self._last}")

    def count(self, error: WrongRouteError) -> None:
        """Take in one more key that failed so."""
        self._failed += 1
        self._last = error

    def settle(self) -> None:
        """Take in any other result."""
        self._settled = True
        self._last = None


class Guarded(Generic[K, T]):
    """A call of one key that a guard watches."""

    def __init__(self, call: Callable[[K], Awaitable[T]], guard: RouteGuard) -> None:
        self._call, self._guard = call, guard

    async def __call__(self, key: K) -> T:
        # The guard is asked before the call too: once the route is known to be wrong, no
        # further key is sent.
        self._guard.check()
        try:
            value = await self._call(key)
        except WrongRouteError as error:
            self._guard.count(error)
            self._guard.check()
            raise
        except (ArgumentError, InputError):
            raise  # nothing was sent, so nothing is known of the route
        except Exception:
            self._guard.settle()
            raise
        self._guard.settle()
        return value


__all__ = ["KEYS", "Guarded", "RouteGuard", "StoppedError"]
