"""What came with a response, and what a caller may add to a request."""

from __future__ import annotations

import pytest
from attrs import evolve

from tests.runtime_doubles import CREATE, GET, SEARCH, Device, FakeTime, FakeTransport, client_of, responds
from trunkline import ResponseInfo
from trunkline.auth import BasicAuth
from trunkline.config import RequestOptions
from trunkline.errors import ArgumentError, AuthError, ConfigError, NotFoundError, TrunklineError
from trunkline.operation import ResponseSpec


async def test_headers_of_a_success_could_not_be_reached():
    created = responds(201, Location="/api/device/7", ETag='"x"', X_Request_Id="r-1")
    transport = FakeTransport(responds(429, Retry_After="2"), created)
    info = ResponseInfo()
    async with client_of(transport, FakeTime()) as client:
        device = await client.call(CREATE, body=Device(), options=RequestOptions(info=info))
    assert device.device_id == 1
    assert (info.status, info.attempts, info.seconds, info.request_id) == (201, 2, 2.0, "r-1")
    assert (info.headers["location"], info.headers["ETag"]) == ("/api/device/7", '"x"')


async def test_info_of_pages_describes_the_latest_and_hides_query_values():
    transport = FakeTransport(
        responds(200, {"value": [], "@odata.nextLink": "?$skiptoken=secret"}, X_Total_Count="1"),
        responds(200, {"value": []}, X_Total_Count="2"),
    )
    info = ResponseInfo()
    async with client_of(transport) as client:
        await client.paginate(SEARCH, options=RequestOptions(info=info)).all()
    assert info.headers["X-Total-Count"] == "2"
    assert info.url == "https://vendor.test/root/api/device?$skiptoken=…"
    assert "secret" not in repr(info)


async def test_errors_carry_headers_and_fill_the_info_too():
    info = ResponseInfo()
    async with client_of(FakeTransport(responds(404, {"message": "no"}, X_Quota="3"))) as client:
        with pytest.raises(NotFoundError) as caught:
            await client.call(GET, path=(1,), options=RequestOptions(info=info))
    assert caught.value.headers["x-quota"] == info.headers["x-quota"] == "3"
    assert info.status == 404


async def test_documented_redirect_is_a_result_and_its_location_is_at_hand():
    moved = evolve(GET, response=None, responses=(ResponseSpec(status="302", type=None),))
    transport = FakeTransport(responds(302, b"<html>moved", Location="/elsewhere", Content_Type="text/html"))
    info = ResponseInfo()
    async with client_of(transport) as client:
        assert await client.call(moved, path=(1,), options=RequestOptions(info=info)) is None
        assert await client.call(evolve(moved, response="str"), path=(1,)) == "/elsewhere"
    assert info.headers["Location"] == "/elsewhere"


async def test_query_parameters_beyond_the_document():
    first = responds(200, {"value": [{"deviceID": 1}], "@nextLink": "?p=2"})
    transport = FakeTransport(first, responds(200, []), responds())
    options = RequestOptions(query={"x y": "a&b", "flag": True, "n": [1, 2], "none": None})
    async with client_of(transport) as client:
        await client.paginate(SEARCH, query=(None, 5, None, None), options=options).all()
        assert transport.sent[0][0].url.raw_query_string == "$skip=5&x%20y=a%26b&flag=true&n=1&n=2"
        assert transport.sent[1][0].url.raw_query_string == "p=2", "a next link stays as it came"
        await client.call(GET, path=(1,), options=RequestOptions(query={"expand": "all"}))
        with pytest.raises(ArgumentError, match=r"\$skip"):
            client.paginate(SEARCH, query=(None, 5), options=RequestOptions(query={"$skip": 1}))
    assert transport.sent[2][0].url.raw_query_string == "expand=all"
    with pytest.raises(ConfigError, match="query"):
        RequestOptions(query=[("a", 1)])


async def test_header_that_a_search_asks_for_goes_with_every_page():
    """Three reads of IDI's page list a required Content-Type, though none has a body."""
    asked = evolve(SEARCH, content_type="application/json")
    first = responds(200, {"value": [{"deviceID": 1}], "@nextLink": "?p=2"})
    transport = FakeTransport(first, responds(200, {"value": [], "$skiptoken": "t"}), responds(200, []))
    async with client_of(transport, headers={"X-Team": "ops"}) as client:
        pager = client.paginate(asked, options=RequestOptions(headers={"X-Call": "1"}))
        pages = [page async for page in pager.pages()]
        await pager.resume(pages[0].token).all()
        await client.paginate(SEARCH).all()
    sent = [dict(request.headers) for request, _ in transport.sent]
    assert [headers.get("Content-Type") for headers in sent] == ["application/json"] * 4 + [None]
    assert [headers.get("X-Call") for headers in sent] == ["1"] * 4 + [None]
    assert {headers["X-Team"] for headers in sent} == {"ops"}


@pytest.mark.parametrize("broken", [b"{", b"<html>", b'{"value": 5}', b'{"value": [], "@nextLink": 5}'])
async def test_errors_of_pages_and_calls_have_the_headers_of_their_response(broken):
    reply = responds(200, broken, X_Request_Id="r-9")
    async with client_of(FakeTransport(reply)) as client:
        for call in (
            client.paginate(SEARCH).all(),
            client.call(evolve(GET, response="list[int]"), path=(1,)),
        ):
            with pytest.raises(TrunklineError) as caught:
                await call
            assert caught.value.headers["X-Request-ID"] == "r-9"
            assert "r-9" not in repr(vars(caught.value))
    assert TrunklineError("nothing came").headers == {}


async def test_refused_login_has_the_headers_of_its_response():
    transport = FakeTransport(responds(401, X_Quota="0"))
    async with client_of(transport, auth=BasicAuth("u", "p")) as client:
        with pytest.raises(AuthError) as caught:
            await client.call(GET, path=(1,))
        with pytest.raises(AuthError, match="not sent again") as again:
            await client.call(GET, path=(1,))
    assert caught.value.headers["x-quota"] == "0"
    assert again.value.headers == {}
    assert len(transport.sent) == 1
