"""The Abzorb client: addresses and Basic credentials around the generated operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Self

from trunkline._wire.addresses import LOOPBACK
from trunkline.abzorb._generated.client import Client as GeneratedClient
from trunkline.auth import Auth, BasicAuth, Secret
from trunkline.errors import ConfigError
from trunkline.operation import Operation

if TYPE_CHECKING:
    from typing import Unpack

    from trunkline.client import ClientSettings

PRODUCTION: Final = GeneratedClient.servers["production"]
STAGING: Final = GeneratedClient.servers["staging"]
_BUSY: Final = "Abzorb is usually back within five minutes; if it lasts, tell their Portal Support"
_BROKEN: Final = "if it lasts, tell Abzorb's Portal Support, with the time of the call"
_CREDENTIALS: Final = "check user and password, and that they are this environment's"
_PORTS: Final = "production answers at port 8075, staging at 8074, both https: check environment or base_url"


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

    pages_cut_at_hundreds = True

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
        # A misspelt "stageing" must not end in production by a default.
        if environment not in self.servers:
            raise ConfigError(f"environment must be 'production' or 'staging', not {environment!r}")
        if base_url is None:
            base_url = self.servers[environment]
        super().__init__(base_url=base_url, auth=auth, **settings)

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        profile: str | None = None,
        user: str | None = None,
        password: str | Secret | None = None,
        auth: Auth | None = None,
        environment: str | None = None,
        base_url: str | None = None,
        **settings: Unpack[ClientSettings],
    ) -> Self:
        """Make a client from `TRUNKLINE_ABZORB_USER`, `_PASSWORD` and, where wanted, `_ENVIRONMENT`,
        `_BASE_URL` and the other settings of the guide to settings, or from trunkline.toml.

        An argument overrides the environment, which overrides the file; None means "not given".

        Args:
            environ: environment variables; None for the process's own. profile: of trunkline.toml.
        Raises:
            ConfigError: names every setting that is missing, or the one that is wrong.
        """
        from trunkline.settings import resolve  # reads TOML, which others need not wait for

        given = {
            "user": user,
            "password": password,
            "auth": auth,
            "environment": environment,
            "base_url": base_url,
            **settings,
        }
        return cls(**resolve("abzorb", given, environ=environ, profile=profile).arguments())

    def hint(self, op: Operation[Any], status: int | None) -> str | None:
        """What the vendor's page advises about a status, or about no response at all."""
        if status is None:
            return None if self.base_url.host in LOOPBACK else _PORTS
        if status == 401:
            return _CREDENTIALS
        if status == 503:
            return _BUSY
        return _BROKEN if status >= 500 else None
