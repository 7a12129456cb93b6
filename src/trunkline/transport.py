"""What carries requests: the `Transport` protocol, its messages, and the one over aiohttp.

    client = idi.Client(..., transport=AiohttpTransport(timeouts=Timeouts(), max_response_bytes=1 << 26))

`AiohttpTransport` is imported at its first use: aiohttp takes two thirds of the time of an import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline._wire.messages import Request, Response, Transport
from trunkline.lazy import attach

if TYPE_CHECKING:
    from trunkline._http.session import AiohttpTransport

__getattr__, _ = attach(__name__, {"AiohttpTransport": "trunkline._http.session"})

__all__ = ["AiohttpTransport", "Request", "Response", "Transport"]
