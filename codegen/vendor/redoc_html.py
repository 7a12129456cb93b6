from __future__ import annotations

from collections.abc import Collection

from codegen.vendor.document import VendorDocument, VendorError


def read_redoc_html(text: str, file: str, titles: Collection[str] = ()) -> VendorDocument:
    raise VendorError(file, None, "x")
