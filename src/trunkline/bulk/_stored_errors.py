"""Errors of keys and rows as a file keeps them: the name of their class, their text and their status."""

from __future__ import annotations

from trunkline import errors
from trunkline._masking.text import mask


def stored_text(error: Exception) -> str:
    """Return the error's text; one from outside the tree may hold values of a response."""
    text = str(error) if isinstance(error, errors.TrunklineError | OSError) else mask(str(error))
    return text.encode(errors="backslashreplace").decode()  # SQLite takes no half of a surrogate pair


def rebuild_error(kind: str, message: str, status: int | None) -> Exception:
    """Return the error that was stored; an error from outside trunkline comes back as a TrunklineError."""
    cls = getattr(errors, kind, None)
    if isinstance(cls, type) and issubclass(cls, errors.StatusError):
        return cls(message, status=status or 0)
    if isinstance(cls, type) and issubclass(cls, errors.TrunklineError):
        return cls(message)
    return errors.TrunklineError(f"{kind}: {message}" if message else kind)


__all__ = ["rebuild_error", "stored_text"]
