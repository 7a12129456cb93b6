"""Text of a vendor in the form for an error or a log: cut, masked, on one line."""

from __future__ import annotations

from trunkline._masking.text import mask
from trunkline._masking.visible import shortened, visible


def vendor_text(text: str, most: int = 500) -> str:
    """A vendor's text for an error, a log line or a terminal.

    Args:
        text: as it came. most: characters of it that are shown.
    """
    # Cut first: masking a body of many megabytes would take seconds for one line.
    return visible(mask(shortened(text, most)))


__all__ = ["vendor_text"]
