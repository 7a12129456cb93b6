"""The base of all schemes, and what a client lends them.

A client calls `ready()` for every request; only where that returns None does it await `headers()`. After the
response it reports what the vendor made of the credential: `accepted()`, `rejected()`, or `lost()`.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, Protocol

from attrs import frozen

from trunkline.auth.secret import Headers, Secret, SecretHeaders
from trunkline.config import TimeSource
from trunkline.errors import AuthError
from trunkline.events import Hook

_NONE = SecretHeaders()
_FIRST_PAUSE = 1.0
# Five minutes: repaired credentials are noticed soon, and a locked account is not prolonged by
# hundreds of attempts.
_LONGEST_PAUSE = 300.0


class Post(Protocol):
    """How a scheme reaches its token endpoint: by the client's transport and retries, not its slots."""

    async def __call__(self, url: str, headers: Headers, body: bytes) -> bytes:
        """POST and return the response's body; an error status raises."""
        ...


@frozen(kw_only=True)
class AuthContext:
    """What a client lends its auth scheme: time, transport, a place for one background task, hooks."""

    time_source: TimeSource
    post: Post
    spawn: Callable[[Any], asyncio.Task[Any]]
    emit: Hook | None = None


def fingerprint(text: str) -> str:
    """Return a short text that differs for different users and does not show which user it is."""
    # A fingerprint and not the name: it is stored in checkpoints. `person` keeps it from being found in
    # tables of plain hashes.
    return hashlib.blake2b(text.encode(), digest_size=8, person=b"trunkline").hexdigest()


class Auth:
    """Base of all schemes; by itself it sends nothing.

    query: names and values that go into the query and not into a header. scheme: the name of the document's
    scheme that it serves, "" where it was made without one. owner: separates the credentials of one user from
    those of another without naming either; "" where unknown.
    """

    # Subclasses here have slots only, so that vars() and tools that use it find nothing.
    __slots__ = ()
    query: tuple[tuple[str, Secret], ...] = ()
    scheme: str = ""
    owner: str = ""

    def ready(self, context: AuthContext) -> Headers | None:
        """The headers, if they are ready."""
        return _NONE

    async def headers(self, context: AuthContext) -> Headers:
        """The headers, fetched if need be.

        Raises:
            AuthError: the login failed; the message states what to set.
        """
        return self.ready(context) or _NONE

    def accepted(self) -> None:
        """The vendor took the credential."""

    def rejected(self, used: Headers, now: float) -> bool:
        """The vendor sent 401 for these headers; whether others are available. now: Unix seconds."""
        return False

    def lost(self, used: Headers) -> None:
        """No response came to these headers."""

    def reset(self) -> None:
        """Forget refusals: the next request tries the credential again."""

    def secrets(self) -> Iterable[str]:
        """Texts that no error may show, should the vendor echo them."""
        return ()

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds credentials and is not pickled")


class Refusal:
    """A refused credential, remembered for everybody: repeated refusals get accounts locked.

    The pause until it is tried again doubles from one second to five minutes.
    """

    __slots__ = ("_count", "_error", "_until")

    def __init__(self) -> None:
        self._count = 0
        self._until = 0.0
        self._error: AuthError | None = None

    def remember(self, error: AuthError, now: float) -> None:
        """Record a refusal at `now`, in the seconds that `check` is given too."""
        self._error = error
        self._until = now + min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(self._count, 30))
        self._count += 1

    def forget(self) -> None:
        """The credential was taken, or is to be tried again."""
        self._error = None
        self._count = 0
        self._until = 0.0

    def check(self, now: float) -> None:
        """Pass, unless the pause after a refusal has not passed yet.

        Raises:
            AuthError: the remembered one, built anew for each caller.
        """
        error = self._error
        if error is None or now >= self._until:
            return
        pause = max(1, round(self._until - now))
        raise AuthError(
            f"{error}; not sent again for {pause} s",
            operation=error.operation,
            status=error.status,
            request_id=error.request_id,
            messages=error.messages,
            attempts=0,
            headers=error.headers,
        )


__all__ = ["Auth", "AuthContext", "Headers", "Post", "Refusal", "fingerprint"]
