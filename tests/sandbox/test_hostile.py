"""What no well-behaved client sends: each is refused in the vendor's shape, and nothing falls over."""

from __future__ import annotations

import asyncio
import gzip
import io
from typing import Any

import aiohttp
import pytest

from tests.sandbox.callers import ADMIN, Caller, Response, basic, raw, wrap
from trunkline.sandbox import Sandbox

NEW = {"deviceStatusID": 2, "handsetCatalogID": 10058}


def error(response: Response) -> dict[str, Any]:
    """The one entry of IDI's error list."""
    (entry,) = response.json["errors"]
    assert entry["loggingNumber"]
    assert entry["message"]
    found: dict[str, Any] = entry
    return found


async def test_token_of_bytes_that_are_no_text_is_401(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    response = await Caller(session, sandbox.idi_url, wrap("\udcff\udcfe")).get("/api/device/1000")
    assert response.status == 401
    assert error(response)["field"] == "Authorization"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/Connections/AddBundle", {"contractId": 2**63, "tariffOptionId": 9142}),
        ("/Orders/SubmitOrder", {"orderId": 10**400}),
        (
            "/Tasks/",
            {"customerId": 2**64, "diaryTypeId": 14, "diaryTaskId": 203, "subject": "x", "description": "y"},
        ),
    ],
)
async def test_abzorb_number_beyond_the_database_is_400(abzorb: Caller, path: str, body: Any) -> None:
    response = await abzorb.post(path, body)
    assert response.status == 400
    assert "out of range" in response.json["error"]


async def test_idi_number_beyond_the_database_is_400(idi: Caller) -> None:
    response = await idi(
        "PUT", "/api/coverageServiceArea/coverageArea/00501", {"coverageIndicatorID": 2**64, "csa": "Rural"}
    )
    assert response.status == 400
    assert "out of range" in error(response)["message"]


@pytest.mark.parametrize("key", [2**63 - 1, 2**53, 0, -5])
async def test_device_id_that_would_leave_no_room_for_the_next_is_refused(idi: Caller, key: int) -> None:
    """One such device once made every later one fail."""
    response = await idi.post("/api/device", NEW | {"serialNumber": "99000012345678", "deviceID": key})
    assert response.status == 400
    assert error(response)["field"] == "deviceID"
    assert (await idi.post("/api/device", NEW | {"serialNumber": "99000012345678"})).status == 200


async def test_serial_number_of_superscript_digits_is_taken(idi: Caller) -> None:
    """Not every digit of Unicode is one that a check digit can be computed of."""
    response = await idi.post("/api/device", NEW | {"serialNumber": "a²٣7"})
    assert response.status == 200
    assert response.json["alternateSerialNumberCheckDigit"] == 5


async def test_flag_that_cannot_be_removed_cannot_be_null_either(idi: Caller) -> None:
    response = await idi.patch("/api/device/1000", ("replace", "/bind", None))
    assert response.status == 400
    assert error(response)["field"] == "bind"


async def test_flag_that_may_be_removed_is_off_when_null(idi: Caller) -> None:
    assert (await idi.patch("/api/device/1000", ("replace", "/isNew", None))).status == 200
    assert (await idi.get("/api/device/1000")).json["isNew"] is False


async def test_patch_of_the_whole_object_is_refused_by_name(idi: Caller) -> None:
    response = await idi.patch("/api/device/1000", ("replace", "", {}))
    assert (response.status, error(response)["field"]) == (400, "path")


@pytest.mark.parametrize("kind", ["text/plain", "application/json-patch+json", "application/octet-stream"])
async def test_body_of_another_content_type_is_415(idi: Caller, kind: str) -> None:
    """The page requires the header; its samples are application/json throughout."""
    body = b'[{"op": "replace", "path": "/bind", "value": true}]'
    response = await idi("PATCH", "/api/device/1000", data=body, headers=idi.headers | {"Content-Type": kind})
    assert response.status == 415
    assert "application/json" in error(response)["message"]


async def test_abzorb_takes_json_under_any_name(abzorb: Caller) -> None:
    """Its page says nothing of the header."""
    headers = abzorb.headers | {"Content-Type": "application/x-www-form-urlencoded"}
    response = await abzorb("POST", "/Orders/", data=b'{"customerId": 20000}', headers=headers)
    assert response.status == 200


