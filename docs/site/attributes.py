"""Attributes that a docstring names in a row, as a list on the page. An extension of griffe (mkdocs.yml).

    done: keys with an outcome. failed: those of them with an error.

reads well in an editor; on a page each attribute gets a line of its own.
"""

from __future__ import annotations

import re
from typing import Any, Final

import griffe

_ENTRY: Final = re.compile(r"(?:\A|(?<=[.:;)] ))([a-z_]\w*(?:, [a-z_]\w*)*): ")


def listed(docstring: str) -> str:
    """The docstring with each paragraph of the form "name: text. other: text" as a list."""
    return "\n\n".join(_listed(paragraph) for paragraph in docstring.split("\n\n"))


def _listed(paragraph: str) -> str:
    if not re.match(r"[a-z_]\w*(?:, [a-z_]\w*)*: ", paragraph):
        return paragraph
    text = " ".join(paragraph.split())
    found = list(_ENTRY.finditer(text))
    ends = [*(entry.start() for entry in found[1:]), len(text)]
    entries = [
        (entry[1].split(", "), text[entry.end() : end].strip())
        for entry, end in zip(found, ends, strict=True)
    ]
    return "\n".join(f"- {', '.join(f'`{name}`' for name in names)}: {what}" for names, what in entries)


class Attributes(griffe.Extension):
    """Rewrites the docstrings that mkdocstrings shows."""

    def on_instance(self, *, obj: griffe.Object | griffe.Alias, **_: Any) -> None:
        """Rewrite the docstring of one object."""
        if isinstance(obj, griffe.Object) and obj.docstring is not None:
            obj.docstring.value = listed(obj.docstring.value)
