"""A 404 that may mean a wrong route: not in the vendor's own words, and the route is inferred. No I/O."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from trunkline.operation import Operation

_OWN_KEYS: Final = ("errors", "error", "response_message")


def is_vendor_error(body: Any, status: int) -> bool:
    """Whether a body has the shape of a vendor's own errors.

    A web framework that knows no such path sends text, HTML, or JSON that repeats the status only:
    {"error": "Not Found"}, {"Message": "No HTTP resource was found …"}.
    """
    if isinstance(body, list):
        return any(isinstance(one, dict) and bool(one.get("message")) for one in body)
    if not isinstance(body, dict):
        return False
    return any(body.get(key) and not _is_phrase(body[key], status) for key in _OWN_KEYS)


def _is_phrase(value: Any, status: int) -> bool:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        return False
    return isinstance(value, str) and value.strip(" .!").lower() == phrase.lower()


def may_be_wrong(op: Operation[Any], status: int, body: Any) -> bool:
    """Whether a response suggests that the operation's route, which nobody documented, is not the
    vendor's."""
    return status == 404 and op.provenance.route == "inferred" and not is_vendor_error(body, status)


def advice(op: Operation[Any]) -> str:
    """State that the route is a guess, where it comes from, and how to correct it."""
    source = f" ({op.source})" if op.source else ""
    route = f"{op.method} /…"
    return (
        f"the route {op.method} {op.path} is inferred, not documented{source}, and may be wrong; correct it "
        f'in trunkline.toml, by --route {op.id}="{route}" or with Client(routes={{"{op.id}": "{route}"}})'
    )


__all__ = ["advice", "is_vendor_error", "may_be_wrong"]