async def test_content_type_with_a_charset_is_taken(idi: Caller) -> None:
    headers = idi.headers | {"Content-Type": "application/json; charset=utf-8"}
    body = b'[{"op": "replace", "path": "/bind", "value": true}]'
    assert (await idi("PATCH", "/api/device/1000", data=body, headers=headers)).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"\xff",
        b"",
        b"nul",
        b'"\xff"',
        b'[{"op": "\xff"}]',
        b"\xef\xbb\xbf[]",
        b"[1e400]",
        b"[" * 70 + b"]" * 70,
    ],
)
async def test_body_that_is_no_json_is_400(idi: Caller, body: bytes) -> None:
    headers = idi.headers | {"Content-Type": "application/json"}
    response = await idi("PATCH", "/api/device/1000", data=body, headers=headers)
    assert response.status == 400
    error(response)


async def test_body_that_only_says_it_is_packed_is_400(idi: Caller) -> None:
    headers = idi.headers | {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    response = await idi("PATCH", "/api/device/1000", data=b"no gzip", headers=headers)
    assert response.status == 400
    assert "unpacked" in error(response)["message"]


async def test_body_beyond_the_limit_is_413_in_the_vendors_shape(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    abzorb = Caller(session, sandbox.abzorb_url, basic())
    response = await abzorb("POST", "/Orders/", data=io.BytesIO(b" " * (4 * 1024 * 1024 + 1)))
    assert response.status == 413
    assert "4,194,304 bytes" in response.json["error"]


async def test_filter_nested_beyond_reason_is_400(idi: Caller) -> None:
    response = await idi.get("/api/device", _filter="not " * 300 + "(deviceID eq 1)")
    assert response.status == 400
    assert "too deep" in error(response)["message"]


async def test_next_link_of_a_filter_with_dividers_leads_to_the_same_rows(
    idi: Caller, sandbox: Sandbox
) -> None:
    """An ampersand, a plus or a percent sign in a value must not end or change the filter."""
    text = "displayName ne 'A&B + 10% #1'"
    first = await idi.get("/api/device", _filter=text, _top="2")
    link = first.json["@odata.nextLink"]
    assert link.endswith("?$filter=displayName ne 'A%26B %2B 10%25 %231'&$top=2&$skip=2")
    second = await idi("GET", link.partition("/2X/sandbox")[2])
    assert [row["deviceID"] for row in second.json["value"]] == [1002, 1003]


@pytest.mark.parametrize("length", [7_000, 30_000, 63_000, 70_000, 3_000_000])
async def test_overlong_requests_get_a_response(
    sandbox: Sandbox, abzorb: Caller, length: int, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    """With the result, or with a 400; the terminal shows no traceback of a client's mistake."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(sandbox.url.rpartition(":")[2]))
    writer.write(b"GET /abzorb/api/Customers/20000?a=" + b"x" * length + b" HTTP/1.1\r\nHost: localhost\r\n")
    authorization = abzorb.headers["Authorization"].encode()
    writer.write(b"Authorization: " + authorization + b"\r\nConnection: close\r\n\r\n")
    head = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    assert head.split()[1] == (b"200" if length < 64_000 else b"400")
    assert "Traceback" not in caplog.text + capfd.readouterr().err


@pytest.mark.parametrize("advance", ["1e308", "9" * 400, "[" * 50_000])
async def test_clock_cannot_be_moved_beyond_what_dates_can_say(
    sandbox: Sandbox, session: aiohttp.ClientSession, abzorb: Caller, advance: str
) -> None:
    """It cannot be moved back either: every order was refused until a restart."""
    desk = Caller(session, sandbox.url, ADMIN)
    response = await desk("POST", "/sandbox/clock", data=f'{{"advance": {advance}}}'.encode())
    assert response.status == 400
    assert (await abzorb.post("/Orders/", {"customerId": 20000})).status == 200


def traceback_in(caplog: pytest.LogCaptureFixture) -> bool:
    return any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize("ends", [b"", b'{"customerId": '])
async def test_client_that_leaves_before_its_body_is_complete(
    sandbox: Sandbox, abzorb: Caller, ends: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The terminal shows no traceback, nothing is carried out, and the record has it with status 0."""
    head = f"Host: localhost\r\nAuthorization: {basic()['Authorization']}\r\nContent-Length: 50\r\n\r\n"
    await raw(sandbox, "POST /abzorb/api/Orders/ HTTP/1.1\r\n" + head, ends, until=0.1)
    await raw(sandbox, "PUT /sandbox/faults HTTP/1.1\r\nX-Sandbox-Admin: 1\r\n" + head, ends, until=0.1)
    for _ in range(100):
        if list(sandbox.requests):
            break
        await asyncio.sleep(0.02)
    assert [(sent.operation, sent.status) for sent in sandbox.requests] == [("orders.create", 0)]
    assert not list(sandbox.writes)
    assert not traceback_in(caplog)


async def test_admin_body_that_cannot_be_unpacked_or_is_too_large(
    sandbox: Sandbox, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """Told as JSON, as every mistake is."""
    desk = Caller(session, sandbox.url, ADMIN)
    packed = await desk(
        "PUT", "/sandbox/faults", data=b"no gzip", headers=ADMIN | {"Content-Encoding": "gzip"}
    )
    large = await desk("PUT", "/sandbox/faults", data=io.BytesIO(b" " * (4 * 1024 * 1024 + 1)))
    assert [(a.status, "error" in a.json) for a in (packed, large)] == [(400, True), (413, True)]
    assert not traceback_in(caplog)


async def test_body_that_grows_when_unpacked_is_413(sandbox: Sandbox, abzorb: Caller) -> None:
    """30 KB on the wire, 30 MB of JSON."""
    body = gzip.compress(b'{"customerId": 20000, "notes": "' + b"a" * 30_000_000 + b'"}')
    response = await abzorb("POST", "/Orders/", data=body, headers=basic() | {"Content-Encoding": "gzip"})
    assert (response.status, len(sandbox.writes)) == (413, 0)


async def test_body_of_a_request_that_takes_none_is_shown_whatever_it_holds(
    sandbox: Sandbox, session: aiohttp.ClientSession, idi: Caller
) -> None:
    """The ledger once failed with 500 from then on."""
    area = "/api/coverageServiceArea/coverageArea/00501"
    for body in (b"[" * 5000, b"\xff\xfe", b'{"a":' * 90 + b"1" + b"}" * 90):
        await idi("PUT", area, {"coverageIndicatorID": 1000, "csa": "Rural"})
        assert (await idi("DELETE", area, data=body)).status in (200, 204)
    desk = Caller(session, sandbox.url)
    for path in ("/sandbox/writes", "/sandbox/writes?show=sensitive", "/page/data/requests/2"):
        assert (await desk("GET", path)).status == 200


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 30, "-1", "\u0663", "1.0", ""])
@pytest.mark.parametrize(
    "path",
    [
        "/page/data/requests?after={}",
        "/sandbox/writes?after={}",
        "/sandbox/writes?most={}",
        "/page/data/requests/{}",
    ],
)
async def test_numbers_in_the_sandboxs_own_addresses(
    sandbox: Sandbox, session: aiohttp.ClientSession, path: str, number: str
) -> None:
    """One of 5,000 digits was a ValueError of Python's, and so a 500."""
    response = await Caller(session, sandbox.url)("GET", path.format(number))
    assert response.status in (200, 400, 404)


@pytest.mark.parametrize(
    "number", ["\u0662\u0660\u0660\u0660\u0660", "\uff12\uff10\uff10\uff10\uff10", "\u00b2"]
)
async def test_digits_of_other_scripts_are_not_numbers(idi: Caller, abzorb: Caller, number: str) -> None:
    """Arabic-Indic 20000 once found customer 20000."""
    assert (await abzorb.get("/Connections/GetConnectionByCustomerId", customerId=number)).status == 400
    assert (await abzorb.get("/Tasks/GetCommentsForTaskBulk", taskIds=f"1,{number}")).status == 400
    assert (await abzorb.get(f"/Customers/{number}")).status == 404
    assert (await abzorb.get("/Connections/", cli=f"07{number * 9}"[:11])).status == 400
    assert (await idi.get(f"/api/device/{number}")).status == 400
    assert (await idi.get(f"/api/customer/{number}/serviceSummary")).status == 404
    assert (await idi.get("/api/device", _top=number)).status == 400
    area = await idi(
        "PUT",
        f"/api/coverageServiceArea/coverageArea/{(number * 5)[:5]}",
        {"coverageIndicatorID": 1000, "csa": "x"},
    )
    assert (area.status, error(area)["field"]) == (400, "zip")
