"""Next links: resolved, made legal, and refused or rebased where they lead elsewhere. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, unquote, urljoin

from yarl import URL

from trunkline._deferred import frozen
from trunkline.errors import PagingError
from trunkline.lazy import pattern

_LENGTH: Final = 16_384
# What RFC 3986 allows in a URL, and "%" so that what is encoded already stays as it is.
_LEGAL: Final = "!#$%&'()*+,-./:;=?@[]_~"
_CONTROL: Final = pattern(r"[\x00-\x1f\x7f]")
_BAD_PERCENT: Final = pattern(r"%(?![0-9A-Fa-f]{2})")
_SCHEME: Final = pattern(r"[A-Za-z][A-Za-z0-9+.-]*:")  # RFC 3986, section 3.1
_HINT: Final = (
    '; if a gateway stands before the vendor, Client(links="rebase") keeps the path and query of such links '
    "below the base URL"
)


@frozen(kw_only=True)
class LinkRules:
    """Which links of one operation are followed, and how.

    base: the client's base URL. scope: the part of a path that a link must share with it. rebase: whether a
    link that leads elsewhere is followed below the base URL. credentials: keys that go into the
    query, quoted.
    """

    base: URL
    scope: Callable[[str], str]
    rebase: bool = False
    credentials: Mapping[str, str] = MappingProxyType({})

    def url(self, link: str, request: URL, context: str | None) -> URL:
        """The URL of a next link.

        Args:
            request: the URL whose response held the link.
            context: the context URL of the response, where it has one.
        Raises:
            PagingError: the link must not be followed.
        """
        url = resolved(link, request, context)
        if self.rebase:
            url = rebased(url, request, self.base)
        else:
            url = link_url(str(url), request, self.scope, self.scope(self.base.raw_path))
        return with_credentials(url, self.credentials)


def resolved(link: str, request: URL, context: str | None) -> URL:
    """A link as an absolute URL; a relative one is resolved against the context URL, else the request.

    OData JSON 4.01, section 4.3, wants the context URL. A query alone is of the request all the same: its
    context is the metadata document, which has no pages. Behind a gateway the context is of an inner host and
    perhaps of another path; what lies below it is looked for in the request's own path.

    Raises:
        PagingError: it is not a URL, or holds a user name or a dot segment.
    """
    by_request = absolute(link, request)
    text = link.strip()
    if text.startswith(("?", "/")) or _SCHEME.match(text):
        return by_request
    if _ends_as(request, by_request, request):
        # Some services write it from their root and send no context: "Devices(12)/services" of itself.
        return _at(request, request.raw_path, by_request)
    base = None if context is None else _context(context, request)
    if base is None:
        return by_request
    url = absolute(link, base)
    if _origin(base) == _origin(request):
        return url
    return _at(request, request.raw_path if _ends_as(request, url, base) else url.raw_path, url)


def _ends_as(request: URL, url: URL, base: URL) -> bool:
    """Whether the request's path ends with what the URL has below the folder of its base."""
    folder = base.raw_path.rpartition("/")[0] + "/"
    below = url.raw_path.removeprefix(folder)
    return below != url.raw_path and request.raw_path.endswith(f"/{below}")


def _at(request: URL, path: str, url: URL) -> URL:
    """A path on the request's server, with the query of a URL."""
    return URL.build(
        scheme=request.scheme,
        authority=request.raw_authority,
        path=path,
        query_string=url.raw_query_string,
        encoded=True,
    )


def _context(text: str, request: URL) -> URL | None:
    try:
        return absolute(text, request)
    except PagingError:
        return None  # no base to go by


