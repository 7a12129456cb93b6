"""What a misbehaving vendor sends instead of a response; many of these after the work was done."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.utils import formatdate
from typing import Any, Literal

from tests.reliability.vendor_double import Asked, Vendor, Wire
from tests.runtime_doubles import http


def status(line: str, *headers: str, carried: bool = False, body: bytes = b"{}") -> Any:
    def strike(vendor: Vendor, asked: Asked) -> Wire:
        if carried:  # the worst case: the work was done and only the response says otherwise
            vendor.carry_out(asked)
        return Wire(http(line, body, *headers))

    return strike


def dated(vendor: Vendor, asked: Asked) -> Wire:
    date = formatdate(1e9 + vendor.clock.now + 30, usegmt=True)
    return Wire(http("429 Too Many Requests", b"{}", f"Retry-After: {date}"))


def burst(line: str, until: float, *headers: str) -> Any:
    def strike(vendor: Vendor, asked: Asked) -> Wire | None:
        if vendor.clock.now >= until:
            return None
        vendor.carry_out(asked)
        return Wire(http(line, b"{}", *headers))

    return strike


def cut(then: Literal["close", "reset", "keep"], part: float) -> Any:
    """The operation is carried out; a part of the response arrives and the connection ends, or hangs."""

    def strike(vendor: Vendor, asked: Asked) -> Wire:
        vendor.carry_out(asked)
        data = vendor.good(asked)
        head = data.index(b"\r\n\r\n") + 4
        keep = 0 if part == 0 else head + int((len(data) - head) * part)
        return Wire(data[:keep], then)

    return strike


def body(content_type: str, make: Callable[[bytes], bytes]) -> Any:
    """A good response, carried out, with another body or content type."""

    def strike(vendor: Vendor, asked: Asked) -> Wire:
        vendor.carry_out(asked)
        good = vendor.good(asked).partition(b"\r\n\r\n")[2]
        return Wire(http("200 OK", make(good), f"Content-Type: {content_type}"))

    return strike


def refusal(vendor: Vendor, asked: Asked) -> Wire:
    return Wire(http("200 OK", b'{"response_message": "the device is not yours"}'))


def plain(body: bytes) -> bytes:
    return json.dumps(json.loads(body), ensure_ascii=False).encode()


def revoked(vendor: Vendor, asked: Asked) -> Wire | None:
    vendor.revoke()
    return Wire(http("401 Unauthorized", b"{}"))


def linking(link: Callable[[Vendor, Asked], str | None]) -> Any:
    def page(vendor: Vendor, asked: Asked) -> dict[str, Any]:
        found = vendor.linked(asked)
        if "@odata.nextLink" in found:
            found["@odata.nextLink"] = link(vendor, asked)
        return found

    return page


def relative(vendor: Vendor, asked: Asked) -> str:
    return f"devices?$skiptoken={asked.skip + vendor.page_size}"


def unescaped(vendor: Vendor, asked: Asked) -> str:
    query = f"$filter=name eq 'a b'&$skiptoken={asked.skip + vendor.page_size}"
    return f"{vendor.url}{vendor.path(asked)}?{query}"


def repeated(vendor: Vendor, asked: Asked) -> dict[str, Any]:
    found = vendor.linked(asked)
    found["@odata.nextLink"] = f"{vendor.url}{vendor.path(asked)}?$skiptoken={vendor.page_size}"
    return found


def hollow(vendor: Vendor, asked: Asked) -> dict[str, Any]:
    """Pages of rows alternate with empty pages that have a link."""
    found = vendor.linked(asked)
    if asked.skip == vendor.page_size and "detour" not in asked.target:
        found["value"] = []
        found["@odata.nextLink"] = f"{vendor.url}{vendor.path(asked)}?$skiptoken={asked.skip}&detour=1"
    return found


def counted(count: int, *, links: bool) -> Any:
    def page(vendor: Vendor, asked: Asked) -> dict[str, Any]:
        found = vendor.linked(asked) if links else {"value": vendor.slice(asked)}
        return {"@odata.count": count, **found}

    return page
