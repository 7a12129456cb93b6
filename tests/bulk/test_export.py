"""bulk.export: every row once, by the requests that the sandbox saw; resumed at the page after a kill."""

from __future__ import annotations

import asyncio
import csv
import datetime
import json
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve
from pyarrow import parquet

from tests.bulk.test_apply import client_of as idi_client_of
from tests.runtime_doubles import SEARCH, FakeTransport, client_of, responds
from trunkline import Model, auth, bulk
from trunkline.bulk._arrow import ArrowColumns
from trunkline.bulk._table import Table
from trunkline.errors import AuthError, CheckpointError, PagingError
from trunkline.operation import Paging
from trunkline.sandbox import Sandbox

ROWS = 730


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(rows=ROWS) as running:
        yield running


def ids(path: Path) -> list[int]:
    if path.suffix == ".parquet":
        return list(parquet.read_table(path)["device_id"].to_pylist())
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            return [int(row["device_id"]) for row in csv.DictReader(file)]
        return [json.loads(line)["device_id"] for line in file]


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
async def test_every_row_once(sandbox: Sandbox, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"devices.{ending}"
    seen: list[bulk.Progress] = []
    async with idi_client_of(sandbox) as client:
        report = await bulk.export(client.device.search(top=100), path, progress=seen.append)
    assert report.rows == ROWS
    assert sorted(ids(path)) == list(range(1000, 1000 + ROWS))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600  # devices have PINs
    assert [each.name for each in tmp_path.glob("*")] == [path.name]  # noqa: ASYNC240
    assert len(sandbox.requests.of("device.search")) == report.pages
    assert seen[-1].done == ROWS


@pytest.mark.parametrize("after", [0, 3, 6])
async def test_cancelled_export_goes_on_after_its_last_page(
    sandbox: Sandbox, tmp_path: Path, after: int
) -> None:
    path = tmp_path / "devices.jsonl"

    def die(progress: bulk.Progress) -> None:
        if progress.done > after * 100:
            running.cancel()

    async with idi_client_of(sandbox) as client:
        pager = client.device.search(top=100)
        running = asyncio.ensure_future(bulk.export(pager, path, progress=die))
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not path.exists()
        with pytest.raises(CheckpointError, match="unfinished export"):
            await bulk.export(pager, path)
        with pytest.raises(CheckpointError, match="another collection"):
            await bulk.export(client.device.search(top=50), path, resume=True)
        sandbox.requests.clear()
        report = await bulk.export(pager, path, resume=True)
    assert report.restored >= (after + 1) * 100
    assert sorted(ids(path)) == list(range(1000, 1000 + ROWS))
    # only the pages that were not kept (one more may arrive that the cancelled run had sent ahead)
    missing = report.pages - -(-report.restored // 100)
    assert len(sandbox.requests.of("device.search")) <= missing + 1


async def test_export_of_one_tenant_is_not_resumed_against_another(tmp_path: Path) -> None:
    """However address and user are given: the same request to another place, or as another user."""
    path = tmp_path / "a.jsonl"
    pages = [{"value": [{"deviceID": 1}], "@odata.nextLink": "device?$skiptoken=1"}, {"value": []}]

    def client(**settings: Any) -> Any:
        return client_of(FakeTransport(responds(200, pages[0]), responds(401, {})), **settings)

    one = auth.BasicAuth("one", "x")
    with pytest.raises(AuthError):
        await bulk.export(client(auth=one).paginate(SEARCH), path)
    for other, says in (
        ({"auth": auth.BasicAuth("two", "x")}, "another user:"),
        ({"auth": one, "routes": {"device.get": "GET /d/{deviceID}"}}, "another set of routes:"),
    ):
        with pytest.raises(CheckpointError, match=says):
            await bulk.export(client(**other).paginate(SEARCH), path, resume=True)
    last = client_of(FakeTransport(responds(200, pages[1])), auth=auth.BasicAuth("one", "y"))
    assert (await bulk.export(last.paginate(SEARCH), path, resume=True)).rows == 1


@pytest.mark.parametrize("harm", ["cut", "flip", "append", "head", "other"])
async def test_damaged_pages_are_fetched_again(sandbox: Sandbox, tmp_path: Path, harm: str) -> None:
    """Nothing is lost or doubled by them: the walk goes on after the last page that is whole."""
    path, kept = tmp_path / "devices.jsonl", tmp_path / "devices.jsonl.export"

    def die(progress: bulk.Progress) -> None:
        if progress.done >= 400:
            running.cancel()

    async with idi_client_of(sandbox) as client:
        pager = client.device.search(top=100)
        running = asyncio.ensure_future(bulk.export(pager, path, progress=die))
        with pytest.raises(asyncio.CancelledError):
            await running
        content = kept.read_bytes()
        middle = len(content) // 2
        kept.write_bytes(
            {
                "cut": content[:-700],
                "flip": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
                "append": content + b'{"rows": 100, "token": null, "bytes": 3, "crc": 5}\nabc',
                "head": b"x" + content,
                "other": b"",
            }[harm]
        )
        if harm == "head":
            with pytest.raises(CheckpointError, match="not an unfinished export of this version"):
                await bulk.export(pager, path, resume=True)
            return
        report = await bulk.export(pager, path, resume=True)
    assert report.restored <= {"cut": 300, "flip": 300, "append": 700, "other": 0}[harm]
    assert sorted(ids(path)) == list(range(1000, 1000 + ROWS))


async def test_two_exports_into_one_file_refuse_each_other_and_leave_nothing(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """Whatever states they have; what a killed one left half-written is removed."""
    path = tmp_path / "devices.jsonl"
    (tmp_path / ".devices.jsonl.4194305.part").write_text("half")  # beyond the highest process number
    async with idi_client_of(sandbox) as client:
        pager = client.device.search(top=100)
        both = await asyncio.gather(
            bulk.export(pager, path),
            bulk.export(pager, path, state=tmp_path / "other"),
            return_exceptions=True,
        )
    refused = [one for one in both if isinstance(one, BaseException)]
    assert [isinstance(one, CheckpointError) for one in refused] == [True]
    assert "in use" in str(refused[0])
    assert sorted(ids(path)) == list(range(1000, 1000 + ROWS))
    assert [each.name for each in tmp_path.glob("*")] == [path.name]  # noqa: ASYNC240


@pytest.mark.parametrize("cap", [1, 7, 50, 99, 500])
@pytest.mark.parametrize("count", [None, 30, 1000])
async def test_server_without_links_that_cuts_at_any_size_lost_rows(
    tmp_path: Path, cap: int, count: int | None
) -> None:
    """Neither the size of a page nor a count, which may be approximate, proves the end."""

    def page(request: Any, headers: Any) -> Any:
        skip = int(request.url.query.get("$skip", 0))
        rows = [{"deviceID": n} for n in range(skip, min(skip + cap, 120))]
        return responds(200, {"value": rows} | ({"@odata.count": count} if count else {}))

    report = await bulk.export(client_of(FakeTransport(page)).paginate(SEARCH), tmp_path / "devices.jsonl")
    assert report.rows == 120
    assert len((tmp_path / "devices.jsonl").read_text().splitlines()) == 120


@pytest.mark.parametrize("status", [400, 404])
async def test_vendor_that_refuses_to_look_behind_the_end_has_sent_all(tmp_path: Path, status: int) -> None:
    transport = FakeTransport(responds(200, {"value": [{"deviceID": 1}]}), responds(status, {}))
    report = await bulk.export(client_of(transport).paginate(SEARCH), tmp_path / "devices.jsonl")
    assert (report.rows, len(transport.sent)) == (1, 2)


async def test_schema_is_the_same_whatever_the_rows_hold(sandbox: Sandbox, tmp_path: Path) -> None:
    async with idi_client_of(sandbox) as client:
        for name, skip in (("some", 0), ("none", ROWS)):
            await bulk.export(client.device.search(top=500, skip=skip), tmp_path / f"{name}.parquet")
    some, none = (parquet.read_schema(tmp_path / f"{name}.parquet") for name in ("some", "none"))
    assert some.equals(none)
    assert some.names[-1] == "extra"


async def test_masked_export_holds_no_key_material(sandbox: Sandbox, tmp_path: Path) -> None:
    async with idi_client_of(sandbox) as client:
        pins = {row.pin async for row in client.device.search(top=500) if isinstance(row.pin, str)}
        await bulk.export(client.device.search(top=500), tmp_path / "a.jsonl", mask=True)
    text = (tmp_path / "a.jsonl").read_text()
    assert pins
    assert not [pin for pin in pins if f'"{pin}"' in text]


@define
class Kinds(Model):
    """One field of each kind that a column can have."""

    number: int | None = None
    amount: Decimal | None = None
    at: datetime.datetime | None = None
    day: datetime.date | None = None
    flag: bool | None = None
    text: str | None = None
    nested: dict[str, Any] | None = None


AT = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)
FITS = {
    "number": 7,
    "amount": Decimal("1.10"),
    "at": AT,
    "day": AT.date(),
    "flag": True,
    "text": "a",
    "nested": {"a": 1},
}


def columns_of(*rows: Any) -> tuple[dict[str, list[Any]], Table]:
    table = Table(Kinds)
    return ArrowColumns(table).batch(rows).to_pydict(), table


def test_values_go_to_the_columns_of_their_types() -> None:
    found, table = columns_of(Kinds(**FITS), Kinds())
    shown = FITS | {"nested": '{"a":1}'}
    assert {name: values[0] for name, values in found.items() if name != "extra"} == shown
    assert all(values[1] is None for values in found.values())
    assert table.misfits == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("number", "one"),
        ("number", 2**63),
        ("number", True),
        ("amount", Decimal("0.0000000000001")),
        ("amount", Decimal("1e40")),
        ("at", AT.replace(tzinfo=None)),
        ("day", AT),
        ("flag", 1),
    ],
)
def test_value_that_its_column_cannot_hold_goes_to_extra(name: str, value: Any) -> None:
    """Neither rounded nor dropped, next to rows whose values fit."""
    row: Any = Kinds(**FITS)
    setattr(row, name, value)
    found, table = columns_of(Kinds(**FITS), row)
    assert found[name][1] is None
    assert found[name][0] == FITS[name]
    assert found["extra"][0] is None
    assert name in json.loads(found["extra"][1])
    assert table.misfits == 1


