"""The base of generated resource classes: a group of operations of one client."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from trunkline.client import BaseClient

K = TypeVar("K")
"""The keys of the loaders that generated resources have."""


class Resource:
    """Base of the generated resource classes: a group of operations of one client."""

    __slots__ = ("_client",)

    def __init__(self, client: BaseClient) -> None:
        self._client = client


__all__ = ["K", "Resource"]
