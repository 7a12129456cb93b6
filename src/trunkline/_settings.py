"""The settings that every client passes on to `trunkline.client.BaseClient`, typed for `Unpack`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from trunkline._seam import Transport
    from trunkline.config import Limits, RetryPolicy, Seams, Timeouts
    from trunkline.events import Hook


class Settings(TypedDict, total=False):
    """See `trunkline.client.BaseClient` for what each one does."""

    retry: RetryPolicy | None
    limits: Limits | None
    timeouts: Timeouts | None
    routes: Mapping[str, str] | None
    headers: Mapping[str, str] | None
    hooks: Sequence[Hook]
    drift: bool
    max_response_bytes: int
    transport: Transport | None
    seams: Seams | None
