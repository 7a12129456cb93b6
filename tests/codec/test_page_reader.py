"""Large pages are read in pieces: the same rows as whole, wherever a cut could mislead."""

from __future__ import annotations

import json

import pytest
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st

from tests.runtime_doubles import SEARCH as BARE
from tests.runtime_doubles import FakeTime, FakeTransport, client_of, responds
from trunkline import Model
from trunkline._codec import page_reader
from trunkline._codec.codec import Codec
from trunkline._codec.page_reader import ComingRows
from trunkline.errors import ResponseShapeError


@define
class Phone(Model):
    device_id: int | None = field(default=None, metadata={"wire": "deviceID"})
    a_key: str | None = field(default=None, metadata={"wire": "aKey"})


SEARCH = evolve(BARE, namespace=__name__, paging=evolve(BARE.paging, row_type="Phone"))
LINK = "https://vendor.test/root/api/device?$skiptoken=1"


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """A cut after every few rows."""
    monkeypatch.setattr(page_reader, "_PIECE", 20)
    monkeypatch.setattr(page_reader, "_LARGE", 1)


def page(rows, /, indent=None, **keys) -> bytes:
    return json.dumps({"@odata.nextLink": LINK, "value": rows, **keys}, indent=indent).encode()


def whole(monkeypatch, data: bytes):
    with monkeypatch.context() as patch:
        patch.setattr(page_reader, "_LARGE", len(data) + 1)
        return Codec().decode_page(SEARCH, data)


def coming(codec: Codec, data: bytes):
    return codec.coming_page(SEARCH, data, lambda: codec.decode_page(SEARCH, data).rows)


