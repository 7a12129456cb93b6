"""What the shell offers on Tab: operations, and the fields that a search can be filtered by."""

from __future__ import annotations


def operation_names(incomplete: str) -> list[str]:
    """Return the operations that begin so."""
    from trunkline import apis

    return [name for name in apis.operations() if name.startswith(incomplete)]


def field_names(incomplete: str) -> list[str]:
    """Return "service.service_number" and its like that begin so."""
    from trunkline.cli._coalesce import search_fields

    return [name for name in search_fields() if name.startswith(incomplete)]


__all__ = ["field_names", "operation_names"]
