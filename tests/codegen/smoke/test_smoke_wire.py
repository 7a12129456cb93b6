"""Requests that once left the client otherwise than the document says."""

from __future__ import annotations

from tests.codegen.smoke.conftest import Make, Recorder
from tests.codegen.smoke.documents import TEXT, answers, item, openapi, postman, query, swagger

OK = {"responses": {"200": {"description": "d"}}}


async def test_a_query_in_the_path_was_quoted_into_it(make: Make, server: Recorder) -> None:
    """`/a?comp=list` asks for /a, whether the query stands in `paths` or in `x-ms-paths`."""
    paths = {"/a/?comp=list": {"get": {**OK, "operationId": "list_all"}}}
    more = {"/a/{id}?comp=one": {"get": {**OK, "operationId": "get_one"}}}
    made = make(swagger(paths, **{"x-ms-paths": more}))
    assert await made.smoke() == 2
    async with made.package.Client(base_url=server.url) as client:
        await client.a.list_all(comp="list")
        await client.a.get_one(id="7", comp="one")
    assert [seen[1] for seen in server.seen] == ["/a/?comp=list", "/a/7?comp=one"]


async def test_a_text_of_format_json_was_quoted_as_json(make: Make, server: Recorder) -> None:
    """Docker's `filters` is a text that holds JSON; `content` with JSON is a value that is written so."""
    text = query("filters", {**TEXT, "format": "json"})
    value = {"name": "value", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}}
    made = make(openapi({"/a": {"get": {"parameters": [text, value], "responses": answers()}}}))
    assert await made.smoke() == 1
    async with made.package.Client(base_url=server.url) as client:
        await client.a.get_a(filters='{"a":1}', value={"b": 2})
    assert server.last[1] == "/a?filters=%7B%22a%22:1%7D&value=%7B%22b%22:2%7D"


async def test_leading_zeros_of_a_path_variable_are_kept(make: Make, server: Recorder) -> None:
    """A number as the only example does not make telephone numbers integers."""
    url = {"raw": "{{base}}/n/:number?limit=10", "variable": [{"key": "number", "value": "770090"}]}
    made = make(postman(item("Get Number", url)))
    server.answer({})
    server.answer({})
    async with made.package.Client(base_url=server.url) as client:
        await client.n.get_number(number="0770090", limit=5)
        await client.n.get_number(number=7, limit="05")
    assert [seen[1] for seen in server.seen] == ["/n/0770090?limit=5", "/n/7?limit=05"]
    assert "limit: Inferred" in type(client.n).get_number.__doc__
