"""The Abzorb client: addresses and Basic credentials around the generated operations."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Self

from trunkline._settings.environ import Environ
from trunkline.abzorb._generated.client import Client as GeneratedClient
from trunkline.auth import Auth, BasicAuth, Secret
from trunkline.errors import ConfigError

if TYPE_CHECKING:
    from typing import Unpack

    from trunkline.client import ClientSettings

PRODUCTION: Final = GeneratedClient.servers["production"]
STAGING: Final = GeneratedClient.servers["staging"]


class Client(GeneratedClient):
    """Connections, SIMs, orders, tasks and number switching of Abzorb.

    Args:
        user, password: Basic credentials. auth: replaces them, for example `OAuth2ClientCredentials` for the
            vendor's newer line.
        environment: "production" or "staging". base_url: replaces the environment's address, for a sandbox.
        settings: those of `trunkline.client.BaseClient`.
    Raises:
        ConfigError: a setting is missing or wrong; the message names it.
    Source: specs/abzorb/overlay.yaml#/api
    """

    def __init__(
        self,
        *,
        user: str | None = None,
        password: str | Secret | None = None,
        auth: Auth | None = None,
        environment: str = "production",
        base_url: str | None = None,
        **settings: Unpack[ClientSettings],
    ) -> None:
        self._closed = True
        if auth is None:
            if not user or not password:
                raise ConfigError("abzorb.Client needs user and password, or auth")
            auth = BasicAuth(user, password)
        if base_url is None:
            if environment not in self.servers:
                raise ConfigError(f"environment must be 'production' or 'staging', not {environment!r}")
            base_url = self.servers[environment]
        super().__init__(base_url=base_url, auth=auth, **settings)

    @classmethod
    def from_env(cls, variables: Mapping[str, str] | None = None, **settings: Any) -> Self:
        """A client from `TRUNKLINE_ABZORB_USER`, `_PASSWORD` and, where wanted, `_ENVIRONMENT`, `_BASE_URL`;
        settings given here win.

        Raises:
            ConfigError: names every variable that is missing.
        """
        environ = Environ("TRUNKLINE_ABZORB_", os.environ if variables is None else variables)
        needed = () if "auth" in settings else ("user", "password")
        names = [name for name in needed if settings.get(name) is None]
        values = dict(zip(names, environ.need(*(name.upper() for name in names)), strict=True))
        for name in ("environment", "base_url"):
            if (value := environ.get(name.upper())) is not None:
                values[name] = value
        return cls(**{**values, **settings})
