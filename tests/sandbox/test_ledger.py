"""The ledger holds what took effect, once per change, whoever lost the response."""

from __future__ import annotations

import aiohttp
import pytest

from tests.sandbox.callers import ADMIN, Caller
from trunkline.sandbox import Ledger, Sandbox, Write

DEVICE = "/api/device/1000"


async def test_only_what_was_carried_out_is_written_down(sandbox: Sandbox, idi: Caller) -> None:
    """Not reads, not refusals, not what a fault kept from happening."""
    await idi.get(DEVICE)
    await idi.patch(DEVICE, ("replace", "/pin", "4321"))
    await idi.patch(DEVICE, ("replace", "/noSuchField", 1))
    idi.headers |= {"X-Sandbox-Fault": "503"}
    await idi.patch(DEVICE, ("replace", "/pin", "1111"))
    (write,) = sandbox.writes
    assert (write.number, write.operation, write.user, write.path) == (
        1,
        "device.update",
        "sandbox",
        ("1000",),
    )
    assert b"4321" in write.body
    assert "4321" not in repr(write)


async def test_a_lost_response_leaves_its_write(sandbox: Sandbox, idi: Caller) -> None:
    """A client that sends it again makes two."""
    idi.headers |= {"X-Sandbox-Fault": "reset;when=after"}
    for _ in range(2):
        with pytest.raises(aiohttp.ClientError):
            await idi.patch(DEVICE, ("replace", "/pin", "4321"))
    assert [write.fault for write in sandbox.writes] == ["reset", "reset"]
    assert max(sandbox.writes.counts().values()) == 2


async def test_ledger_over_http(sandbox: Sandbox, session: aiohttp.ClientSession, idi: Caller) -> None:
    """In pieces, for a program that reads on; a reset empties it."""
    for pin in ("1111", "2222", "3333"):
        await idi.patch(DEVICE, ("replace", "/pin", pin))
    admin = Caller(session, sandbox.url, ADMIN)
    hidden = (await admin.get("/sandbox/writes", after="1", most="1")).json
    assert hidden["writes"][0]["body"][0]["value"] == "***"
    found = (await admin.get("/sandbox/writes", after="1", most="1", show="sensitive")).json
    assert (found["total"], found["complete"]) == (3, True)
    (entry,) = found["writes"]
    assert (entry["number"], entry["path"], entry["body"][0]["value"]) == (2, ["1000"], "2222")
    assert (await admin.get("/sandbox/writes", after="x")).status == 400
    await admin("POST", "/sandbox/reset")
    assert (await admin.get("/sandbox/writes")).json == {"total": 0, "complete": True, "writes": []}


def test_a_full_ledger_says_that_it_is_not_complete() -> None:
    """The oldest entries go, the numbers stay."""
    ledger = Ledger(most_bytes=500)
    for place in range(4):
        ledger.add(
            Write(api="idi", operation="sim.create", method="POST", user="u", at=0.0, path=(str(place),))
        )
    assert (ledger.total, len(ledger), ledger.is_complete) == (4, 2, False)
    assert [write.number for write in ledger.after(0, 10)] == [3, 4]
    assert [write.number for write in ledger.after(3, 10)] == [4]
    assert ledger.after(4, 10) == []
