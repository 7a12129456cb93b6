"""One conditional GET over https, limited in size, that goes to no other host without permission."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.request
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from attrs import field, frozen

from codegen.errors import UnusableError

MAX_BYTES: Final = 64 * 1024 * 1024
_TIMEOUT: Final = 60.0
_REDIRECTS: Final = 10
_CHUNK: Final = 64 * 1024
_MOVED: Final = frozenset({301, 302, 303, 307, 308})


class FetchError(UnusableError):
    """Nothing usable was fetched; the text states the reason and what to do."""


class OtherHostError(FetchError):
    """The next address is on a host that nobody has allowed."""

    def __init__(self, origin: str, target: str) -> None:
        host = urlsplit(target).netloc
        super().__init__(
            f"{origin} leads to {target}, another host; to go there, repeat with --follow {host}"
        )


@frozen
class Downloaded:
    """One response. body: None for 304 (the local copy is current); validators: for the next request."""

    url: str
    body: bytes | None
    validators: Mapping[str, str]


@frozen(kw_only=True)
class Downloader:
    """How to fetch.

    proxy: URL of a proxy, with its credentials if it needs some; without one the environment's
        HTTPS_PROXY and NO_PROXY count. ca_file: certificates to trust in addition to the system's.
    follow: hosts that redirects and links may lead to, as `host` or `host:port`.
    """

    proxy: str | None = None
    ca_file: Path | None = None
    follow: frozenset[str] = frozenset()
    max_bytes: int = MAX_BYTES
    timeout: float = field(default=_TIMEOUT)

    def may_follow(self, origin: str, target: str) -> bool:
        """Whether a link from one address to another may be followed: the same host, or one allowed."""
        here, there = urlsplit(origin), urlsplit(target)
        # With the port: another port may be another service.
        return here.netloc == there.netloc or there.netloc in self.follow or there.hostname in self.follow

    def get(self, url: str, validators: Mapping[str, str] | None = None) -> Downloaded:
        """Fetch an address. validators: ETag and Last-Modified of the local copy.

        Raises:
            FetchError: not https, a refused host, an error status, a body above the limit, no connection.
        """
        opener = self._opener()
        headers = _conditions(validators or {})
        for _ in range(_REDIRECTS):
            check_address(url)
            try:
                response = opener.open(urllib.request.Request(url, headers=headers), timeout=self.timeout)  # noqa: S310
            except urllib.error.HTTPError as error:
                with error:
                    # urllib raises for every status but 2xx, 304 included (RFC 9110, section 15.4.5).
                    if error.code == 304:
                        return Downloaded(url, None, dict(validators or {}))
                    if error.code not in _MOVED:
                        raise FetchError(_refusal(url, error)) from None
                    url = self._next(url, error.headers.get("Location"))
                    continue
            except (OSError, http.client.HTTPException) as error:
                raise FetchError(_unreachable(url, error)) from None
            with response:
                return Downloaded(url, self._body(url, response), _validators(response.headers))
        raise FetchError(f"{url}: more than {_REDIRECTS} redirects")

    def _next(self, url: str, location: str | None) -> str:
        if not location:
            raise FetchError(f"{url}: a redirect without an address")
        target = urljoin(url, location)
        check_address(target)
        if not self.may_follow(url, target):
            raise OtherHostError(url, target)
        return target

    def _opener(self) -> urllib.request.OpenerDirector:
        context = ssl.create_default_context()
        if self.ca_file is not None:
            context.load_verify_locations(self.ca_file)
        proxies = None if self.proxy is None else {"https": self.proxy}
        return urllib.request.build_opener(
            urllib.request.ProxyHandler(proxies), urllib.request.HTTPSHandler(context=context), _NoRedirects()
        )

    def _body(self, url: str, response: Any) -> bytes:
        """Read to the end, and hold at most `max_bytes`, also after decompression."""
        # wbits 47 accepts a gzip or a zlib header. A few kilobytes may expand to gigabytes, so each
        # chunk is inflated under the limit.
        inflate = zlib.decompressobj(wbits=47) if response.headers.get("Content-Encoding") == "gzip" else None
        body = bytearray()
        try:
            while chunk := response.read(_CHUNK):
                body += chunk if inflate is None else inflate.decompress(chunk, self.max_bytes + 1)
                if len(body) > self.max_bytes or (inflate is not None and inflate.unconsumed_tail):
                    raise FetchError(
                        f"{url}: larger than {self.max_bytes:,} bytes; --max-bytes raises the cap"
                    )
            # `read(n)` of http.client returns what came when a connection breaks off, without an error.
            expected = response.headers.get("Content-Length")
        except (OSError, http.client.HTTPException, zlib.error) as error:
            raise FetchError(f"{url}: the response broke off ({type(error).__name__}); try again") from None
        short = expected is not None and expected.isdigit() and len(body) < int(expected)
        if (inflate is None and short) or (inflate is not None and not inflate.eof):
            raise FetchError(f"{url}: the response broke off after {len(body):,} bytes; try again")
        return bytes(body)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Returns redirects to the caller, who checks the target before following it."""

    def redirect_request(self, *_: Any) -> None:
        """None makes the opener raise the redirect as an HTTPError."""
        return


def check_address(url: str) -> None:
    """Raise FetchError unless it is an https address without credentials."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None or parts.scheme.lower() != "https":
        raise FetchError(f"{url}: only https:// addresses are fetched")
    # They would be kept in the file of the last fetch.
    if parts.username is not None or parts.password is not None:
        raise FetchError(f"an address of {host} holds credentials; leave them out")


def _conditions(validators: Mapping[str, str]) -> dict[str, str]:
    # A name of its own, by which a vendor can tell in its logs who asks.
    headers = {"User-Agent": "trunkline-codegen", "Accept": "*/*", "Accept-Encoding": "gzip"}
    if "etag" in validators:
        headers["If-None-Match"] = validators["etag"]
    if "last_modified" in validators:
        headers["If-Modified-Since"] = validators["last_modified"]
    return headers


def _validators(headers: Any) -> dict[str, str]:
    found = {"etag": headers.get("ETag"), "last_modified": headers.get("Last-Modified")}
    return {key: value for key, value in found.items() if value}


def _refusal(url: str, error: urllib.error.HTTPError) -> str:
    advice = {
        401: "it asks for a login: save the document in a browser instead",
        403: "it refuses this address or client: save the document in a browser instead",
        404: "the page may have moved: look for its new address in a browser",
        407: "the proxy asks for credentials: --proxy https://user:password@host:port",
        429: "too many requests: wait and try again",
    }
    return f"{url}: status {error.code}; {advice.get(error.code, 'try again later')}"


def _unreachable(url: str, error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"{url}: its certificate is not trusted ({reason.verify_message}); --ca-file FILE adds a CA"
    if isinstance(reason, TimeoutError):
        return f"{url}: no response in time; is a proxy needed (--proxy, HTTPS_PROXY)?"
    return f"{url}: cannot be reached ({reason}); is a proxy needed (--proxy, HTTPS_PROXY)?"
