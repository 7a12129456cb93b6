"""One difference between a spec and a vendor document, and how findings are ordered and told apart."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from codegen.vendor.document import At

Kind = Literal["added", "removed", "changed", "documented", "unplaced"]


def change_kind(old: object, new: object) -> Kind:
    """Added, removed or changed, by which side has something."""
    return "changed" if old and new else "added" if new else "removed"


ORDER: tuple[Kind, ...] = ("added", "removed", "changed", "documented", "unplaced")


@frozen(kw_only=True)
class Finding:
    """What the vendor's document says otherwise than the spec.

    kind: added, removed, changed: from the spec's side to the document's; documented: the spec inferred it
        and the document says it now; unplaced: text that no rule of the reader accounts for.
    facet: what differs, such as "operation", "route", "query parameter", "body field", "enum", "filterable".
    operation: title of the operation, "" for the document as a whole.
    name: of the thing; old: as the spec has it; new: as the document has it.
    spec, vendor: the places. A thing that one side lacks has the place where it would stand.
    """

    kind: Kind
    facet: str
    operation: str = ""
    name: str = ""
    old: str = ""
    new: str = ""
    note: str = ""
    spec: At | None = None
    vendor: At | None = None

    @property
    def text(self) -> str:
        """One line without the places."""
        name = f" {self.name}" if self.name else ""
        change = f": {self.old} → {self.new}" if self.old and self.new else f": {self.new or self.old}"
        note = f" ({self.note})" if self.note else ""
        return f"{self.facet}{name}{change if self.old or self.new else ''}{note}"
