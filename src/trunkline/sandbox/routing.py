"""From a request line to the operation it names, and from the operation to what carries it out.

The only module that knows how the generated packages describe an endpoint: everything it needs comes from
`trunkline.operation.Operation` values, so a corrected route in a spec also corrects the sandbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import define, field, frozen

from trunkline import apis
from trunkline.operation import Operation
from trunkline.sandbox.config import SandboxConfig
from trunkline.sandbox.faults.rules import LinkForm
from trunkline.sandbox.store.store import Store

Handler = Callable[["Call"], Any]
"""Carries out one operation: returns encoded JSON, something to encode, or None for no content."""


class RefusedError(Exception):
    """A response other than success: status and JSON body in the vendor's own shape."""

    def __init__(
        self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"refused with {status}")
        self.status = status
        self.body = body
        self.headers = headers or {}


@frozen(kw_only=True, eq=False)
class Call:
    """One request, as a handler sees it.

    path: the values of the path parameters in order. query: wire names to texts. repeated: the names that
    were sent more than once, of which `query` has the last text. body: decoded JSON.
    now: Unix seconds of the sandbox's clock. base: scheme, host and port that the client used.
    link, cap: faults of next links and of `$top`, if any hit this request.
    """

    operation: Operation[Any]
    store: Store
    config: SandboxConfig
    now: float
    path: tuple[str, ...] = ()
    query: Mapping[str, str] = field(factory=dict)
    repeated: tuple[str, ...] = ()
    body: Any = None
    user: str = ""
    base: str = ""
    link: LinkForm | None = None
    cap: int | None = None
    url_path: str = ""


@frozen(kw_only=True, eq=False)
class Route:
    """An operation with its handler and the status of its success."""

    operation: Operation[Any]
    handler: Handler | None
    success: int


@define(eq=False)
class _Node:
    fixed: dict[str, _Node] = field(factory=dict)
    variable: _Node | None = None
    routes: dict[str, Route] = field(factory=dict)


class Router:
    """Finds routes by method and path; a fixed segment wins over a parameter at the same place.

    Args:
        operations: of one API. handlers: by operation id.
    """

    def __init__(self, operations: Iterable[Operation[Any]], handlers: Mapping[str, Handler]) -> None:
        self._root = _Node()
        self.routes: list[Route] = []
        for operation in operations:
            route = Route(
                operation=operation, handler=handlers.get(operation.id), success=_success(operation)
            )
            self.routes.append(route)
            node = self._root
            for segment in _segments(operation.path):
                if segment.startswith("{"):
                    node.variable = node.variable or _Node()
                    node = node.variable
                else:
                    # IIS and ASP.NET compare paths without regard to case.
                    node = node.fixed.setdefault(segment.lower(), _Node())
            node.routes[operation.method.upper()] = route

    @property
    def unhandled(self) -> list[str]:
        """Ids of the operations that nothing carries out."""
        return [route.operation.id for route in self.routes if route.handler is None]

    def find(self, method: str, segments: tuple[str, ...]) -> tuple[Route | None, tuple[str, ...], list[str]]:
        """The route, the values of its path parameters, and the methods that the path knows."""
        allowed: list[str] = []
        # A path may fit several routes, such as `service/search` and `service/{id}`; each is tried
        # until one has the method.
        for node, values in self._walk(self._root, segments, ()):
            if method in node.routes:
                return node.routes[method], values, allowed
            allowed += node.routes
        return None, (), allowed

    def _walk(
        self, node: _Node, segments: tuple[str, ...], values: tuple[str, ...]
    ) -> Iterable[tuple[_Node, tuple[str, ...]]]:
        if not segments:
            if node.routes:
                yield node, values
            return
        head, rest = segments[0], segments[1:]
        fixed = node.fixed.get(head.lower())
        if fixed:
            yield from self._walk(fixed, rest, values)
        if node.variable:
            yield from self._walk(node.variable, rest, (*values, head))


def shipped_operations() -> list[Operation[Any]]:
    """Every operation of the registered APIs; the logins are served apart."""
    return [op for api in apis.all_apis() for op in api.packages[0].operations.values()]


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _success(operation: Operation[Any]) -> int:
    # The documented status of success; the vendor's pages show none, so most operations have 200.
    for response in operation.responses:
        if response.status.isdigit() and response.status.startswith("2"):
            return int(response.status)
    return 200


__all__ = ["Call", "Handler", "RefusedError", "Route", "Router", "shipped_operations"]
