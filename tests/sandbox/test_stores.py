"""One behaviour on every database: SQLite in memory, SQLite in a file, PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from tests.sandbox import postgres
from tests.sandbox.callers import ADMIN, START, Caller, sign_in, wrap
from trunkline.errors import ConfigError
from trunkline.sandbox import Clock, Sandbox, SandboxConfig, create_app
from trunkline.sandbox.state import SandboxState
from trunkline.sandbox.store import entities

STORES = ("memory", "file", "postgresql")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture
def empty(postgresql: str) -> str:
    """The server with nothing in it."""
    engine = sa.create_engine(postgresql, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()
    return postgresql


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("empty"))
    return "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path}/sandbox.db"


@pytest.fixture(params=STORES[1:])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store that several processes can open."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("empty"))
    return f"sqlite:///{tmp_path}/sandbox.db"


@pytest.fixture
async def sandbox(store: str) -> AsyncIterator[Sandbox]:
    async with Sandbox(rows=60, store=store, clock=Clock(lambda: START)) as sandbox:
        yield sandbox


async def test_reads_searches_and_changes(sandbox: Sandbox, idi: Caller, abzorb: Caller) -> None:
    """Filters, order, pages, JSON Patch and creating, as on any other store."""
    assert (await idi.get("/api/device/1000")).json["deviceID"] == 1000
    for text, count in (
        ("serviceID le 5", 5),
        ("startswith(serviceName,'A') or serviceID eq 60", None),
        ("contains(customerName,'O''Brien')", None),
        ("disconnectDate eq null", 48),
        ("startDate ge 2015-01-01 and not (serviceID gt 30)", 30),
        ("serviceID in (1,2,3)", 3),
    ):
        rows = (await idi.get("/api/service/search", _filter=text, _orderby="serviceID desc")).json["value"]
        assert count is None or len(rows) == count, text
        assert [row["serviceID"] for row in rows] == sorted((row["serviceID"] for row in rows), reverse=True)
    assert (await idi.patch("/api/device/1000", ("replace", "/pin", "4321"))).status == 200
    assert (await idi.get("/api/device/1000")).json["pin"] == "4321"
    order = (await abzorb.post("/Orders/", {"customerId": 20000})).json["orderId"]
    sim = {"networkId": 1, "tariffId": 5120, "connectionType": "New", "cli": ""}
    assert (await abzorb.post("/Orders/AddMobileToOrder", {"orderId": order} | sim)).status == 200
    assert (await abzorb.post("/Orders/SubmitOrder", {"orderId": order})).json["status"] == "Submitted"
    sandbox.clock.advance(121)
    assert (await abzorb.get(f"/Orders/{order}")).json["status"] == "Completed"


async def test_failed_change_is_rolled_back(sandbox: Sandbox, idi: Caller) -> None:
    """All or nothing."""
    path = "/api/service/1/extendedTaxExemption"
    before = (await idi.get(path)).json
    assert (await idi("PUT", path, [{"taxTypeExemptID": 5}, {"taxTypeExemptID": 99}])).status == 400
    assert (await idi.get(path)).json == before


async def test_chosen_key_is_never_given_out(sandbox: Sandbox, idi: Caller) -> None:
    """A device with a number of its own, just above the last one, does not block the next."""
    body = {"deviceStatusID": "2", "handsetCatalogID": 10058}
    chosen = await idi.post("/api/device", body | {"serialNumber": "A1", "deviceID": 1060})
    given = await idi.post("/api/device", body | {"serialNumber": "A2"})
    assert (chosen.json["deviceID"], given.json["deviceID"]) == (1060, 1061)


async def test_snapshot_restore_and_reset(
    sandbox: Sandbox, idi: Caller, session: aiohttp.ClientSession
) -> None:
    """In Python and over HTTP: the rows of the moment come back, keys that were given out too."""
    admin = Caller(session, sandbox.url, ADMIN)

    async def pin() -> Any:
        return (await idi.get("/api/device/1000")).json["pin"]

    first = await pin()
    await idi.patch("/api/device/1000", ("replace", "/pin", "1111"))
    assert (await admin("PUT", "/sandbox/snapshots/changed")).status == 204
    for number in range(2):
        made = await idi.post("/api/sim", {"imsi": "1", "simNumber": "1", "simClassID": 1})
        assert made.json["simID"] == 61
        await idi.patch("/api/device/1000", ("replace", "/pin", "2222"))
        if number:
            sandbox.restore("changed")
        else:
            assert (await admin("POST", "/sandbox/snapshots/changed/restore")).status == 204
        assert await pin() == "1111"
    sandbox.reset()
    assert await pin() == first
    sandbox.restore("changed")
    assert await pin() == "1111"
    assert (await admin.get("/sandbox/snapshots")).json == {"snapshots": ["changed"]}
    assert (await admin("DELETE", "/sandbox/snapshots/changed")).status == 204
    missing = await admin("POST", "/sandbox/snapshots/changed/restore")
    assert (missing.status, "no snapshot is named 'changed'" in missing.json["error"]) == (404, True)
    with pytest.raises(LookupError):
        sandbox.state.drop_snapshot("changed")


async def test_store_that_holds_data_is_not_refilled(shared: str, session: aiohttp.ClientSession) -> None:
    """What was changed is there after a restart; a reset brings the seed back."""
    for wanted in ("4321", "4321"):
        async with Sandbox(rows=20, store=shared) as sandbox:
            idi = Caller(session, sandbox.idi_url, wrap((await sign_in(session, sandbox)).json))
            if (await idi.get("/api/device/1000")).json["pin"] != wanted:
                await idi.patch("/api/device/1000", ("replace", "/pin", wanted))
    async with Sandbox(rows=20, store=shared) as sandbox:
        idi = Caller(session, sandbox.idi_url, wrap((await sign_in(session, sandbox)).json))
        assert (await idi.get("/api/device/1000")).json["pin"] == "4321"
        sandbox.reset()
        assert (await idi.get("/api/device/1000")).json["pin"] != "4321"


async def test_two_on_one_store_never_give_out_one_key_twice(
    shared: str, session: aiohttp.ClientSession
) -> None:
    """Keys come from the store, under load from both."""
    config = SandboxConfig(rows=20, store=shared)
    async with Sandbox(config) as one, Sandbox(config) as two:
        callers = [
            Caller(session, each.idi_url, wrap((await sign_in(session, each)).json)) for each in (one, two)
        ]
        made = await asyncio.gather(
            *(
                callers[i % 2].post("/api/sim", {"imsi": f"x{i}", "simNumber": f"x{i}", "simClassID": 1})
                for i in range(40)
            )
        )
        assert sorted(response.json["simID"] for response in made) == list(range(21, 61))


async def test_dropped_connection_is_opened_again(empty: str, session: aiohttp.ClientSession) -> None:
    """Between two requests nobody notices; reads and changes go on, and health says so."""
    async with Sandbox(rows=20, store=empty) as sandbox:
        idi = Caller(session, sandbox.idi_url, wrap((await sign_in(session, sandbox)).json))
        engine = sa.create_engine(empty, isolation_level="AUTOCOMMIT")
        others = sa.text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        for act in (
            lambda: idi.get("/api/device/1000"),
            lambda: idi.patch("/api/device/1000", ("replace", "/pin", "4321")),
            lambda: Caller(session, sandbox.url).get("/health"),
        ):
            with engine.connect() as connection:
                assert connection.execute(others).rowcount == 1
            assert (await act()).status == 200
        engine.dispose()
        assert (await idi.get("/api/device/1000")).json["pin"] == "4321"


async def test_connection_dropped_in_the_middle_of_a_change(
    empty: str, session: aiohttp.ClientSession
) -> None:
    """500 in the vendor's shape, nothing changed, and the next request is served."""
    async with Sandbox(rows=20, store=empty) as sandbox:
        idi = Caller(session, sandbox.idi_url, wrap((await sign_in(session, sandbox)).json))
        put = sandbox.state.store.put

        def dropping(entity: Any, row: Any) -> None:
            sandbox.state.store._connection.connection.driver_connection.close()
            put(entity, row)

        sandbox.state.store.put = dropping  # type: ignore[method-assign]
        response = await idi.patch("/api/device/1000", ("replace", "/pin", "4321"))
        assert (response.status, "errors" in response.json) == (500, True)
        sandbox.state.store.put = put  # type: ignore[method-assign]
        assert (await idi.get("/api/device/1000")).json["pin"] != "4321"


