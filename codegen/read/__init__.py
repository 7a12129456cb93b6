"""Reading documents: OpenAPI 2 and 3, Postman collections, into `codegen.ir`."""

from __future__ import annotations

from codegen.read.document import read_document
from codegen.read.source.findings import SpecError, problem_text

__all__ = ["SpecError", "problem_text", "read_document"]
