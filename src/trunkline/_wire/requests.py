"""An operation and the values of a call become the request that goes on the wire. No I/O, no aiohttp.

Everything here quotes or refuses: no value can add a path segment, a query parameter or a header.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from attrs import evolve
from yarl import URL

from trunkline._wire.addresses import base_of
from trunkline._wire.bodies import OCTETS, body_for, form_bytes, holds_files, multipart_bytes, raw_bytes
from trunkline._wire.media import content_kind, essence
from trunkline._wire.messages import Request
from trunkline._wire.parameters import (
    JSON_TEXT,
    SCALARS,
    cookie_texts,
    given,
    header_text,
    path_text,
    query_pairs,
)
from trunkline.errors import ArgumentError, ConfigError
from trunkline.lazy import pattern
from trunkline.model import UNSET, Model
from trunkline.operation import Body, File, Operation, Param, ResponseSpec, operation_named

_TEMPLATE = pattern(r"\{([^{}]*)\}")
_ROUTE = pattern(r"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (/[!-~]*)")


class Encoder(Protocol):
    """The part of the codec that a request needs."""

    def encode(self, value: Any, op: Operation[Any] | None = None) -> bytes:
        """JSON bytes of a body, if the operation takes it; of any value where there is no operation."""
        ...

    def encode_as(self, value: Any, op: Operation[Any], expression: str, name: str) -> bytes:
        """JSON bytes of an argument of that type."""
        ...

    def to_wire(self, value: Any) -> Any:
        """A value that JSON can hold."""
        ...


def checked_routes(
    routes: Mapping[str, str], operations: Mapping[str, Operation[Any]]
) -> dict[str, tuple[str, str]]:
    """`{"device.search": "GET /api/device"}` as method and path template by operation.

    Raises:
        ConfigError: an unknown operation, a text that is not a route, or path parameters that differ.
    """
    checked: dict[str, tuple[str, str]] = {}
    for name, route in routes.items():
        operation = operation_named(operations, name)
        if operation is None:
            raise ConfigError(f"routes: there is no operation {name!r}{_near(name, operations)}")
        match = _ROUTE.fullmatch(route) if isinstance(route, str) else None
        # A route comes from a setting. With "/../" it could reach another API on the vendor's host,
        # with our credentials.
        if match is None or "?" in route or "#" in route or "/../" in f"{route}/":
            raise ConfigError(f"routes[{name!r}] must look like 'GET /api/device/{{deviceID}}'")
        wanted = sorted(param.wire for param in operation.path_params)
        if sorted(_TEMPLATE.findall(match[2])) != wanted:
            raise ConfigError(
                f"routes[{name!r}] must hold the path parameters {', '.join(wanted) or '(none)'}"
            )
        checked[operation.id] = (match[1], match[2])
    return checked


def _near(name: str, operations: Mapping[str, Operation[Any]]) -> str:
    import difflib  # for a wrong setting only: a start need not load it

    near = difflib.get_close_matches(name, operations, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else "; `trunkline operations` lists all"


class Plan:
    """How one operation is put on the wire, worked out once for each client.

    Args:
        base: the client's base URL.
        route: method and path template that replace the operation's own.
        render: turns the value of an OData parameter (a filter, an ordering) into wire text.
        credentials: a key that goes in the query, quoted.
    """

    __slots__ = (
        "_authority",
        "_bodies",
        "_credentials",
        "_encoder",
        "_headers",
        "_op",
        "_path_params",
        "_render",
        "_scheme",
        "_start",
        "by_status",
        "documented",
        "may_be_empty",
        "method",
    )

    def __init__(
        self,
        op: Operation[Any],
        base: URL,
        encoder: Encoder,
        headers: Mapping[str, str],
        route: tuple[str, str] | None = None,
        render: Callable[[Operation[Any], Param, Any], Any] | None = None,
        credentials: str = "",
    ) -> None:
        self.method, template = route or (op.method, op.path)
        base = base_of(op, base)
        self._op = op
        self._encoder = encoder
        self._render = render
        self._credentials = credentials
        self._scheme = base.scheme
        self._authority = base.raw_authority
        pieces = _TEMPLATE.split(base.raw_path.rstrip("/") + "/" + template.lstrip("/"))
        fixed = [quote(piece, safe="/%:@!$&'()*+,;=~") for piece in pieces[::2]]
        # The fixed pieces of the path are quoted once for each client, so a call only joins
        # them with its values.
        self._start = fixed[0]
        order = {param.wire: index for index, param in enumerate(op.path_params)}
        missing = [wire for wire in pieces[1::2] if wire not in order]
        if missing:
            raise ConfigError(f"{op.id}: path parameter {missing[0]} is not declared")
        self._path_params = [
            (order[wire], op.path_params[order[wire]], piece)
            for wire, piece in zip(pieces[1::2], fixed[1:], strict=True)
        ]
        good = [each for each in op.responses if each.status[0] == "2"]
        good = good or [each for each in op.responses if each.status == "default"]
        self.documented = next((each for each in good if each.type), ResponseSpec())
        self.may_be_empty = any(each.type is None for each in good)
        # Filled only where responses differ; most operations have one, and their calls skip the search.
        self.by_status: dict[str, list[ResponseSpec]] = {}
        if len({(each.kind, each.type) for each in good if each.type}) > 1:
            for each in good:
                self.by_status.setdefault(each.status, []).append(each)
        self._headers = {"Accept": _accepted(good), **headers}
        # Each media type of the body with the operation as the codec checks a value of it.
        first = op.body
        self._bodies = [] if first is None else [(first, op)]
        self._bodies += [(b, evolve(op, body=b)) for b in (first.others if first is not None else ())]

    def response_to(self, status: int, content_type: str = "") -> ResponseSpec:
        """What the document states for a success status; of one that it does not name, the first response.

        content_type: of the response, which distinguishes the media types of one status.
        """
        specs = self.by_status.get(str(status)) or self.by_status.get(f"{status // 100}XX")
        if specs is None:
            specs = [self.documented, *(each for listed in self.by_status.values() for each in listed)]
        if len(specs) == 1 or not content_type:
            return specs[0]
        came = essence(content_type)
        exact = [each for each in specs if essence(each.media_type) == came]
        alike = [each for each in specs if each.kind == content_kind(came)]
        return (exact or alike or specs)[0]

    def request(
        self,
        path: Sequence[Any] = (),
        query: Sequence[Any] = (),
        headers: Sequence[Any] = (),
        cookies: Sequence[Any] = (),
        body: Any = UNSET,
    ) -> Request:
        """The request of one call; the sequences are in the order of the operation's parameters.

        Raises:
            ArgumentError: a value is missing, of the wrong type, or must not go on the wire.
        """
        text = self._start
        for index, param, piece in self._path_params:
            value = path[index] if index < len(path) else None
            if value is None or value is UNSET:
                value = param.fixed
            if value is None:
                raise ArgumentError(f"{param.name} is required")
            text += path_text(*self._plain(value, param)) + piece
        query_string = self._query(query) if self._op.query_params else ""
        if self._credentials:
            query_string = f"{query_string}&{self._credentials}" if query_string else self._credentials
        # `encoded=True`: all parts are quoted already, and yarl would decode %2F in a value and
        # quote it differently.
        url = URL.build(
            scheme=self._scheme, authority=self._authority, path=text, query_string=query_string, encoded=True
        )
        out = self._headers
        if self._op.content_type:
            out = out | {"Content-Type": self._op.content_type}
        if self._op.header_params or self._op.cookie_params:
            out = out | self._extra_headers(headers, cookies)
        if self._op.body is None:
            return Request(self.method, url, out)
        data, media_type = self._body(body)
        return Request(self.method, url, out if data is None else out | {"Content-Type": media_type}, data)

    def _query(self, values: Sequence[Any]) -> str:
        pairs: list[str] = []
        for param, value in given(self._op.query_params, values):
            if self._render is not None and param.wire.startswith("$"):
                value = self._render(self._op, param, value)
            pairs.extend(query_pairs(*self._plain(value, param)))
        return "&".join(pairs)

    def _plain(self, value: Any, param: Param) -> tuple[Any, Param]:
        """A value as scalars, or lists and mappings of them; as JSON text where the parameter is JSON."""
        if param.format == "json":
            text = self._encoder.encode_as(value, self._op, param.type, param.name).decode()
            return text, evolve(param, type="str", format=JSON_TEXT)
        if isinstance(value, Model | Mapping) and param.type not in SCALARS:
            return self._encoder.to_wire(value), param
        if isinstance(value, list | tuple) and any(isinstance(one, Model | Mapping) for one in value):
            # No style defines how objects in a list are written; JSON is what servers read.
            return [self._encode(one).decode() for one in value], evolve(param, type="list[str]")
        return value, param

    def _extra_headers(self, headers: Sequence[Any], cookies: Sequence[Any]) -> dict[str, str]:
        out = {
            param.wire: header_text(*self._plain(value, param))
            for param, value in given(self._op.header_params, headers)
        }
        jar = [
            text
            for param, value in given(self._op.cookie_params, cookies)
            for text in cookie_texts(*self._plain(value, param))
        ]
        if jar:
            out["Cookie"] = "; ".join(jar)
        return out

    def _body(self, value: Any) -> tuple[bytes | None, str]:
        body, op = self._bodies[0]
        if len(self._bodies) > 1:
            chosen = body_for(value, body)
            body, op = next(pair for pair in self._bodies if pair[0] is chosen)
        if value is UNSET or (value is None and body.kind not in ("json", "any")):
            if body.required:
                raise ArgumentError("body is required")
            return None, ""
        if body.kind == "any" and isinstance(value, File | bytes | bytearray | memoryview):
            # The document takes any content, so bytes are that content, and not a text within JSON.
            return raw_bytes(value, evolve(body, media_type=OCTETS))
        if body.kind in ("json", "any"):
            return self._encoder.encode(value, op), body.media_type
        if body.kind == "form":
            return form_bytes(self._encoder.to_wire(value), body, self._encode), body.media_type
        if body.kind == "multipart":
            data, boundary = multipart_bytes(_fields(value, body, self._encoder), body, self._encode)
            return data, f"{body.media_type}; boundary={boundary}"
        return raw_bytes(value, body)

    def _encode(self, value: Any) -> bytes:
        """A part of a body, or a parameter, as JSON by its own type."""
        return self._encoder.encode(value)


def _accepted(specs: Sequence[ResponseSpec]) -> str:
    """The media types of the responses that have content, each once."""
    found = dict.fromkeys(each.media_type for each in specs if each.type and each.media_type and each.asked)
    if len(found) > 1 and any(content_kind(media_type) == "json" for media_type in found):
        # JSON is what the types speak of; the others are for servers that have nothing else.
        found = {m if content_kind(m) == "json" else f"{m};q=0.8": None for m in found}
    if any(each.kind == "any" for each in specs):
        found["*/*"] = None
    return ", ".join(found) or "application/json"


def _fields(value: Any, body: Body, encoder: Encoder) -> Mapping[str, Any]:
    """A multipart body's fields; files stay what they are, which `to_wire` would turn into base64 text."""
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, Model):
        raise ArgumentError("a form body must be a model or a mapping")
    wire = encoder.to_wire(value)
    raw = {
        a.metadata.get("wire", a.name): getattr(value, a.name) for a in getattr(value, "__attrs_attrs__", ())
    }
    known = raw.keys() if body.files is None else body.files
    files = {name for name in known if holds_files(raw.get(name))}
    return {name: raw[name] if name in files else part for name, part in wire.items()}


__all__ = ["Encoder", "Plan", "checked_routes"]