def absolute(link: str, base: URL) -> URL:
    """A link as an absolute URL, changed only where it holds characters that no URL may hold.

    Raises:
        PagingError: it is not a URL, or holds a user name or a dot segment.
    """
    # A line break in a URL would end the request line and start a header of the response's choice.
    if len(link) > _LENGTH or _CONTROL.search(link):
        raise PagingError("the next link is not a URL")
    text = quote(_BAD_PERCENT.sub("%25", link.strip().replace("\\", "%5C")), safe=_LEGAL)
    url: URL | None = None
    try:
        # `encoded=True`: yarl would decode and requote the link, and turn spaces into "+", which is
        # another value to the vendor.
        url = URL(text, encoded=True)
        if not url.scheme:
            url = URL(urljoin(str(base), text), encoded=True)
        _origin(url)
    except (ValueError, TypeError):
        url = None  # the error is not chained: its text contains the link
    if url is None or not url.raw_host:
        raise PagingError("the next link is not a URL")
    # `https://vendor@attacker/` has the host "attacker"; to a reader it looks like the vendor.
    if url.raw_user or url.raw_password:
        raise PagingError("the next link holds a user name or a password; it is not followed")
    path = unquote(url.raw_path)
    # "..;x" and ".. " are dot segments to some servers.
    if any(part.partition(";")[0].strip() in (".", "..") for part in path.replace("\\", "/").split("/")):
        raise PagingError("the next link holds a dot segment")
    return url.with_fragment(None) if url.raw_fragment else url


def _origin(url: URL) -> tuple[str, str, int | None]:
    return url.scheme.lower(), (url.raw_host or "").lower(), url.port


def link_url(link: str, base: URL, scope: Callable[[str], str], scoped: str) -> URL:
    """The URL of a next link, if it leads to the server and the environment of `base`.

    Args:
        base: a relative link is resolved against it.
        scope: the part of a path that must equal `scoped`.
    Raises:
        PagingError: another scheme, host, port or environment, a dot segment, or no URL at all.
    """
    url = absolute(link, base)
    # The credentials go with every page. A response that was forged or misconfigured must not send
    # them to another server.
    if _origin(url) != _origin(base):
        raise PagingError(
            "the next link leads to another scheme, host or port; credentials are not sent there" + _HINT
        )
    # The environment is part of the path at IDI: a link into another one would read another company's
    # data with this login.
    if scope(url.raw_path) != scoped:
        raise PagingError("the next link leads out of this client's environment" + _HINT)
    return url


def rebased(link: URL, request: URL, base: URL) -> URL:
    """A link of another origin or prefix, below the base URL, with its path and query.

    A gateway may have added or replaced the prefix of a path, so what the link's path shares with the
    request's, counted from its end, or with the base's, is not doubled.
    """
    prefix = base.raw_path.rstrip("/")
    path = link.raw_path
    own = request.raw_path.removeprefix(prefix)
    if own.strip("/") and (path == own or path.endswith(own)):
        path = request.raw_path
    elif not (path + "/").startswith(prefix + "/"):
        path = _joined(prefix, path)
    return URL.build(
        scheme=base.scheme,
        authority=base.raw_authority,
        path=path,
        query_string=link.raw_query_string,
        encoded=True,
    )


def _joined(prefix: str, path: str) -> str:
    """The prefix and the path, the longest end of the one that begins the other taken once."""
    ends, starts = prefix.strip("/").split("/"), path.strip("/").split("/")
    for count in range(min(len(ends), len(starts)), 0, -1):
        if ends[-count:] == starts[:count]:
            starts = starts[count:]
            break
    return "/".join(["", *filter(None, ends), *starts])


def with_credentials(url: URL, credentials: Mapping[str, str]) -> URL:
    """The link with the keys that go into the query, where it lacks them.

    It leads to the server that credentials in a header go to as well. A link that has such a name of its own
    stays as it is.

    Args:
        credentials: quoted values by quoted name.
    """
    if not credentials:
        return url
    has = {unquote(pair.partition("=")[0]) for pair in url.raw_query_string.split("&")}
    missing = [f"{name}={value}" for name, value in credentials.items() if unquote(name) not in has]
    if not missing:
        return url
    sign = "&" if url.raw_query_string else "?"
    return URL(str(url).removesuffix("?") + sign + "&".join(missing), encoded=True)


__all__ = ["LinkRules", "absolute", "link_url", "rebased", "resolved", "with_credentials"]
