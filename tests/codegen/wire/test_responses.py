"""What comes back is read as the document says, and as it came where the document says nothing."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from tests.codegen.wire.conftest import Make
from trunkline.errors import ConflictError

BARE = """
    paths:
      /a: {get: {operationId: get, responses: %s}}
"""
JSON = "application/json"


@pytest.mark.parametrize(
    "responses",
    [
        "{}",
        '{"400": {description: bad}}',
        '{"200": {description: ok}}',
        '{"200": {description: ok, content: {"*/*": {}}}}',
    ],
)
@pytest.mark.parametrize(
    ("came", "expected"),
    [
        ((200, JSON, b'{"n": 1}'), {"n": 1}),
        ((200, "text/csv", b"a,b"), "a,b"),
        ((201, "application/xml", b"<a/>"), "<a/>"),
        ((200, "image/png", b"\x89"), b"\x89"),
        ((204, "", b""), None),
        ((202, "", b""), None),
    ],
)
async def test_response_that_is_not_described_is_handed_over_as_it_came(
    make: Make, responses: str, came: tuple[int, str, bytes], expected: Any
) -> None:
    client, _ = make(BARE % responses).client(came)
    assert await client.a.get() == expected


@pytest.mark.parametrize("status", [202, 204])
async def test_success_without_content_that_the_document_forgot_is_no_error(make: Make, status: int) -> None:
    described = '{"200": {description: ok, content: {application/json: {schema: {type: object}}}}}'
    client, _ = make(BARE % described).client((status, "", b""))
    assert await client.a.get() is None


@pytest.mark.parametrize(
    ("came", "expected"), [((200, JSON, b"[1]"), [1]), ((200, "text/plain", b"hi"), "hi")]
)
async def test_media_types_of_one_status_are_told_apart_by_what_comes(
    make: Make, came: tuple[int, str, bytes], expected: Any
) -> None:
    listed = "{schema: {type: array, items: {type: integer}}}"
    types = f"application/json: {listed}, text/plain: {{schema: {{type: string}}}}"
    client, sent = make(BARE % f'{{"200": {{description: ok, content: {{{types}}}}}}}').client(came)
    assert await client.a.get() == expected
    assert sent.last.headers["Accept"] == "application/json, text/plain;q=0.8"


async def test_documented_errors_in_a_success_are_that_success(make: Make) -> None:
    schema = "{type: object, properties: {errors: {type: array, items: {type: string}}}}"
    described = f'{{"200": {{description: ok, content: {{application/json: {{schema: {schema}}}}}}}}}'
    client, _ = make(BARE % described).client((200, JSON, b'{"errors": ["no such street"]}'))
    assert (await client.a.get()).errors == ["no such street"]


async def test_postman_request_without_saved_responses_gives_what_came(make: Make) -> None:
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    request = {"method": "POST", "url": "https://api.example.org/orders", "body": {"mode": "none"}}
    item = {"name": "Send order", "request": request, "response": []}
    made = make({"info": {"name": "Bare", "schema": schema}, "item": [item]})
    client, _ = made.client((200, "text/plain", b"OK"), (204, "", b""))
    assert await client.orders.send_order() == "OK"
    assert await client.orders.send_order() is None
    assert made.reasons == []


async def test_patterns_leave_all_other_keys_free(make: Make) -> None:
    pattern = "patternProperties: {'^x-': {type: integer}}"
    schema = f"{{type: object, properties: {{a: {{type: object, {pattern}}}}}}}"
    described = f'{{"200": {{description: ok, content: {{application/json: {{schema: {schema}}}}}}}}}'
    client, _ = make(BARE % described).client((200, JSON, b'{"a": {"x-n": 1, "y": "text"}}'))
    assert (await client.a.get()).a == {"x-n": 1, "y": "text"}


def test_classes_of_a_second_success_bear_its_status(make: Make) -> None:
    content = "content: {application/json: {schema: {type: object, properties: {%s: {type: string}}}}}"
    listed = ", ".join(
        f'"{status}": {{description: d, {content % name}}}' for status, name in (("200", "a"), ("202", "job"))
    )
    package = make(BARE % f"{{{listed}}}").package
    assert {"GetResponse", "Get202Response"} <= set(dir(package.models))


async def test_saved_responses_of_several_media_types_are_told_apart_by_what_comes(make: Make) -> None:
    def saved(media_type: str, body: str) -> dict[str, Any]:
        return {"code": 200, "header": [{"key": "Content-Type", "value": media_type}], "body": body}

    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    responses = [saved("application/xml", "<a/>"), saved(JSON, '{"a": 1}')]
    item = {"name": "Get it", "request": {"url": "https://api.example.org/it"}, "response": responses}
    made = make({"info": {"name": "Two", "schema": schema}, "item": [item]})
    client, sent = made.client((200, JSON, b'{"a": 2}'), (200, "application/xml", b"<a/>"))
    assert (await client.it.get_it()).a == 2
    assert await client.it.get_it() == "<a/>"
    assert sent.last.headers["Accept"] == JSON
    assert made.reasons == []


async def test_swagger_success_without_a_schema_gives_what_came(make: Make) -> None:
    made = make("""
        swagger: "2.0"
        info: {title: Shop, version: "1"}
        paths:
          /a: {get: {operationId: get, produces: [application/json], responses: {"200": {description: d}}}}
    """)
    client, _ = made.client((200, JSON, b'[{"n": 1}]'), (200, "text/plain", b"hi"))
    assert [await client.a.get(), await client.a.get()] == [[{"n": 1}], "hi"]
    assert made.reasons == []


async def test_documented_error_of_a_generated_client_is_its_model(make: Make) -> None:
    made = make("""
        paths:
          /a:
            get:
              operationId: get
              responses:
                "204": {description: ok}
                "409":
                  description: clash
                  content: {application/problem+json: {schema: {$ref: '#/components/schemas/Clash'}}}
        components:
          schemas:
            Clash:
              type: object
              properties: {why: {type: string}, at: {type: string, format: date}}
    """)
    body = b'{"why": "taken", "at": "2024-02-03"}'
    client, _ = made.client((409, "application/problem+json", body))
    with pytest.raises(ConflictError) as caught:
        await client.a.get()
    assert caught.value.body == made.package.models.Clash(why="taken", at=datetime.date(2024, 2, 3))


ORDER = """
    paths:
      /order:
        get:
          operationId: get
          responses:
            "200":
              description: d
              content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
    components:
      schemas:
        Order:
          type: object
          properties:
            number: {type: integer}
            buyer: {$ref: '#/components/schemas/Buyer'}
            notes: {type: object, additionalProperties: {type: string}}
            free: {type: object}
        Buyer: {type: object, properties: {name: {type: string}}}
"""


@pytest.mark.parametrize("empty", ["[]", '""', "false", "0"])
async def test_what_php_writes_for_an_empty_object_cost_the_response(make: Make, empty: str) -> None:
    body = f'{{"number": 1, "buyer": {empty}, "notes": {empty}, "free": {empty}}}'
    client, _ = make(ORDER).client((200, JSON, body.encode()))
    order = await client.order.get()
    assert (order.number, order.buyer, order.notes, order.free) == (1, None, None, None)
    assert order.to_dict() == json.loads(body)
