"""What an error answer says of a route: whether the vendor's service gave it, or nobody knew the path."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from trunkline.errors import StatusError

_OWN_KEYS = ("errors", "error", "response_message")


def is_the_vendors(error: StatusError) -> bool:
    """Whether the body has the shape of a vendor's own errors; a web framework's "Not Found" has not."""
    body = error.body
    if isinstance(body, list):
        return any(isinstance(one, dict) and "message" in one for one in body)
    if not isinstance(body, dict) or not error.messages:
        return False
    found = [body[key] for key in _OWN_KEYS if body.get(key)]
    return any(not _is_phrase(value, error.status) for value in found)


def _is_phrase(value: Any, status: int) -> bool:
    """Whether a text says no more than the status does: {"error": "Not Found"}."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        return False
    return isinstance(value, str) and value.strip(" .!").lower() == phrase.lower()


__all__ = ["is_the_vendors"]
