"""Responses into models: the fast way, what it learns, and what is refused."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import pytest

from tests.codec.vendor_models import GET, SEARCH, Cat, Device, Dog, Feature, Rank, Status
from trunkline._codec.annotations import model_fields
from trunkline._codec.codec import Codec, to_wire
from trunkline._codec.exact_json import dumps
from trunkline._codec.learned import MAX_LEARNED
from trunkline.errors import ConfigError, ResponseShapeError
from trunkline.operation import Operation


def decode(text: str, codec: Codec | None = None) -> Device:
    return (codec or Codec()).decode(GET, text.encode())


def is_fast(codec: Codec, text: str) -> bool:
    """Whether a body is read without the careful way."""
    with mock.patch.object(codec, "_read_carefully", side_effect=AssertionError("careful")):
        try:
            codec.decode(GET, text.encode())
        except AssertionError:
            return False
    return True


def test_decode_documented_body_gives_typed_model() -> None:
    """Every documented type arrives as its Python type, money by its digits."""
    body = (
        '{"deviceID": 7, "aKey": "s", "charge": 1.10, "ratio": 2, "active": true, "status": "Active",'
        '"rank": 1, "created": "2016-09-09T17:35:09.156Z", "day": "2020-05-27", "msag": "01/14/2020",'
        '"photo": "aGk=",'
        '"features": [{"Name": "f", "parent": {"deviceID": 8}}], "byName": {"x": {"Name": "g"}},'
        '"pet": {"bark": 1}, "told": {"kind": "feline", "meow": 2}, "anything": {"a": [1.5]}, "mixed": "m"}'
    )
    device = decode(body)
    assert str(device.charge) == "1.10"
    assert device.created == datetime.datetime(2016, 9, 9, 17, 35, 9, 156000, datetime.UTC)
    assert (device.day, device.datetime) == (datetime.date(2020, 5, 27), datetime.date(2020, 1, 14))
    assert (device.status, device.rank, device.photo) == (Status.ACTIVE, Rank.LOW, b"hi")
    assert device.features == [Feature(name="f", parent=Device(device_id=8))]
    assert device.by_name == {"x": Feature(name="g")}
    assert (device.pet, device.told) == (Dog(bark=1), Cat(kind="feline", meow=2))
    assert (device.anything, device.mixed, device.extra) == ({"a": [1.5]}, "m", {})


def test_decode_unknown_enum_value_stays_readable() -> None:
    """Enums are open."""
    device = decode('{"deviceID": 1, "status": "Brand new", "rank": 99}')
    assert device.status == "Brand new"
    assert isinstance(device.status, Status)
    assert not device.status.is_known
    assert (device.rank, type(device.rank)) == (99, Rank)


def test_decode_unknown_field_is_kept_and_learned() -> None:
    """The first body with a new name is slow, the next one fast; both keep it."""
    codec, body = Codec(), '{"deviceID": 1, "new": {"a": 1.5}, "features": [{"deep": [1]}]}'
    for _ in range(2):
        device = decode(body, codec)
        assert device.extra == {"new": {"a": 1.5}}
        assert device.features is not None
        assert device.features[0].extra == {"deep": [1]}
    assert is_fast(codec, body)
    assert decode('{"deviceID": 1}', codec).extra == {}


def test_decode_too_many_or_awkward_unknown_names_still_kept() -> None:
    """Learning is bounded; beyond it nothing is lost either."""
    codec = Codec()
    for index in range(MAX_LEARNED + 5):
        assert decode(f'{{"deviceID": 1, "n{index}": {index}}}', codec).extra == {f"n{index}": index}
    assert decode('{"deviceID": 1, "zz": 1}', codec).extra == {"zz": 1}
    assert decode(r'{"deviceID": 1, "a\"b\n": 1}').extra == {'a"b\n': 1}


@pytest.mark.parametrize(
    ("wire", "name", "sent", "read"),
    [
        ("deviceID", "device_id", '"12"', 12),
        ("deviceID", "device_id", "12.0", 12),
        ("aKey", "a_key", "12.50", "12.50"),
        ("charge", "charge", '"3.10"', Decimal("3.10")),
        ("charge", "charge", '""', None),
        ("ratio", "ratio", '"0.5"', 0.5),
        ("active", "active", '"True"', True),
        ("active", "active", "0", False),
        ("created", "created", '"2020-05-27"', datetime.datetime(2020, 5, 27)),
        ("created", "created", '"2020-05-27T10:00"', datetime.datetime(2020, 5, 27, 10)),
        ("created", "created", '""', None),
        ("day", "day", '"2020-05-27T00:00:00Z"', datetime.date(2020, 5, 27)),
        ("msag", "datetime", '"2020-05-27"', datetime.date(2020, 5, 27)),
        ("msag", "datetime", '""', None),
        ("rank", "rank", '"1"', Rank.LOW),
        ("features", "features", '{"Name": "one"}', [Feature(name="one")]),
        ("photo", "photo", '"aGk"', b"hi"),
        ("deviceID", "device_id", "null", None),
    ],
)
def test_decode_other_type_is_coerced_without_loss_and_learned(
    wire: str, name: str, sent: str, read: Any
) -> None:
    """A documented type that is wrong is read if nothing gets lost, and fast from the second time on."""
    codec, body = Codec(), f'{{"{wire}": {sent}}}'
    for _ in range(2):
        value = getattr(decode(body, codec), name)
        assert value == read
        assert type(value) is type(read)
    assert is_fast(codec, body)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (
            "2024-07-16T09:18:05.6059371-04:00",
            datetime.datetime(2024, 7, 16, 9, 18, 5, 605937, datetime.timezone(datetime.timedelta(hours=-4))),
        ),
        ("2024-07-16T09:18:05", datetime.datetime(2024, 7, 16, 9, 18, 5)),
    ],
)
def test_decode_vendor_moments_are_fast(text: str, read: datetime.datetime) -> None:
    """Seven fraction digits and a missing offset are ordinary here."""
    body = f'{{"deviceID": 1, "created": "{text}"}}'
    assert decode(body).created == read
    assert is_fast(Codec(), body)


MISFITS = [
    ('{"deviceID": "secret5"}', "$.deviceID"),
    ('{"deviceID": "007"}', "$.deviceID"),
    ('{"deviceID": 1.5}', "$.deviceID"),
    ('{"deviceID": true}', "$.deviceID"),
    ('{"charge": "secret5"}', "$.charge"),
    ('{"ratio": 1e999}', "$.ratio"),
    ('{"active": "Y"}', "$.active"),
    ('{"created": "01/14/2020"}', "$.created"),
    ('{"msag": "14/14/2020"}', "$.msag"),
    ('{"day": "2020-05-27T10:00:00Z"}', "$.day"),
    ('{"status": 5}', "$.status"),
    ('{"rank": "High"}', "$.rank"),
    ('{"photo": "?"}', "$.photo"),
    ('{"byName": {"secret5": 3}}', "$.byName"),
    ('{"byName": []}', "$.byName"),
    ('{"features": "secret5"}', "$.features"),
    ('{"features": {}}', "$.features"),
    ('{"features": [null]}', "$.features"),
    ('{"features": [{"Name": "a"}, 5]}', "$.features"),
    ('{"pet": {"moo": 1.5}}', "$.pet"),
    ('{"pet": [1]}', "$.pet"),
    ('{"told": {"kind": "bird", "meow": 1}}', "$.told"),
    ('{"mixed": [1]}', "$.mixed"),
]


@pytest.mark.parametrize(("body", "path"), MISFITS)
def test_a_value_that_its_type_cannot_hold_costs_its_own_field_alone(body: str, path: str) -> None:
    """None in the attribute, the value in `extra` as it came, and it goes back out unchanged."""
    codec, sent = Codec(), {**json.loads(body, parse_float=Decimal), "aKey": "kept"}
    data = dumps(sent)
    field = next(f for f in model_fields(Device) if f.wire == path.removeprefix("$."))
    for _ in range(2):
        device = codec.decode(GET, data)
        assert getattr(device, field.name) is None
        assert device.extra == {field.wire: sent[field.wire]}
        assert device.a_key == "kept"
        assert to_wire(device) == sent
    assert is_fast(codec, data.decode())


@pytest.mark.parametrize(("body", "path"), [one for one in MISFITS if "null" not in one[0]])
def test_strict_raises_for_a_value_that_its_type_cannot_hold(body: str, path: str) -> None:
    """The error holds paths, the body as an attribute, and no value in its text."""
    codec = Codec(strict=True)
    for _ in range(2):
        with pytest.raises(ResponseShapeError) as caught:
            decode(body, codec)
        assert caught.value.paths[0].startswith(path)
        assert "secret5" not in str(caught.value)
        assert caught.value.__cause__ is caught.value.__context__ is None


def test_odd_items_deep_inside_cost_the_innermost_field() -> None:
    """What stands around it is typed."""
    sent = {"features": [{"Name": "a"}, {"Name": "b", "parent": {"deviceID": "x", "aKey": "k"}}]}
    for device in (codec := Codec()).decode(GET, data := json.dumps(sent).encode()), codec.decode(GET, data):
        assert device.features is not None
        inner = device.features[1].parent
        assert inner is not None
        assert (inner.device_id, inner.a_key, inner.extra) == (None, "k", {"deviceID": "x"})
        assert to_wire(device) == sent


def test_one_warning_for_each_operation_and_field(caplog: pytest.LogCaptureFixture) -> None:
    """Not one a row; without the value."""
    codec = Codec()
    for _ in range(3):
        codec.decode(GET, b'{"deviceID": "secret5", "active": "Y"}')
        codec.decode_page(SEARCH, b'{"value": [{"deviceID": "secret5"}, {"deviceID": "secret5"}]}')
    texts = [record.getMessage() for record in caplog.records]
    assert [text.split(" came")[0] for text in texts] == [
        "test.device.get: Device.deviceID",
        "test.device.get: Device.active",
        "test.device.search: Device.deviceID",
    ]
    assert "secret5" not in "".join(texts)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ("[]", "$"),
        ('"secret5"', "$"),
        ("<html>secret5</html>", "$"),
        ("", "$"),
        ("{", "$"),
        ('{"deviceID": NaN}', "$"),
    ],
)
def test_decode_a_whole_response_of_another_shape_carries_the_body(body: str, path: str) -> None:
    """The error holds a path and the body, whose values its text does not show."""
    with pytest.raises(ResponseShapeError) as caught:
        decode(body)
    assert path in caught.value.paths
    assert "secret5" not in str(caught.value) + repr(caught.value)
    assert ("secret5" in body) == ("secret5" in str(caught.value.body))
    assert caught.value.__cause__ is None
    assert "device.get" in str(caught.value)


@pytest.fixture
def usual_depth() -> Iterator[None]:
    """Python's own recursion limit; tools that ran in this process before may have left a higher one."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"anything":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"aKey":"\xff"}',
        b'{"aKey":"\\ud800", "deviceID": NaN}',
    ],
    ids=["open", "deep", "not utf-8", "not a number"],
)
def test_decode_hostile_bytes_raise_only_shape_errors(data: bytes, usual_depth: None) -> None:
    """Depth and broken text stay inside the tree."""
    for call in (Codec().decode, Codec().decode_page):
        with pytest.raises(ResponseShapeError):
            call(GET, data)


