"""A token with a life: fetched once for all callers and renewed by one task while it is still valid."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from trunkline._masking.text import mask
from trunkline.auth.base import Auth, AuthContext, Headers, Refusal
from trunkline.auth.secret import Secret, SecretHeaders
from trunkline.auth.tokens import Token
from trunkline.errors import ArgumentError, AuthError, ConfigError, StatusError, TrunklineError
from trunkline.events import TokenEvent


class TokenAuth(Auth):
    """A token with a life: fetched once for all callers, renewed by one task while it is still valid.

    A login that is refused holds for every caller until a pause has passed, see `Refusal`.
    """

    __slots__ = (
        "_expires",
        "_headers",
        "_issued",
        "_own_secrets",
        "_refusal",
        "_refused",
        "_renew_at",
        "_renew_from",
        "_renewal",
        "_token",
        "owner",
        "query",
        "scheme",
    )

    _SUSPECT = 3
    """Tokens refused before any was accepted: from then on 401 means something a new login cannot cure,
    and there is at most one login in `_PAUSE` seconds for it."""
    _PAUSE = 60.0

    def __init__(self, renew_at: float, secrets: Iterable[str | Secret] = ()) -> None:
        if not 0 < renew_at <= 1:
            raise ConfigError("renew_at is the share of a token's life after which it is renewed, 0 to 1")
        self._renew_at = renew_at
        self.query = ()
        self.scheme = ""
        self.owner = ""
        self._own_secrets = tuple(map(Secret, secrets))
        self._token: Secret | None = None
        self._refusal = Refusal()
        self._headers: SecretHeaders | None = None
        self._renew_from = self._expires = float("inf")
        self._renewal: asyncio.Task[None] | None = None
        self._refused = 0
        self._issued = 0.0

    async def _fetch(self, context: AuthContext) -> Token:
        raise NotImplementedError

    def _scheme(self, token: str) -> str:
        return f"Bearer {token}"

    def ready(self, context: AuthContext) -> Headers | None:
        """The headers of the present token; None where there is none or it has expired."""
        headers = self._headers
        if headers is None or self._renew_from == float("inf"):
            return headers
        # The wall clock: a token states its end as Unix time.
        now = context.time_source.wall()
        if now >= self._expires:
            return None
        # The old token is still valid, so nobody waits: the caller continues with it while one
        # task fetches the next.
        if now >= self._renew_from and self._renewal is None:
            self._start(context)
        return headers

    async def headers(self, context: AuthContext) -> Headers:
        """The headers, after a login if need be; one login serves all who wait."""
        while True:
            headers = self.ready(context)
            if headers is not None:
                return headers
            if self._renewal is None:
                self._refusal.check(context.time_source.wall())
            renewal = self._renewal or self._start(context)
            try:
                # The login serves all who wait. Without the shield the first caller that is cancelled
                # would cancel it for them.
                await asyncio.shield(renewal)
            except asyncio.CancelledError:
                if not renewal.cancelled():
                    raise
                # Only the renewing client was closed; another client that shares this scheme continues.
                if asyncio.current_task().cancelling():  # type: ignore[union-attr]
                    raise
            except AuthError as error:
                # One failure, many callers: each raises its own, so that tracebacks do not grow together.
                raise _login_error(error) from None

    def accepted(self) -> None:
        """The vendor took the token: refusals so far were not its fault."""
        self._refused = 0

    def rejected(self, used: Headers, now: float) -> bool:
        """Whether another token may be tried after a 401 to these headers."""
        # The refused token has been replaced meanwhile, so the call is repeated with the new one and no
        # further login is needed.
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
            task.exception()  # retrieved: a waiter raises it, or the next renewal tries again

    async def _renew(self, context: AuthContext) -> None:
        began = context.time_source.clock()
        try:
            token = await self._fetch_fresh(context)
        except Exception as error:
            # While the old token lasts, try again after a tenth of what is left of it.
            now = context.time_source.wall()
            self._renew_from = now + max(1.0, (self._expires - now) / 10)
            if context.emit is not None:
                took = context.time_source.clock() - began
                context.emit(TokenEvent(ok=False, seconds=took, lifetime=None, error=type(error).__name__))
            if isinstance(error, TrunklineError):
                failed = _login_error(error)
                if failed.status in _REFUSALS:
                    self._refusal.remember(failed, now)
                raise failed from None
            raise  # a mistake in a login function of the caller's own
        self._refusal.forget()
        self._token = token.text
        self._headers = SecretHeaders({"Authorization": self._scheme(token.text.reveal())})
        self._issued = token.issued
        self._expires = float("inf") if token.expires is None else token.expires
        self._renew_from = token.issued + (self._expires - token.issued) * self._renew_at
        if context.emit is not None:
            lifetime = None if token.expires is None else token.expires - token.issued
            context.emit(TokenEvent(ok=True, seconds=context.time_source.clock() - began, lifetime=lifetime))

    async def _fetch_fresh(self, context: AuthContext) -> Token:
        try:
            token = await self._fetch(context)
        except asyncio.CancelledError:
            if asyncio.current_task().cancelling():  # type: ignore[union-attr]
                raise
            raise AuthError("the login was cancelled by something inside it") from None
        # With a clock that is wrong by hours every token would seem expired, and each
        # call would log in again.
        if token.expires is not None and token.expires <= token.issued:
            raise AuthError("the login issued a token that has already expired; check this host's clock")
        return token

    def reset(self) -> None:
        """Forget refusals: the next request logs in again."""
        self._refusal.forget()
        self._refused = 0

    def secrets(self) -> Iterable[str]:
        """The current token, and what the login is made with."""
        yield from (secret.reveal() for secret in self._own_secrets)
        if self._token is not None:
            yield self._token.reveal()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


_REFUSALS = frozenset({400, 401, 403})


def _login_error(error: TrunklineError) -> AuthError:
    """The failure of a login as one AuthError that states what to set; built anew for each caller."""
    if isinstance(error, ArgumentError):
        advice = f"the login could not be sent: {error}"
    elif isinstance(error, StatusError) and error.status in _REFUSALS:
        said = "; ".join(mask(each.message) for each in error.messages[:3])
        advice = f"login refused with status {error.status}{f' ({said})' if said else ''}: check user name, "
        advice += "password and environment"
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
        headers=error.headers,
    )


__all__ = ["TokenAuth"]
