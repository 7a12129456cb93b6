"""The base of generated resource classes: a group of operations of one client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from trunkline.bulk.loader import Loader
    from trunkline.client import BaseClient
    from trunkline.odata import FilterField

K = TypeVar("K")


class Resource:
    """Base of the generated resource classes: a group of operations of one client."""

    __slots__ = ("_client",)

    def __init__(self, client: BaseClient) -> None:
        self._client = client

    def loader(self, by: FilterField[Any, K] | str, **settings: Any) -> Loader[K, Any]:
        """Return a `bulk.Loader` that turns many lookups into few requests.

        Args:
            by: a field of one of this resource's searches, `Service.service_number`; or the name of a method
                that takes many keys, `"monitor_bulk"`.
            settings: those of `bulk.Loader`, and further arguments of the search.
        Raises:
            ArgumentError: no method of this resource can be asked so.
        """
        from trunkline.bulk.loader import resource_loader

        return resource_loader(self, self._client, by, settings)


__all__ = ["Resource"]
