"""Postman collections of every shape: generated, imported, called."""

from __future__ import annotations

import json
from typing import Any

import pytest

from codegen.__main__ import UNUSABLE, main
from tests.codegen.smoke.conftest import Make, Recorder
from tests.codegen.smoke.documents import Json, item, postman, saved

BODY = """{
  // which one
  "id": {{rowId}}, /* the number */
  "name": "{{name}}", "note": "http://kept // here"
}"""
TESTS = {"listen": "test", "script": {"exec": ["pm.test('x')"], "type": "text/javascript"}}
BASIC = {"type": "basic", "basic": [{"key": "username", "value": "{{u}}"}, {"key": "password", "value": "p"}]}
BEARER = {"type": "bearer", "bearer": [{"key": "token", "value": "{{t}}"}]}


def raw(text: str) -> Json:
    return {"mode": "raw", "raw": text, "options": {"raw": {"language": "json"}}}


def pair(key: str, value: str = "v", **more: Any) -> Json:
    return {"key": key, "value": value, **more}


def shop() -> Json:
    """One collection of many cases, since generating takes longest."""
    path = {
        "raw": "{{base}}/rows/:rowId/{{zone}}?q={{q}}&off=1",
        "host": ["{{base}}"],
        "path": ["rows", ":rowId", "{{zone}}"],
        "query": [pair("q", "{{q}}"), pair("off", "1", disabled=True)],
        "variable": [pair("rowId", "A7")],
    }
    examples = [
        saved('{"id": 1, "size": 1, "tags": [], "state": null}'),
        saved('{"id": 2, "size": 1.5, "state": "ok", "tags": ["a"]}'),
        saved('{"id": 3, "size": 2, "tags": []}'),
        saved('{"reason": "none"}', code=404),
    ]
    form = {
        "mode": "formdata",
        "formdata": [pair("title"), {"key": "picture", "type": "file", "src": "a.png"}],
    }
    coded = {"mode": "urlencoded", "urlencoded": [pair("grant type", "x"), pair("skipped", disabled=True)]}
    rows = {"name": "Rows", "item": [item("Get Row", path, *examples)], "event": [TESTS]}
    deep = {"name": "Deep", "item": [{"name": "Deeper", "auth": BEARER, "item": [rows]}]}
    return postman(
        deep,
        item("Make Row", "{{base}}/rows", saved('{"id": 1}', code=201), method="POST", body=raw(BODY)),
        item("Upload", "{{base}}/upload", method="POST", body=form, auth={"type": "noauth"}),
        item("Log in", "{{base}}/login", method="POST", body=coded),
        item("Open", "{{base}}/open"),
        auth=BASIC,
        event=[TESTS],
        variable=[pair("base", "https://shop.example.com")],
    )


async def test_a_collection_of_many_cases_is_called(make: Make, server: Recorder) -> None:
    """Folders nest, variables and examples become types, bodies go out as the collection shows them."""
    made = make(shop())
    assert made.package.Client.servers == {"default": "https://shop.example.com"}
    assert any("script" in reason for reason in made.reasons("notes") + made.reasons())
    async with made.package.Client(base_url=server.url) as client:
        server.responds({"id": 9, "size": 2.5, "tags": ["b"]})
        row = await client.deep.deeper.rows.get_row(row_id="a 7", zone="eu", q="x y")
        assert server.last[:2] == ("GET", "/rows/a%207/eu?q=x%20y")
        assert (row.id, row.size, row.tags) == (9, 2.5, ["b"])
        server.responds({"id": 9, "size": 2, "tags": [], "state": None, "new": 1})
        row = await client.deep.deeper.rows.get_row(row_id="7", zone="eu")
        assert (row.size, row.state, row.extra) == (2, None, {"new": 1})
        server.responds({"any": [1, None]})
        assert await client.open.open() == {"any": [1, None]}
    auth = {op.path: op.auth for op in made.package.OPERATIONS.values()}
    assert auth == {  # the folder's, the request's own, the collection's
        "/rows/{rowId}/{zone}": ("bearer",),
        "/upload": (),
        "/rows": ("basic",),
        "/login": ("basic",),
        "/open": ("basic",),
    }


async def test_bodies_of_collections(make: Make, server: Recorder) -> None:
    """JSON with comments and bare variables, a form with a file, a urlencoded form."""
    made = make(shop())
    models, ops = made.models, {op.path: op for op in made.package.OPERATIONS.values()}
    body_of = {path: getattr(models, op.body.type.split(" ")[0]) for path, op in ops.items() if op.body}
    async with made.package.Client(base_url=server.url) as client:
        server.responds({"id": 1}, 201)
        await client.rows.make_row(body_of["/rows"](id=5, name="n", note="http://kept // here"))
        assert json.loads(server.last[3]) == {"id": 5, "name": "n", "note": "http://kept // here"}
        await client.upload.upload(body_of["/upload"](title="t", picture=b"\x00\xff"))
        assert b'name="picture"; filename=' in server.last[3]
        assert b"\x00\xff" in server.last[3]
        await client.login.log_in({"grant type": "a&b"})
        assert server.last[3] == b"grant%20type=a%26b"


@pytest.mark.parametrize("wrap", ["collection", "v2.0", "plain"])
async def test_wrappers_and_versions_are_the_same_collection(make: Make, wrap: str) -> None:
    """`{"collection": …}`, v2.0's auth objects and v2.1's lists of pairs give the same client."""
    document = postman(item("Get It", "https://a.example.com/it", saved('{"a": 1}')), auth=BASIC)
    if wrap == "v2.0":
        document["info"]["schema"] = document["info"]["schema"].replace("v2.1.0", "v2.0.0")
        document["auth"] = {"type": "basic", "basic": {"username": "u", "password": "p"}}
    made = make({"collection": document} if wrap == "collection" else document)
    assert await made.smoke() == 1
    (op,) = made.package.OPERATIONS.values()
    assert (op.path, op.auth, made.status) == ("/it", ("basic",), 0)


def test_documenter_metadata_without_requests_is_refused_with_advice(tmp_path: Any, capsys: Any) -> None:
    """What Postman's documenter serves about a page holds no requests."""
    spec = tmp_path / "page.json"
    spec.write_text(
        json.dumps({"info": {"name": "Shop", "_postman_id": "1"}, "publishedId": "x", "item": []})
    )
    assert main(["generate", str(spec), "--package", "p", "--out", str(tmp_path)]) == UNUSABLE
    said = capsys.readouterr().err
    assert "page.json" in said
    assert "request" in said
    assert not (tmp_path / "p").exists()