async def test_health_tells_of_a_store_that_is_gone(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    """503 while requests could not be served."""
    store = sandbox.state.store
    with store.transaction():
        store._connection.exec_driver_sql("DROP TABLE sequence")
    response = await Caller(session, sandbox.url).get("/health")
    assert (response.status, response.json["status"]) == (503, "store unreachable")


async def test_abzorb_number_found_by_index(sandbox: Sandbox, abzorb: Caller) -> None:
    """The busiest query of Abzorb, on every database."""
    response = await abzorb.get("/Connections/?cli=07700900012")
    assert response.json["contractId"] == 104_122
    assert sandbox.state.store.count(entities.AB_CONNECTION) == 60


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql+psycopg://nobody:hunter2@127.0.0.1:1/none", "onnection refused"),
        ("postgresql+psycopg://nobody:hunter2@127.0.0.1:port/none", "no SQLAlchemy URL"),
        ("nonsense:hunter2", "no SQLAlchemy URL"),
        ("sqlite:////no/such/folder/hunter2.db", "unable to open database file"),
    ],
)
def test_store_that_cannot_be_opened_says_why(url: str, why: str) -> None:
    """A ConfigError, without the address, which may hold a password."""
    with pytest.raises(ConfigError, match=why) as caught:
        create_app(SandboxConfig(rows=5, store=url))
    assert "hunter2" not in str(caught.value)


