"""Composed, deep, oddly named and hostile documents: generated, imported, called."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs

from codegen.__main__ import UNUSABLE, main
from tests.codegen.smoke.conftest import Made, Make, Recorder
from tests.codegen.smoke.documents import (
    NUMBER,
    TEXT,
    Json,
    content,
    echo,
    model,
    openapi,
    query,
    responses,
    schema,
)

HOSTILE = (
    '"""\n\'\'\' \\" */ {{ x }} {% raise %} ${x} \u2028 é電 \\N{BEL} # type: ignore\nimport os; os._exit(7)'
)
ODD_NAMES = {
    'quote"d': "quote_d",
    "back\\slash": "back_slash",
    "new\nline": "new_line",
    "class": "class_",
    "9lives": None,
    "$ref": None,
    "@odata.type": None,
    "userId": None,
    "userID": None,
    "user_id": None,
    "datetime": None,
    "self": None,
    "": None,
}


@asynccontextmanager
async def calling(made: Made, server: Recorder) -> AsyncIterator[Any]:
    async with made.package.Client(base_url=server.url) as client:
        yield client


def names(cls: Any) -> dict[str, str]:
    """The Python name of every wire name."""
    return {field.metadata["wire"]: field.name for field in attrs.fields(cls) if field.metadata}


def pets() -> Json:
    pet = model("petType", petType=TEXT, name=TEXT)
    pet["discriminator"] = {"propertyName": "petType", "mapping": {"feline": "#/components/schemas/Cat"}}
    dog = {"allOf": [schema("Pet"), model(bark=NUMBER)]}
    cat = {"allOf": [schema("Pet"), model("lives", lives=NUMBER), {"required": ["name"]}]}
    either = {"oneOf": [schema("Cat"), schema("Dog")], "discriminator": {"propertyName": "petType"}}
    several = {"type": "array", "items": schema("Pet")}
    loose = {"anyOf": [model("a", a=TEXT), model("b", b=NUMBER), TEXT]}
    home = model(pets=several, either={"type": "array", "items": either}, loose=loose, best=schema("Pet"))
    return {"Pet": pet, "Dog": dog, "Cat": cat, "Home": home}


async def test_composition_and_discriminators_also_within_lists(make: Make, server: Recorder) -> None:
    """The tag chooses the class, by mapping or by name; without a tag the fields that fit do."""
    made = make(openapi({"/home": echo(schema("Home"))}, schemas=pets()))
    assert made.status == 0
    assert await made.smoke() == 1
    body = {
        "pets": [{"petType": "feline", "name": "Tom", "lives": 9}, {"petType": "Dog", "bark": 3}],
        "either": [{"petType": "Dog"}, {"petType": "Cat", "name": "T", "lives": 1}],
        "loose": {"b": 4},
        "best": {"petType": "other", "name": "Nemo"},
    }
    models = made.models
    async with calling(made, server) as client:
        server.responds(body)
        home = await client.home.create_home(models.Home())
        assert [type(pet) for pet in home.pets] == [models.Cat, models.Dog]
        assert [type(pet) for pet in home.either] == [models.Dog, models.Cat]
        assert (home.pets[0].lives, home.pets[1].bark, home.loose.b) == (9, 3, 4)
        assert (home.best.name, home.best.pet_type) == ("Nemo", "other")
        server.responds(body)
        assert await client.home.create_home(home) == home
    assert json.loads(server.last[3]) == body


async def test_paging_by_x_ms_pageable_and_by_overlay(make: Make, server: Recorder) -> None:
    """Pages follow the named link; the overlay names what the document does not."""
    page = model(items={"type": "array", "items": schema("Row")}, more=TEXT)
    row = model(id=NUMBER)
    listed = {"type": "array", "items": schema("Row")}
    limits = [query("offset", NUMBER), query("limit", NUMBER)]
    paths = {
        "/ms": {
            "get": {
                "operationId": "ms",
                "x-ms-pageable": {"nextLinkName": "more", "itemName": "items"},
                "responses": responses(schema("Page")),
            }
        },
        "/told": {"get": {"operationId": "told", "responses": responses(schema("Page"))}},
        "/steps": {"get": {"operationId": "steps", "parameters": limits, "responses": responses(listed)}},
        "/plain": {"get": {"operationId": "plain", "responses": responses(listed)}},
    }
    overlay = """
requests:
  told: {paging: {kind: next_link, rows: items, next_link: more}}
  steps: {paging: {kind: offset}}
"""
    made = make(openapi(paths, schemas={"Page": page, "Row": row}), overlay=overlay)
    row_of = made.models.Row
    async with calling(made, server) as client:
        for resource, path in ((client.ms.ms, "/ms"), (client.told.told, "/told")):
            server.responds({"items": [{"id": 1}], "more": f"{server.url}next{path}"})
            server.responds({"items": [{"id": 2}, {"id": 3}]})
            assert [item async for item in resource()] == [row_of(id=1), row_of(id=2), row_of(id=3)]
            assert server.last[1] == f"/next{path}"
        server.responds([{"id": 1}, {"id": 2}])
        server.responds([{"id": 3}])
        server.responds([])  # a short page may have been cut
        assert await client.steps.steps(limit=2).all() == [row_of(id=1), row_of(id=2), row_of(id=3)]
        assert "offset=3" in server.last[1]
        server.responds([{"id": 4}])
        assert await client.plain.plain() == [row_of(id=4)]


