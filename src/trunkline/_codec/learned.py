"""What one client's responses taught about its models, as far as it changes the structs of the fast path."""

from __future__ import annotations

from typing import Any, Final

from trunkline._codec.annotations import ModelField, model_fields
from trunkline._codec.findings import Findings
from trunkline.model import Model

MAX_LEARNED: Final = 64
MAX_LEARNED_LENGTH: Final = 200


class Learned:
    """What is known of each model's objects; grows only.

    names: undocumented wire names. relaxed: fields that came as another type. required: fields taken as
    always present, of the models that were seen often enough. absent: fields that an object lacked. odd_rows:
    models of which something other than an object came as a row. open: models that no struct can hold.
    """

    def __init__(self) -> None:
        self.names: dict[type[Model], list[str]] = {}
        self.relaxed: dict[type[Model], set[str]] = {}
        self.required: dict[type[Model], frozenset[str]] = {}
        self.absent: dict[type[Model], set[str]] = {}
        self.odd_rows: set[type[Model]] = set()
        self.open: set[type[Model]] = set()

    def learn(self, findings: Findings) -> bool:
        """Take over what was found; True if anything is new."""
        changed = [self._name(cls, name) for cls, name in findings.unknown]
        changed += [self._relax(cls, field) for cls, field in findings.slow]
        changed += [self.lacked(cls, names) for cls, names in findings.absent.items()]
        changed.append(not self.odd_rows.issuperset(findings.odd_rows))
        self.odd_rows.update(findings.odd_rows)
        return any(changed)

    def require(self, cls: Any, absent: set[str]) -> None:
        """Make the fields required that no object has lacked so far."""
        self.lacked(cls, absent)
        names = (field.name for field in model_fields(cls) if field.tracked)
        self.required[cls] = frozenset(name for name in names if name not in self.absent[cls])

    def lacked(self, cls: type[Model], names: set[str]) -> bool:
        """Note fields that objects lacked; True if one of them was required."""
        self.absent.setdefault(cls, set()).update(names)
        required = self.required.get(cls, frozenset())
        if not required & names:
            return False
        self.required[cls] = required - names
        return True

    def _name(self, cls: type[Model], name: str) -> bool:
        names = self.names.setdefault(cls, [])
        if cls in self.open or name in names:
            return False
        # A vendor that uses data as keys, such as `{"07700900123": …}`, would add names without end;
        # such a model is read by the slow path for good.
        if len(names) >= MAX_LEARNED or len(name) > MAX_LEARNED_LENGTH or not can_be_renamed_to(name):
            self.open.add(cls)
        else:
            names.append(name)
        return True

    def _relax(self, cls: type[Model], field: ModelField) -> bool:
        names = self.relaxed.setdefault(cls, set())
        if field.name in names or cls in self.open:
            return False
        names.add(field.name)
        return True


def can_be_renamed_to(name: str) -> bool:
    """msgspec's own rule for names of fields; half a surrogate pair is not UTF-8."""
    return not any(char in '\\"' or char < " " or "\ud800" <= char <= "\udfff" for char in name)


__all__ = ["MAX_LEARNED", "Learned", "can_be_renamed_to"]