def test_text_that_was_cut_within_an_emoji_cost_its_page() -> None:
    """RFC 8259 section 8.2 allows half a surrogate pair."""
    device = decode('{"deviceID": 1, "charge": 0.10, "aKey": "black \\ud83d"}')
    assert (device.device_id, device.a_key, str(device.charge)) == (1, "black \ud83d", "0.10")
    page = Codec().decode_page(SEARCH, b'{"value": [{"deviceID": 1}, {"aKey": "\\uDE00"}, {"deviceID": 3}]}')
    assert [row.device_id for row in page.rows] == [1, None, 3]


def test_decode_huge_numbers_are_exact() -> None:
    """No number loses digits."""
    digits = "123456789012345678901234567890"
    device = decode(f'{{"deviceID": {digits}, "charge": 0.{digits}, "anything": 1e400}}')
    assert device.device_id == int(digits)
    assert str(device.charge) == f"0.{digits}"
    assert device.anything == Decimal("1e400")


def test_decode_duplicate_keys_last_wins() -> None:
    """As every JSON reader does."""
    assert decode('{"deviceID": 1, "deviceID": 2}').device_id == 2


def test_decode_union_takes_a_class_name_as_its_tag() -> None:
    """OpenAPI's implicit mapping."""
    assert decode('{"told": {"kind": "Dog"}}').told == Dog(kind="Dog")


