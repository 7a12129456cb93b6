"""The IDI CostGuard client: addresses, login and hints around the generated operations."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote

from trunkline._wire.addresses import LOOPBACK
from trunkline.auth import Auth, Secret, SwtAuth
from trunkline.errors import ConfigError
from trunkline.idi._generated.client import Client as GeneratedClient
from trunkline.idi.security_token._generated.client import Client as LoginClient
from trunkline.idi.security_token._generated.operations import SECURITY_TOKEN_LOGIN
from trunkline.operation import Operation

if TYPE_CHECKING:
    from typing import Unpack

    from trunkline.client import ClientSettings
    from trunkline.idi.security_token._generated.resources import SecurityTokenResource

HOST: Final = "https://api.idibilling.com"
SERVICE: Final = "ServiceAndFeatureManagement"
"""Path segment of this API: inferred, no public page shows it. The `service` setting replaces it."""

LOGIN_SEGMENT: Final = "1xa"
AUDIENCE: Final = "http://idibilling.com/webservices"
_ADDRESS_LIST: Final = (
    "IDI answers registered addresses only: if this host is new, ask for its address to be added"
)


class Client(GeneratedClient):
    """Devices, services, SIMs and features of IDI CostGuard.

    Args:
        environment: a segment of every address, one for production and others for test, by the company.
        user, password: of a web service user, for the login. auth: replaces the login altogether.
        base_url: scheme and host of the vendor, or of a sandbox.
        service: path segment of this API (inferred). login_segment: version segment of the login.
        settings: those of `trunkline.client.BaseClient`.
    Raises:
        ConfigError: a setting is missing or wrong; the message names it.
    Source: specs/idi/openapi.yaml#/servers, specs/idi/security-token.yaml
    """

    # IDI cuts `$top` at 100 or 500, so a page of any other size is the last one.
    pages_cut_at_hundreds = True

    def __init__(
        self,
        *,
        environment: str,
        user: str | None = None,
        password: str | Secret | None = None,
        auth: Auth | None = None,
        base_url: str = HOST,
        service: str = SERVICE,
        login_segment: str = LOGIN_SEGMENT,
        **settings: Unpack[ClientSettings],
    ) -> None:
        self._closed = True
        if auth is None:
            if not user or not password:
                raise ConfigError("idi.Client needs user and password for the login, or auth")
            self._user, self._password = user, Secret(password)
            # The login is a method of the client, so it uses the client's transport, retries and clock.
            auth = SwtAuth(self._login, secrets=(password,), user=user)
        host = base_url.rstrip("/")
        tenant = _segment("environment", environment)
        self._login_url = f"{host}/securitytoken/{_segment('login_segment', login_segment)}/{tenant}"
        super().__init__(base_url=f"{host}/{_segment('service', service)}/2X/{tenant}", auth=auth, **settings)

    @classmethod
    def auth(cls, scheme: str = "", **credentials: str | Secret) -> Auth:
        """An auth object for a token that the caller looks after: `Client.auth("SWT", value=token)`.

        The token goes out in the vendor's wrapper, `WRAP access_token="…"`, given with or without it.

        Raises:
            ConfigError: no such scheme, or credentials that it does not take.
        """
        value = credentials.get("value")
        if value is not None and not Secret(value).reveal().startswith("WRAP "):
            credentials["value"] = f'WRAP access_token="{Secret(value).reveal()}"'
        return super().auth(scheme, **credentials)

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        profile: str | None = None,
        environment: str | None = None,
        user: str | None = None,
        password: str | Secret | None = None,
        auth: Auth | None = None,
        base_url: str | None = None,
        service: str | None = None,
        login_segment: str | None = None,
        **settings: Unpack[ClientSettings],
    ) -> Self:
        """Make a client from `TRUNKLINE_IDI_ENVIRONMENT`, `_USER`, `_PASSWORD` and, where they differ from
        the defaults, `_BASE_URL`, `_SERVICE`, `_LOGIN_SEGMENT` and the other keys of trunkline.toml, or
        from trunkline.toml.

        An argument overrides the environment, which overrides the file; None means "not given".

        Args:
            environ: environment variables; None for the process's own. profile: of trunkline.toml.
        Raises:
            ConfigError: names every setting that is missing, or the one that is wrong.
        """
        from trunkline.settings import resolve  # reads TOML, which others need not wait for

        given = {
            "environment": environment,
            "user": user,
            "password": password,
            "auth": auth,
            "base_url": base_url,
            "service": service,
            "login_segment": login_segment,
            **settings,
        }
        return cls(**resolve("idi", given, environ=environ, profile=profile).arguments())

    @cached_property
    def security_token(self) -> SecurityTokenResource:
        """The login itself, for those who keep tokens elsewhere; calls log in by themselves."""
        return LoginClient(base_url=self._login_url, transport=self._transport).security_token

    def hint(self, op: Operation[Any], status: int | None) -> str | None:
        """A 403 or no response at all from a new host is most likely the vendor's address list."""
        vendor = self.base_url.host not in LOOPBACK
        return _ADDRESS_LIST if vendor and status in (403, None) else None

    def link_scope(self, path: str) -> str:
        """The version and environment segments: samples of next links carry another service's name."""
        # `/Service/2X/environment/api/…`: the version, and the environment, which separates companies.
        return "/".join(path.split("/")[2:4])

    async def _login(self) -> bytes:
        from trunkline.idi.security_token._generated.models import LoginRequest

        body = LoginRequest(user_name=self._user, password=self._password.reveal(), applies_to=AUDIENCE)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        return await self._post(
            self._login_url + SECURITY_TOKEN_LOGIN.path, headers, self._codec.encode(body)
        )


def _segment(name: str, value: str) -> str:
    """One path segment of the address; `name` is the setting that it came from."""
    # A slash would move the following segments; "acme/../other" would lead to another
    # company's environment.
    if not value or value in (".", "..") or "/" in value:
        raise ConfigError(
            f"{name} must be one segment of the address, such as 'acme'; it is empty or holds a slash"
        )
    return quote(value, safe="")
