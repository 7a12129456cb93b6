"""Which reader a file is for: told by its content, never by its name."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from codegen.read.source.positions import DocumentSyntaxError
from codegen.read.source.yaml_text import read_yaml
from codegen.vendor.document import VendorDocument, VendorError
from codegen.vendor.openapi import is_openapi, read_openapi
from codegen.vendor.postman_collection import is_collection, read_postman_collection
from codegen.vendor.postman_page import is_postman_page, read_postman_page
from codegen.vendor.redoc_html import read_redoc_html
from codegen.vendor.redoc_text import read_redoc_text

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_vendor_document(path: Path, file: str, titles: Collection[str] = ()) -> VendorDocument:
    """Read a vendor document of any kind.

    Args:
        path: the file.
        file: its name for messages.
        titles: operations that are known already; they settle doubts about what a line of a page is.
    Raises:
        VendorError: the file is missing, is no text, or is none of the known kinds.
    """
    text = _decoded(path, file)
    try:
        return _read(text, file, titles)
    except RecursionError:
        raise VendorError(file, 1, "values are nested too deep in it to be read") from None


def _read(text: str, file: str, titles: Collection[str]) -> VendorDocument:
    head = text.lstrip("\ufeff \t\r\n")[:2000]
    if not head:
        raise VendorError(file, 1, "the file is empty")
    if head.startswith("<"):
        return read_redoc_html(text, file, titles)
    if head[0] in "{[":
        return _structured(_json(text, file), text, file)
    if re.search(r"^(?:openapi|swagger)\s*:", head, re.MULTILINE):
        try:
            value, _, _ = read_yaml(text)
        except DocumentSyntaxError as error:
            raise VendorError(file, error.line, str(error)) from None
        return _structured(value, text, file)
    return read_redoc_text(text, file, titles)


def _decoded(path: Path, file: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise VendorError(file, None, f"cannot be read: {error.strerror}; check the path") from None
    encoding = next((name for bom, name in _BOMS if content.startswith(bom)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise VendorError(
            file, line, f"not {encoding} text (byte {error.start}); save the file as UTF-8"
        ) from None


def _json(text: str, file: str) -> Any:
    try:
        return json.loads(text.lstrip("\ufeff"))
    except json.JSONDecodeError as error:
        raise VendorError(file, error.lineno, f"not valid JSON: {error.msg} (column {error.colno})") from None


def _structured(value: Any, text: str, file: str) -> VendorDocument:
    if is_openapi(value):
        return read_openapi(value, text, file)
    if is_postman_page(value):
        return read_postman_page(value, file)
    if is_collection(value):
        return read_postman_collection(value, text, file)
    raise VendorError(
        file, 1, "neither an OpenAPI document, a Postman collection nor Postman documenter metadata"
    )
