"""Ways to prove who is calling. Each one yields headers (or a query value) and knows when to renew them.

A client asks `ready()` on every request; only where that says None does it await `headers()`. After an answer
of 401 it asks `rejected()` whether a renewed credential is worth one more attempt.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, Protocol
from urllib.parse import quote

from attrs import frozen

from trunkline._parameters import checked_headers
from trunkline._seam import checked_url
from trunkline._secret import Secret, SecretHeaders
from trunkline._tokens import Token, loads, parse_swt, refuse_control, seconds
from trunkline.config import Seams
from trunkline.errors import ArgumentError, AuthError, ConfigError, StatusError, TrunklineError
from trunkline.events import Hook, TokenEvent

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

    seams: Seams
    post: Post
    spawn: Callable[[Any], asyncio.Task[Any]]
    emit: Hook | None = None


class Auth:
    """Base of all schemes; by itself it sends nothing. `query`: what goes into the query, not a header."""

    query: tuple[tuple[str, Secret], ...] = ()

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


class _Fixed(Auth):
    """Headers that never change."""

    def __init__(self, headers: Headers) -> None:
        for name, value in headers.items():
            if any(not 32 <= ord(char) < 127 for char in value):
                raise ConfigError(
                    f"the {name} credential holds a control character (a line end from a file?) or one "
                    "beyond ASCII, which no header can carry"
                )
        self._headers = SecretHeaders(headers)

    def ready(self, context: AuthContext) -> Headers | None:
        return self._headers

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


def _basic(user: str, password: str | Secret) -> str:
    text = Secret(f"{Secret(user).reveal()}:{Secret(password).reveal()}")
    return "Basic " + base64.b64encode(text.reveal().encode()).decode()


class BasicAuth(_Fixed):
    """HTTP Basic (RFC 7617), UTF-8."""

    def __init__(self, user: str, password: str | Secret) -> None:
        if not user or not password:
            raise ConfigError("BasicAuth needs a user name and a password; one of them is empty")
        if ":" in Secret(user).reveal():
            raise ConfigError("a Basic user name cannot hold a colon")
        super().__init__({"Authorization": _basic(user, password)})


class BearerAuth(_Fixed):
    """A bearer token that the caller looks after (RFC 6750)."""

    def __init__(self, token: str | Secret) -> None:
        if not token:
            raise ConfigError("BearerAuth needs a token; it is empty")
        super().__init__({"Authorization": f"Bearer {Secret(token).reveal()}"})


class ApiKeyAuth(_Fixed):
    """A key under a name in a header, a cookie or the query."""

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
        if location == "query":
            super().__init__({})
            self.query = ((name, Secret(value)),)
        elif location == "cookie":
            super().__init__({"Cookie": f"{name}={quote(text, safe='')}"})
        else:
            super().__init__({name: text})


class _TokenAuth(Auth):
    """A token with a life: fetched once for all callers, renewed by one task while it is still valid."""

    _SUSPECT = 3
    """Tokens refused before any was accepted: from then on 401 means something a new login cannot cure,
    and there is at most one login in `_PAUSE` seconds for it."""
    _PAUSE = 60.0

    def __init__(self, renew_at: float) -> None:
        if not 0 < renew_at <= 1:
            raise ConfigError("renew_at is the share of a token's life after which it is renewed, 0 to 1")
        self._renew_at = renew_at
        self._headers: Headers | None = None
        self._renew_from = self._expires = float("inf")
        self._renewal: asyncio.Task[None] | None = None
        self._refused = 0
        self._issued = 0.0

    async def _fetch(self, context: AuthContext) -> Token:
        raise NotImplementedError

    def _scheme(self, token: str) -> str:
        return f"Bearer {token}"

    def ready(self, context: AuthContext) -> Headers | None:
        headers = self._headers
        if headers is None or self._renew_from == float("inf"):
            return headers
        now = context.seams.wall()
        if now >= self._expires:
            return None
        if now >= self._renew_from and self._renewal is None:
            self._start(context)
        return headers

    async def headers(self, context: AuthContext) -> Headers:
        while True:
            headers = self.ready(context)
            if headers is not None:
                return headers
            renewal = self._renewal or self._start(context)
            try:
                await asyncio.shield(renewal)
            except asyncio.CancelledError:
                if not renewal.cancelled():
                    raise
                # Only the renewing client was closed; another client that shares this scheme goes on.
                if asyncio.current_task().cancelling():  # type: ignore[union-attr]
                    raise
            except AuthError as error:
                # One failure, many callers: each raises its own, so that tracebacks do not grow together.
                raise _login_error(error) from None

    def accepted(self) -> None:
        self._refused = 0

    def rejected(self, used: Headers, now: float) -> bool:
        if self._headers is None or used is not self._headers:
            return True
        self._refused += 1
        if self._refused >= self._SUSPECT and now - self._issued < self._PAUSE:
            return False
        self._headers = None
        return True

    def _start(self, context: AuthContext) -> asyncio.Task[None]:
        task = context.spawn(self._renew(context))
        self._renewal = task
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        if self._renewal is task:
            self._renewal = None
        if not task.cancelled():
            task.exception()  # seen: a waiter raises it, or the next renewal tries again

    async def _renew(self, context: AuthContext) -> None:
        began = context.seams.clock()
        try:
            token = await self._fetch_fresh(context)
        except Exception as error:
            # While the old token lasts, try again after a tenth of what is left of it.
            now = context.seams.wall()
            self._renew_from = now + max(1.0, (self._expires - now) / 10)
            if context.emit is not None:
                took = context.seams.clock() - began
                context.emit(TokenEvent(ok=False, seconds=took, lifetime=None, error=type(error).__name__))
            if isinstance(error, TrunklineError):
                raise _login_error(error) from None
            raise  # a mistake in a login function of the caller's own
        self._headers = SecretHeaders({"Authorization": self._scheme(token.text.reveal())})
        self._issued = token.issued
        self._expires = float("inf") if token.expires is None else token.expires
        self._renew_from = token.issued + (self._expires - token.issued) * self._renew_at
        if context.emit is not None:
            lifetime = None if token.expires is None else token.expires - token.issued
            context.emit(TokenEvent(ok=True, seconds=context.seams.clock() - began, lifetime=lifetime))

    async def _fetch_fresh(self, context: AuthContext) -> Token:
        try:
            token = await self._fetch(context)
        except asyncio.CancelledError:
            if asyncio.current_task().cancelling():  # type: ignore[union-attr]
                raise
            raise AuthError("the login was cancelled by something inside it") from None
        if token.expires is not None and token.expires <= token.issued:
            raise AuthError("the login issued a token that has already expired; check this host's clock")
        return token

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class SwtAuth(_TokenAuth):
    """IDI's Simple Web Token: `Authorization: WRAP access_token="…"`.

    Args:
        login: logs in and returns the answer as it came: a JSON string, a JSON object or form text.
        renew_at: share of the token's life after which one task renews it while others go on using it.
    """

    def __init__(self, login: Callable[[], Awaitable[Any]], *, renew_at: float = 0.75) -> None:
        super().__init__(renew_at)
        self._login = login

    def _scheme(self, token: str) -> str:
        return f'WRAP access_token="{token}"'

    async def _fetch(self, context: AuthContext) -> Token:
        return parse_swt(await self._login(), context.seams.wall())


class OAuth2ClientCredentials(_TokenAuth):
    """OAuth2 client credentials (RFC 6749 section 4.4), the client identified by HTTP Basic."""

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: str | Secret,
        scope: str | None = None,
        *,
        renew_at: float = 0.75,
    ) -> None:
        super().__init__(renew_at)
        if not token_url or not client_id or not client_secret:
            raise ConfigError("OAuth2ClientCredentials needs a token URL, a client id and a client secret")
        checked_url("token_url", token_url)
        self._url = token_url
        self._client = Secret(
            _basic(quote(Secret(client_id).reveal(), safe=""), quote(Secret(client_secret).reveal(), safe=""))
        )
        self._form = "grant_type=client_credentials" + (f"&scope={quote(scope, safe='')}" if scope else "")

    async def _fetch(self, context: AuthContext) -> Token:
        headers = SecretHeaders(
            {
                "Authorization": self._client.reveal(),
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            }
        )
        answer = loads(await context.post(self._url, headers, self._form.encode()))
        text = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(text, str) or not text:
            raise AuthError("the token endpoint answered without an access_token; check the token URL")
        issued = context.seams.wall()
        lifetime = seconds(answer.get("expires_in"))
        refuse_control(text)
        return Token(
            text=Secret(text), issued=issued, expires=None if lifetime is None else issued + lifetime
        )


def _login_error(error: TrunklineError) -> AuthError:
    """The failure of a login as one AuthError that says what to set; built anew for each caller."""
    if isinstance(error, ArgumentError):
        advice = f"the login could not be sent: {error}"
    elif isinstance(error, StatusError) and error.status in (400, 401, 403):
        advice = f"login refused with status {error.status}: check user name, password and environment"
    else:
        advice = str(error)
    text = advice if advice.startswith(("login", "the login", "the token")) else f"login failed: {advice}"
    status = error if isinstance(error, StatusError) else None
    return AuthError(
        text,
        operation=status.operation if status else "",
        status=status.status if status else 0,
        request_id=status.request_id if status else None,
        messages=status.messages if status else (),
        retry_after=status.retry_after if status else None,
        retryable=error.retryable,
    )


__all__ = [
    "ApiKeyAuth",
    "Auth",
    "BasicAuth",
    "BearerAuth",
    "OAuth2ClientCredentials",
    "Secret",
    "SwtAuth",
    "parse_swt",
]
