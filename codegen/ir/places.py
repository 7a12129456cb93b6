"""Where something is in a document, and what of it is not in the package."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

Severity = Literal["gap", "note"]


@frozen
class Place:
    """A position in a document. file: as the user named it; pointer: RFC 6901; line: from 1."""

    file: str
    pointer: str
    line: int | None = None


@frozen
class Gap:
    """Something of the document that is not in the package as written, and why.

    severity "gap" makes the exit status 3; "note" is reported but harmless (an ignored script, say).
    what: "operation", "parameter", "body", "response", "schema", "property", "auth", "script" …
    dropped: the thing is absent from the package (and not merely written differently), so that
        `Document.counts[what]` = what the package holds + the dropped ones.
    """

    place: Place
    what: str
    reason: str
    # A finding is a gap unless it is marked as harmless: a forgotten argument then costs an exit
    # status, and nothing is lost in silence.
    severity: Severity = "gap"
    dropped: bool = False


@frozen
class Problem:
    """A document error that makes generation impossible; all are collected before raising `SpecError`."""

    place: Place
    message: str
