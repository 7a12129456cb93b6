"""The kind of a vendor's response, and the address of a fuller document that it names."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from typing import Any, Final, Literal
from urllib.parse import quote, urljoin, urlsplit

from attrs import frozen

Kind = Literal["openapi", "collection", "metadata", "redoc", "documenter"]

_SPEC_URL: Final = re.compile(r"Redoc\.init\(\s*(['\"])(?P<url>[^'\"]+)\1")
_METADATA: Final = re.compile(r"/view/metadata/(?P<id>[A-Za-z0-9_-]+)")
_YAML_HEAD: Final = re.compile(r"(?m)^[\"']?(?:openapi|swagger)[\"']?\s*:")
_RENDERED: Final = ("__redoc_state", 'id="operation/', 'id="tag/', "data-section-id")
"""Text of a Redoc page that contains its document."""


@frozen
class Published:
    """The kind of a body. more: the address of a fuller document; whole: worth keeping by itself."""

    kind: Kind
    more: str | None = None
    whole: bool = True


def recognize(body: bytes, url: str) -> Published | None:
    """The kind of a vendor's response; None for anything else, such as a login page."""
    text = body.decode("utf-8-sig", "replace")
    if text.lstrip().startswith("{"):
        try:
            return _of_json(json.loads(text), url)
        except ValueError:
            return None
    if re.match(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head)\b", text, re.IGNORECASE | re.DOTALL):
        return _of_html(text, url)
    return Published("openapi") if _YAML_HEAD.search(text) else None


def collection_url(public_url: str, owner: str, published_id: str) -> str:
    """Where a documenter site serves the collection that it shows (specs/README.md, Fetching)."""
    path = f"api/collections/{quote(owner, safe='')}/{quote(published_id, safe='')}"
    return f"{public_url.rstrip('/')}/{path}?segregateAuth=true&versionTag=latest"


def _of_json(value: Any, url: str) -> Published | None:
    if not isinstance(value, dict):
        return None
    if "openapi" in value or "swagger" in value:
        return Published("openapi")
    inner = value.get("collection")
    # Postman's API wraps a collection in an object, a documentation site does not.
    holder = inner if isinstance(inner, dict) and isinstance(inner.get("info"), dict) else value
    info = holder.get("info")
    if not isinstance(info, dict) or not ({"_postman_id", "schema", "publishedId"} & set(info)):
        return None
    # The site's metadata has the same `info` without the requests; what it names leads on to them.
    if holder.get("item"):
        return Published("collection")
    owner, published = info.get("owner"), info.get("publishedId")
    if not (owner and published):
        return Published("metadata")
    public = info.get("publicUrl") or _origin(url)
    return Published("metadata", collection_url(str(public), str(owner), str(published)))


def _of_html(text: str, url: str) -> Published | None:
    page = _Page()
    page.feed(text)
    published = page.metas.get("publishedid")
    owner = page.metas.get("ownerid") or page.metas.get("owner")
    # A documenter page is a shell that loads its collection by script.
    if published and owner:
        return Published("documenter", collection_url(_origin(url), owner, published), whole=False)
    if found := _METADATA.search(text):
        return Published("documenter", f"{_origin(url)}/view/metadata/{found['id']}", whole=False)
    called = _SPEC_URL.search(text)
    # The attribute and the call are what Redoc itself loads; a download link may be anything, and comes
    # last.
    link = page.spec_url or (html.unescape(called["url"]) if called else None) or page.download
    rendered = any(mark in text for mark in _RENDERED)
    if link is None and not rendered:
        return None
    return Published("redoc", urljoin(url, link) if link else None, whole=rendered)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class _Page(HTMLParser):
    """Collects the few places where a page names its document."""

    def __init__(self) -> None:
        super().__init__()
        self.metas: dict[str, str] = {}
        self.spec_url: str | None = None
        self.download: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "meta" and found.get("name"):
            self.metas[found["name"].lower()] = found.get("content", "")
        elif tag == "redoc":
            self.spec_url = found.get("spec-url") or self.spec_url
        elif tag == "a" and "download" in found and not found.get("href", "").startswith(("blob:", "data:")):
            # The first download link of a Redoc page is "Download OpenAPI specification".
            self.download = self.download or found.get("href") or None