def test_text_that_utf8_cannot_hold_is_written_as_an_escape() -> None:
    found, _ = columns_of(Kinds(text="half \ud800"), Kinds(text="é"))
    assert found["text"] == ["half \\ud800", "é"]


@define
class Item(Model):
    n: int | None = None


@define
class Order(Model):
    id: int | None = None
    items: list[Item] | None = None


ORDERS = evolve(SEARCH, namespace=__name__, paging=Paging(row_type="Order"), response="Any")


def orders_client(links: dict[str, Any], order: dict[str, Any], *, page: str = "") -> tuple[Any, Any]:
    """A client whose collection is one order, and what it asked; links: responses by the query's `part`."""

    def respond(request: Any, headers: Any) -> Any:
        part = request.url.query.get("part")
        return responds(200, {"value": [order]} if part is None else links[part])

    transport = FakeTransport(respond)
    return client_of(transport), transport


CUT = {"id": 7, "items": [{"n": 1}], "items@odata.nextLink": "order?part=2", "items@odata.count": 4}
PARTS = {
    "2": {"value": [{"n": 2}, {"n": 3}], "@odata.nextLink": "order?part=3"},
    "3": {"value": [{"n": 4}]},
}


@pytest.mark.parametrize("row_type", ["Order", "Any"])
async def test_list_inside_a_row_is_followed_to_its_end(tmp_path: Path, row_type: str) -> None:
    made, _ = orders_client(PARTS, CUT)
    operation = evolve(ORDERS, paging=Paging(row_type=row_type))
    async with made as client:
        report = await bulk.export(client.paginate(operation), tmp_path / "a.jsonl")
    row = json.loads((tmp_path / "a.jsonl").read_text())
    items = row["items"] if row_type == "Order" else row["value"]["items"]
    assert [item["n"] for item in items] == [1, 2, 3, 4]
    assert (report.followed, report.cut) == (1, {})
    assert "nextLink" not in (tmp_path / "a.jsonl").read_text()


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
@pytest.mark.parametrize("depth", [60, 900, 3_000])
@pytest.mark.parametrize("row_type", ["Order", "Any"])
async def test_row_nested_too_deeply_ended_the_export(
    tmp_path: Path, ending: str, depth: int, row_type: str
) -> None:
    """It costs its own field, which is text; a killed run reads it again from the pages that are kept."""
    deep = '{"k]":["\\"[",' * depth + "1.10" + "]}" * depth
    pages = [
        b'{"value": [{"id": 1}, {"id": 2, "new": %s}, {"id": 3, "items": %s}]'
        b', "@odata.nextLink": "order?part=2"}' % (deep.encode(), deep.encode()),
        b'{"value": [{"id": 4}]}',
    ]
    fails = iter([True, False])

    def respond(request: Any, headers: Any) -> Any:
        if request.url.query.get("part") is None:
            return responds(200, pages[0])
        return responds(401, {}) if next(fails) else responds(200, pages[1])

    transport, path = FakeTransport(respond), tmp_path / f"a.{ending}"
    operation = evolve(ORDERS, paging=Paging(row_type=row_type))
    async with client_of(transport, auth=auth.BasicAuth("one", "x")) as client:
        with pytest.raises(AuthError):
            await bulk.export(client.paginate(operation), path)
        report = await bulk.export(client.paginate(operation), path, resume=True)
    assert (report.rows, report.restored, report.deep) == (4, 3, 2)
    assert len([one for one, _ in transport.sent if one.url.query.get("part") is None]) == 1
    if ending == "parquet":
        rows = parquet.read_table(path).to_pylist()
    elif ending == "csv":
        rows = list(csv.DictReader(path.read_text().splitlines()))
    else:
        rows = [json.loads(line) for line in path.read_text().splitlines()]
    if row_type == "Any":
        rows = [one["value"] for one in rows]
        rows = [json.loads(one) if isinstance(one, str) else one for one in rows]
        extras = [{name: one[name] for name in one if name != "id"} for one in rows]
    else:
        extras = [one.get("extra") or "null" for one in rows]
        extras = [json.loads(one) if isinstance(one, str) else one for one in extras]
    assert [int(one["id"]) for one in rows] == [1, 2, 3, 4]
    assert [extras[1], extras[2]] == [{"new": deep}, {"items": deep}]


