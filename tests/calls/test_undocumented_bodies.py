"""A success whose body is not the one that the document promises: it stays a success, with what came."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from attrs import evolve

from tests.runtime_doubles import (
    CREATE,
    GET,
    PUT,
    SEARCH,
    Device,
    FakeTransport,
    client_of,
    operation,
    responds,
)
from trunkline.config import RequestOptions
from trunkline.errors import BadRequestError, ResponseShapeError
from trunkline.operation import ResponseSpec

LIST = operation("device.list", "GET", "/api/device", response="list[Device]", idempotency="safe")
COUNT = operation("device.count", "POST", "/api/count", response="int")
DELETE = operation("device.delete", "DELETE", "/api/device", idempotency="idempotent")
BY_STATUS = operation(
    "device.run", "POST", "/api/run", response="Device | list[Device]",
    responses=(ResponseSpec(type="Device"), ResponseSpec(status="201", type="list[Device]")),
)  # fmt: skip
OPERATIONS = {
    "read": (GET, (1,)),
    "write": (CREATE, ()),
    "repeatable": (evolve(PUT, response="Device"), (1,)),
    "list": (LIST, ()),
    "number": (COUNT, ()),
    "nothing documented": (DELETE, ()),
    "several statuses": (BY_STATUS, ()),
}
CONTENT: dict[str, tuple[str, bytes, Any]] = {
    "text": ("text/plain", b"OK", "OK"),
    "text in Latin-1": ("text/plain; charset=iso-8859-1", "fée".encode("latin-1"), "fée"),
    "text with a mark": ("text/plain", b"\xef\xbb\xbfOK", "OK"),
    "xml": ("application/xml", b"<?xml version='1.0'?><id>7</id>", "<?xml version='1.0'?><id>7</id>"),
    "soap": ("application/soap+xml; charset=utf-8", b"<e:Envelope/>", "<e:Envelope/>"),
    "csv": ("text/csv", b"id;name\r\n7;x\r\n", "id;name\r\n7;x\r\n"),
    "lines": ("application/x-ndjson", b'{"a":1}\n{"a":2}\n', '{"a":1}\n{"a":2}\n'),
    "text called HTML": ("text/html", b"OK", "OK"),
    "bytes": ("application/octet-stream", b"\x00\xff", b"\x00\xff"),
    "picture": ("image/png", b"\x89PNG", b"\x89PNG"),
    "text that is no text": ("text/plain; charset=utf-8", b"\xff\xfe\xfa", b"\xff\xfe\xfa"),
    "no type": ("", b"OK", "OK"),
    "no type, bytes": ("", b"\x00\xff", b"\x00\xff"),
}
PAGES = {
    "login page": ("text/html; charset=utf-8", b"<!DOCTYPE html><title>Sign in</title>"),
    "page without its type": ("text/plain", b"  <html><body>Bad gateway</body></html>"),
    "page called JSON": ("application/json", b"<html>busy</html>"),
    "XHTML": ("application/xhtml+xml", b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC ''><html/>"),
    "page behind a comment": ("application/xml", b"<!-- cached -->\n<html></html>"),
}


def body(content_type: str, data: bytes, status: int = 200) -> Any:
    response = responds(status, data)
    del response.headers["Content-Type"]  # type: ignore[attr-defined]
    if content_type:
        response.headers["Content-Type"] = content_type  # type: ignore[index]
    return response


async def call(client: Any, kind: str) -> Any:
    op, path = OPERATIONS[kind]
    return await client.call(op, path=path, body=Device())


@pytest.mark.parametrize("kind", OPERATIONS)
@pytest.mark.parametrize("content", CONTENT)
async def test_text_where_json_is_documented_cost_the_success(kind: str, content: str) -> None:
    """Each content type by each kind of operation; nothing is sent twice, and `strict` raises."""
    media_type, data, expected = CONTENT[content]
    transport = FakeTransport(body(media_type, data))
    async with client_of(transport, drift=True) as client:
        assert await call(client, kind) == expected
        found = client.drift.report()[OPERATIONS[kind][0].id]["differences"]
    assert [each["path"] for each in found if each["kind"] == "other type"] == ["$"]
    assert len(transport.sent) == 1
    async with client_of(FakeTransport(body(media_type, data)), strict=True) as client:
        if kind == "nothing documented":
            assert await call(client, kind) is None
        else:
            with pytest.raises(ResponseShapeError):
                await call(client, kind)


@pytest.mark.parametrize("kind", OPERATIONS)
@pytest.mark.parametrize("content", PAGES)
async def test_page_for_people_is_an_error_with_its_body(kind: str, content: str) -> None:
    """A gateway's or a login's: no response of the operation, whatever it is called."""
    async with client_of(FakeTransport(body(*PAGES[content]))) as client:
        with pytest.raises(ResponseShapeError, match="HTML") as caught:
            await call(client, kind)
    assert caught.value.body == PAGES[content][1].decode()
    assert caught.value.headers["content-type"] == PAGES[content][0]


@pytest.mark.parametrize("kind", OPERATIONS)
@pytest.mark.parametrize("status", [200, 201, 202, 204, 205, 206])
async def test_empty_success_where_json_is_documented_is_a_success(kind: str, status: int) -> None:
    """Whatever the status promises; `strict` raises where content was due."""
    nothing = [] if kind == "list" or (kind, status) == ("several statuses", 201) else None
    async with client_of(FakeTransport(body("", b"", status)), drift=True) as client:
        assert await call(client, kind) == nothing
        counted = bool(client.drift.report())
    assert counted is (status in (200, 201, 206) and kind != "nothing documented")
    async with client_of(FakeTransport(body("application/json", b"", status)), strict=True) as client:
        if counted:
            with pytest.raises(ResponseShapeError, match="empty") as caught:
                await call(client, kind)
            assert caught.value.body == ""
        else:
            assert await call(client, kind) == nothing


async def test_the_warning_of_an_undocumented_body_is_given_once(caplog: Any) -> None:
    async with client_of(FakeTransport(body("text/plain", b"secret-7"))) as client:
        for _ in range(3):
            await call(client, "write")
        await call(client, "read")
    warned = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert [text.partition(":")[0] for text in warned] == ["api.device.create", "api.device.get"]
    assert "secret" not in caplog.text


async def test_a_failure_in_another_media_type_is_still_one() -> None:
    """What only reports a failure does not become a success by its Content-Type."""
    for kind in OPERATIONS:
        transport = FakeTransport(body("text/plain", b'{"response_message": "cli is not valid"}'))
        async with client_of(transport) as client:
            with pytest.raises(BadRequestError, match="not valid") as caught:
                await call(client, kind)
        assert caught.value.headers["Content-Type"] == "text/plain"


@pytest.mark.parametrize("data", [b"OK", b"{", b'{"deviceID": 1', b"[1]", b'"OK"', b"7"])
async def test_json_of_another_whole_shape_is_an_error_with_its_body(data: bytes) -> None:
    """What claims to be JSON and is not, or is of another shape, broke off or is of somebody else."""
    async with client_of(FakeTransport(body("application/json", data))) as client:
        with pytest.raises(ResponseShapeError) as caught:
            await call(client, "write")
    assert caught.value.body in (data.decode(), [1], "OK", 7)
    assert caught.value.may_have_run
    assert "check before you repeat it" in str(caught.value)


async def test_login_page_in_place_of_a_file_is_an_error() -> None:
    """A file that begins like HTML is a file; what calls itself HTML is a page."""
    spec = ResponseSpec(media_type="application/pdf", kind="binary", type="bytes")
    download = operation("device.file", "GET", "/api/file", response="bytes", responses=(spec,))
    page = b"<!doctype html><p>Sign in"
    async with client_of(FakeTransport(body("application/pdf", page), body("text/html", page))) as client:
        assert await client.call(download) == page
        with pytest.raises(ResponseShapeError, match="HTML"):
            await client.call(download)


async def test_json_where_nothing_is_documented_is_handed_over() -> None:
    """The id of what was deleted or placed stands nowhere else."""
    async with client_of(FakeTransport(responds(200, {"id": 1.50}))) as client:
        assert str(await client.call(DELETE)) == "{'id': Decimal('1.5')}"


@pytest.mark.parametrize(
    ("content_type", "data"),
    [("text/plain", b"OK"), ("text/csv", b"a;b"), ("application/xml", b"<rows/>"), ("application/json", b"")],
)
async def test_page_of_no_rows_that_can_be_told_is_an_error_with_its_body(
    content_type: str, data: bytes
) -> None:
    """Rows that cannot be read are not no rows; an empty 200 in the middle would cut the walk silently."""
    first = responds(200, {"value": [{"deviceID": 1}], "@nextLink": "?p=2"})
    async with client_of(FakeTransport(first, body(content_type, data))) as client:
        rows = aiter(client.paginate(SEARCH))
        assert (await anext(rows)).device_id == 1
        with pytest.raises(ResponseShapeError) as caught:
            await anext(rows)
    assert caught.value.body == data.decode()
    assert caught.value.headers["Content-Type"] == content_type


async def test_collection_without_content_has_no_rows() -> None:
    """204 says that there is nothing, at the first page as at a later one."""
    first = responds(200, {"value": [{"deviceID": 1}], "@nextLink": "?p=2"})
    async with client_of(FakeTransport(body("", b"", 204))) as client:
        assert await client.paginate(SEARCH).all() == []
    async with client_of(FakeTransport(first, body("", b"", 204))) as client:
        assert len(await client.paginate(SEARCH, options=RequestOptions()).all()) == 1
