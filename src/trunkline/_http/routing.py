"""What a `Network` means for aiohttp: the TLS context, and the proxy of each address."""

from __future__ import annotations

import contextlib
import ssl
import urllib.request
from pathlib import Path
from typing import Any

from multidict import CIMultiDict
from yarl import URL

from trunkline._deferred import frozen
from trunkline.auth.fixed import basic_text
from trunkline.auth.secret import Secret
from trunkline.errors import ConfigError
from trunkline.network import Network


@frozen(repr=False)
class Proxy:
    """A proxy for one address. headers: those of the request to the proxy itself."""

    url: URL
    headers: CIMultiDict[str]


def tls_context(network: Network) -> ssl.SSLContext | bool:
    """The TLS context; True for aiohttp's own.

    Raises:
        ConfigError: a file cannot be read or is not what it should be.
    """
    if network.ssl is not None:
        return network.ssl
    if network.ca_file is None and network.client_cert is None and not network.trust_env:
        return True
    # A fresh context reads SSL_CERT_FILE and SSL_CERT_DIR now; aiohttp's read them when it was imported.
    context = ssl.create_default_context()
    if network.ca_file is not None:
        _load("ca_file", network.ca_file, lambda: context.load_verify_locations(cafile=network.ca_file))
    if network.client_cert is not None:
        pair = network.client_cert
        file, key = pair if isinstance(pair, tuple) else (pair, None)
        # The callback replaces OpenSSL's own, which would ask for the password on the
        # terminal and block a server.
        _load("client_cert", file, lambda: context.load_cert_chain(file, key, _no_password))
    return context


def _no_password() -> str:
    raise ConfigError(
        "Network.client_cert has an encrypted key; decrypt it, or give a context as Network(ssl=…)"
    )


def _load(name: str, path: Any, load: Any) -> None:
    problem = ""
    try:
        load()
    except FileNotFoundError:
        problem = "there is no such file"
    except ssl.SSLError:
        problem = "it holds no usable PEM" + (
            " certificate and key" if name == "client_cert" else " certificate"
        )
    except OSError as error:
        problem = error.strerror or "it cannot be read"
    if problem:
        raise ConfigError(f"Network.{name} {Path(path).name}: {problem}")


class Proxies:
    """The proxy of each address, looked up once: the settings' own, else the environment's."""

    def __init__(self, network: Network) -> None:
        self._fixed = None if network.proxy is None else _address("Network.proxy", network.proxy)
        self._auth = network.proxy_auth
        self._environ: dict[str, str] = {}
        if network.trust_env and network.proxy is None:
            # The environment alone: `getproxies` would also read the system settings of macOS and Windows.
            self._environ = urllib.request.getproxies_environment()
        self._found: dict[tuple[str, str], Proxy | None] = {}

    def __bool__(self) -> bool:
        return self._fixed is not None or bool(self._environ)

    def of(self, url: URL) -> Proxy | None:
        """The proxy for a URL, None for none."""
        key = (url.scheme, url.raw_authority)
        if key not in self._found:
            self._found[key] = self._look_up(url)
        return self._found[key]

    def _look_up(self, url: URL) -> Proxy | None:
        proxy, auth = self._fixed, self._auth
        if proxy is None:
            text = self._environ.get(url.scheme) or self._environ.get("all")
            host = url.raw_host or ""
            bypassed = any(_bypassed(name, self._environ) for name in (host, f"{host}:{url.port}"))
            if not text or bypassed:
                return None
            proxy = _address(f"{url.scheme.upper()}_PROXY", text if "://" in text else f"http://{text}")
        if auth is None and proxy.user is not None:
            auth = (proxy.user, Secret(proxy.password or ""))
        # The Host is set here already: aiohttp would add it and, by that, change the connection's key.
        headers = CIMultiDict({"Host": url.host_port_subcomponent or ""})
        if auth is not None:
            headers["Proxy-Authorization"] = basic_text(*auth)
        # The credentials move into a header, so that no URL with a password is left to be shown.
        return Proxy(proxy.with_user(None), headers)


def _bypassed(host: str, environ: dict[str, str]) -> bool:
    return bool(urllib.request.proxy_bypass_environment(host, environ))  # type: ignore[attr-defined]


def _address(name: str, text: str) -> URL:
    url: URL | None = None
    with contextlib.suppress(ValueError):  # not chained: the text may hold a password
        url = URL(text)
    if url is None or url.scheme not in ("http", "https") or not url.host or url.path not in ("", "/"):
        raise ConfigError(f"{name} must be an HTTP proxy's address: http://host:port")
    return url.with_path("")


__all__ = ["Proxies", "Proxy", "tls_context"]