@pytest.mark.parametrize("expression", ["Nowhere", "list[", "Device.x"])
def test_decode_unreadable_type_text_says_to_generate_again(expression: str) -> None:
    """A stale generated package."""
    op: Operation[Any] = Operation(
        api="t", id="a.b", title="", method="GET", path="/", namespace=GET.namespace, response=expression
    )
    with pytest.raises(ConfigError, match="generator"):
        Codec().decode(op, b"{}")


@pytest.mark.parametrize(
    ("body", "ids", "count", "link", "extra"),
    [
        ('{"value": [{"deviceID": 1}, {"deviceID": 2}]}', [1, 2], None, None, {}),
        ('{"@odata.nextLink": "/n", "value": [{"deviceID": 1}], "@odata.count": 9}', [1], 9, "/n", {}),
        ('{"@nextLink": "/n", "@count": "9", "value": []}', [], 9, "/n", {}),
        ('{"value": [], "@odata.nextLink": null, "@count": null}', [], None, None, {}),
        ('{"value": [], "@odata.nextLink": ""}', [], None, None, {}),
        ('{"value": [{"deviceID": 1}], "more": 2.5}', [1], None, None, {"more": 2.5}),
        ('{"value": null}', [], None, None, {}),
        ("{}", [], None, None, {}),
        ('\n [{"deviceID": 1}]', [1], None, None, {}),
        ('{"deviceID": 1, "status": "Active"}', [1], None, None, {}),
        ('{"deviceID": "1"}', [1], None, None, {}),
        ('{"value": [{"deviceID": 1}, {"deviceID": "x"}]}', [1, None], None, None, {}),
        ('[{"deviceID": "x"}]', [None], None, None, {}),
        ('{"value": [{"deviceID": 1}, null, "odd"]}', [1, None, None], None, None, {}),
        ('{"value": [], "@odata.count": "many"}', [], None, None, {"@odata.count": "many"}),
    ],
)
def test_decode_page_shapes(
    body: str, ids: list[int], count: int | None, link: str | None, extra: Any
) -> None:
    """Wrapped, bare or single, keys in any order; the same again once learned."""
    codec = Codec()
    for _ in range(3):
        page = codec.decode_page(SEARCH, body.encode())
        assert [row.device_id for row in page.rows] == ids
        assert (page.count, page.next_link, page.extra) == (count, link, extra)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ('{"error": "no"}', "$"),
        ('{"value": "x"}', "$"),
        ("5", "$"),
    ],
)
def test_decode_page_refuses_other_shapes(body: str, path: str) -> None:
    """An object that is neither a collection nor a row is no empty page."""
    with pytest.raises(ResponseShapeError) as caught:
        Codec().decode_page(SEARCH, body.encode())
    assert caught.value.paths == (path,)


def test_decode_page_changes_of_shape_are_seen_every_time() -> None:
    """A single object does not make a later collection look like a row."""
    codec = Codec()
    for body, ids in [('{"deviceID": 1}', [1]), ('{"value": [{"deviceID": 2}]}', [2]), ("[]", [])] * 2:
        assert [row.device_id for row in codec.decode_page(SEARCH, body.encode()).rows] == ids


def test_fast_way_imports_no_cattrs() -> None:
    """cattrs costs 13 ms and is for what goes out and for surprises."""
    code = (
        "import sys; from tests.codec.vendor_models import GET; from trunkline._codec.codec import Codec;"
        "Codec().decode(GET, b'{\"deviceID\": 1}'); sys.exit('cattrs' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2]).returncode
        == 0
    )


def test_two_codecs_learn_apart() -> None:
    """What one client saw does not change another's structs."""
    first, second = Codec(), Codec()
    decode('{"deviceID": 1, "new": 1}', first)
    assert is_fast(first, '{"deviceID": 1, "new": 1}')
    assert not is_fast(second, '{"deviceID": 1, "new": 1}')
    assert msgspec.json.encode(decode('{"deviceID": 1, "new": 1}', second).extra) == b'{"new":1}'
