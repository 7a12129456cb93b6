"""Schemes whose credential never changes: HTTP Basic, a bearer token, an API key."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterable, Mapping
from typing import Final, Literal
from urllib.parse import quote

from trunkline._wire.parameters import checked_headers
from trunkline.auth.base import Auth, AuthContext, Headers, Refusal, fingerprint
from trunkline.auth.secret import Secret, SecretHeaders
from trunkline.errors import ArgumentError, AuthError, ConfigError

_LONGEST_TRIAL: Final = 2.0
"""Seconds that others wait for the first response to a credential."""


class _Fixed(Auth):
    """Headers that never change.

    Until the vendor has taken them once, a single request tries them while others wait for its response:
    64 requests with a wrong password in one burst lock accounts. A refusal holds for everybody until a pause
    has passed; once taken, it needs three in a row, because a 401 may be one operation's own.
    """

    __slots__ = (
        "_headers",
        "_proven",
        "_refusal",
        "_refusals",
        "_secrets",
        "_trial",
        "owner",
        "query",
        "scheme",
    )

    _SUSPECT = 3

    def __init__(self, headers: Mapping[str, str], secrets: Iterable[Secret]) -> None:
        for name, value in headers.items():
            # A line end in a credential would end its header and start another one.
            if any(not 32 <= ord(char) < 127 for char in value):
                raise ConfigError(
                    f"the {name} credential holds a control character (a line end from a file?) or one "
                    "beyond ASCII, which no header can carry"
                )
        self.query = ()
        self.scheme = ""
        self.owner = ""
        self._headers = SecretHeaders(headers)
        self._secrets = tuple(secrets)
        self._proven = False
        self._trial: asyncio.Future[None] | None = None
        self._refusal = Refusal()
        self._refusals = 0

    def ready(self, context: AuthContext) -> Headers | None:
        """The headers; None while nobody knows whether the vendor takes them."""
        return self._headers if self._proven else None

    async def headers(self, context: AuthContext) -> Headers:
        """The headers, once this request is the one to try them or another one has.

        Raises:
            AuthError: they were refused a short while ago; nothing is sent.
        """
        while not self._proven:
            self._refusal.check(context.time_source.wall())
            if self._trial is None:
                self._trial = asyncio.get_running_loop().create_future()
                break
            if self._trial.get_loop() is not asyncio.get_running_loop():
                break  # the other client that shares this scheme lives in another loop
            try:
                async with asyncio.timeout(_LONGEST_TRIAL):
                    # The trial is shared; the cancellation of one waiting call must not
                    # end it for the others.
                    await asyncio.shield(self._trial)
            except TimeoutError:
                break  # a slow first response must not hold up everybody
        return self._headers

    def accepted(self) -> None:
        """The vendor took the credential."""
        if not self._proven or self._refusals:
            self._proven = True
            self._refusals = 0
            self._refusal.forget()
            self._end_trial()

    def rejected(self, used: Headers, now: float) -> bool:
        """Remember the refusal; there is no other credential to try."""
        self._refusals += 1
        # A proven credential may meet a 401 of one operation that the user has no right to; three in a
        # row are not a coincidence.
        if not self._proven or self._refusals >= self._SUSPECT:
            self._proven = False
            self._refusal.remember(
                AuthError(
                    "credentials refused with status 401: check user name, password and environment"
                    if "Authorization" in self._headers
                    else "the key was refused with status 401",
                    status=401,
                ),
                now,
            )
        self._end_trial()
        return False

    def lost(self, used: Headers) -> None:
        """No response came: the next request tries."""
        self._end_trial()

    def reset(self) -> None:
        """Forget refusals: the next request tries the credential again."""
        self._refusal.forget()
        self._refusals = 0

    def secrets(self) -> Iterable[str]:
        """The credential, as it was given and as it is sent."""
        yield from (secret.reveal() for secret in self._secrets)
        yield from (value for _, value in self._headers.items())

    def _end_trial(self) -> None:
        trial, self._trial = self._trial, None
        if trial is not None and not trial.done():
            trial.set_result(None)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


def basic_text(user: str, password: str | Secret) -> str:
    """The value of an Authorization header (RFC 7617, section 2)."""
    text = Secret(f"{Secret(user).reveal()}:{Secret(password).reveal()}")
    return "Basic " + base64.b64encode(text.reveal().encode()).decode()


class BasicAuth(_Fixed):
    """HTTP Basic (RFC 7617), UTF-8."""

    __slots__ = ()

    def __init__(self, user: str, password: str | Secret) -> None:
        if not user or not password:
            raise ConfigError("BasicAuth needs a user name and a password; one of them is empty")
        # RFC 7617 section 2: the first colon ends the user name, so the rest would be
        # sent as the password.
        if ":" in Secret(user).reveal():
            raise ConfigError("a Basic user name cannot hold a colon")
        text = basic_text(user, password)
        secrets = (Secret(password), Secret(text.removeprefix("Basic ")))
        super().__init__({"Authorization": text}, secrets)
        self.owner = fingerprint(Secret(user).reveal())


class BearerAuth(_Fixed):
    """A bearer token that the caller looks after (RFC 6750)."""

    __slots__ = ()

    def __init__(self, token: str | Secret) -> None:
        if not token:
            raise ConfigError("BearerAuth needs a token; it is empty")
        super().__init__({"Authorization": f"Bearer {Secret(token).reveal()}"}, (Secret(token),))
        self.owner = fingerprint(Secret(token).reveal())


class ApiKeyAuth(_Fixed):
    """A key under a name in a header, a cookie or the query."""

    __slots__ = ("location", "name")

    def __init__(
        self, name: str, value: str | Secret, location: Literal["header", "query", "cookie"] = "header"
    ) -> None:
        if not name or not value:
            raise ConfigError("ApiKeyAuth needs a name and a value; one of them is empty")
        text = Secret(value).reveal()
        if location not in ("header", "query", "cookie"):
            raise ConfigError("ApiKeyAuth.location must be 'header', 'query' or 'cookie'")
        if location == "header":
            try:
                checked_headers({name: ""})
            except ArgumentError as problem:
                raise ConfigError(f"ApiKeyAuth: {problem}") from None
        self.name = name
        self.location = location
        if location == "query":
            super().__init__({}, (Secret(value),))
            self.query = ((name, Secret(value)),)
        elif location == "cookie":
            super().__init__({"Cookie": f"{name}={quote(text, safe='')}"}, (Secret(value),))
        else:
            super().__init__({name: text}, (Secret(value),))
        self.owner = fingerprint(text)


__all__ = ["ApiKeyAuth", "BasicAuth", "BearerAuth", "basic_text"]
