"""What an operation exchanges, the same for Swagger 2.0 and OpenAPI 3: parameters, bodies, responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from attrs import field, frozen

from codegen.ir import AuthIR, ServerTemplate
from codegen.read.source.node import Node


@frozen(kw_only=True)
class RawParameter:
    """One parameter. entry: where the operation lists it; node: its definition; json: sent as JSON text."""

    entry: Node
    node: Node
    name: str
    location: str
    required: bool
    schema: Node
    style: str
    explode: bool
    allow_reserved: bool = False
    json: bool = False


@frozen(kw_only=True)
class RawContent:
    """One media type of a body or response. form: Swagger 2.0's formData parameters, instead of a schema."""

    media_type: str
    schema: Node
    node: Node
    form: tuple[RawParameter, ...] = ()


@frozen(kw_only=True)
class RawBody:
    """A request body with all its media types."""

    node: Node
    contents: tuple[RawContent, ...]
    required: bool
    description: str = ""


@frozen(kw_only=True)
class RawHeader:
    """One header of a response. json: written as JSON text; joined: whether commas join its lists."""

    name: str
    node: Node
    schema: Node
    json: bool = False
    joined: bool = True


@frozen(kw_only=True)
class RawResponse:
    """A response with all its media types; none means no content."""

    node: Node
    status: str
    contents: tuple[RawContent, ...]
    description: str = ""


@frozen(kw_only=True)
class RawOperation:
    """An operation of a path.

    path_item: the path's own object, for what its operations share. query: query parameters that the text of
        the path names, with the value that it fixes.
    """

    node: Node
    path_item: Node
    path: str
    http_method: str
    operation_id: str = field(default="")
    query: tuple[tuple[str, str | None], ...] = ()


# Two readers behind one interface, instead of converting 2.0 to 3: a converted document would lose the
# lines and pointers that findings need.
class Dialect(Protocol):
    """What differs between the versions of the format."""

    def components(self) -> Node:
        """The container of named schemas."""
        ...

    def parameters(self, operation: RawOperation) -> Iterator[RawParameter]:
        """All parameters of an operation except bodies and forms, those of its path first."""
        ...

    def body(self, operation: RawOperation) -> RawBody | None:
        """The request body, if there is one."""
        ...

    def responses(self, operation: RawOperation) -> Iterator[RawResponse]:
        """All documented responses."""
        ...

    def headers(self, response: RawResponse) -> Iterator[RawHeader]:
        """All documented headers of a response."""
        ...

    def servers(self, node: Node) -> list[ServerTemplate]:
        """Base URLs that a node (document, path, operation) gives."""
        ...

    def security_schemes(self) -> Iterator[AuthIR]:
        """All ways to authenticate."""
        ...
