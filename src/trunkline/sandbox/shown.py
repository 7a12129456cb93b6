"""Recorded requests as people may see them: on the page, under `/sandbox/`, in a test's failure."""

from __future__ import annotations

import functools
from importlib import import_module
from typing import Any

from trunkline import apis
from trunkline._codec.annotations import is_model, model_fields
from trunkline._masking.text import mask
from trunkline._masking.values import masked
from trunkline.sandbox.reading import read_json
from trunkline.sandbox.record import SentRequest


def shown_url(url: str) -> str:
    """Path and query with numbers and secrets masked."""
    return mask(url)


def shown_request(sent: SentRequest, *, hidden: bool = True) -> dict[str, Any]:
    """Address, headers and body of a request as JSON.

    Args:
        hidden: whether numbers, secrets and personal data are shown as `***`; Authorization always is.
    """
    body = shown_body(sent.body)
    if not hidden:
        return {"url": sent.url, "headers": dict(sent.headers), "body": body}
    headers = {
        # The record kept the scheme of Authorization alone.
        name: value if name.lower() == "authorization" else masked(value, name=name)
        for name, value in sent.headers.items()
    }
    return {
        "url": shown_url(sent.url),
        "headers": headers,
        "body": masked(body, names=marked_names(sent.api)),
    }


def shown_body(body: bytes) -> Any:
    """The value of a JSON body, None for none; what cannot be read as JSON is shown as text."""
    try:
        return read_json(body) if body else None
    except ValueError:
        return body.decode(errors="replace")


# The models of an API do not change while the program runs.
@functools.cache
def marked_names(api: str) -> frozenset[str]:
    """Wire names that the spec of an API marks as sensitive, of its models and of its parameters."""
    found: set[str] = set()
    operations = apis.get(api).operations.values() if api in apis.names() else ()
    for operation in operations:
        params = (*operation.path_params, *operation.query_params, *operation.header_params)
        found |= {param.wire for param in params if param.sensitive}
    for namespace in {operation.namespace for operation in operations}:
        for model in vars(import_module(namespace)).values():
            if is_model(model):
                found |= {field.wire for field in model_fields(model) if field.sensitive}
    return frozenset(found)


__all__ = ["marked_names", "shown_body", "shown_request", "shown_url"]
