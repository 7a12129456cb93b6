"""Async client for the Abzorb and IDI CostGuard telecom back offices.

    from trunkline import BasicAuth, abzorb, bulk, idi

Every name of `__all__` is imported at its first use, so that importing this package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trunkline.lazy import attach

if TYPE_CHECKING:
    from trunkline import abzorb, bulk, errors, events, idi, odata, sandbox, testing
    from trunkline._codec.codec import from_wire, to_wire
    from trunkline.auth import (
        ApiKeyAuth,
        Auth,
        BasicAuth,
        BearerAuth,
        OAuth2ClientCredentials,
        Secret,
        SwtAuth,
    )
    from trunkline.client import BaseClient, Page, Pager
    from trunkline.config import Limits, RequestOptions, ResponseInfo, RetryPolicy, Timeouts, TimeSource
    from trunkline.errors import NotFoundError, StatusError, TransportError, TrunklineError
    from trunkline.jsonpatch import Patch
    from trunkline.model import UNSET, Model, Unset, is_set
    from trunkline.network import Network
    from trunkline.operation import Operation

__version__ = "0.1.0"
"""The version of this package; the wheel is built with it."""

_HOMES: Final = {
    "trunkline._codec.codec": ("from_wire", "to_wire"),
    "trunkline.auth": (
        "ApiKeyAuth",
        "Auth",
        "BasicAuth",
        "BearerAuth",
        "OAuth2ClientCredentials",
        "Secret",
        "SwtAuth",
    ),
    "trunkline.client": ("BaseClient", "Page", "Pager"),
    "trunkline.config": ("Limits", "RequestOptions", "ResponseInfo", "RetryPolicy", "TimeSource", "Timeouts"),
    "trunkline.errors": ("NotFoundError", "StatusError", "TransportError", "TrunklineError"),
    "trunkline.jsonpatch": ("Patch",),
    "trunkline.model": ("UNSET", "Model", "Unset", "is_set"),
    "trunkline.network": ("Network",),
    "trunkline.operation": ("Operation",),
}
_MODULES: Final = (
    "abzorb",
    "apis",
    "auth",
    "bulk",
    "config",
    "errors",
    "events",
    "hooks",
    "idi",
    "jsonpatch",
    "model",
    "network",
    "odata",
    "operation",
    "sandbox",
    "testing",
    "transport",
)
__getattr__, _ = attach(__name__, {name: home for home, names in _HOMES.items() for name in names}, _MODULES)


def __dir__() -> list[str]:
    return sorted({*__all__, *_MODULES})


__all__ = [
    "UNSET",
    "ApiKeyAuth",
    "Auth",
    "BaseClient",
    "BasicAuth",
    "BearerAuth",
    "Limits",
    "Model",
    "Network",
    "NotFoundError",
    "OAuth2ClientCredentials",
    "Operation",
    "Page",
    "Pager",
    "Patch",
    "RequestOptions",
    "ResponseInfo",
    "RetryPolicy",
    "Secret",
    "StatusError",
    "SwtAuth",
    "TimeSource",
    "Timeouts",
    "TransportError",
    "TrunklineError",
    "Unset",
    "__version__",
    "abzorb",
    "bulk",
    "errors",
    "events",
    "from_wire",
    "idi",
    "is_set",
    "odata",
    "sandbox",
    "testing",
    "to_wire",
]
