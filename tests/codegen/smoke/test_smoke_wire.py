"""Requests that once left the client otherwise than the document says."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.codegen.smoke.conftest import Make, Recorder
from tests.codegen.smoke.documents import TEXT, item, openapi, postman, query, responses, schema, swagger

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
    made = make(openapi({"/a": {"get": {"parameters": [text, value], "responses": responses()}}}))
    assert await made.smoke() == 1
    async with made.package.Client(base_url=server.url) as client:
        await client.a.get_a(filters='{"a":1}', value={"b": 2})
    assert server.last[1] == "/a?filters=%7B%22a%22:1%7D&value=%7B%22b%22%3A2%7D"


async def test_leading_zeros_of_a_path_variable_are_kept(make: Make, server: Recorder) -> None:
    """A number as the only example does not make telephone numbers integers."""
    url = {"raw": "{{base}}/n/:number?limit=10", "variable": [{"key": "number", "value": "770090"}]}
    made = make(postman(item("Get Number", url)))
    server.responds({})
    server.responds({})
    async with made.package.Client(base_url=server.url) as client:
        await client.n.get_number(number="0770090", limit=5)
        await client.n.get_number(number=7, limit="05")
    assert [seen[1] for seen in server.seen] == ["/n/0770090?limit=5", "/n/7?limit=05"]
    assert "limit: Inferred" in type(client.n).get_number.__doc__


async def test_server_variables_are_arguments(make: Make, server: Recorder) -> None:
    """A base URL is made of its variables; none of them can lead to another host."""
    port = server.url.rstrip("/").rpartition(":")[2]
    listed = [
        {
            "url": "http://{host}:{port}/{basePath}/{class}",
            "variables": {
                "host": {"default": "127.0.0.1", "description": "where"},
                "port": {"default": "1", "enum": ["1", port]},
                "basePath": {"default": "v1"},
            },
        },
        {"url": "https://{quote}.example.com", "variables": {"quote": {"default": 'a"b'}}},
        {"url": "https://example.com"},
    ]
    made = make(openapi({"/a": {"get": OK}}, servers=listed))
    assert made.status == 0
    kind = made.package.Client
    assert kind.servers == {"server_2": 'https://a"b.example.com', "server_3": "https://example.com"}
    made_by = made.package.base_urls
    assert made_by.server_2(quote="evil.com/@") == "https://evil.com%2F%40.example.com"
    assert "port: One of 1, " in made_by.default.__doc__
    async with kind(base_url=made_by.default(class_="c", port=port, base_path="v2/x")) as client:
        await client.a.get_a()
    assert server.last[1] == "/v2/x/c/a"


async def test_a_parameterized_host_was_lost(make: Make, server: Recorder) -> None:
    """Microsoft's own word for server variables."""
    host = {
        "hostTemplate": "{endpoint}",
        "useSchemePrefix": False,
        "parameters": [{"name": "endpoint", "in": "path", "type": "string", "required": True}],
    }
    made = make(swagger({"/a": {"get": OK}}, basePath="/base", **{"x-ms-parameterized-host": host}))
    url = made.package.base_urls.default(endpoint=server.url.rstrip("/"))
    async with made.package.Client(base_url=url) as client:
        await client.a.get_a()
    assert server.last[1] == "/base/a"


@pytest.mark.parametrize("rules", [(), ("--select", "E,F,W,I,UP,B,RUF022", "--ignore", "E501")])
def test_odd_names_of_a_document_pass_the_linter(make: Make, rules: tuple[str, ...]) -> None:
    """`l`, `I` and `O` are told from digits; what is exported is sorted, numbers by their value."""
    candle = {"type": "object", "properties": {"l": {"type": "number"}, "k": {"enum": ["O", "I"]}}}
    paths = {"/l": {"get": {"parameters": [query("l", TEXT)], "responses": responses(schema("I"))}}}
    # An order of names that only a linter asks for.
    more = dict.fromkeys(("Row10", "Row2", "RowA", "A1", "A1Row", "A2"), candle)
    made = make(openapi(paths, schemas={"I": candle, **more}))
    folder = str(made.spec.parent.parent / made.name)
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", *rules, folder]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
