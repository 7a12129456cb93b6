"""An operation and the values of a call become the request that goes on the wire. No I/O, no aiohttp.

Everything here quotes or refuses: no value can add a path segment, a query parameter or a header.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from attrs import evolve
from yarl import URL

from trunkline._wire.messages import Request
from trunkline._wire.parameters import (
    SCALARS,
    cookie_texts,
    given,
    header_text,
    path_text,
    query_pairs,
    scalar,
)
from trunkline.errors import ArgumentError, ConfigError
from trunkline.model import UNSET, Model
from trunkline.operation import Operation, Param, ResponseSpec

_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_ROUTE = re.compile(r"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (/[!-~]*)")


class Encoder(Protocol):
    """The part of the codec that a request needs."""

    def encode(self, value: Any, op: Operation[Any]) -> bytes:
        """JSON bytes of a body, if the operation takes it."""
        ...

    def to_wire(self, value: Any) -> Any:
        """A value that JSON can hold."""
        ...


def checked_routes(
    routes: Mapping[str, str], operations: Mapping[str, Operation[Any]]
) -> dict[str, tuple[str, str]]:
    """`{"device.search": "GET /api/device"}` as method and path template by operation.

    Raises:
        ConfigError: an unknown operation, a text that is no route, or path parameters that differ.
    """
    checked: dict[str, tuple[str, str]] = {}
    for name, route in routes.items():
        operation = operations.get(name)
        if operation is None:
            raise ConfigError(f"routes: there is no operation {name!r}")
        match = _ROUTE.fullmatch(route) if isinstance(route, str) else None
        if match is None or "?" in route or "#" in route or "/../" in f"{route}/":
            raise ConfigError(f"routes[{name!r}] must look like 'GET /api/device/{{deviceID}}'")
        wanted = sorted(param.wire for param in operation.path_params)
        if sorted(_TEMPLATE.findall(match[2])) != wanted:
            raise ConfigError(
                f"routes[{name!r}] must hold the path parameters {', '.join(wanted) or '(none)'}"
            )
        checked[name] = (match[1], match[2])
    return checked


class Plan:
    """How one operation is put on the wire, worked out once for each client.

    Args:
        base: the client's base URL.
        route: method and path template that replace the operation's own.
        render: turns the value of an OData parameter (a filter, an ordering) into wire text.
        credentials: a key that stands in the query, quoted.
    """

    __slots__ = (
        "_authority",
        "_credentials",
        "_encoder",
        "_headers",
        "_op",
        "_path_params",
        "_render",
        "_scheme",
        "_start",
        "answer",
        "by_status",
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
        self._op = op
        self._encoder = encoder
        self._render = render
        self._credentials = credentials
        self._scheme = base.scheme
        self._authority = base.raw_authority
        pieces = _TEMPLATE.split(base.raw_path.rstrip("/") + "/" + template.lstrip("/"))
        fixed = [quote(piece, safe="/%:@!$&'()*+,;=~") for piece in pieces[::2]]
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
        self.answer = next((each for each in good if each.type), ResponseSpec())
        self.may_be_empty = any(each.type is None for each in good)
        alike = len({(each.kind, each.type) for each in good if each.type}) < 2
        self.by_status = {} if alike else {each.status: each for each in good}
        self._headers = {"Accept": _accepted(good), **headers}

    def told(self, status: int) -> ResponseSpec:
        """What the document says of a success status; of one that it does not name, the first answer."""
        return self.by_status.get(str(status)) or self.by_status.get(f"{status // 100}XX") or self.answer

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
                raise ArgumentError(f"{param.name} is required")
            text += path_text(*self._plain(value, param)) + piece
        query_string = self._query(query) if self._op.query_params else ""
        if self._credentials:
            query_string = f"{query_string}&{self._credentials}" if query_string else self._credentials
        url = URL.build(
            scheme=self._scheme, authority=self._authority, path=text, query_string=query_string, encoded=True
        )
        out = self._headers
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
            return self._encoder.encode(value, self._op).decode(), evolve(param, type="str", format=None)
        if isinstance(value, Model | Mapping) and param.type not in SCALARS:
            return self._encoder.to_wire(value), param
        if isinstance(value, list | tuple) and any(isinstance(one, Model | Mapping) for one in value):
            # No style says how objects in a list are written; JSON is what servers read.
            texts = [self._encoder.encode(one, self._op).decode() for one in value]
            return texts, evolve(param, type="list[str]")
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
        body = self._op.body
        assert body is not None  # noqa: S101 - the caller looked
        if value is UNSET or (value is None and body.kind != "json"):
            if body.required:
                raise ArgumentError("body is required")
            return None, ""
        if body.kind == "json":
            return self._encoder.encode(value, self._op), body.media_type
        if body.kind == "form":
            return form_bytes(self._encoder.to_wire(value)), body.media_type
        if body.kind == "multipart":
            boundary = os.urandom(16).hex()
            return multipart_bytes(
                _fields(value, self._encoder), boundary, lambda part: self._encoder.encode(part, self._op)
            ), f"{body.media_type}; boundary={boundary}"
        if isinstance(value, str) and body.kind == "text":
            text = scalar(value, Param(wire="body", name="body"))
            return text.encode(), f"{body.media_type}; charset=utf-8"
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value), body.media_type
        raise ArgumentError(
            f"body must be {'str' if body.kind == 'text' else 'bytes'}, not {type(value).__name__}"
        )


def _accepted(answers: Sequence[ResponseSpec]) -> str:
    """The media types of the answers that have content, each once."""
    found = dict.fromkeys(each.media_type for each in answers if each.type and each.media_type)
    return ", ".join(found) or "application/json"


def form_bytes(fields: Any) -> bytes:
    """application/x-www-form-urlencoded; a list repeats its name, an object is `name[key]`."""
    if not isinstance(fields, Mapping):
        raise ArgumentError("a form body must be a model or a mapping")
    pairs = (pair for name, value in fields.items() for pair in _form_pairs(name, value))
    return "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in pairs).encode()


def _form_pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _form_pairs(f"{name}[{key}]", part)
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            nested = isinstance(part, Mapping | list | tuple)
            yield from _form_pairs(f"{name}[{index}]" if nested else name, part)
    elif value is not None:
        yield name, scalar(value, Param(wire=name, name=name, type="Any"))


def _fields(value: Any, encoder: Encoder) -> Mapping[str, Any]:
    """A multipart body's fields; bytes stay bytes, which `to_wire` would turn into base64 text."""
    if isinstance(value, Mapping):
        return value
    wire = encoder.to_wire(value)
    raw = {
        a.metadata.get("wire", a.name): getattr(value, a.name) for a in getattr(value, "__attrs_attrs__", ())
    }
    return {name: raw[name] if _holds_bytes(raw.get(name)) else part for name, part in wire.items()}


def _holds_bytes(value: Any) -> bool:
    return isinstance(value, bytes) or (
        isinstance(value, list) and bool(value) and all(isinstance(part, bytes) for part in value)
    )


def multipart_bytes(fields: Mapping[str, Any], boundary: str, write: Callable[[Any], bytes]) -> bytes:
    """multipart/form-data (RFC 7578): bytes go as files, objects as JSON, everything else as text."""
    out = bytearray()
    for name, value in fields.items():
        label = name.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        for part in value if isinstance(value, list | tuple) else [value]:
            if part is None:
                continue
            out += f'--{boundary}\r\nContent-Disposition: form-data; name="{label}"'.encode()
            if isinstance(part, bytes | bytearray):
                out += (
                    f'; filename="{label}"\r\nContent-Type: application/octet-stream\r\n\r\n'.encode() + part
                )
            elif isinstance(part, Mapping | list | tuple):
                out += b"\r\nContent-Type: application/json\r\n\r\n" + write(part)
            else:
                out += f"\r\n\r\n{scalar(part, Param(wire=name, name=name, type='Any'))}".encode()
            out += b"\r\n"
    return bytes(out + f"--{boundary}--\r\n".encode())


__all__ = ["Encoder", "Plan", "checked_routes"]
