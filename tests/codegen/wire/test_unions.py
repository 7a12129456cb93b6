"""Unions are told apart wherever they are, and what goes in comes out again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.codegen.wire.conftest import Make
from trunkline.errors import ArgumentError

JSON = "application/json"
LINES = """
    paths:
      /one:
        get:
          operationId: one
          responses: {"200": {description: ok, content: {application/json: {schema: %s}}}}
    components:
      schemas:
        Line:
          oneOf: [{$ref: '#/components/schemas/Voice'}, {$ref: '#/components/schemas/Mobile'}]
          discriminator:
            propertyName: kind
            mapping: {voice: '#/components/schemas/Voice', mobile: '#/components/schemas/Mobile'}
        Voice: {type: object, required: [kind], properties: {kind: {type: string}, label: {type: string}}}
        Mobile: {type: object, required: [kind], properties: {kind: {type: string}, label: {type: string}}}
        Charge:
          type: object
          required: [type]
          discriminator: {propertyName: type}
          properties: {type: {type: string}}
        Pence: {type: object, properties: {pence: {type: integer}}}
        Fixed: {allOf: [{$ref: '#/components/schemas/Charge'}, {$ref: '#/components/schemas/Pence'}]}
        Usage: {allOf: [{$ref: '#/components/schemas/Charge'}, {$ref: '#/components/schemas/Pence'}]}
        Box:
          type: object
          properties:
            line: {$ref: '#/components/schemas/Line'}
            lines: {type: array, items: {$ref: '#/components/schemas/Line'}}
            by_name: {type: object, additionalProperties: {$ref: '#/components/schemas/Line'}}
            deep: {type: array, items: {type: array, items: {$ref: '#/components/schemas/Line'}}}
"""
LINE = "{$ref: '#/components/schemas/Line'}"
MOBILE = b'{"kind": "mobile", "label": "5G"}'


def names(value: Any) -> Any:
    """The class names of what came, in the shape of the value."""
    if isinstance(value, list):
        return [names(one) for one in value]
    if isinstance(value, dict):
        return {key: names(one) for key, one in value.items()}
    return type(value).__name__


@pytest.mark.parametrize(
    ("schema", "body", "expected"),
    [
        (LINE, MOBILE, "Mobile"),
        (f"{{type: array, items: {LINE}}}", b"[%s]" % MOBILE, ["Mobile"]),
        (f"{{type: object, additionalProperties: {LINE}}}", b'{"a": %s}' % MOBILE, {"a": "Mobile"}),
        ("{$ref: '#/components/schemas/Charge'}", b'{"type": "Usage", "pence": 3}', "Usage"),
        ("{$ref: '#/components/schemas/Charge'}", b'{"type": "later", "pence": 3}', "Charge"),
    ],
)
async def test_discriminator_tells_wherever_the_union_is(
    make: Make, schema: str, body: bytes, expected: Any
) -> None:
    client, _ = make(LINES % schema).client((200, JSON, body))
    assert names(await client.one.one()) == expected


async def test_discriminator_tells_in_properties_lists_and_maps_of_a_model(make: Make) -> None:
    box = b'{"line": %s, "lines": [%s], "by_name": {"a": %s}, "deep": [[%s]]}' % (
        MOBILE,
        MOBILE,
        MOBILE,
        MOBILE,
    )
    client, _ = make(LINES % "{$ref: '#/components/schemas/Box'}").client((200, JSON, box))
    found = await client.one.one()
    assert names([found.line, found.lines, found.by_name, found.deep]) == [
        "Mobile",
        ["Mobile"],
        {"a": "Mobile"},
        [["Mobile"]],
    ]


async def test_unknown_tag_is_never_the_first_class(make: Make) -> None:
    client, _ = make(LINES % LINE).client((200, JSON, b'{"kind": "fax", "label": "1"}'))
    assert await client.one.one() == {"kind": "fax", "label": "1"}


TICKET = """
    paths:
      /t:
        post:
          operationId: send
          requestBody:
            required: true
            content: {application/json: {schema: {$ref: '#/components/schemas/Ticket'}}}
          responses: {"204": {description: ok}}
    components:
      schemas:
        Ticket: {type: object, properties: {subject: {type: string}}, additionalProperties: {type: string}}
"""


async def test_free_keys_have_a_typed_way_and_are_checked(make: Make) -> None:
    made = make(TICKET)
    client, sent = made.client()
    ticket = made.package.models.Ticket(subject="x")
    await client.t.send(ticket.with_keys({"colour": "red"}))
    assert sent.last.body == b'{"subject":"x","colour":"red"}'
    with pytest.raises(ArgumentError):
        await client.t.send(ticket.with_keys({"colour": 5}))


async def test_number_of_a_sample_lets_fractions_in_and_out(make: Make) -> None:
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    url, options = "https://api.example.com/plan", {"raw": {"language": "json"}}
    raw = {"mode": "raw", "raw": '{"price": 10}', "options": options}
    saved = {"name": "ok", "code": 200, "body": '{"id": 7, "price": 10}'}
    items = [
        {"name": "Get plan", "request": {"method": "GET", "url": url}, "response": [saved]},
        {"name": "Set price", "request": {"method": "POST", "url": url, "body": raw}},
    ]
    made = make({"info": {"name": "Guess", "schema": schema}, "item": items})
    client, sent = made.client((200, JSON, b'{"id": 8, "price": 10.5}'))
    plan = await client.plan.get_plan()
    assert (plan.id, plan.price) == (8, 10.5)
    await client.plan.set_price(made.package.models.SetPriceRequest(price=10.5))
    assert sent.last.body == b'{"price":10.5}'


async def test_discriminator_of_an_ancestor_tells_below_a_base_in_between(make: Make) -> None:
    client, _ = make("""
        paths:
          /cat:
            get:
              operationId: get
              responses:
                "200":
                  description: d
                  content: {application/json: {schema: {$ref: '#/components/schemas/Cat'}}}
        components:
          schemas:
            Pet:
              type: object
              required: [kind]
              discriminator: {propertyName: kind, mapping: {siamese: '#/components/schemas/Siamese'}}
              properties: {kind: {type: string}}
            Lives: {type: object, properties: {lives: {type: integer}}}
            Cat: {allOf: [{$ref: '#/components/schemas/Pet'}, {$ref: '#/components/schemas/Lives'}]}
            Siamese: {allOf: [{$ref: '#/components/schemas/Cat'}]}
    """).client((200, JSON, b'{"kind": "siamese", "lives": 9}'), (200, JSON, b'{"kind": "Cat", "lives": 8}'))
    assert names([await client.cat.get(), await client.cat.get()]) == ["Siamese", "Cat"]