async def test_server_that_links_to_empty_pages_for_ever_is_left_and_resumed(tmp_path: Path) -> None:
    """The pages are kept, so that a collection with a long empty stretch is whole after one more run."""
    path, ends = tmp_path / "a.jsonl", 1_400

    def respond(request: Any, headers: Any) -> Any:
        part = int(request.url.query.get("part", 0))
        rows = [{"id": part}] if part in (0, ends) else []
        link = {} if part == ends else {"@odata.nextLink": f"order?part={part + 1}"}
        return responds(200, {"value": rows, **link})

    transport = FakeTransport(respond)
    async with client_of(transport) as client:
        with pytest.raises(PagingError, match="1,000 pages in succession had no rows"):
            await bulk.export(client.paginate(ORDERS), path)
        assert len(transport.sent) == 1_001
        report = await bulk.export(client.paginate(ORDERS), path, resume=True)
    assert (report.rows, report.pages, len(transport.sent)) == (2, ends + 1, ends + 1)  # each asked for once
    assert [json.loads(line)["id"] for line in path.read_text().splitlines()] == [0, ends]


async def test_part_of_a_list_nested_too_deeply_ended_the_export(tmp_path: Path) -> None:
    deep = "[" * 900 + "]" * 900
    part = responds(200, f'{{"value": [{{"n": 2, "new": {deep}}}]}}'.encode())
    transport = FakeTransport(
        lambda request, _: part if request.url.query.get("part") else responds(200, {"value": [CUT]})
    )
    async with client_of(transport) as client:
        report = await bulk.export(client.paginate(ORDERS), tmp_path / "a.jsonl")
    assert (report.followed, report.cut, report.deep) == (1, {}, 1)
    assert deep in (tmp_path / "a.jsonl").read_text()


