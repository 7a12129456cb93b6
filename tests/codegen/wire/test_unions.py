"""Unions are told apart wherever they are, and what goes in comes out again."""

from __future__ import annotations

import json
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


@pytest.mark.parametrize(
    ("came", "extra"),
    [
        ({"id": "x7"}, {"id": "x7"}),
        ({"active": "Y"}, {"active": "Y"}),
        ({"tags": [{"a": 1}]}, {"tags": [{"a": 1}]}),
    ],
)
async def test_type_read_off_one_sample_cost_the_response(make: Make, came: Any, extra: Any) -> None:
    sample = {"id": 7, "active": True, "tags": ["a"], "owner": {"ref": 12}, "name": "x"}
    saved = {"name": "ok", "code": 200, "body": json.dumps(sample)}
    item = {"name": "Get plan", "request": {"url": "https://api.example.com/plan"}, "response": [saved]}
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    body = sample | came | {"owner": {"ref": "0012"}}
    made = make({"info": {"name": "Guess", "schema": schema}, "item": [item]})
    client, _ = made.client((200, JSON, json.dumps(body).encode()), drift=True)
    plan = await client.plan.get_plan()
    assert (plan.name, plan.extra, plan.owner.extra) == ("x", extra, {"ref": "0012"})
    assert plan.to_dict() == body
    (differences,) = [one["differences"] for one in client.drift.report().values()]
    assert {one["kind"] for one in differences} == {"other type"}


async def test_number_beside_an_enum_became_a_text(make: Make) -> None:
    made = make("""
        paths:
          /p:
            put:
              operationId: put
              requestBody:
                required: true
                content: {application/json: {schema: {$ref: '#/components/schemas/Pace'}}}
              responses:
                "200":
                  description: d
                  content: {application/json: {schema: {$ref: '#/components/schemas/Pace'}}}
        components:
          schemas:
            Pace:
              type: object
              properties:
                rate: {oneOf: [{type: string, enum: [auto]}, {type: number}]}
                count: {oneOf: [{type: string, enum: [auto]}, {type: integer}]}
                flag: {oneOf: [{type: string, enum: [auto]}, {type: boolean}]}
    """)
    bodies = [b'{"rate":12.25,"count":3,"flag":true}', b'{"rate":"auto","count":"auto","flag":"auto"}']
    client, sent = made.client(*((200, JSON, body) for body in (bodies[0], *bodies)))
    pace = await client.p.put(made.package.models.Pace(rate=12.25, count=3, flag=True))
    for body in bodies:
        assert [type(one) for one in (pace.rate, pace.count, pace.flag)] == [float, int, bool]
        pace = await client.p.put(pace)
        assert sent.last.body == bodies[0]
        if body == bodies[1]:
            assert pace.rate == pace.count == pace.flag == "auto"
