"""What an operation lets callers filter by, order by and patch."""

from __future__ import annotations

from codegen.diff.collected import Collected
from codegen.diff.models import TypeComparer
from codegen.diff.spot import Spot
from codegen.ir import OperationIR


def compare_lists(
    found: Collected, types: TypeComparer, operation: str, old: OperationIR, new: OperationIR
) -> None:
    """Compare the filterable, sortable and patchable names of one operation."""
    comparer = _Lists(found, types, operation, old, new)
    comparer.names("filterable", "be filtered by")
    comparer.names("sortable", "be ordered by")
    comparer.filter_types()
    comparer.patches()


class _Lists:
    """The lists of one operation on both sides."""

    def __init__(
        self, found: Collected, types: TypeComparer, operation: str, old: OperationIR, new: OperationIR
    ) -> None:
        self._found = found
        self._types = types
        self._operation = operation
        self._old = old
        self._new = new

    def _say(self, rule: str, word: str, name: str, text: str) -> None:
        self._found.add(
            rule,
            subject=f"{self._operation}#{word}.{name}",
            text=text,
            operation=self._operation,
            old=self._old.place,
            new=self._new.place,
        )

    def names(self, word: str, verb: str) -> None:
        """Names that came and went."""
        before, after = getattr(self._old, word), getattr(self._new, word)
        for name in before:
            if name not in after:
                self._say(f"{word}-removed", word, name, f"it can no longer {verb} `{name}`")
        for name in after:
            if name not in before:
                self._say(f"{word}-added", word, name, f"it can {verb} `{name}` now")

    def filter_types(self) -> None:
        """Names that are compared with values of another type."""
        for name in self._old.filterable:
            if name in self._new.filterable:
                self._typed("filterable", name, f"the filter field `{name}`")

    def patches(self) -> None:
        """Fields and verbs that came and went."""
        before, after = self._old.patchable, self._new.patchable
        for name in (*before, *(name for name in after if name not in before)):
            if name not in after:
                self._say("patchable-removed", "patchable", name, f"`{name}` can no longer be patched")
            elif name not in before:
                verbs = ", ".join(after[name])
                self._say("patchable-added", "patchable", name, f"`{name}` can be patched now ({verbs})")
            else:
                self._verbs(name, before[name], after[name])
                self._typed("patchable", name, f"the patchable field `{name}`")

    def _verbs(self, name: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        for verb in before:
            if verb not in after:
                text = f"a patch can no longer {verb} `{name}`"
                self._say("patch-verb-removed", "patchable", f"{name}.{verb}", text)
        for verb in after:
            if verb not in before:
                self._say(
                    "patch-verb-added", "patchable", f"{name}.{verb}", f"a patch can {verb} `{name}` now"
                )

    def _typed(self, word: str, name: str, words: str) -> None:
        attribute = "filter_types" if word == "filterable" else "patch_types"
        old, new = getattr(self._old, attribute).get(name), getattr(self._new, attribute).get(name)
        if old is None or new is None or old == new:
            return
        spot = Spot(
            operation=self._operation,
            direction="request",
            prefix="filterable" if word == "filterable" else "patch-value",
            subject=f"{self._operation}#{word}.{name}",
            words=words,
            old=self._old.place,
            new=self._new.place,
        )
        self._types.compare(old, new, spot)