async def test_field_nested_too_deeply_is_masked_as_a_whole(tmp_path: Path) -> None:
    deep = '{"pin": "4711", "new": ' * 2000 + "1" + "}" * 2000
    body = responds(200, f'{{"value": [{{"id": 1, "new": {deep}}}]}}'.encode())
    async with client_of(FakeTransport(body)) as client:
        await bulk.export(client.paginate(ORDERS), tmp_path / "a.jsonl", mask=True)
    assert json.loads((tmp_path / "a.jsonl").read_text()) == {"id": 1, "extra": {"new": "***"}}


async def test_field_that_did_not_come_was_exported_as_null(tmp_path: Path) -> None:
    page = {"value": [{"id": 1, "items": None}, {"id": None, "new": 2}, {"items": "odd"}]}
    async with client_of(FakeTransport(responds(200, page))) as client:
        await bulk.export(client.paginate(ORDERS), tmp_path / "a.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert rows == [
        {"id": 1, "items": None, "extra": None},
        {"id": None, "extra": {"new": 2}},
        {"items": None, "extra": {"items": "odd"}},
    ]


async def test_list_inside_a_list_of_a_row_is_followed_too(tmp_path: Path) -> None:
    order = {"id": 7, "lines": [{"parts": [1], "parts@odata.nextLink": "order?part=2"}]}
    made, _ = orders_client({"2": {"value": [2]}}, order)
    async with made as client:
        await bulk.export(client.paginate(evolve(ORDERS, paging=Paging())), tmp_path / "a.jsonl")
    assert json.loads((tmp_path / "a.jsonl").read_text())["value"]["lines"] == [{"parts": [1, 2]}]


