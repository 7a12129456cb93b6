"""Request bodies other than JSON: forms, multipart and content that goes out as it is. No I/O."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from trunkline._wire.parameters import checked_header, query_pairs, scalar
from trunkline.errors import ArgumentError
from trunkline.model import UNSET, Model, WireForm
from trunkline.operation import Body, Encoding, File, Param

Write = Callable[[Any], bytes]
_BYTES: Final = (bytes, bytearray, memoryview)
OCTETS: Final = "application/octet-stream"
"""The type of bytes of which nothing else is known (RFC 9110, section 8.3)."""


def form_bytes(fields: Any, body: Body, write: Write) -> bytes:
    """application/x-www-form-urlencoded.

    A list repeats its name; an object is JSON (OpenAPI 3.1, section 4.8.14.4), unless the field's Encoding
    Object asks for a style, which is then that of a query parameter.
    """
    if not isinstance(fields, Mapping):
        raise ArgumentError("a form body must be a model or a mapping")
    pairs = [pair for name, value in fields.items() for pair in _form_pairs(name, value, body, write)]
    return "&".join(pairs).encode()


def _form_pairs(name: str, value: Any, body: Body, write: Write) -> Iterator[str]:
    if value is None or value is UNSET:
        return
    encoding = body.encoding.get(name)
    if encoding is not None and encoding.style:
        yield from _styled(name, value, encoding, write)
        return
    # Names come from the caller's mapping too, and "&" in one would start another field.
    label = quote(name, safe="")
    for part in value if isinstance(value, list | tuple) else [value]:
        if isinstance(part, Mapping | list | tuple):
            yield f"{label}={quote(write(part).decode(), safe='')}"
        elif part is not None:
            yield f"{label}={quote(scalar(part, Param(wire=name, name=name, type='Any')), safe='')}"


def _styled(name: str, value: Any, encoding: Encoding, write: Write) -> Iterator[str]:
    param = Param(
        wire=name,
        name=name,
        type="Any",
        style=encoding.style,  # type: ignore[arg-type]
        explode=encoding.explode,
        allow_reserved=encoding.allow_reserved,
    )
    if isinstance(value, list | tuple):
        value = [write(part).decode() if isinstance(part, Mapping | list | tuple) else part for part in value]
    yield from query_pairs(value, param)


def multipart_bytes(fields: Mapping[str, Any], body: Body, write: Write) -> tuple[bytes, str]:
    """multipart/form-data (RFC 7578) and its boundary: files, objects as JSON, everything else as text."""
    # 128 random bits cannot occur in the content by chance, and a caller who supplies the content
    # cannot guess them to add a part of his own.
    boundary = os.urandom(16).hex()
    out = bytearray()
    for name, value in fields.items():
        encoding = body.encoding.get(name, Encoding())
        for part in value if isinstance(value, list) else [value]:
            if part is None or part is UNSET:
                continue
            headers, content = _part(name, part, body, encoding, write)
            out += f"--{boundary}\r\n{headers}\r\n\r\n".encode() + content + b"\r\n"
    return bytes(out + f"--{boundary}--\r\n".encode()), boundary


def _part(name: str, value: Any, body: Body, encoding: Encoding, write: Write) -> tuple[str, bytes]:
    """Headers and content of one part."""
    disposition = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    media_type = encoding.content_type
    is_file = isinstance(value, File) or (isinstance(value, _BYTES) and _may_be_file(name, body))
    if is_file or (body.files is not None and name in body.files):
        file = value if isinstance(value, File) else _file(name, value)
        disposition += f'; filename="{_quoted(file.name or name)}"'
        # The type goes into a header of the part, where a line end would start another one.
        media_type = checked_header(name, file.type or media_type or OCTETS)
        content = file.data
    elif isinstance(value, Mapping | list | tuple):
        media_type, content = media_type or "application/json", write(value)
    else:
        content = scalar(value, Param(wire=name, name=name, type="Any")).encode()
    return disposition + (f"\r\nContent-Type: {media_type}" if media_type else ""), content


def _may_be_file(name: str, body: Body) -> bool:
    return body.files is None or name in body.files


def _file(name: str, value: Any) -> File:
    if not isinstance(value, _BYTES):
        raise ArgumentError(
            f"{name} is a file: give bytes, or File(name, data, type), not {type(value).__name__}"
        )
    return File(data=bytes(value))


def _quoted(text: str) -> str:
    """A name within quotes, as browsers write it (WHATWG HTML, multipart/form-data encoding algorithm)."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def body_for(value: Any, body: Body) -> Body:
    """The media type for a value, of those that a body has: the first one of the value's type."""
    choices = [body, *body.others]
    if isinstance(value, Mapping):  # a plain mapping is also taken for a model, unless a type means it
        choices.sort(key=lambda choice: not choice.type.startswith("dict["))
    return next((choice for choice in choices if _takes(choice, value)), body)


def _takes(body: Body, value: Any) -> bool:
    """Whether a value is of a body's type, as far as its class tells; what it holds is checked later."""
    if isinstance(value, File | bytes | bytearray | memoryview):
        return body.kind == "binary"
    if body.kind in ("text", "binary"):
        return body.kind == "text" and isinstance(value, str)
    several = isinstance(value, list | tuple)
    if "json-patch" in body.media_type and not several:
        return isinstance(value, WireForm)
    if isinstance(value, WireForm):
        return False
    if body.type == "Any":
        return True
    if several or isinstance(value, Mapping):
        return several == body.type.startswith("list[") and (not several or _may_hold(body.type, value))
    if isinstance(value, Model | str):
        return type(value).__name__ in body.type.split(" | ")
    return body.kind == "json"


def _may_hold(listed: str, values: Sequence[Any]) -> bool:
    """Whether a type of lists is that of these values, by the class of the first one where it is a model."""
    first = next(iter(values), None)
    return not isinstance(first, Model) or type(first).__name__ in re.findall(r"\w+", listed)


def raw_bytes(value: Any, body: Body) -> tuple[bytes, str]:
    """A body that goes out as it is, and its media type: that of a File, if it has one."""
    media_type = body.media_type
    if isinstance(value, File):
        return bytes(value.data), checked_header("body", value.type or media_type)
    if isinstance(value, _BYTES):
        return bytes(value), media_type
    if isinstance(value, str) and (body.kind == "text" or media_type.startswith("multipart/")):
        data = scalar(value, Param(wire="body", name="body")).encode()
        named = "charset" in media_type or media_type.startswith("multipart/")
        return data, media_type if named else f"{media_type}; charset=utf-8"
    wanted = "str" if body.kind == "text" else "bytes or a File"
    raise ArgumentError(f"body must be {wanted}, not {type(value).__name__}")


def holds_files(value: Any) -> bool:
    """Whether a value, or each of its items, is bytes or a file."""
    if isinstance(value, list):
        return bool(value) and all(map(holds_files, value))
    return isinstance(value, File | bytes | bytearray | memoryview)


__all__ = ["OCTETS", "body_for", "form_bytes", "holds_files", "multipart_bytes", "raw_bytes"]
