"""Where requests may go: the addresses that settings give, checked. No I/O."""

from __future__ import annotations

from typing import Any, Final

from yarl import URL

from trunkline.errors import ConfigError
from trunkline.operation import Operation

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def checked_base_url(text: str) -> URL:
    """The base URL of a client: like `checked_url`, and without a query.

    Raises:
        ConfigError: it is not such a URL.
    """
    url = checked_url("base_url", text)
    if url.raw_query_string:
        raise ConfigError("base_url must not hold a query or a fragment")
    return url


def checked_url(name: str, text: str) -> URL:
    """The URL that a setting gives, if credentials may be sent there.

    Raises:
        ConfigError: not an https URL (http is for loopback only), or one with user name or fragment.
    """
    url = None
    try:
        url = URL(text)
        host, port = url.host, url.port
    except (ValueError, TypeError):
        url = None  # the error is not chained: its text may hold a password
    if url is None:
        raise ConfigError(f"{name} is not a URL; write https://host[:port]/path")
    if url.scheme not in ("http", "https") or not host or not port or any(map(str.isspace, host)):
        raise ConfigError(f"{name} must be a full URL: https://host[:port]/path")
    # Abzorb redirects plain http, after the credentials were already sent in clear. So http is refused
    # before anything is sent.
    if url.scheme == "http" and host not in LOOPBACK:
        raise ConfigError(
            f"{name} must be https: over http the credentials would be readable (loopback excepted)"
        )
    if url.raw_user or url.raw_password:
        raise ConfigError(f"{name} must not hold a user name or password: they are settings of their own")
    if url.raw_fragment:
        raise ConfigError(f"{name} must not hold a query or a fragment")
    return url


def base_of(op: Operation[Any], base: URL) -> URL:
    """The base URL of an operation: its own (OpenAPI 3.1, 4.8.10), where the client has the document's.

    Raises:
        ConfigError: its own is one that credentials must not be sent to.
    """
    own = op.server
    if own is None:
        return base
    if own.instead_of:
        same = any(_is_same(base, other) for other in own.instead_of)
    else:
        # A server entry of the document must not lead a client of the sandbox to the
        # vendor's production system.
        same = base.host not in LOOPBACK
    if not same:
        return base
    if own.url.startswith("/"):
        return checked_base_url(str(base.origin()) + own.url)
    return checked_base_url(own.url)


def _is_same(base: URL, other: str) -> bool:
    if other.startswith("/"):
        return base.raw_path.rstrip("/") == other.rstrip("/")
    return str(base).rstrip("/") == other.rstrip("/")


__all__ = ["LOOPBACK", "base_of", "checked_base_url", "checked_url"]
