"""The base of all schemes, and what a client lends them.

A client asks `ready()` on every request; only where that returns None does it await `headers()`. After a
response of 401 it asks `rejected()` whether a renewed credential is worth one more attempt.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from attrs import frozen

from trunkline.auth.secret import Secret
from trunkline.config import TimeSource
from trunkline.events import Hook

Headers = Mapping[str, str]
_NONE: Headers = {}


class Post(Protocol):
    """How a scheme reaches its token endpoint: by the client's transport and retries, not its slots."""

    async def __call__(self, url: str, headers: Headers, body: bytes) -> bytes:
        """POST and return the answer's body; an error status raises."""
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
    return hashlib.blake2b(text.encode(), digest_size=8, person=b"trunkline").hexdigest()


class Auth:
    """Base of all schemes; by itself it sends nothing. `query`: what goes into the query, not a header.

    owner: tells the credentials of one user from those of another without naming either; empty where unknown.
    """

    query: tuple[tuple[str, Secret], ...] = ()
    owner: str = ""

    def ready(self, context: AuthContext) -> Headers | None:
        """The headers, if they are at hand."""
        return _NONE

    async def headers(self, context: AuthContext) -> Headers:
        """The headers, fetched if need be.

        Raises:
            AuthError: the login failed; the message says what to set.
        """
        return self.ready(context) or _NONE

    def accepted(self) -> None:
        """The vendor took the credential."""

    def rejected(self, used: Headers, now: float) -> bool:
        """The vendor answered 401 to these headers; whether other ones can be had. now: Unix seconds."""
        return False


__all__ = ["Auth", "AuthContext", "Headers", "Post", "fingerprint"]
