"""How requests leave this host: proxy, certificates, local address. Given to a client as `network=`.

Client(..., network=Network(proxy="http://proxy.internal:3128", ca_file="/etc/ssl/company.pem"))
"""

from __future__ import annotations

import ipaddress
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from attrs import Attribute, field, frozen

from trunkline.auth.secret import Secret
from trunkline.errors import ConfigError

if TYPE_CHECKING:
    from ssl import SSLContext


def _paths(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


# Settings hold the URL as a Secret, for it may have a password in it.
def _revealed(url: Any) -> Any:
    return url.reveal() if isinstance(url, Secret) else url


# The password becomes a Secret before anything can show the settings.
def _hidden_pair(value: Any) -> Any:
    if isinstance(value, tuple | list) and len(value) == 2 and all(value):
        return (str(value[0]), Secret(value[1]))
    return value


def _least_header_bytes(owner: object, attribute: Attribute[Any], value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1024:
        raise ConfigError("Network.max_header_bytes must be a whole number of at least 1024")


@frozen(kw_only=True)
class Network:
    """How requests leave this host; the same on both ways through aiohttp.

    proxy: URL of an HTTP proxy, "http://proxy.internal:3128"; requests to https addresses go through its
        CONNECT. proxy_auth: user name and password for it, in place of those in the URL.
    trust_env: take the proxy from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, and authorities from
        SSL_CERT_FILE and SSL_CERT_DIR, where the settings here leave them out. Read once, when the client
        connects first: it costs no request anything.
    ca_file: PEM file of certificate authorities to trust in addition to the system's.
    client_cert: PEM file with certificate and key, or a pair of files, for mutual TLS.
    ssl: an `ssl.SSLContext` of your own, in place of `ca_file` and `client_cert`.
    local_address: IP address of this host that connections are made from.
    max_header_bytes: the headers of one response together, at most.
    """

    proxy: str | None = field(
        default=None, converter=_revealed, repr=lambda url: repr(None if url is None else "…")
    )
    proxy_auth: tuple[str, Secret] | None = field(default=None, converter=_hidden_pair, repr=False)
    trust_env: bool = False
    ca_file: str | None = None
    client_cert: str | tuple[str, str] | None = field(default=None, converter=_paths)
    ssl: SSLContext | None = field(default=None, repr=False)
    local_address: str | None = None
    max_header_bytes: int = field(default=256 * 1024, validator=_least_header_bytes)

    def __attrs_post_init__(self) -> None:
        self._hide_credentials_of_the_proxy()
        pair = self.proxy_auth
        if pair is not None and not (isinstance(pair, tuple) and isinstance(pair[1], Secret)):
            raise ConfigError("Network.proxy_auth must be a user name and a password: (user, password)")
        if self.ssl is not None and (self.ca_file is not None or self.client_cert is not None):
            raise ConfigError("Network.ssl replaces ca_file and client_cert; load them into the context")
        if pair is not None and self.proxy is None and not self.trust_env:
            raise ConfigError("Network.proxy_auth has no proxy: give proxy= too, or trust_env=True")
        _check_paths("ca_file", self.ca_file)
        _check_paths("client_cert", self.client_cert)
        if self.local_address is not None:
            _check_address(self.local_address)

    def _hide_credentials_of_the_proxy(self) -> None:
        """Keep user and password apart from the URL, which pickles and `attrs.asdict` show."""
        head, at, host = self.proxy.rpartition("@") if isinstance(self.proxy, str) else ("", "", "")
        scheme, separator, credentials = head.partition("://")
        if not at or not separator or "/" in credentials:
            return
        user, _, password = credentials.partition(":")
        # The class is frozen for its users; this is still its construction.
        object.__setattr__(self, "proxy", f"{scheme}{separator}{host}")
        if self.proxy_auth is None and user:
            object.__setattr__(self, "proxy_auth", (unquote(user), Secret(unquote(password))))


def _check_paths(name: str, value: Any) -> None:
    paths = value if isinstance(value, tuple) else (value,)
    wrong = value is not None and not all(isinstance(path, str | os.PathLike) for path in paths)
    if wrong or (isinstance(value, tuple) and len(value) != 2):
        raise ConfigError(f"Network.{name} must be the path of a PEM file")


def _check_address(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise ConfigError("Network.local_address must be an IP address of this host") from None


__all__ = ["Network"]
