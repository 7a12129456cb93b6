"""OData collections: page sizes, links, counts, and options that are not taken."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from yarl import URL

from tests.sandbox.callers import Caller, raw
from trunkline.sandbox import Sandbox
from trunkline.sandbox.faults.plan import HEADER
from trunkline.sandbox.store import entities


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"rows": 640}


async def follow(idi: Caller, link: str) -> Any:
    """What a client does: escape what is illegal, keep the rest."""
    path = "/" + link.split("/", 3)[3]
    headers = idi.headers | {"Content-Type": "application/json"}
    caller = Caller(idi.session, link[: -len(path)], headers)
    return (await caller("GET", quote(path, safe="/?&=$,()'"))).json


async def test_top_default_100_and_cap_500(idi: Caller) -> None:
    """More than 500 is cut without a word."""
    for top, rows in ((None, 100), ("7", 7), ("500", 500), ("9999", 500)):
        response = await idi.get("/api/device", **({"_top": top} if top else {}))
        assert len(response.json["value"]) == rows
    assert (await idi.get("/api/device", _top="0")).json == {"value": []}


async def test_top_of_two_collections_is_capped_at_100(idi: Caller, sandbox: Sandbox) -> None:
    """Service summaries and retail warranties have a limit of their own."""
    store = sandbox.state.store
    rows = [row | {"_customerID": 1} for row in store.rows(entities.SUMMARY)]
    store.remove(entities.SUMMARY, entities.SUMMARY.table.c.serviceID > 0)
    store.add_many(entities.SUMMARY, rows)
    assert len((await idi.get("/api/customer/1/serviceSummary", _top="500")).json["value"]) == 100


async def test_next_link_is_raw_and_names_another_service(idi: Caller, sandbox: Sandbox) -> None:
    """Spaces and quotes unescaped, `$skip`, and the service segment of the vendor's samples."""
    text = "deviceStatusID eq 3 and displayName ne 'O''Brien'"
    response = await idi.get("/api/device", _filter=text, _top="2", _orderby="displayName desc")
    assert response.json["@odata.nextLink"] == (
        f"{sandbox.url}/OrderManagement/2X/sandbox/api/device"
        f"?$filter={text}&$orderby=displayName desc&$top=2&$skip=2"
    )


async def test_walk_by_links_gives_every_row_once(idi: Caller) -> None:
    """The last page has no link."""
    page = (await idi.get("/api/device", _top="100", _filter="deviceStatusID ne 1")).json
    total = len((await idi.get("/api/device", _top="500", _filter="deviceStatusID eq 1")).json["value"])
    seen = [row["deviceID"] for row in page["value"]]
    while "@odata.nextLink" in page:
        page = await follow(idi, page["@odata.nextLink"])
        seen += [row["deviceID"] for row in page["value"]]
    assert seen == sorted(set(seen))
    assert len(seen) == 640 - total


async def test_last_page_that_is_just_full_has_no_link(idi: Caller) -> None:
    """640 rows in pages of 320: the second is the last."""
    response = await idi.get("/api/device", _top="320", _skip="320")
    assert len(response.json["value"]) == 320
    assert "@odata.nextLink" not in response.json


@pytest.mark.parametrize(
    "path", ["/api/service/search", "/api/service/searchForAdvancePay", "/api/service/startingCodeSummary"]
)
async def test_value_only_collections_continue_by_skip(idi: Caller, path: str) -> None:
    """Their samples show no link; `$skip` reaches every row."""
    first = (await idi.get(path)).json
    assert list(first) == ["value"]
    second = (await idi.get(path, _skip="100")).json["value"]
    assert len(second) == 100
    assert second[0] not in first["value"]


