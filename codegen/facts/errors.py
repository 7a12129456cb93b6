"""A document that cannot be read."""

from __future__ import annotations

from codegen.errors import UnusableError


class DocumentError(UnusableError):
    """A document that cannot be read as a whole. line: what could not be placed, from 1."""

    def __init__(self, file: str, line: int | None, message: str) -> None:
        where = file if line is None else f"{file}:{line}"
        super().__init__(f"{where}: {message}")
        self.file = file
        self.line = line
