"""Every rule has a change that makes it speak, and that change makes no other rule speak."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.diff.finding import Finding
from codegen.diff.levels import compare_specs
from codegen.diff.rules import RULES
from codegen.facts.reading import read_spec
from codegen.read import read_document
from tests.codegen.diff.mutations import BACKWARDS, CHANGES
from tests.codegen.diff.shop import Spec, field, operation, ref, schema, shop, trunkline, write
from tests.codegen.diff.test_surface import SURFACE


def findings(old: Spec, new: Spec, folder: Path) -> list[Finding]:
    """The findings between two APIs."""
    before, after = write(old, folder / "old.json"), write(new, folder / "new.json")
    return compare_specs(read_spec(before), read_spec(after), (read_document(before), read_document(after)))


def mutated(rule: str) -> Spec:
    """The shop after the change that belongs to a rule."""
    spec = shop()
    CHANGES[rule][0](spec)
    return spec


@pytest.mark.parametrize("rule", CHANGES)
def test_rule_its_change_speaks_alone(rule: str, tmp_path: Path) -> None:
    """Nothing but the rules named with the change is reported."""
    found = findings(shop(), mutated(rule), tmp_path)
    assert {item.rule.id for item in found} == {rule} | CHANGES[rule][1]


@pytest.mark.parametrize("rule", BACKWARDS)
def test_rule_change_taken_back_speaks(rule: str, tmp_path: Path) -> None:
    """The opposite direction has its own rule."""
    found = findings(mutated(BACKWARDS[rule]), shop(), tmp_path)
    assert rule in {item.rule.id for item in found}


def test_rules_every_one_has_a_test() -> None:
    """A rule that nothing can trigger would be a check that cannot fail."""
    assert CHANGES.keys() | BACKWARDS.keys() | SURFACE.keys() == RULES.keys()


def test_rules_same_document_says_nothing(tmp_path: Path) -> None:
    """A document does not differ from itself."""
    assert findings(shop(), shop(), tmp_path) == []


@pytest.mark.parametrize("rule", CHANGES)
def test_rule_findings_point_into_both_documents(rule: str, tmp_path: Path) -> None:
    """Each finding says where it is seen, with a line, on every side that has it."""
    for item in findings(shop(), mutated(rule), tmp_path):
        assert item.text
        assert item.old or item.new
        for place in filter(None, (item.old, item.new)):
            assert Path(place.file).name in ("old.json", "new.json")
            assert place.line or place.pointer == ""


def test_shared_model_is_said_once_with_all_operations(tmp_path: Path) -> None:
    """A field of a row and of a response is one change, of three operations."""
    new = shop()
    schema(new, "Thing")["properties"].pop("madeOn")
    (found,) = findings(shop(), new, tmp_path)
    assert found.operations == ("thing.search", "thing.create", "thing.get", "thing.get_many")
    assert found.subject == "models.Thing.made_on"
    assert "`Thing.made_on` (`madeOn`)" in found.text


def test_field_in_both_directions_is_judged_twice(tmp_path: Path) -> None:
    """Wider is good for what callers send and bad for what they get."""
    old, new = shop(), shop()
    for spec in (old, new):
        operation(spec, "system.ping")["requestBody"] = {
            "content": {"application/json": {"schema": ref("Thing")}}
        }
    field(new, "Thing", "name")["type"] = ["string", "integer"]
    rules = {item.rule.id for item in findings(old, new, tmp_path)}
    assert {"request-body-field-type-widened", "response-field-type-changed"} <= rules


def test_renamed_operation_is_compared_with_itself(tmp_path: Path) -> None:
    """A rename does not hide what else changed."""
    new = mutated("operation-renamed")
    trunkline(new, "thing.note")["idempotency"] = "unsafe"
    rules = {item.rule.id for item in findings(shop(), new, tmp_path)}
    assert rules == {"operation-renamed", "idempotency-lowered"}


def test_findings_come_in_the_same_order_every_time(tmp_path: Path) -> None:
    """Reports can be compared."""
    new = shop()
    for change, _ in CHANGES.values():
        try:
            change(new)
        except (LookupError, ValueError, StopIteration):  # taken away by a change before
            continue
    first = findings(shop(), new, tmp_path)
    assert first == findings(shop(), new, tmp_path)
    assert len(first) > 30
