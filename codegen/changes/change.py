"""One typed difference between two sets of facts: drift prints it, import writes it."""

from __future__ import annotations

import hashlib
import json
from typing import Literal

from attrs import frozen

from codegen.facts.fact import QUIET, Aspect, Fact, Provenance, Subject, Value
from codegen.ir import Place

ChangeKind = Literal["added", "removed", "changed", "documented", "sentence", "unread"]
"""added, removed, changed: from the old side to the new one. documented: both say the same; the old side had
inferred or observed it and the new one states it. sentence: a statement of the release notes that no other
change covers, for a person to decide. unread: text that no rule of the reader accounts for."""


@frozen(kw_only=True)
class Change:
    """What the new document says otherwise than the old one.

    subject: in the keys of the old set, or in those of the new one where the old has no such thing; the facts
        `before` and `after` carry the subject as their own document has it.
    aspect: "exists" for a subject that is added or removed as a whole; its other facts, and everything below
        it, are then in the set it came from and are not changes of their own. "title" of an operation,
        "route" and so on for single aspects. A new name of a parameter or field that both sides know
        (the notes say so, or it is the same thing under another spelling) is `changed` of the aspect "name".
    note: where the reason is not plain from the facts ("the release notes say so", "in the samples").
    """

    kind: ChangeKind
    subject: Subject
    aspect: Aspect | Literal["name"]
    before: Fact | None = None
    after: Fact | None = None
    title: str = ""
    """Title of the operation, for people."""
    note: str = ""
    old_place: Place | None = None
    """Where the old document states it or, for an added thing, where it would stand."""
    new_place: Place | None = None
    """Where the new document states it or, for a removed thing, where it would stand."""

    @property
    def old(self) -> Value | None:
        """The value on the old side."""
        return None if self.before is None else self.before.value

    @property
    def new(self) -> Value | None:
        """The value on the new side."""
        return None if self.after is None else self.after.value

    @property
    def provenance(self) -> Provenance:
        """Who says the new value: `release-notes` for a sentence, else what the new fact carries."""
        fact = self.after or self.before
        return "documented" if fact is None else fact.provenance

    @property
    def quiet(self) -> bool:
        """Whether this is of the class that is listed apart: descriptions, examples, names of schemas."""
        return self.aspect in QUIET

    @property
    def id(self) -> str:
        """Twelve hex digits that stay the same while the finding does: no line and no file is in it."""
        parts = [self.kind, self.subject.kind, self.title or self.subject.operation, self.subject.where]
        parts += [*self.subject.path, self.aspect, json.dumps([self.old, self.new])]
        return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:12]


@frozen(kw_only=True)
class Comparison:
    """The changes from one set of facts to another, and how the operations of the two belong together.

    pairs: key of an operation in the old set to its key in the new one.
    """

    changes: tuple[Change, ...]
    pairs: dict[str, str]
