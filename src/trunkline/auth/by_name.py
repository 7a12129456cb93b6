"""An auth object for a security scheme of a document, by its name there: `Client.auth("basicAuth", …)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from trunkline.auth.base import Auth
from trunkline.auth.fixed import ApiKeyAuth, BasicAuth, BearerAuth
from trunkline.auth.login import OAuth2ClientCredentials
from trunkline.auth.secret import Secret
from trunkline.errors import ConfigError

Scheme = Mapping[str, Any]
TAKES: Final = {
    "basic": ("user", "password"),
    "bearer": ("token",),
    "api_key": ("value",),
    "oauth2_client_credentials": ("client_id", "client_secret"),
}
_OPTIONAL: Final = {"oauth2_client_credentials": ("scope", "token_url")}


def auth_of(schemes: Mapping[str, Scheme], name: str, credentials: Mapping[str, str | Secret]) -> Auth:
    """The auth object of a scheme.

    Args:
        schemes: `auth_schemes` of a generated client.
        name: which one; may be empty where there is just one.
        credentials: what the kind of scheme takes, see `TAKES`.
    Raises:
        ConfigError: no such scheme, or other credentials than it takes; the message lists what is right.
    """
    usable = {key: scheme for key, scheme in schemes.items() if scheme["kind"] in TAKES}
    if not name and len(usable) == 1:
        name = next(iter(usable))
    if name not in schemes:
        raise ConfigError(f"there is no auth scheme {name!r}; there are: {', '.join(schemes) or 'none'}")
    scheme = schemes[name]
    kind = scheme["kind"]
    if kind not in TAKES:
        raise ConfigError(
            f"nothing serves the scheme {name!r}; derive from trunkline.auth.Auth and pass that"
        )
    wanted, given = set(TAKES[kind]), set(credentials)
    if not wanted <= given or given - wanted - set(_OPTIONAL.get(kind, ())):
        raise ConfigError(f"the scheme {name!r} takes {' and '.join(TAKES[kind])}")
    auth = _MAKERS[kind](scheme, dict(credentials))
    auth.scheme = name  # type: ignore[misc]
    return auth


def _text(value: str | Secret) -> str:
    return Secret(value).reveal()


def _oauth2(scheme: Scheme, given: dict[str, str | Secret]) -> Auth:
    url = _text(given.get("token_url") or scheme.get("token_url") or "")
    if "://" not in url:
        raise ConfigError(f"token_url must be given in full: the document only says {url!r}")
    scope = given.get("scope")
    return OAuth2ClientCredentials(
        url, _text(given["client_id"]), given["client_secret"], None if scope is None else _text(scope)
    )


_MAKERS: Final[dict[str, Callable[[Scheme, dict[str, str | Secret]], Auth]]] = {
    "basic": lambda scheme, given: BasicAuth(_text(given["user"]), given["password"]),
    "bearer": lambda scheme, given: BearerAuth(given["token"]),
    "api_key": lambda scheme, given: ApiKeyAuth(scheme["parameter"], given["value"], scheme["location"]),
    "oauth2_client_credentials": _oauth2,
}

__all__ = ["TAKES", "auth_of"]