GOOD = [{"deviceID": number, "aKey": f"k{number}"} for number in range(30)]
MISLEADING = {
    "plain": page(GOOD),
    "indented": page(GOOD, indent=2),
    "cut in a text": page([{"deviceID": 1, "aKey": "},{" * 9}, *GOOD, {"aKey": "} , { \\ \"},{\""}]),
    "cut in a nested list": page([*GOOD, {"deviceID": 1, "unknown": [{"a": 1}, {"b": [{}, {}]}] * 5}]),
    "list after the rows": page(GOOD, later=[{"value": [{}]}, {"value": []}]),
    "link between two lists": page(GOOD)[:-1].replace(b'"@odata.nextLink": "' + LINK.encode() + b'", ', b"")
    + b', "@odata.nextLink": "' + LINK.encode() + b'", "later": [{}, {}]}',
    "base of a link between two lists": page(GOOD)[:-1].replace(LINK.encode(), b"device?$skiptoken=1")
    + b', "@odata.context": "https://vendor.test/root/api/$metadata", "later": [{}, {}]}',
    "list before the rows": b'{"first": [{"value": [{}]}], ' + page(GOOD)[1:],
    "the same name within": b'{"first": {"value": [{"deviceID": 9}, {}]}, ' + page(GOOD)[1:],
    "rows twice": page(GOOD)[:-1] + b', "value": [{"deviceID": 5}, {"deviceID": 6}]}',
    "unknown key late": page([*GOOD, {"deviceID": 31, "unknown": 1}]),
    "odd value late": page([*GOOD, {"deviceID": "31", "aKey": 5}]),
    "odd row late": page([*GOOD, "no object", None]),
    "null row first": page([None, *GOOD]),
    "one row": page(GOOD[:1]),
    "none": page([]),
    "half a pair": page([*GOOD, {"aKey": "x"}]).replace(b'"x"', b'"\\uDE00"'),
    "bare list": json.dumps(GOOD).encode(),
    "rows last and unlinked": json.dumps({"value": GOOD}).encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", MISLEADING)
def test_pieces_give_what_the_whole_gives(name, monkeypatch):
    data = MISLEADING[name]
    expected = whole(monkeypatch, data)
    codec = Codec()
    for _ in range(3):  # what the first one teaches changes how the next is read
        found = codec.decode_page(SEARCH, data)
        assert found == expected
        assert [row.extra for row in found.rows] == [row.extra for row in expected.rows]
        lazily = coming(codec, data)
        if lazily is not None:
            assert list(lazily.rows) == expected.rows
            assert lazily.rows.taken == len(expected.rows)
            assert (lazily.next_link, lazily.odd_link) == (expected.next_link, expected.odd_link)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text('ab{}[],:"\\ \n', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "a", "},{"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.lists(
        st.fixed_dictionaries({}, optional={"deviceID": st.integers(), "aKey": _JSON, "b": _JSON}), max_size=6
    ),
    st.dictionaries(st.sampled_from(["value ", "x", '"value":[{']), _JSON, max_size=2),
    st.dictionaries(st.sampled_from(["value", "y", "z"]), _JSON, max_size=2),
    st.sampled_from([None, 0, 1]),
)
def test_pieces_of_any_page_give_what_the_whole_gives(rows, before, after, indent):
    texts = [json.dumps(part, indent=indent)[1:-1] for part in (before, {"value": rows}, after)]
    data = ("{" + ",".join(text for text in texts if text.strip()) + "}").encode()

    def read(size: int):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(page_reader, "_LARGE", size)
            try:
                return Codec().decode_page(SEARCH, data)
            except ResponseShapeError as error:
                return str(error)

    assert read(1) == read(len(data) + 1)


def test_a_collection_that_cannot_be_cut_is_tried_once(monkeypatch):
    codec, data = Codec(), MISLEADING["list after the rows"]
    codec.decode_page(SEARCH, data)
    codec.decode_page(SEARCH, data)  # the unknown key is known by now
    tried = []
    monkeypatch.setattr(page_reader, "_lists", lambda *args: tried.append(args) or iter(()))
    assert len(codec.decode_page(SEARCH, data).rows) == 30
    assert not tried


def test_rows_are_made_as_they_are_taken(monkeypatch):
    made = []
    lists = page_reader._lists
    monkeypatch.setattr(page_reader, "_lists", lambda *args: (made.append(1) or one for one in lists(*args)))
    parts = coming(Codec(), page(GOOD))
    assert isinstance(parts.rows, ComingRows)
    rows = iter(parts.rows)
    assert next(rows).device_id == 0
    assert len(made) == 1
    assert [row.device_id for row in rows] == list(range(1, 30))
    assert len(made) > 5


async def test_rows_before_an_unreadable_one_are_handed_out_and_the_error_has_its_headers():
    broken = page(GOOD).replace(b'"k29"}', b'"k29"')
    responses = [responds(200, broken, X_Id="7")]
    async with client_of(FakeTransport(*responses), FakeTime()) as client:
        rows = []

        async def take() -> None:
            async for row in client.paginate(SEARCH):
                rows.append(row.device_id)  # noqa: PERF401 -- an error must leave what came before it

        with pytest.raises(ResponseShapeError) as caught:
            await take()
        assert rows == list(range(len(rows)))
        assert len(rows) >= 25
        assert caught.value.headers["X-Id"] == "7"


async def test_a_walk_row_by_row_brings_what_pages_bring():
    pages = [
        {"value": GOOD, "@odata.count": 91, "@odata.nextLink": LINK.replace("=1", "=2")},
        {"value": [*GOOD, {"deviceID": 90, "more": 1}], "@odata.nextLink": LINK.replace("=1", "=3")},
        {"value": GOOD},
    ]
    async with client_of(FakeTransport(*[responds(200, each) for each in pages * 2]), FakeTime()) as client:
        one_by_one = [row async for row in client.paginate(SEARCH)]
        by_pages = [row async for each in client.paginate(SEARCH).pages() for row in each]
    assert one_by_one == by_pages
    assert len(one_by_one) == 91
    assert all(isinstance(row, Phone) for row in one_by_one)
