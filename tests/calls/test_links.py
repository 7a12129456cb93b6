"""Next links behind gateways, and what relative ones are resolved against."""

from __future__ import annotations

import pytest
from attrs import evolve
from yarl import URL

from tests.runtime_doubles import DEVICE_ID, SEARCH, FakeTransport, client_of, responds
from trunkline._calls.links import rebased
from trunkline.errors import ConfigError, PagingError

BASE = "https://vendor.test/root/api/device"


async def urls_of(link: str, context: str | None = None, **settings):
    body = {"value": [{"deviceID": 1}], "@odata.nextLink": link}
    if context is not None:
        body["@odata.context"] = context
    transport = FakeTransport(responds(200, body), responds(200, {"value": []}))
    async with client_of(transport, **settings) as client:
        await client.paginate(SEARCH).all()
    return str(transport.sent[1][0].url)


@pytest.mark.parametrize(
    "link",
    [
        "http://vendor.test/root/api/device?$skiptoken=a",
        "http://vendor.test:80/root/api/device?$skiptoken=a",
        "https://vendor.test:8443/root/api/device?$skiptoken=a",
        "https://vendor.test/api/device?$skiptoken=a",
        "/api/device?$skiptoken=a",
        "http://inner.svc.local:8080/api/device?$skiptoken=a",
        "http://inner/other/prefix/api/device?$skiptoken=a",
        "https://VENDOR.test:443/root/api/device?$skiptoken=a",
    ],
)
async def test_link_from_behind_a_gateway_is_followed_below_the_base_url(link):
    assert await urls_of(link, links="rebase") == f"{BASE}?$skiptoken=a"


@pytest.mark.parametrize("link", ["http://vendor.test/root/api/device?x=1", "https://vendor.test/device?x=1"])
async def test_refused_link_names_the_setting_that_leads_on(link):
    with pytest.raises(PagingError, match=r'links="rebase"'):
        await urls_of(link)


@pytest.mark.parametrize("link", ["https://u:p@inner/root/api/device", "http://inner/root/../secret"])
async def test_rebase_still_refuses_user_names_and_dot_segments(link):
    with pytest.raises(PagingError):
        await urls_of(link, links="rebase")


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("http://inner/svc/v1/customers?a=1", "https://h.test/svc/v1/customers?a=1"),
        ("http://inner/v1/customers?a=1", "https://h.test/svc/v1/customers?a=1"),
        ("http://inner/customers/5/orders", "https://h.test/svc/v1/customers/5/orders"),
        ("http://inner/internal/search?a=1", "https://h.test/svc/v1/internal/search?a=1"),
    ],
)
def test_prefix_is_not_doubled(link, expected):
    request = URL("https://h.test/svc/v1/search")
    found = rebased(URL(link), request, URL("https://h.test/svc/v1"))
    if "internal" in link:
        expected = "https://h.test/svc/v1/search?a=1"  # ends as the request does: only the prefix differs
    assert str(found) == expected


@pytest.mark.parametrize(
    ("context", "link", "expected"),
    [
        ("../$metadata#Devices", "api/device?$skip=1", "https://vendor.test/root/api/device?$skip=1"),
        ("https://vendor.test/root/$metadata#Devices", "api/device?$skip=1", f"{BASE}?$skip=1"),
        ("https://inner/x/$metadata#Devices", "device?$skip=1", f"{BASE}?$skip=1"),
        ("https://inner/x/$metadata#Devices", "api/device?$skip=1", f"{BASE}?$skip=1"),
        ("https://inner/root/$metadata#Devices", "api/device/parts?a=1", f"{BASE}/parts?a=1"),
        ("https://vendor.test/root/$metadata#Devices", "?$skip=1", f"{BASE}?$skip=1"),
        ("$metadata#Devices", "api/device?$skip=1", f"{BASE}?$skip=1"),
        ("", "api/device?$skip=1", f"{BASE}?$skip=1"),
        ("", "device?$skip=1", f"{BASE}?$skip=1"),
        ("not a url \r\n", "device?$skip=1", f"{BASE}?$skip=1"),
    ],
)
async def test_relative_link_is_resolved_against_the_context_url(context, link, expected):
    assert await urls_of(link, context) == expected


@pytest.mark.parametrize("context", [None, 5, "https://inner:8080/x/$metadata#Parts", "../$metadata#Parts"])
@pytest.mark.parametrize("links", ["strict", "rebase"])
async def test_pages_of_a_list_inside_a_device_were_asked_for_below_themselves(context, links):
    """A link from the service's root, with its context, with that of an inner host, or without one."""
    path = "/Devices({deviceID})/parts"
    nested = evolve(SEARCH, id="device.parts", path=path, path_params=(DEVICE_ID,), query_params=())
    bodies = [
        {"value": [{"deviceID": n}], "@odata.nextLink": f"Devices(12)/parts?$skiptoken={n}"} for n in (1, 2)
    ]
    for body in bodies:
        body |= {} if context is None else {"@odata.context": context}
    transport = FakeTransport(
        *(responds(200, body) for body in bodies), responds(200, {"value": [{"deviceID": 3}]})
    )
    async with client_of(transport, links=links) as client:
        assert len(await client.paginate(nested, path=(12,)).all()) == 3
    assert {request.url.raw_path for request, _ in transport.sent} == {"/root/Devices(12)/parts"}


async def test_other_words_for_links_are_refused():
    with pytest.raises(ConfigError, match="links"):
        client_of(FakeTransport(responds()), links="follow")