@pytest.mark.parametrize(
    ("link", "part"),
    [
        ("https://elsewhere.test/order?part=2", None),
        ("order?part=2", {"error": "no"}),
        ("order?part=2", {"value": [{"n": 2}], "@odata.nextLink": "order?part=2"}),
        (5, None),
    ],
)
async def test_list_whose_rest_cannot_be_had_is_told_and_the_export_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, link: Any, part: Any
) -> None:
    """Another host gets no credentials; no response of the list's ends the export."""
    made, transport = orders_client({"2": part}, {**CUT, "items@odata.nextLink": link})
    async with made as client:
        report = await bulk.export(client.paginate(ORDERS), tmp_path / "a.jsonl")
    assert report.cut == {"items": 1}
    assert "is not whole" in caplog.text
    assert {request.url.host for request, _ in transport.sent} == {"vendor.test"}
    row = json.loads((tmp_path / "a.jsonl").read_text())
    assert [item["n"] for item in row["items"]] == [1]
    assert row["extra"]["items@odata.nextLink"] == link


async def test_walk_warns_of_lists_that_it_does_not_follow(caplog: pytest.LogCaptureFixture) -> None:
    made, _ = orders_client(PARTS, CUT)
    async with made as client:
        await client.paginate(ORDERS).all()
        await client.paginate(ORDERS).all()
    assert caplog.text.count("the list 'items' inside a row is not whole") == 1


def test_memory_is_bounded(tmp_path: Path) -> None:
    """A quarter of a million rows take hardly more than a few thousand."""
    script = """
import asyncio, json, resource, sys
from tests.runtime_doubles import SEARCH, FakeTransport, client_of, responds
from trunkline import bulk

async def main(pages, path):
    made = [0]
    def page(request, headers):
        made[0] += 1
        rows = [{"deviceID": made[0] * 500 + n, "name": "x" * 40} for n in range(500)]
        link = {"@odata.nextLink": f"device?$skiptoken={made[0]}"} if made[0] < pages else {}
        return responds(200, {"value": rows, **link})
    async with client_of(FakeTransport(page)) as client:
        report = await bulk.export(client.paginate(SEARCH), path)
    assert report.rows == pages * 500, report
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
"""
    peaks = [
        int(
            subprocess.run(
                [sys.executable, "-c", script, str(pages), str(tmp_path / f"{pages}.jsonl")],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for pages in (10, 500)
    ]
    assert peaks[1] - peaks[0] < 40_000  # kB
