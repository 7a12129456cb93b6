"""Base URLs of documents: the parts that may go into a package."""

from __future__ import annotations

import re
from typing import Final

_USER: Final = re.compile(r"^(\w*:?//)[^/?#@]*@")
_HTTP: Final = re.compile(r"http://(\[[^\]]*\]|[^/:?#]*)", re.IGNORECASE)


def without_user(url: str) -> str:
    """The URL without the user name and password before its host: no credential of a document is copied."""
    return _USER.sub(r"\1", url)


def is_plain_http(url: str) -> bool:
    """Whether a URL is http and not of this machine: the client refuses to send credentials there."""
    match = _HTTP.match(url)
    # Traffic to the loopback interface never leaves the machine; test servers and the sandbox have no
    # certificate.
    return match is not None and match.group(1) not in ("localhost", "127.0.0.1", "[::1]")
