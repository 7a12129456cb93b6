"""An operation and the values of a call become the request that goes on the wire. No I/O, no aiohttp.

Everything here quotes or refuses: no value can add a path segment, a query parameter or a header.
"""

from __future__ import annotations

import datetime
import enum
import functools
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol
from urllib.parse import quote

from attrs import define
from yarl import URL

from trunkline.errors import ArgumentError, ConfigError
from trunkline.model import UNSET
from trunkline.operation import Answer, Operation, Param

_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_ROUTE = re.compile(r"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (/[!-~]*)")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# What RFC 3986 allows in a query and no server reads as a separator; OData texts stay short and readable.
_QUERY_SAFE = "$'(),:@/!*"
_RESERVED = "!$'()*,/:;=?@[]"
_SCALARS: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "str": (str,),
    "bool": (bool,),
    "float": (int, float, Decimal),
    "Decimal": (Decimal, int, float),
    "decimal.Decimal": (Decimal, int, float),
    "datetime.date": (datetime.date,),
    "datetime.datetime": (datetime.datetime,),
}


class Encoder(Protocol):
    """The part of the codec that a request needs."""

    def encode(self, value: Any) -> bytes:
        """JSON bytes."""
        ...

    def to_wire(self, value: Any) -> Any:
        """A value that JSON can hold."""
        ...


@define
class Request:
    """What a transport sends. `url` is encoded already; `headers` hold no credentials."""

    method: str
    url: URL
    headers: dict[str, str]
    body: bytes | None = None


def scalar(value: Any, param: Param) -> str:
    """One value as wire text: digits, ISO dates, `true`, the value of an enum.

    Raises:
        ArgumentError: the value is not of the parameter's type; it names the argument, never the value.
    """
    if isinstance(value, enum.Enum):
        value = value.value
    expected = _SCALARS.get(param.type)
    if expected is not None:
        wrong = not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected)
        if wrong or (param.type == "datetime.date" and isinstance(value, datetime.datetime)):
            raise ArgumentError(f"{param.name} must be {param.type}, not {type(value).__name__}")
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.date) and param.format == "date-mdy":
        return value.strftime("%m/%d/%Y")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        number = Decimal(str(value))
        if not number.is_finite():
            raise ArgumentError(f"{param.name} must be a finite number")
        return format(number, "f")
    if isinstance(value, int):
        return str(value)
    raise ArgumentError(f"{param.name} cannot be written from {type(value).__name__}")


def path_text(value: Any, param: Param) -> str:
    """A path parameter, quoted so that it stays one segment.

    A slash, a backslash, a control character, an empty value and the dot segments are refused and not quoted:
    many servers decode `%2F` and `%2E` before they route.
    """
    if type(value) is int and param.type == "int":  # the usual keys need no look at each character
        return str(value)
    if type(value) is str and param.type == "str" and value.isascii() and value.isalnum():
        return value
    parts = (
        [scalar(part, _item(param)) for part in value] if _is_list(value, param) else [scalar(value, param)]
    )
    text = ",".join(parts)
    if text in ("", ".", "..") or "/" in text or "\\" in text or _CONTROL.search(text):
        raise ArgumentError(
            f"{param.name} cannot stand in a path: it is empty, a dot segment, or holds a slash, a backslash "
            "or a control character"
        )
    return ",".join(quote(part, safe="") for part in parts)


def _is_list(value: Any, param: Param) -> bool:
    if param.type in _SCALARS or isinstance(value, str | bytes | Mapping | enum.Enum):
        return False
    return isinstance(value, Iterable)


def _item(param: Param) -> Param:
    inner = re.fullmatch(r"(?:list|tuple|Sequence)\[(\w[\w.]*)(?:, \.\.\.)?\]", param.type)
    return Param(wire=param.wire, name=param.name, type=inner[1] if inner else "Any", format=param.format)


@functools.cache
def _query_name(wire: str) -> str:
    return quote(wire, safe="$")


def query_pairs(value: Any, param: Param) -> Iterable[str]:
    """The `name=value` texts of one query parameter, by its style (OpenAPI 3.1, Parameter Object)."""
    name = _query_name(param.wire)
    safe = _RESERVED if param.allow_reserved else _QUERY_SAFE
    if isinstance(value, Mapping):
        item = _item(param)
        pairs = [
            (quote(str(key), safe=""), quote(scalar(part, item), safe=safe)) for key, part in value.items()
        ]
        if param.style == "deepObject":
            return [f"{name}%5B{key}%5D={text}" for key, text in pairs]
        if param.explode:
            return [f"{key}={text}" for key, text in pairs]
        return [f"{name}={','.join(part for pair in pairs for part in pair)}"]
    if not _is_list(value, param):
        return [f"{name}={quote(scalar(value, param), safe=safe)}"]
    item = _item(param)
    separator = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}.get(param.style, ",")
    if param.explode and separator == ",":
        return [f"{name}={quote(scalar(part, item), safe=safe)}" for part in value]
    # A comma inside a value is quoted, or it would be read as two values.
    texts = [quote(scalar(part, item), safe=safe.replace(",", "")) for part in value]
    return [f"{name}={separator.join(texts)}"] if texts else []