async def test_inline_schemas_ten_deep(make: Make, server: Recorder) -> None:
    """Every level has its own class and comes back as it was sent."""
    deep: Json = model(end=NUMBER)
    value: Json = {"end": 1}
    for level in range(10):
        deep = model(down=deep, **({"rows": {"type": "array", "items": deep}} if level % 4 == 0 else {}))
        value = {"down": value}
    made = make(openapi({"/deep": echo(schema("Deep"))}, schemas={"Deep": deep}))
    assert await made.smoke() == 1
    async with calling(made, server) as client:
        server.responds(value)
        top = await client.deep.create_deep(made.models.Deep())
        found = top
        for _ in range(10):
            found = found.down
        assert found.end == 1
        server.responds(value)
        assert await client.deep.create_deep(top) == top
    assert json.loads(server.last[3]) == value


async def test_colliding_keyword_and_unspeakable_names(make: Make, server: Recorder) -> None:
    """Every name has a legal Python name of its own and its own spelling on the wire."""
    odd = model(*[name for name in ODD_NAMES if name != "$ref"][:3], **dict.fromkeys(ODD_NAMES, NUMBER))
    named = {"Odd": odd, "odd": model(a=TEXT), "ODD": model(b=TEXT), "class": model(c=TEXT), "Model": model()}
    paths = {"/odd": echo(schema("Odd")), "/others": echo(model(**{n: schema(n) for n in named}))}
    made = make(openapi(paths, schemas=named))
    assert made.status == 0
    assert await made.smoke() == 2
    found = names(made.models.Odd)
    assert len(set(found.values())) == len(ODD_NAMES)
    assert {wire: found[wire] for wire, name in ODD_NAMES.items() if name} == {
        wire: name for wire, name in ODD_NAMES.items() if name
    }
    body = {wire: index for index, wire in enumerate(ODD_NAMES)}
    async with calling(made, server) as client:
        server.responds(body)
        odd_one = await client.odd.create_odd(made.models.Odd(**{found[w]: v for w, v in body.items()}))
        assert {wire: getattr(odd_one, name) for wire, name in found.items()} == body
        server.responds(body | {'un"known': 1})
        assert (await client.odd.create_odd(odd_one)).extra == {'un"known': 1}
    assert json.loads(server.last[3]) == body


async def test_hostile_descriptions_stay_text(make: Make, server: Recorder) -> None:
    """Whatever a description holds, the package imports and says it."""
    told = {"description": HOSTILE}
    thing: dict[str, Any] = {**model(a={**TEXT, **told, "default": HOSTILE}), **told}
    enum = {"type": "string", "enum": [HOSTILE, "a"], **told}
    operation: dict[str, Any] = {
        "summary": HOSTILE,
        **told,
        "tags": [HOSTILE],
        "parameters": [query("q", enum, **told)],
        "requestBody": {**content(schema("Thing")), **told},
        "responses": {"200": {**content(schema("Thing")), **told}},
    }
    document = openapi(
        {"/a": {"post": operation}}, schemas={"Thing": thing}, tags=[{"name": HOSTILE, **told}]
    )
    document["info"] = {**document["info"], "title": HOSTILE, **told}
    made = make(document)
    assert await made.smoke() == 1
    assert "import os; os._exit(7)" in made.models.Thing.__doc__
    op = next(iter(made.package.OPERATIONS.values()))
    assert HOSTILE in [
        member.value for member in made.package.models.__dict__[op.query_params[0].type.split(" ")[0]]
    ]


def test_five_errors_come_at_once_and_nothing_is_written(tmp_path: Any, capsys: Any) -> None:
    """Each with file, line and pointer, status 2."""
    text = """\
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /a/{id}:
    get:
      parameters: [{in: query}]
      responses:
        "200": {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Gone'}}}}
    post: [1]
  /b:
    get:
      responses: 5
components:
  schemas:
    A: {type: object, properties: {x: 3}}
"""
    (tmp_path / "shop.yaml").write_text(text)
    status = main(["generate", str(tmp_path / "shop.yaml"), "--package", "shop", "--out", str(tmp_path)])
    lines = [line for line in capsys.readouterr().err.splitlines() if "shop.yaml:" in line]
    assert status == UNUSABLE
    assert not (tmp_path / "shop").exists()
    places = [line.partition("shop.yaml:")[2].split(" ")[:2] for line in lines]
    assert sorted((int(line.rstrip(":")), pointer.rstrip(":")) for line, pointer in places) == [
        (6, "#/paths/~1a~1{id}/get/parameters/0"),
        (8, "#/paths/~1a~1{id}/get/responses/200/content/application~1json/schema"),
        (9, "#/paths/~1a~1{id}/post"),
        (12, "#/paths/~1b/get/responses"),
        (15, "#/components/schemas/A/properties/x"),
    ]