def test_store_whose_driver_is_missing_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match=r"psycopg is not installed.*pip install 'psycopg\[binary\]'"):
        create_app(SandboxConfig(rows=5, store="postgresql+psycopg://nobody@127.0.0.1:1/none"))


@pytest.mark.parametrize("foreign", ["not a database", "CREATE TABLE sequence (other INTEGER)"])
def test_store_of_another_program_is_told_at_the_start(tmp_path: Path, foreign: str) -> None:
    path = tmp_path / "other.db"
    if foreign.startswith("CREATE"):
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute(foreign)
    else:
        path.write_text(foreign * 100)
    with pytest.raises(ConfigError, match=r"not a database|no such column"):
        create_app(SandboxConfig(rows=5, store=f"sqlite:///{path}"))


def test_two_writers_of_one_row_lose_neither_change(shared: str) -> None:
    """The second reads only when the first has written, on every database."""
    first, second = (SandboxState(SandboxConfig(rows=5, store=shared)) for _ in range(2))
    begun, has_read = threading.Event(), threading.Event()

    def change() -> None:
        begun.set()
        with second.store.transaction():
            row = second.store.row(entities.DEVICE, 1000) or {}
            has_read.set()
            second.store.put(entities.DEVICE, row | {"msl": "second"})

    other = threading.Thread(target=change)
    with first.store.transaction():
        row = first.store.row(entities.DEVICE, 1000) or {}
        other.start()
        begun.wait(10)
        assert not has_read.wait(0.2)
        first.store.put(entities.DEVICE, row | {"pin": "first"})
    other.join(30)
    found = first.store.row(entities.DEVICE, 1000) or {}
    assert (found["pin"], found["msl"]) == ("first", "second")
    first.close()
    second.close()


async def test_text_with_a_nul_is_refused_on_every_store(sandbox: Sandbox, idi: Caller) -> None:
    """PostgreSQL cannot keep it; a test that passes on SQLite would fail there."""
    body = {"deviceStatusID": 2, "handsetCatalogID": 10058, "serialNumber": "9\0009"}
    response = await idi.post("/api/device", body)
    assert (response.status, len(sandbox.writes)) == (400, 0)
    assert (await idi.patch("/api/device/1000", ("replace", "/alternateSerialNumber", "a\0b"))).status == 400


async def test_commit_that_fails_leaves_a_store_that_works(sandbox: Sandbox, idi: Caller) -> None:
    """Otherwise every later change fails within the transaction that is still open."""
    connection = sandbox.state.store._connection
    run = connection.exec_driver_sql

    def failing(text: str, *values: Any) -> Any:
        if text == "COMMIT":
            connection.exec_driver_sql = run  # type: ignore[method-assign]
            raise sa.exc.OperationalError(text, None, Exception("disk full"))
        return run(text, *values)

    connection.exec_driver_sql = failing  # type: ignore[method-assign,assignment]
    lost = await idi.patch("/api/device/1000", ("replace", "/pin", "4321"))
    assert (lost.status, len(sandbox.writes)) == (500, 0)
    assert (await idi.get("/api/device/1000")).json["pin"] != "4321"
    assert (await idi.patch("/api/device/1000", ("replace", "/pin", "4321"))).status in (200, 204)
    assert (await idi.get("/api/device/1000")).json["pin"] == "4321"


async def test_copies_that_were_lost_with_a_connection(empty: str, session: aiohttp.ClientSession) -> None:
    """A reset fills the store anew, a restore says that the snapshot is gone; neither was possible again."""
    async with Sandbox(rows=20, store=empty) as sandbox:
        idi = Caller(session, sandbox.idi_url, wrap((await sign_in(session, sandbox)).json))
        first = (await idi.get("/api/device/1000")).json["pin"]
        sandbox.snapshot("kept")
        await idi.patch("/api/device/1000", ("replace", "/pin", "4321"))
        sandbox.state.store._connection.connection.driver_connection.close()
        response = await Caller(session, sandbox.url, ADMIN)("POST", "/sandbox/snapshots/kept/restore")
        assert (response.status, "take another" in response.json["error"]) == (404, True)
        assert (await idi.get("/api/device/1000")).json["pin"] == "4321"
        sandbox.reset()
        assert (await idi.get("/api/device/1000")).json["pin"] == first
        sandbox.reset()
        sandbox.snapshot("kept")
        sandbox.restore("kept")
