"""Changes of the filterable, sortable and patchable names of an operation."""

from __future__ import annotations

from typing import Any

from attrs import evolve, frozen
from ruamel.yaml.comments import CommentedMap

from codegen.changes.change import Change
from codegen.edit.fields import FieldEdits
from codegen.edit.locate import Locator
from codegen.edit.nodes import flow_list, insert_in_order, place_key
from codegen.edit.words import before, mark, words_of
from codegen.facts.fact import FactSet


@frozen
class ListEdits:
    """Rules for names in lists."""

    locator: Locator
    document: FactSet
    fields: FieldEdits

    def apply(self, change: Change) -> bool:
        """A filterable, sortable or patchable name: itself, its verbs, its revision."""
        which, name = change.subject.kind, change.subject.name
        words = words_of(self.locator.operation(change.subject.operation))
        if change.kind == "documented":
            return True
        if change.aspect == "revision":
            mark(words, which, name, "" if change.kind == "removed" else str(change.new))
            return True
        if change.aspect == "verbs" and isinstance(change.new, tuple):
            words["patchable"][name] = flow_list(list(change.new))
            return True
        if change.aspect != "exists":
            return False
        if change.kind == "removed":
            if which == "patchable":
                del words["patchable"][name]
            else:
                words[which].remove(name)
            mark(words, which, name, "")
            return True
        return self._list(change, words)

    def _list(self, change: Change, words: Any) -> bool:
        assert change.after is not None  # noqa: S101  (an added subject comes from the document)
        which, theirs = change.subject.kind, change.after.subject
        order = [s.name for s in self.document.subjects(which, theirs.operation)]
        if which == "patchable":
            verbs = self.document.value(theirs, "verbs")
            if which not in words:
                place_key(words, which, CommentedMap(), before("patch_model"))
            earlier = order[: order.index(theirs.name)]
            place_key(
                words[which], theirs.name, flow_list(list(verbs if isinstance(verbs, tuple) else ())), earlier
            )
        else:
            if which not in words:
                place_key(words, which, flow_list([]), before("sortable"))
            if theirs.name in words[which]:
                return True
            if hasattr(words[which], "fa"):
                words[which].fa.set_flow_style()
            insert_in_order(words[which], theirs.name, order)
        if since := self.document.text(theirs, "revision"):
            mark(words, which, theirs.name, since)
        self.fields.type_of_listed(evolve(change.subject, path=(theirs.name,)), words)
        return True
