"""Schemes whose credential never changes: HTTP Basic, a bearer token, an API key."""

from __future__ import annotations

import base64
from typing import Literal
from urllib.parse import quote

from trunkline._wire.parameters import checked_headers
from trunkline.auth.base import Auth, AuthContext, Headers, fingerprint
from trunkline.auth.secret import Secret, SecretHeaders
from trunkline.errors import ArgumentError, ConfigError


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


def basic_text(user: str, password: str | Secret) -> str:
    """The value of an Authorization header (RFC 7617, section 2)."""
    text = Secret(f"{Secret(user).reveal()}:{Secret(password).reveal()}")
    return "Basic " + base64.b64encode(text.reveal().encode()).decode()


class BasicAuth(_Fixed):
    """HTTP Basic (RFC 7617), UTF-8."""

    def __init__(self, user: str, password: str | Secret) -> None:
        if not user or not password:
            raise ConfigError("BasicAuth needs a user name and a password; one of them is empty")
        if ":" in Secret(user).reveal():
            raise ConfigError("a Basic user name cannot hold a colon")
        super().__init__({"Authorization": basic_text(user, password)})
        self.owner = fingerprint(Secret(user).reveal())


class BearerAuth(_Fixed):
    """A bearer token that the caller looks after (RFC 6750)."""

    def __init__(self, token: str | Secret) -> None:
        if not token:
            raise ConfigError("BearerAuth needs a token; it is empty")
        super().__init__({"Authorization": f"Bearer {Secret(token).reveal()}"})
        self.owner = fingerprint(Secret(token).reveal())


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
        self.owner = fingerprint(text)
        if location == "query":
            super().__init__({})
            self.query = ((name, Secret(value)),)
        elif location == "cookie":
            super().__init__({"Cookie": f"{name}={quote(text, safe='')}"})
        else:
            super().__init__({name: text})


__all__ = ["ApiKeyAuth", "BasicAuth", "BearerAuth", "basic_text"]
