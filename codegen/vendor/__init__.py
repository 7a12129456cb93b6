"""Readers of vendor documents. `read_vendor_document` takes any of the kinds that people can save."""

from codegen.vendor.document import VendorDocument, VendorError
from codegen.vendor.reading import read_vendor_document

__all__ = ["VendorDocument", "VendorError", "read_vendor_document"]
