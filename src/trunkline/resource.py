"""The base of generated resource classes: a group of operations of one client."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from trunkline.operation import warn_of_former_name

if TYPE_CHECKING:
    from trunkline.client import BaseClient

K = TypeVar("K")
"""The keys of the loaders that generated resources have."""
Method = TypeVar("Method", bound=Callable[..., Any])


class Resource:
    """Base of the generated resource classes: a group of operations of one client."""

    __slots__ = ("_client",)

    def __init__(self, client: BaseClient) -> None:
        self._client = client


def renamed(former: str, now: str, method: Method) -> Method:
    """The method under its former name: the same to call and to a type checker, with a DeprecationWarning.

    former, now: the names below the client, "connections.sim_change".
    """

    # Also for inspection and type checkers: the former name shows the signature and
    # documentation of the present one.
    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        warn_of_former_name(former, now, stacklevel=2)
        return method(*args, **kwargs)

    return cast(Method, call)


__all__ = ["K", "Resource", "renamed"]