class TestLinksEverywhere:
    """`value_only_links` and `next_link` settings."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"rows": 300, "value_only_links": True, "next_link": "skiptoken", "exact_count": True}

    async def test_links_with_skiptoken(self, idi: Caller) -> None:
        page = (await idi.get("/api/service/search", _count="true")).json
        assert page["@odata.count"] == 300
        assert page["@odata.nextLink"].endswith("&$skiptoken=100")
        second = await follow(idi, page["@odata.nextLink"])
        assert second["value"][0]["serviceID"] == 101


async def test_count_is_an_approximation_above_100(idi: Caller) -> None:
    """Only on request, and as the vendor warns."""
    assert "@odata.count" not in (await idi.get("/api/device")).json
    count = (await idi.get("/api/device", _count="true")).json["@odata.count"]
    assert count != 640
    assert abs(count - 640) <= 10
    few = await idi.get("/api/device", _count="true", _filter="deviceID in (1000, 1001)")
    assert few.json["@odata.count"] == 2


async def test_inlinecount_where_the_page_has_it(idi: Caller) -> None:
    """Search SIM takes it, Search Devices does not."""
    assert "@odata.count" in (await idi.get("/api/sim", _inlinecount="allpages")).json
    assert "@odata.count" not in (await idi.get("/api/sim", _inlinecount="none")).json
    assert (await idi.get("/api/device", _inlinecount="allpages")).status == 400


async def test_select_cuts_rows_to_the_named_fields(idi: Caller) -> None:
    """In the order asked for."""
    response = await idi.get("/api/device", _select="serialNumber, deviceID", _top="1")
    assert [list(row) for row in response.json["value"]] == [["serialNumber", "deviceID"]]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/device", {"_filter": "pin eq '1'"}),
        ("/api/device", {"_filter": "deviceID eq"}),
        ("/api/device", {"_orderby": "deviceID"}),
        ("/api/device", {"_select": "nosuch"}),
        ("/api/device", {"_top": "-1"}),
        ("/api/device", {"_skip": "x"}),
        ("/api/device", {"_count": "maybe"}),
        ("/api/device", {"_expand": "services"}),
        ("/api/coverageServiceArea/coverageType", {"_filter": "coverageTypeID eq 7"}),
        ("/api/coverageServiceArea/coverageType", {"_orderby": "coverageType"}),
    ],
)
async def test_options_refused_in_the_vendors_shape(idi: Caller, path: str, query: dict[str, str]) -> None:
    """400 that names the option."""
    response = await idi.get(path, **query)
    assert response.status == 400
    assert response.json["errors"][0]["field"] == next(iter(query)).replace("_", "$", 1)


async def test_plan_history_is_a_collection(idi: Caller) -> None:
    """Every other search is one, and it takes the same options."""
    page = (await idi.get("/api/service/planHistory", _filter="sku eq 'PLAN-BASE'")).json
    assert {row["sku"] for row in page["value"]} == {"PLAN-BASE"}


class TestPlanHistoryObject:
    """The sample of the page, taken literally."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"plan_history": "object"}

    async def test_one_bare_object(self, idi: Caller) -> None:
        response = await idi.get("/api/service/planHistory")
        assert response.json["billingCycleTypeID"] in (1, 2, 3)


@pytest.mark.parametrize(
    "option", ["$filter", "$orderby", "$select", "$top", "$skip", "$skiptoken", "$count"]
)
async def test_an_option_that_is_empty_or_given_twice_is_refused(idi: Caller, option: str) -> None:
    """An empty filter returned every row; of two, one was ignored without a word."""
    value = {"$filter": "deviceID eq 1000", "$orderby": "displayName", "$select": "deviceID"}.get(option, "1")
    twice = [(option, value if option != "$count" else "true")] * 2
    for params in ([(option, "")], twice):
        response = await idi("GET", "/api/device", params=params)
        assert (response.status, response.json["errors"][0]["field"]) == (400, option), params


async def test_a_request_without_host_gets_a_link_to_the_sandbox(sandbox: Sandbox, idi: Caller) -> None:
    """HTTP/1.0 needs none; the link named this machine, which is another origin to the client."""
    head = f"Authorization: {idi.headers['Authorization']}\r\n\r\n"
    path = sandbox.idi_url.removeprefix(sandbox.url)
    text = (await raw(sandbox, f"GET {path}/api/device?$top=1 HTTP/1.0\r\n", head)).decode()
    assert f'"@odata.nextLink":"{sandbox.url}/OrderManagement/' in text


class TestAnyCap:
    """A vendor that cuts pages at will."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"rows": 60}

    @pytest.mark.parametrize("seed", range(6))
    @pytest.mark.parametrize("form", ["", "escaped", "relative"])
    async def test_walk_gives_every_row_once(
        self, idi: Caller, sandbox: Sandbox, seed: int, form: str
    ) -> None:
        """Whatever the caps, which change in the middle, the order, the filter and the form of links."""
        dice = random.Random(seed)
        options = dice.sample(
            [
                ("$orderby", "displayName desc"),
                ("$filter", "deviceStatusID ne 1"),
                ("$top", "7"),
                ("$count", "true"),
            ],
            2,
        )
        link, seen = "/api/device?" + urlencode(options, quote_via=quote), []
        for _ in range(80):
            fault = f"top;cap={dice.randint(1, 9)}" + (f",link;form={form}" if form else "")
            headers = idi.headers | {HEADER: fault}
            async with idi.session.get(URL(idi.base + link, encoded=True), headers=headers) as response:
                page = await response.json()
            seen += [row["deviceID"] for row in page["value"]]
            if "@odata.nextLink" not in page:
                break
            link = quote(page["@odata.nextLink"].partition("/2X/sandbox")[2], safe="/?&=$,()'%")
        else:
            pytest.fail("the walk does not end")
        table = entities.DEVICE.table.c
        where = [table.deviceStatusID != 1] if any(name == "$filter" for name, _ in options) else []
        assert sorted(seen) == [row["deviceID"] for row in sandbox.state.store.rows(entities.DEVICE, *where)]