def header_text(value: Any, param: Param) -> str:
    """A header's value; what could start another header is refused (RFC 9110 section 5.5)."""
    parts = (
        [scalar(part, _item(param)) for part in value] if _is_list(value, param) else [scalar(value, param)]
    )
    return checked_header(param.name, ", ".join(parts))


def checked_header(name: str, value: str) -> str:
    """The value, if it is printable ASCII in one line."""
    if not isinstance(value, str) or _CONTROL.search(value.replace("\t", " ")) or not value.isascii():
        raise ArgumentError(f"header {name} must be one line of ASCII text")
    return value


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that a caller gave, names and values checked."""
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise ArgumentError("a header name holds characters that HTTP does not allow")
        checked_header(name, value)
    return dict(headers)


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
        match = _ROUTE.fullmatch(route)
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
        self.answer = next((each for each in op.answers if each.status[0] == "2" and each.type), Answer())
        accept = next((answer.media_type for answer in op.answers if answer.status.startswith("2")), None)
        self._headers = {"Accept": accept or "application/json", **headers}

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
            text += path_text(value, param) + piece
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
        for param, value in _given(self._op.query_params, values):
            if self._render is not None and param.wire.startswith("$"):
                value = self._render(self._op, param, value)
            pairs.extend(query_pairs(value, param))
        return "&".join(pairs)

    def _extra_headers(self, headers: Sequence[Any], cookies: Sequence[Any]) -> dict[str, str]:
        out = {
            param.wire: header_text(value, param) for param, value in _given(self._op.header_params, headers)
        }
        jar = [
            f"{param.wire}={quote(scalar(value, param), safe='')}"
            for param, value in _given(self._op.cookie_params, cookies)
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
            return self._encoder.encode(value), body.media_type
        if body.kind == "form":
            return form_bytes(self._encoder.to_wire(value)), body.media_type
        if body.kind == "multipart":
            boundary = secrets.token_hex(16)
            return multipart_bytes(
                _fields(value, self._encoder), boundary
            ), f"{body.media_type}; boundary={boundary}"
        if isinstance(value, str) and body.kind == "text":
            return value.encode(), f"{body.media_type}; charset=utf-8"
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value), body.media_type
        raise ArgumentError(
            f"body must be {'str' if body.kind == 'text' else 'bytes'}, not {type(value).__name__}"
        )


def _given(params: Sequence[Param], values: Sequence[Any]) -> Iterable[tuple[Param, Any]]:
    if len(values) > len(params):
        raise ArgumentError("more values than parameters")
    for index, param in enumerate(params):
        value = values[index] if index < len(values) else None
        if value is not None and value is not UNSET:
            yield param, value
        elif param.required:
            raise ArgumentError(f"{param.name} is required")


def form_bytes(fields: Any) -> bytes:
    """application/x-www-form-urlencoded; a list repeats its name, null is left out."""
    if not isinstance(fields, Mapping):
        raise ArgumentError("a form body must be a model or a mapping")
    pairs = []
    for name, value in fields.items():
        for part in value if isinstance(value, list | tuple) else [value]:
            if part is not None:
                text = scalar(part, Param(wire=name, name=name, type="Any"))
                pairs.append(f"{quote(name, safe='')}={quote(text, safe='')}")
    return "&".join(pairs).encode()


def _fields(value: Any, encoder: Encoder) -> Mapping[str, Any]:
    """A multipart body's fields; bytes stay bytes, which `to_wire` would turn into base64 text."""
    if isinstance(value, Mapping):
        return value
    wire = encoder.to_wire(value)
    raw = {
        a.metadata.get("wire", a.name): getattr(value, a.name) for a in getattr(value, "__attrs_attrs__", ())
    }
    return {name: raw[name] if isinstance(raw.get(name), bytes) else part for name, part in wire.items()}


def multipart_bytes(fields: Mapping[str, Any], boundary: str) -> bytes:
    """multipart/form-data (RFC 7578): bytes go as files, everything else as text."""
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
            else:
                out += f"\r\n\r\n{scalar(part, Param(wire=name, name=name, type='Any'))}".encode()
            out += b"\r\n"
    return bytes(out + f"--{boundary}--\r\n".encode())


__all__ = ["Encoder", "Plan", "Request", "checked_headers", "checked_routes"]
