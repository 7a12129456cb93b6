from __future__ import annotations

from typing import Any

from codegen.vendor.document import VendorDocument, VendorError


def is_collection(value: Any) -> bool:
    return False


def read_postman_collection(value: Any, text: str, file: str) -> VendorDocument:
    raise VendorError(file, None, "x")
