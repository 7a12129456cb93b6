"""Async client for the Abzorb and IDI CostGuard telecom back offices.

    from trunkline import BasicAuth, abzorb, bulk, idi

What stands in `__all__` is imported at its first use, so that importing this package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from trunkline import abzorb, bulk, errors, events, idi, odata, sandbox, testing
    from trunkline._codec import from_wire, to_wire
    from trunkline.auth import (
        ApiKeyAuth,
        Auth,
        BasicAuth,
        BearerAuth,
        OAuth2ClientCredentials,
        Secret,
        SwtAuth,
    )
    from trunkline.client import BaseClient, Page, Pager, RequestOptions
    from trunkline.config import Limits, RetryPolicy, Seams, Timeouts
    from trunkline.errors import NotFoundError, StatusError, TransportError, TrunklineError
    from trunkline.jsonpatch import Patch
    from trunkline.model import UNSET, Model, Unset
    from trunkline.operation import Operation

_HOMES: Final = {
    "trunkline._codec": ("from_wire", "to_wire"),
    "trunkline.auth": (
        "ApiKeyAuth",
        "Auth",
        "BasicAuth",
        "BearerAuth",
        "OAuth2ClientCredentials",
        "Secret",
        "SwtAuth",
    ),
    "trunkline.client": ("BaseClient", "Page", "Pager", "RequestOptions"),
    "trunkline.config": ("Limits", "RetryPolicy", "Seams", "Timeouts"),
    "trunkline.errors": ("NotFoundError", "StatusError", "TransportError", "TrunklineError"),
    "trunkline.jsonpatch": ("Patch",),
    "trunkline.model": ("UNSET", "Model", "Unset"),
    "trunkline.operation": ("Operation",),
}
_MODULES: Final = frozenset({"abzorb", "bulk", "errors", "events", "idi", "odata", "sandbox", "testing"})
_HOME: Final = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"trunkline.{name}")
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'trunkline' has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = [
    "UNSET",
    "ApiKeyAuth",
    "Auth",
    "BaseClient",
    "BasicAuth",
    "BearerAuth",
    "Limits",
    "Model",
    "NotFoundError",
    "OAuth2ClientCredentials",
    "Operation",
    "Page",
    "Pager",
    "Patch",
    "RequestOptions",
    "RetryPolicy",
    "Seams",
    "Secret",
    "StatusError",
    "SwtAuth",
    "Timeouts",
    "TransportError",
    "TrunklineError",
    "Unset",
    "abzorb",
    "bulk",
    "errors",
    "events",
    "from_wire",
    "idi",
    "odata",
    "sandbox",
    "testing",
    "to_wire",
]
