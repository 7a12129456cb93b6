"""Random walks through Abzorb's operations: whatever a client does in whatever order, the account adds up."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from tests.sandbox.callers import Caller
from trunkline.sandbox import Sandbox
from trunkline.sandbox.seed.abzorb import BARS
from trunkline.sandbox.store import entities as e

SIMS = [f"8944100{n:012d}" for n in range(6)]
CLIS = [f"0770090{n:04d}" for n in range(200, 206)]


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"rows": 30}


class Walk:
    """One client that does as the dice say and keeps count of what succeeded."""

    def __init__(self, abzorb: Caller, sandbox: Sandbox, seed: int) -> None:
        self.abzorb, self.sandbox, self.dice = abzorb, sandbox, random.Random(seed)
        self.orders: list[int] = []
        self.done = 0
        self.statuses: Counter[int] = Counter()

    async def post(self, path: str, **body: Any) -> Any:
        response = await self.abzorb.post(path, body)
        assert response.status in (200, 400, 402, 404, 409), (path, body, response.text)
        self.statuses[response.status] += 1
        self.done += response.status == 200
        return response.json if response.status == 200 else None

    def connection(self) -> dict[str, Any]:
        return self.dice.choice(self.sandbox.state.store.rows(e.AB_CONNECTION))

    async def step(self) -> None:
        act = self.dice.choice(
            [
                self.order,
                self.mobile,
                self.mobile,
                self.mobile,
                self.remove,
                self.submit,
                self.back,
                self.bar,
                self.sim,
                self.tariff,
                self.abz,
                self.wait,
            ]
        )
        await act()

    async def order(self) -> None:
        made = await self.post("/Orders/", customerId=20_000 + self.dice.randint(0, 2))
        self.orders.append(made["orderId"])

    def some_order(self) -> int:
        return self.dice.choice(self.orders or [1])

    async def mobile(self) -> None:
        kind = self.dice.choice(["New", "Port", "Disconnection"])
        cli = {"New": "", "Port": self.dice.choice(CLIS), "Disconnection": self.connection()["cli"]}[kind]
        await self.post(
            "/Orders/AddMobileToOrder", orderId=self.some_order(), connectionType=kind, networkId=1,
            tariffId=5120, cli=cli, simNumber=self.dice.choice(["", *SIMS]), pac="ABC123456",
            stac="123456ABC", portDate="2025-10-12",
        )  # fmt: skip

    async def remove(self) -> None:
        row = self.sandbox.state.store.row(e.AB_ORDER, self.some_order())
        if row and row["mobiles"]:
            number = self.dice.choice(row["mobiles"])["orderMobileId"]
            await self.post("/Orders/RemoveMobileFromOrder", orderId=row["orderId"], orderMobileId=number)

    async def submit(self) -> None:
        await self.post("/Orders/SubmitOrder", orderId=self.some_order())

    async def back(self) -> None:
        await self.post("/Orders/ReturnOrderToDraft", orderId=self.some_order())

    async def bar(self) -> None:
        action, suffix = self.dice.choice(["Add", "Remove"]), self.dice.choice(list(BARS))
        contract = self.connection()["contractId"]
        await self.post("/Connections/AddOrRemoveBar", contractId=contract, barSuffix=suffix, action=action)

    async def sim(self) -> None:
        await self.post("/Connections/ChangeSIM", cli=self.connection()["cli"], newSim=self.dice.choice(SIMS))

    async def tariff(self) -> None:
        await self.post(
            "/Connections/ChangeTariff", contractId=self.connection()["contractId"], tariffId=5120
        )

    async def abz(self) -> None:
        await self.post(
            "/Connections/CreateAbzConnection",
            customerId=20_000,
            tariffId=5120,
            simNumber=self.dice.choice(SIMS),
        )

    async def wait(self) -> None:
        self.sandbox.clock.advance(self.dice.choice([1, 61, 200]))

    def check(self, pool: set[str]) -> None:
        """What must hold after every step."""
        store = self.sandbox.state.store
        connections = store.rows(e.AB_CONNECTION)
        live = [row for row in connections if row["status"] != "Ceased"]
        for name in ("cli", "simNumber"):
            twice = [value for value, count in Counter(row[name] for row in live).items() if count > 1]
            assert not twice, name
        free = {row["cli"] for row in store.rows(e.AB_NUMBER)}
        assert not free & {row["cli"] for row in connections}, "a free number is on a connection"
        drafted = [
            m["cli"] for o in store.rows(e.AB_ORDER) for m in o["mobiles"] if m["connectionType"] == "New"
        ]
        assert len(drafted) == len(set(drafted)), "one number was allocated twice"
        assert free | set(drafted) == pool, "a number was lost"
        assert not free & set(drafted)
        for row in connections:
            suffixes = [found["barSuffix"] for found in row["bars"]]
            assert len(suffixes) == len(set(suffixes))
        assert len(self.sandbox.writes) == self.done


@pytest.mark.parametrize("seed", range(5))
async def test_any_walk_keeps_the_account_consistent(abzorb: Caller, sandbox: Sandbox, seed: int) -> None:
    """Numbers are neither lost nor given out twice, no SIM or number is on two live connections."""
    store = sandbox.state.store
    drafted = {m["cli"] for o in store.rows(e.AB_ORDER) for m in o["mobiles"] if m["connectionType"] == "New"}
    pool = {row["cli"] for row in store.rows(e.AB_NUMBER)} | drafted
    walk = Walk(abzorb, sandbox, seed)
    for _ in range(150):
        await walk.step()
        walk.check(pool)
    sandbox.clock.advance(10_000)
    await abzorb.get("/Connections/GetConnectionByCustomerId", customerId="20000")
    walk.check(pool)
    assert not store.rows(e.JOB), "something stays due for ever"
    assert walk.statuses[200] > 40
    assert {row["status"] for row in store.rows(e.AB_REQUEST)} <= {"Completed", "Rejected"}


async def test_request_whose_connection_ceased_is_rejected(abzorb: Caller, sandbox: Sandbox) -> None:
    """It once brought the connection back to life."""
    store = sandbox.state.store
    made = (
        await abzorb.post(
            "/Connections/CreateAbzConnection", {"customerId": 20_000, "tariffId": 5120, "simNumber": SIMS[0]}
        )
    ).json
    row = store.row(e.AB_CONNECTION, made["contractId"]) or {}
    store.put(e.AB_CONNECTION, row | {"status": "Ceased"})
    sandbox.clock.advance(61)
    found = (await abzorb.get("/Connections/", cli=row["cli"])).json
    assert found["status"] == "Ceased"
    assert (store.row(e.AB_REQUEST, made["requestId"]) or {})["status"] == "Rejected"


async def test_second_of_two_requests_for_one_sim_is_rejected(abzorb: Caller, sandbox: Sandbox) -> None:
    """Both once took effect, and two connections had one SIM."""
    rows = [
        row
        for row in sandbox.state.store.rows(e.AB_CONNECTION)
        if row["networkId"] == 1 and row["status"] == "Active"
    ][:2]
    made = [
        (await abzorb.post("/Connections/ChangeSIM", {"cli": row["cli"], "newSim": SIMS[1]})).json
        for row in rows
    ]
    sandbox.clock.advance(61)
    await abzorb.get("/Connections/GetConnectionByCustomerId", customerId="20000")
    found = [(sandbox.state.store.row(e.AB_REQUEST, each["requestId"]) or {})["status"] for each in made]
    assert found == ["Completed", "Rejected"]
