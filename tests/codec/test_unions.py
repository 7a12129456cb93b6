"""Which member of a union a value becomes, wherever the union is."""

from __future__ import annotations

import json
from typing import Annotated, Any

import pytest
from attrs import define, field

from trunkline._codec.codec import Codec, to_wire
from trunkline.model import Discriminator, Model, OpenStrEnum
from trunkline.operation import Operation, Paging


class Speed(OpenStrEnum):
    AUTO = "auto"
    SLOW = "slow"


@define(kw_only=True)
class Voice(Model):
    kind: str = field(metadata={"wire": "kind"})
    label: str | None = field(default=None, metadata={"wire": "label"})


@define(kw_only=True)
class Data(Model):
    kind: str = field(metadata={"wire": "kind"})
    label: str | None = field(default=None, metadata={"wire": "label"})


@define(kw_only=True)
class Charge(Model):
    kind: str = field(metadata={"wire": "kind"})


@define(kw_only=True)
class Wide(Model):
    name: str = field(metadata={"wire": "name"})
    size: int | None = field(default=None, metadata={"wire": "size"})
    seats: int | None = field(default=None, metadata={"wire": "seats"})


@define(kw_only=True)
class Narrow(Model):
    name: str = field(metadata={"wire": "name"})
    size: str | None = field(default=None, metadata={"wire": "size"})
    gauge: int = field(metadata={"wire": "gauge"})


Line = Annotated[Voice | Data, Discriminator("kind", {"voice": "Voice", "data": "Data"})]
Based = Annotated[Voice | Data | Charge, Discriminator("kind", {"voice": "Voice", "data": "Data"})]


@define(kw_only=True)
class Box(Model):
    line: Line | None = field(default=None, metadata={"wire": "line"})
    lines: list[Line] | None = field(default=None, metadata={"wire": "lines"})
    by_name: dict[str, Line] | None = field(default=None, metadata={"wire": "by_name"})
    based: list[Based] | None = field(default=None, metadata={"wire": "based"})
    either: Wide | Narrow | None = field(default=None, metadata={"wire": "either"})
    listed: list[Wide] | list[Narrow] | None = field(default=None, metadata={"wire": "listed"})
    ids: list[int] | list[str] | None = field(default=None, metadata={"wire": "ids"})
    rate: Speed | float | None = field(default=None, metadata={"wire": "rate"})
    word: Speed | str | None = field(default=None, metadata={"wire": "word"})
    free: Wide | dict[str, int] | None = field(default=None, metadata={"wire": "free"})
    text: Wide | str | None = field(default=None, metadata={"wire": "text"})


DATA = {"kind": "data", "label": "5G"}


def operation(response: str, **more: Any) -> Operation[Any]:
    return Operation(
        api="t", id="a.b", title="", method="GET", path="/", namespace=__name__, response=response, **more
    )


def read(response: str, value: Any) -> Any:
    """The value as the type, the same from the second time on, and back as it came."""
    codec, data = Codec(), json.dumps(value).encode()
    first, second = (codec.decode(operation(response), data) for _ in range(2))
    assert first == second
    assert to_wire(first) == to_wire(second) == value
    return second


@pytest.mark.parametrize("response", ["Line", "Based"])
def test_a_discriminator_counts_in_the_response_itself(response: str) -> None:
    assert read(response, DATA) == Data(kind="data", label="5G")
    assert read(f"list[{response}]", [DATA, {"kind": "voice"}]) == [
        Data(kind="data", label="5G"),
        Voice(kind="voice"),
    ]
    assert read(f"dict[str, {response}]", {"a": DATA}) == {"a": Data(kind="data", label="5G")}


def test_a_discriminator_counts_in_rows_of_a_page() -> None:
    op = operation("Any", paging=Paging(row_type="Line"))
    for codec in [Codec()] * 2:
        page = codec.decode_page(op, json.dumps({"value": [DATA, {"kind": "new"}]}).encode())
        assert page.rows == [Data(kind="data", label="5G"), {"kind": "new"}]


def test_a_discriminator_counts_in_fields_lists_and_maps_of_a_model() -> None:
    box = read("Box", {"line": DATA, "lines": [DATA], "by_name": {"a": DATA}})
    data = Data(kind="data", label="5G")
    assert box == Box(line=data, lines=[data], by_name={"a": data})


def test_an_unknown_tag_gives_the_base_and_never_the_first_class() -> None:
    assert read("Based", {"kind": "sat", "z": 1}) == Charge(kind="sat")
    assert read("Box", {"based": [{"kind": "sat"}, DATA]}).based == [
        Charge(kind="sat"),
        Data(kind="data", label="5G"),
    ]


def test_an_unknown_tag_without_a_base_gives_the_value_as_it_came() -> None:
    assert read("Line", {"kind": "sat"}) == {"kind": "sat"}
    assert read("list[Line]", [{"kind": "sat"}, DATA]) == [{"kind": "sat"}, Data(kind="data", label="5G")]
    box = read("Box", {"line": {"kind": "sat"}})
    assert (box.line, box.extra) == (None, {"line": {"kind": "sat"}})


def test_a_missing_tag_is_not_decided_by_order() -> None:
    assert read("Line", {"label": "5G"}) == {"label": "5G"}


@pytest.mark.parametrize(
    ("wire", "value", "kind"),
    [
        ("either", {"name": "a", "gauge": 1}, Narrow),
        ("either", {"name": "a", "seats": 1}, Wide),
        ("either", {"name": "a", "size": 1}, Wide),
        ("either", {"name": "a", "size": "x", "gauge": 2}, Narrow),
        ("free", {"name": "a"}, Wide),
        ("free", {"x": 1}, dict),
        ("text", {"unknown": 1}, Wide),
        ("text", "x", str),
        ("rate", 12.25, float),
        ("rate", "auto", Speed),
        ("word", "other", str),
        ("word", "slow", Speed),
    ],
)
def test_without_a_discriminator_the_best_fit_by_required_and_known_keys(
    wire: str, value: Any, kind: type
) -> None:
    assert type(getattr(read("Box", {wire: value}), wire)) is kind


def test_an_empty_object_is_one_of_the_models() -> None:
    assert type(read("Box", {"either": {}}).either) in (Wide, Narrow)
    assert type(read("Wide | Narrow", {})) in (Wide, Narrow)


def test_lists_are_told_apart_by_their_items() -> None:
    assert read("Box", {"listed": [{"name": "a", "gauge": 1}]}).listed == [Narrow(name="a", gauge=1)]
    assert read("Box", {"ids": ["1", "2"]}).ids == ["1", "2"]
    assert read("list[int] | list[str]", [1, 2]) == [1, 2]


@pytest.mark.parametrize("value", [12.25, 12, True, {}, []])
def test_no_value_of_another_kind_becomes_the_text_of_an_enum(value: Any) -> None:
    codec = Codec()
    for _ in range(2):
        box = codec.decode(operation("Box"), json.dumps({"word": value}).encode())
        assert (box.word, box.extra) == (None, {"word": value})
