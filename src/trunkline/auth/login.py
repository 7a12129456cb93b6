"""Schemes that log in: IDI's Simple Web Token, OAuth2 client credentials."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import quote

from trunkline._wire.addresses import checked_url
from trunkline.auth.base import AuthContext, fingerprint
from trunkline.auth.fixed import basic_text
from trunkline.auth.renewed import TokenAuth
from trunkline.auth.secret import Secret, SecretHeaders
from trunkline.auth.tokens import Token, loads, parse_swt, refuse_control, seconds
from trunkline.errors import AuthError, ConfigError


class SwtAuth(TokenAuth):
    """IDI's Simple Web Token: `Authorization: WRAP access_token="…"`.

    Args:
        login: logs in and returns the response as it came: a JSON string, a JSON object or form text.
        renew_at: share of the token's life after which one task renews it while others continue to use it.
        secrets: what the login is made with; no error shows it, should the vendor echo it.
        user: who logs in; kept as a fingerprint only.
    """

    __slots__ = ("_login",)

    def __init__(
        self,
        login: Callable[[], Awaitable[Any]],
        *,
        renew_at: float = 0.75,
        secrets: Iterable[str | Secret] = (),
        user: str = "",
    ) -> None:
        super().__init__(renew_at, secrets)
        self._login = login
        self.owner = fingerprint(user) if user else ""

    def _scheme(self, token: str) -> str:
        return f'WRAP access_token="{token}"'

    async def _fetch(self, context: AuthContext) -> Token:
        return parse_swt(await self._login(), context.time_source.wall())


class OAuth2ClientCredentials(TokenAuth):
    """OAuth2 client credentials (RFC 6749 section 4.4), the client identified by HTTP Basic."""

    __slots__ = ("_client", "_form", "_url")

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: str | Secret,
        scope: str | None = None,
        *,
        renew_at: float = 0.75,
    ) -> None:
        if not token_url or not client_id or not client_secret:
            raise ConfigError("OAuth2ClientCredentials needs a token URL, a client id and a client secret")
        super().__init__(renew_at, (client_secret,))
        checked_url("token_url", token_url)
        self._url = token_url
        self.owner = fingerprint(Secret(client_id).reveal())
        # RFC 6749 section 2.3.1: both are form-encoded before they are joined, so that a colon in an id does
        # no harm.
        self._client = Secret(
            basic_text(
                quote(Secret(client_id).reveal(), safe=""), quote(Secret(client_secret).reveal(), safe="")
            )
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
        response = loads(await context.post(self._url, headers, self._form.encode()))
        text = response.get("access_token") if isinstance(response, dict) else None
        if not isinstance(text, str) or not text:
            raise AuthError("the token endpoint responded without an access_token; check the token URL")
        # `expires_in` counts from the response (RFC 6749 section 5.1). Our own clock is used for both
        # ends, so its error does not matter.
        issued = context.time_source.wall()
        lifetime = seconds(response.get("expires_in"))
        refuse_control(text)
        return Token(
            text=Secret(text), issued=issued, expires=None if lifetime is None else issued + lifetime
        )


__all__ = ["OAuth2ClientCredentials", "SwtAuth"]
