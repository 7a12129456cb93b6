"""Files into sources: bytes to text, text to values with lines."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

from codegen.ir import Place
from codegen.read.source.findings import Findings
from codegen.read.source.json_text import has_comments, read_json, without_comments
from codegen.read.source.node import Source, escape
from codegen.read.source.positions import DocumentSyntaxError, Duplicates, Spot
from codegen.read.source.yaml_text import read_yaml

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # The mark of UTF-32 LE begins with that of UTF-16 LE, so it must be tried first.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MOST = 64 * 2**20
"""Bytes of one file: a device that is given by mistake must not fill the memory."""
_VALUES = 2_000_000
"""Values of one file, estimated by the signs before them; so many take some ten seconds and 500 MB."""
_SIGNS = {"json": ",:[{", "yaml": ",:[{\n"}


def load(
    path: Path,
    name: str,
    findings: Findings,
    *,
    at: Place | None = None,
    regular: bool = False,
    large: bool = False,
) -> Source | None:
    """Read one file; None (and problems) when it cannot be read.

    at: what asked for the file. regular: refuse devices and pipes, which a document has no business naming.
    large: take files of any size.
    """
    try:
        # Reading a pipe that nobody writes to would never end.
        if regular and path.exists() and not path.is_file():
            raise ValueError("not a file")
        with path.open("rb") as file:
            # One byte more than allowed is enough to know, without reading an endless device.
            content = file.read() if large else file.read(_MOST + 1)
        if len(content) > _MOST and not large:
            raise ValueError(
                f"more than {_MOST // 2**20} MiB; --large reads it, with the time and memory it takes"
            )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        findings.problem(at or Place(name, ""), f"cannot read {name}: {reason}; check the path")
        return None
    try:
        text = _decode(content)
        if not text.strip():
            raise DocumentSyntaxError("the file is empty; give an OpenAPI or Postman document", 1)
        if not large:
            _check_size(text)
        value, spots, duplicates = _parse(text)
    except DocumentSyntaxError as error:
        pointer = "".join(f"/{escape(token)}" for token in error.path)
        findings.problem(Place(name, pointer, error.line), str(error))
        return None
    for path_, line in duplicates:
        pointer = "".join(f"/{escape(token)}" for token in path_)
        findings.problem(
            Place(name, pointer, line), f"the key {path_[-1]!r} stands twice in this object; remove one"
        )
    # Few documents have these words, and a search of the bytes is cheaper than a walk over all values.
    if b"$dynamicRef" in content or b"$recursiveRef" in content:
        _make_static(value)
    return Source(name, path, content, value, spots)


def _check_size(text: str) -> None:
    """Refuse a text of so many values that reading it would take minutes, before it does."""
    signs = _SIGNS["json" if text.lstrip()[:1] in ("{", "[") else "yaml"]
    # Counted before parsing, which is what takes the time. Signs inside texts count as well, so this is
    # an upper estimate.
    count = sum(map(text.count, signs))
    if count > _VALUES:
        reason = f"some {count:,} values, more than {_VALUES:,}; split the document"
        raise DocumentSyntaxError(f"{reason}, or read it with --large and the time and memory it takes", 1)


def _make_static(value: Any) -> None:
    """Turn dynamic references into plain ones: they differ only where a schema extends another."""
    todo = [value]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            for word in ("$dynamicRef", "$recursiveRef"):
                if isinstance(value.get(word), str):
                    # JSON Schema 2020-12, section 8.2.3.2: without a `$dynamicAnchor` in an outer resource,
                    # a dynamic reference behaves like `$ref`.
                    value.setdefault("$ref", value[word])
        todo += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _decode(content: bytes) -> str:
    encoding = next((name for bom, name in _BOMS if content.startswith(bom)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DocumentSyntaxError(
            f"not {encoding} text (byte {error.start}); save the file as UTF-8", line
        ) from None


def _parse(text: str) -> tuple[Any, Spot, Duplicates]:
    """JSON when the text opens like JSON, else YAML; JSON with YAML liberties is read as YAML."""
    if text.lstrip()[:2] in ("//", "/*"):
        text = without_comments(text)
    if text.lstrip()[:1] not in ("{", "["):
        return read_yaml(text)
    try:
        return read_json(text)
    except DocumentSyntaxError as error:
        if has_comments(text):
            try:
                return read_json(without_comments(text))
            except DocumentSyntaxError:
                pass
        # A YAML flow mapping opens like JSON too; the JSON message is the better one when both fail.
        try:
            return read_yaml(text)
        except DocumentSyntaxError:
            raise error from None
