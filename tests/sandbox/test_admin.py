"""The sandbox's own addresses: what each takes, what it refuses, and that a refusal changes nothing."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from tests.sandbox.callers import ADMIN, START, Caller, Response
from trunkline.sandbox import Sandbox
from trunkline.sandbox.store import entities

NOT_OBJECTS = ["", "null", "[]", '"x"', "5", "{", '{"a":', "\x00", "[" * 100]


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"rows": 10}


@pytest.fixture
def admin(sandbox: Sandbox, session: aiohttp.ClientSession) -> Caller:
    return Caller(session, sandbox.url, ADMIN)


def told(response: Response, status: int = 400) -> str:
    """The error of a refusal, which is JSON."""
    assert response.status == status, response.text
    assert list(response.json) == ["error"]
    return str(response.json["error"])


@pytest.mark.parametrize("address", ["/sandbox/faults", "/sandbox/scenario"])
@pytest.mark.parametrize("text", NOT_OBJECTS)
async def test_put_of_what_is_no_object_is_refused(
    admin: Caller, sandbox: Sandbox, address: str, text: str
) -> None:
    """What held before still holds."""
    await admin("PUT", "/sandbox/faults", {"faults": "503:1%"})
    await admin("PUT", "/sandbox/scenario", {"phases": [{"name": "calm"}]})
    assert told(await admin("PUT", address, data=text.encode()))
    assert (await admin.get("/sandbox/faults")).json == {"faults": "503:1%"}
    assert (await admin.get("/sandbox/scenario")).json["phase"] == "calm"


@pytest.mark.parametrize("value", [None, 5, ["503"], {"503": 1}, True])
async def test_faults_that_are_no_text_are_refused(admin: Caller, value: Any) -> None:
    assert "must be a text" in told(await admin("PUT", "/sandbox/faults", {"faults": value}))


@pytest.mark.parametrize("text", ["503:1%,", " , ", "", "503 : 5% ; retry-after = 3"])
async def test_faults_are_told_as_they_were_written(admin: Caller, text: str) -> None:
    assert (await admin("PUT", "/sandbox/faults", {"faults": text})).json == {"faults": text}
    assert (await admin.get("/sandbox/faults")).json == {"faults": text}


@pytest.mark.parametrize(
    "value", [None, "5", True, -1, -0.001, [], {}, 1e300, 10**400, 253_370_764_801, "Infinity"]
)
async def test_clock_is_moved_by_a_number_of_seconds_only(
    admin: Caller, sandbox: Sandbox, value: Any
) -> None:
    assert told(await admin("POST", "/sandbox/clock", {"advance": value}))
    assert sandbox.clock() == START


@pytest.mark.parametrize("value", [0, 0.5, 1, 86_400 * 365])
async def test_clock_tells_the_time_that_it_was_moved_to(admin: Caller, value: float) -> None:
    assert (await admin("POST", "/sandbox/clock", {"advance": value})).json == {"now": START + value}


async def test_scenario_is_begun_told_and_ended(admin: Caller) -> None:
    """The phase follows the clock; after the last one nothing runs; ended, there is none."""
    assert (await admin.get("/sandbox/scenario")).json == {"running": False}
    phases = [{"name": "one", "for": "10s"}, {"name": "two", "for": "5s", "maintenance": True}]
    begun = (await admin("PUT", "/sandbox/scenario", {"phases": phases})).json
    assert begun == {
        "running": True, "phase": "one", "elapsed": 0, "phases": ["one", "two"], "repeat": False,
        "clock": "virtual",
    }  # fmt: skip
    for seconds, phase in ((9.5, "one"), (0.5, "two"), (4.5, "two"), (0.5, None), (1e6, None)):
        await admin("POST", "/sandbox/clock", {"advance": seconds})
        found = (await admin.get("/sandbox/scenario")).json
        assert (found["phase"], found["running"]) == (phase, phase is not None)
    await admin("POST", "/sandbox/reset")
    assert (await admin.get("/sandbox/scenario")).json["phase"] == "one"
    assert (await admin("DELETE", "/sandbox/scenario")).status == 204
    assert (await admin.get("/sandbox/scenario")).json == {"running": False}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"phases": []}, "no phases"),
        ({"phases": "x"}, "must be a list"),
        ({"phases": [5]}, "phase 1 must be a mapping"),
        ({"phases": [{"nmae": "x"}]}, "does not know 'nmae'"),
        ({"phases": [{"for": "20"}, {"for": "soon"}]}, "phase 2: 'soon'"),
        ({"phases": [{"faults": "teapot"}]}, "phase 1: fault 'teapot'"),
        ({"phases": [{"faults": [5]}]}, "list of texts"),
        ({"phases": [{"maintenance": {"until": 5}}]}, "maintenance does not know"),
        ({"phases": [{"quota": {"per": "60s"}}]}, "quota needs requests"),
        ({"phases": [{"expire-tokens": "yes"}]}, "must be true or false"),
        ({"phases": [{"name": "x"}], "clock": "sun"}, "clock is 'sun'"),
        ({"phases": [{"name": "x"}], "repeat": True}, "needs `for:`"),
        ({"phases": [{"for": "0s"}], "repeat": True}, "longer than 0 s"),
        ({"phases": [{"name": "x"}], "weather": 1}, "does not know 'weather'"),
    ],
)
async def test_scenario_that_is_wrong_is_told_with_the_place(
    admin: Caller, body: dict[str, Any], says: str
) -> None:
    assert says in told(await admin("PUT", "/sandbox/scenario", body))
    assert (await admin.get("/sandbox/scenario")).json == {"running": False}


@pytest.mark.parametrize("name", ["default", "a b", "é", "a%2Fb", "x" * 500, "..", "'; DROP TABLE sim"])
async def test_snapshot_of_any_name_is_taken_restored_and_dropped(
    admin: Caller, sandbox: Sandbox, name: str
) -> None:
    store, address = sandbox.state.store, f"/sandbox/snapshots/{name}"
    if name == "..":
        # A client folds it away, as every URL parser does.
        assert (await admin("PUT", address)).status in (404, 405)
        return
    before = store.bodies(entities.SIM)
    assert (await admin("PUT", address)).status == 204
    store.remove(entities.SIM, entities.SIM.table.c.simID > 0)
    assert (await admin("POST", f"{address}/restore")).status == 204
    assert store.bodies(entities.SIM) == before
    assert len((await admin.get("/sandbox/snapshots")).json["snapshots"]) == 1
    assert (await admin("DELETE", address)).status == 204
    assert (await admin.get("/sandbox/snapshots")).json == {"snapshots": []}
    for method, path in (("DELETE", address), ("POST", f"{address}/restore")):
        assert "no snapshot is named" in told(await admin(method, path), 404)


async def test_snapshot_of_a_name_that_is_taken_replaces_it(admin: Caller, sandbox: Sandbox) -> None:
    """And one that is wrong to restore names those that there are."""
    store = sandbox.state.store
    await admin("PUT", "/sandbox/snapshots/a")
    store.remove(entities.SIM, entities.SIM.table.c.simID == 1)
    for name in "ab":
        await admin("PUT", f"/sandbox/snapshots/{name}")
    store.remove(entities.SIM, entities.SIM.table.c.simID > 0)
    await admin("POST", "/sandbox/snapshots/a/restore")
    assert store.keys(entities.SIM, limit=2) == [2, 3]
    assert told(await admin("POST", "/sandbox/snapshots/c/restore"), 404).endswith("there are: a, b")


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, [1, 2, 3, 4]), ({"after": "2"}, [3, 4]), ({"after": "4"}, []), ({"after": "99"}, []),
        ({"most": "1"}, [1]), ({"after": "1", "most": "2"}, [2, 3]), ({"most": "0"}, []),
    ],
)  # fmt: skip
async def test_writes_are_read_on_from_a_number(
    admin: Caller, idi: Caller, query: dict[str, str], numbers: list[int]
) -> None:
    for pin in range(4):
        await idi.patch("/api/device/1000", ("replace", "/pin", str(pin)))
    found = (await admin.get("/sandbox/writes", **query)).json
    assert (found["total"], found["complete"]) == (4, True)
    assert [entry["number"] for entry in found["writes"]] == numbers


async def test_personal_data_is_shown_only_when_it_is_asked_for(admin: Caller, idi: Caller) -> None:
    """In the address of the request, in body and response of the write."""
    sim = {"imsi": "001019999999999", "simNumber": "8901999", "simClassID": 3, "puk1": "26450001"}
    await idi.post("/api/sim", sim)
    await idi.get("/api/sim", _filter="imsi eq '001019999999999'")
    for address in ("/sandbox/requests", "/sandbox/writes"):
        for query in ({}, {"show": "all"}, {"show": ""}):
            hidden = json.dumps((await admin.get(address, **query)).json)
            assert "001019999999999" not in hidden
            assert "26450001" not in hidden
        assert "001019999999999" in json.dumps((await admin.get(address, show="sensitive")).json)


@pytest.mark.parametrize(
    "path",
    ["/sandbox/faults", "/sandbox/scenario", "/sandbox/requests", "/sandbox/writes", "/sandbox/snapshots",
     "/sandbox/snapshots/x", "/sandbox/clock", "/sandbox/reset", "/sandbox/tokens/forget", "/sandbox/none"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["PATCH", "POST", "PUT", "DELETE", "OPTIONS"])
async def test_no_other_method_changes_anything(
    admin: Caller, idi: Caller, sandbox: Sandbox, path: str, method: str
) -> None:
    """What an address does not know is not served, and certainly not as a reset."""
    known = {
        "/sandbox/faults": {"PUT"}, "/sandbox/scenario": {"PUT", "DELETE"}, "/sandbox/requests": {"DELETE"},
        "/sandbox/writes": {"DELETE"}, "/sandbox/snapshots/x": {"PUT", "DELETE"}, "/sandbox/clock": {"POST"},
        "/sandbox/reset": {"POST"}, "/sandbox/tokens/forget": {"POST"},
    }  # fmt: skip
    if method in known.get(path, set()):
        return
    await idi.patch("/api/device/1000", ("replace", "/pin", "4321"))
    assert (await admin(method, path)).status in (404, 405)
    assert (await idi.get("/api/device/1000")).json["pin"] == "4321"
    assert len(sandbox.writes) == 1
