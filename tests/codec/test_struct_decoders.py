"""Structs of awkward models: names that msgspec cannot hold, chains longer than the stack is deep."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Iterator
from typing import Any
from unittest import mock

import msgspec
import pytest
from attrs import define, field

from trunkline._codec.codec import Codec
from trunkline.model import Model

ODD = ('quote"d', "back\\slash", "new\nline", "\ud800")


@define(kw_only=True)
class Odd(Model):
    """Its wire names cannot stand in a struct."""

    quoted: int | None = field(default=None, metadata={"wire": 'quote"d'})
    slashed: int | None = field(default=None, metadata={"wire": "back\\slash"})
    broken: Odd | None = field(default=None, metadata={"wire": "new\nline"})


@define(kw_only=True)
class Around(Model):
    """Holds one of them, and itself."""

    odd: Odd | None = field(default=None, metadata={"wire": "odd"})
    odds: list[Odd] | None = field(default=None, metadata={"wire": "odds"})
    again: Around | None = field(default=None, metadata={"wire": "again"})
    plain: int | None = field(default=None, metadata={"wire": "plain"})


@pytest.fixture
def chain() -> Iterator[Any]:
    """A ring of 400 models, each the next one's only holder."""
    module: Any = types.ModuleType("trunkline_chain_of_models")
    sys.modules[module.__name__] = module
    lines = [
        "from __future__ import annotations",
        "from attrs import define, field",
        "from trunkline.model import Model",
    ]
    for number in range(400):
        lines += [
            "@define(kw_only=True)",
            f"class M{number}(Model):",
            f"    next: M{(number + 1) % 400} | None = field(default=None, metadata={{'wire': 'next'}})",
        ]
    exec("\n".join(lines), module.__dict__)  # noqa: S102 - text of our own making
    yield module
    del sys.modules[module.__name__]


def read(codec: Codec, tp: Any, value: Any) -> Any:
    return codec._reader(tp)(json.dumps(value).encode())


def test_wire_names_that_msgspec_refuses_are_read_carefully_and_alone() -> None:
    """The model around them keeps its struct; the order in which types are met does not matter."""
    inner = {'quote"d': 1, "back\\slash": 2, "new\nline": {'quote"d': 3}}
    expected = Odd(quoted=1, slashed=2, broken=Odd(quoted=3))
    for first, second in ((Odd, Around), (Around, Odd)):
        codec = Codec()
        read(codec, first, {})
        read(codec, second, {})
        assert read(codec, Odd, inner) == expected
        assert read(codec, list[Odd], [inner]) == [expected]
        told = read(codec, Around, {"odd": inner, "odds": [inner], "again": {"odd": None, "plain": 5}})
        assert told == Around(odd=expected, odds=[expected], again=Around(plain=5))
        assert codec._structs.of(Around)[0] is not msgspec.Raw


def test_a_learned_name_that_msgspec_refuses_still_reaches_extra() -> None:
    """Such a model is read carefully from then on, with every unknown name."""
    codec = Codec()
    for name in ODD[:3]:
        assert codec.from_wire(Around, {"plain": 1, name: 2}).extra == {name: 2}
        assert read(codec, Around, {"plain": 1, name: 2}).extra == {name: 2}


def test_a_long_chain_of_models_is_read(chain: Any) -> None:
    """Structs are made one after the other, not within each other."""
    value: Any = None
    for _ in range(40):
        value = {"next": value}
    made = read(Codec(), chain.M0, value)
    assert type(made.next.next).__name__ == "M2"


def test_a_type_that_msgspec_refuses_leaves_no_half_made_struct_behind() -> None:
    """What is met afterwards has its structs all the same."""
    codec = Codec()
    with mock.patch.object(msgspec, "defstruct", side_effect=TypeError("refused")):
        assert codec._structs.of(Around)[0] is msgspec.Raw
        assert read(codec, Around, {"plain": 1}) == Around(plain=1)
    assert codec._structs.of(Around)[0] is not msgspec.Raw
    assert read(codec, list[Around], [{"again": {"plain": 1}}]) == [Around(again=Around(plain=1))]
