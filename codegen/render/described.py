"""Texts of generated docstrings about a field, a parameter or an operation."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Final

from codegen.ir import FieldIR, OperationIR, ParameterIR, Place, Provenance
from codegen.render import quoting

_PARTS: Final[dict[str, str]] = {
    "release-notes": "named in the release notes only",
    "observed": "seen in responses, not documented",
    "inferred": "inferred, not documented",
}


def shown_file(file: str) -> str:
    """The file as generated text names it: an absolute path would reveal the machine's folders."""
    path = PurePath(file)
    return path.name if path.is_absolute() else file


def source_text(place: Place) -> str:
    """Spec file and JSON pointer."""
    return f"{shown_file(place.file)}#{place.pointer}"


def source_line(place: Place) -> str:
    """The last line of a docstring."""
    return f"Source: {quoting.one_line(source_text(place))}"


def field_notes(item: FieldIR | ParameterIR) -> str:
    """One paragraph: meaning, server's default, revision and provenance; empty if nothing is known."""
    notes = [sentence(item.description)]
    if item.default is not None:
        notes.append(f"Default at the server: {_shown(item.default)}.")
    if isinstance(item, FieldIR) and item.read_only:
        notes.append("Set by the server.")
    if item.since is not None:
        notes.append(f"Since revision {quoting.one_line(item.since)}.")
    if item.provenance != "documented":
        notes.append(f"{_PARTS[item.provenance].capitalize()}.")
    return " ".join(filter(None, notes))


def provenance_notes(operation: OperationIR) -> str:
    """Which parts of an operation the vendor's page does not document; empty if it documents all."""
    parts: dict[Provenance, list[str]] = {}
    told: tuple[tuple[str, Provenance], ...] = (
        ("route", operation.route_provenance),
        ("request", operation.request_provenance),
        ("response", operation.response_provenance),
    )
    for part, provenance in told:
        if provenance != "documented":
            parts.setdefault(provenance, []).append(part)
    said = [
        f"{_listed(names)} {'is' if len(names) == 1 else 'are'} {_PARTS[how]}."
        for how, names in parts.items()
    ]
    return " ".join(text.capitalize() for text in said)


def capital(text: str) -> str:
    """The text with a capital, where it begins with a plain word; `deviceID` keeps its case."""
    words = text.split(maxsplit=1)
    # Only a plain word: "deviceID" is a name, and "2fa" has no capital.
    if words and words[0].isalpha() and words[0].islower():
        return text.replace(words[0], words[0].capitalize(), 1)
    return text


def sentence(text: str) -> str:
    """Text of a document in one line, with a capital and a full stop; `deviceID` keeps its case."""
    line = capital(quoting.one_line(text))
    return line if not line or line[-1] in ".!?" else f"{line}."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def provenance_of_class(provenance: Provenance) -> str:
    """A sentence on the origin of a class that the vendor does not document."""
    text = _PARTS[provenance]
    return f"{text[0].upper()}{text[1:]}."


def _shown(value: object) -> str:
    try:
        # As JSON, since that is what the server sets: true and null, not True and None.
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return str(value)
