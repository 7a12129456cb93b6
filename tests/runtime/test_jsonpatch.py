"""JSON Patch builders."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import ClassVar, Self

import pytest

from tests.codec.vendor_models import SEARCH, Status
from trunkline.errors import ArgumentError, PatchError
from trunkline.jsonpatch import Patch
from trunkline.model import UNSET


class DevicePatch(Patch):
    _allowed: ClassVar[dict[str, tuple[str, ...]]] = {"bind": ("replace",), "pin": ("add", "remove")}

    def replace_bind(self, value: bool) -> Self:
        return self._with("replace", "bind", value)

    def add_pin(self, value: str) -> Self:
        return self._with("add", "pin", value)

    def remove_pin(self) -> Self:
        return self._with("remove", "pin")


def test_operations_in_order_and_immutable() -> None:
    """Every method gives a new patch of the same class."""
    first = DevicePatch().replace_bind(True)
    second = first.remove_pin()
    assert first.operations == [{"op": "replace", "path": "/bind", "value": True}]
    assert second.operations[1] == {"op": "remove", "path": "/pin"}
    assert type(second) is DevicePatch
    assert (len(DevicePatch()), len(first), len(second)) == (0, 1, 2)
    assert first == DevicePatch().replace("bind", True)
    second.operations.clear()
    assert len(second.operations) == 2


def test_repr_hides_values() -> None:
    """A PIN is a secret."""
    assert repr(DevicePatch().add_pin("1234")) == "<DevicePatch add pin>"


@pytest.mark.parametrize(
    "wrong", [lambda p: p.remove("bind"), lambda p: p.replace("other", 1), lambda p: p.replace("pin", "")]
)
def test_wrong_field_or_verb_is_refused_when_built(wrong: object) -> None:
    """The message lists what is allowed."""
    with pytest.raises(PatchError, match=r"allowed: replace|it can change: bind, pin|allowed: add, remove"):
        wrong(DevicePatch())  # type: ignore[operator]


def test_values_go_the_way_of_bodies() -> None:
    """Dates, enums, digits; None is null; NaN and UNSET are refused."""
    patch = (
        Patch()
        .add("a", datetime.date(2020, 1, 2))
        .add("b", Status.ACTIVE)
        .add("c", Decimal("1.10"))
        .add("d", None)
    )
    assert [one["value"] for one in patch.operations] == ["2020-01-02", "Active", Decimal("1.10"), None]
    with pytest.raises(ArgumentError, match=r"^x must be"):
        Patch().replace("x", float("nan"))
    with pytest.raises(PatchError, match="needs a value"):
        Patch().replace("x", UNSET)


def test_path_is_escaped() -> None:
    """RFC 6901, section 3."""
    assert Patch().remove("a/b~c").operations[0]["path"] == "/a~1b~0c"


def test_check_refuses_empty_and_foreign_patches() -> None:
    """Before anything is sent."""
    Patch().remove("pin").check(SEARCH)
    with pytest.raises(PatchError, match="empty"):
        Patch().check(SEARCH)
    with pytest.raises(PatchError, match="it can change: bind, pin"):
        Patch().remove("other").check(SEARCH)
