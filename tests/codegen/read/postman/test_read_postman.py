"""Postman collections: folders, URLs, bodies, examples, auth, overlay."""

from __future__ import annotations

import json
from typing import Any

import pytest

from codegen.ir import (
    Document,
    FieldIR,
    ListOf,
    MapOf,
    ModelIR,
    Nullable,
    OperationIR,
    Ref,
    Scalar,
    Type,
    UnionOf,
)
from codegen.read import SpecError

V21 = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
STRING, INTEGER, ANY = Scalar("string"), Scalar("integer"), Scalar("any")
WHOLE = UnionOf((INTEGER, Scalar("number")))  # an example of a whole number tells no more than a number
NUMBER = UnionOf((INTEGER, STRING))  # of which only an example tells


def collection(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"info": {"name": "Shop", "schema": V21}, "item": list(items), **more}


def request(
    name: str, url: Any = "https://api.example/a", method: str = "GET", **more: Any
) -> dict[str, Any]:
    response = more.pop("response", [])
    return {"name": name, "request": {"method": method, "url": url, **more}, "response": response}


def saved(body: Any, code: int = 200, **more: Any) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return {"name": "example", "code": code, "body": text, **more}


def only(document: Document) -> OperationIR:
    (operation,) = document.operations
    return operation


def model(document: Document, name: str) -> ModelIR:
    return next(m for m in document.models if m.name == name)


def fields(document: Document, name: str) -> dict[str, tuple[Type, bool]]:
    return {f.wire: (f.type, f.required) for f in model(document, name).fields}


def test_folders_are_resources_and_names_are_methods(read) -> None:  # type: ignore[no-untyped-def]
    document = read(
        collection(
            {
                "name": "Box",
                "item": [{"name": "Old Files", "item": [request("Get File")]}, request("Old files")],
            },
            request("https://api.example/v1/pets/:petId", "https://api.example/v1/pets/:petId", "DELETE"),
        )
    )
    assert [(o.resource, o.method) for o in document.operations] == [
        (("box", "old_files"), "get_file"),
        (("box",), "get_a"),
        (("pets",), "delete_v1_pets_by_pet_id"),
    ]


@pytest.mark.parametrize(
    ("url", "path", "base"),
    [
        ("https://api.example:8075/api/a?x=1", "/api/a", "https://api.example:8075"),
        ("{{baseUrl}}/Connections/?cli=1", "/Connections/", "https://known.example/api"),
        ("{{unknown}}/a", "/a", None),
        ("{{scheme}}://{{host}}/{{id}}", "/{id}", None),
        ("api.example/a/:id/b", "/a/{id}/b", "https://api.example"),
        ("https://api.example", "/", "https://api.example"),
        ("/a/{{ id }}.json", "/a/{id}.json", None),
        (
            {"host": ["api", "example"], "protocol": "https", "path": ["a", ":id"]},
            "/a/{id}",
            "https://api.example",
        ),
        ({"raw": "https://api.example/a b"}, "/a%20b", "https://api.example"),
    ],
)
def test_urls(read, url: Any, path: str, base: str | None) -> None:  # type: ignore[no-untyped-def]
    variables = [
        {"key": "baseUrl", "value": "https://known.example/api/"},
        {"key": "scheme", "value": "https"},
    ]
    document = read(collection(request("a", url), variable=variables))
    assert only(document).path == path
    assert document.servers == ({"default": base} if base else {})


def test_parameters_of_urls_and_headers(read) -> None:  # type: ignore[no-untyped-def]
    url = {
        "raw": "https://api.example/a/:id?n=5&cli=07700900123&tag=x&tag=y&off=1",
        "path": ["a", ":id"],
        "variable": [{"key": "id", "value": "17", "description": "the key"}],
        "query": [
            {"key": "n", "value": "5", "description": "How many [required]"},
            {"key": "cli", "value": "07700900123"},
            {"key": "tag", "value": "x"},
            {"key": "tag", "value": "y"},
            {"key": "off", "value": "true", "disabled": True},
        ],
    }
    headers = [
        {"key": "Content-Type", "value": "application/json"},
        {"key": "Authorization", "value": "Bearer {{token}}"},
        {"key": "X-Tenant", "value": "a"},
    ]
    document = read(collection(request("a", url, header=headers)))
    found = [(p.name, p.location, p.type, p.required) for p in only(document).parameters]
    assert found == [
        ("id", "path", NUMBER, True),
        ("n", "query", NUMBER, True),
        ("cli", "query", STRING, False),
        ("tag", "query", ListOf(STRING), False),
        ("off", "query", Scalar("boolean"), False),
        ("x_tenant", "header", STRING, False),
    ]
    assert only(document).auth == ("bearer",)
    assert document.counts["parameters"] == 6


def test_saved_examples_merge_into_one_schema(read) -> None:  # type: ignore[no-untyped-def]
    first = {
        "id": 1,
        "amount": 5,
        "note": None,
        "tags": [],
        "sub": {"a": 1},
        "both": "x",
        "map": {"1": 2, "2": 3},
    }
    second = {
        "id": 2,
        "amount": 5.5,
        "note": "n",
        "extra": True,
        "tags": [],
        "sub": {"b": 1},
        "both": 7,
        "map": {},
    }
    document = read(
        collection(request("Get Row", response=[saved(first), saved(second), saved({"e": 1}, 404)]))
    )
    assert fields(document, "GetRowResponse") == {
        "id": (WHOLE, True),
        "amount": (Scalar("number"), True),
        "note": (Nullable(STRING), True),
        "tags": (ListOf(ANY), True),
        "sub": (Ref("GetRowResponseSub"), True),
        "both": (UnionOf((INTEGER, Scalar("number"), STRING)), True),
        "map": (MapOf(WHOLE), True),
        "extra": (Scalar("boolean"), False),
    }
    assert fields(document, "GetRowResponseSub") == {"a": (WHOLE, False), "b": (WHOLE, False)}
    assert [(a.status, a.type) for a in only(document).responses] == [
        ("200", Ref("GetRowResponse")),
        ("404", Ref("ErrorBody")),
    ]


def test_request_without_examples_responses_any_json(read) -> None:  # type: ignore[no-untyped-def]
    (response,) = only(read(collection(request("a")))).responses
    assert (response.status, response.kind, response.type) == ("2XX", "any", ANY)


def test_responses_that_are_no_json(read) -> None:  # type: ignore[no-untyped-def]
    html = saved("<p>", 200, header=[{"key": "Content-Type", "value": "text/html; charset=utf-8"}])
    document = read(collection(request("a", response=[html, saved("", 204), saved('{"a": ', 500)])))
    found = [(a.status, a.kind, a.type) for a in only(document).responses]
    assert found == [("200", "text", STRING), ("204", "none", None), ("500", "json", ANY)]
    assert [g.reason for g in document.gaps] == ["the saved response is not readable as JSON; it is left out"]


def test_json_bodies_with_comments_variables_and_trailing_commas(read) -> None:  # type: ignore[no-untyped-def]
    raw = '{\n // the key\n "id": {{id}}, "url": "http://x//y", /* a\n b */ "n": [1, 2,], "s": "{{name}}",\n}'
    body = {"mode": "raw", "raw": raw, "options": {"raw": {"language": "json"}}}
    document = read(collection(request("Make", method="POST", body=body)))
    assert only(document).body.type == Ref("MakeRequest")
    assert {w: t for w, (t, _) in fields(document, "MakeRequest").items()} == {
        "id": ANY,
        "url": STRING,
        "n": ListOf(WHOLE),
        "s": STRING,
    }


def test_unreadable_json_body_is_any_value_and_a_gap(read) -> None:  # type: ignore[no-untyped-def]
    body = {"mode": "raw", "raw": "{oops", "options": {"raw": {"language": "json"}}}
    document = read(collection(request("Make", method="POST", body=body)))
    assert (only(document).body.kind, only(document).body.type) == ("json", ANY)
    assert [(g.severity, g.what) for g in document.gaps] == [("gap", "example")]


def test_forms(read) -> None:  # type: ignore[no-untyped-def]
    entries = [
        {"key": "name", "value": "x", "description": "who (Required)", "type": "text"},
        {"key": "photo", "type": "file", "src": []},
        {"key": "old", "value": "1", "enabled": False},
    ]
    document = read(
        collection(
            request("Up", method="POST", body={"mode": "formdata", "formdata": entries}),
            request("Send", method="POST", body={"mode": "urlencoded", "urlencoded": entries}),
            request("None", method="POST", body={"mode": "formdata", "formdata": []}),
            request("Raw", method="PUT", body={"mode": "file", "file": {}}),
            request("Off", method="PUT", body={"mode": "raw", "raw": "{}", "disabled": True}),
        )
    )
    kinds = [(o.body.kind, o.body.media_type) if o.body else None for o in document.operations]
    assert kinds == [
        ("multipart", "multipart/form-data"),
        ("form", "application/x-www-form-urlencoded"),
        None,
        ("binary", "application/octet-stream"),
        None,
    ]
    assert fields(document, "UpForm") == {
        "name": (STRING, True),
        "photo": (Scalar("upload"), False),
        "old": (NUMBER, False),
    }


def test_auth_of_collection_folder_and_request(read) -> None:  # type: ignore[no-untyped-def]
    key = {"type": "apikey", "apikey": [{"key": "key", "value": "X-Key"}, {"key": "in", "value": "query"}]}
    oauth = {"grant_type": "client_credentials", "accessTokenUrl": "https://t.example", "scope": "a b"}
    document = read(
        collection(
            request("a"),
            {"name": "F", "auth": key, "item": [request("b"), request("c", auth={"type": "noauth"})]},
            request("d", auth={"type": "oauth2", "oauth2": oauth}),
            request("e", auth={"type": "hawk"}),
            auth={"type": "basic", "basic": {"username": "u"}},
        )
    )
    assert [o.auth for o in document.operations] == [
        ("basic",),
        ("api_key_x_key",),
        (),
        ("oauth2",),
        ("hawk",),
    ]
    kinds = {a.name: (a.kind, a.location, a.parameter, a.token_url, a.scopes) for a in document.auth}
    assert kinds["api_key_x_key"][:3] == ("api_key", "query", "X-Key")
    assert kinds["oauth2"] == ("oauth2_client_credentials", None, None, "https://t.example", ("a", "b"))
    assert [(g.what, g.severity) for g in document.gaps] == [("auth", "gap")]


def test_scripts_are_noted_and_empty_ones_are_not(read) -> None:  # type: ignore[no-untyped-def]
    def event(code: Any) -> list[dict[str, Any]]:
        return [{"listen": "test", "script": {"exec": code}}]

    document = read(collection({**request("a"), "event": event(["pm.test()"])}, event=event([""])))
    assert [(g.what, g.place.pointer) for g in document.gaps] == [("script", "/item/0/event/0")]


def test_other_hosts_are_servers_of_their_operations(read) -> None:  # type: ignore[no-untyped-def]
    document = read(collection(request("a"), request("b"), request("c", "https://other.example/x")))
    assert document.servers == {"default": "https://api.example", "server_2": "https://other.example"}
    assert [o.server for o in document.operations] == [None, None, "https://other.example"]


def test_wrapped_and_older_forms(read) -> None:  # type: ignore[no-untyped-def]
    inner = collection({"name": "a", "request": "https://api.example/x?y=1"})
    inner["info"]["schema"] = V21.replace("v2.1.0", "v2.0.0")
    document = read({"collection": inner})
    assert document.kind == "postman-2.0"
    assert (only(document).http_method, only(document).path) == ("GET", "/x")
    assert only(document).place.pointer == "/collection/item/0"


def test_collections_without_requests_say_what_to_do(problems) -> None:  # type: ignore[no-untyped-def]
    info = {"name": "Shop", "schema": V21}
    assert problems({"collection": {"info": info, "statusCode": 200}}) == (
        ".json:2: #/collection: the collection's description without its requests (what a documentation page "
        "loads first); export the collection itself from Postman, as Collection v2.1"
    )
    assert "the collection holds no requests" in problems(collection())
    assert "a Postman v1 collection" in problems({"id": "x", "name": "old", "requests": []})


OVERLAY = """
api:
  title: The Shop
  version: "6.3"
  servers: {production: https://shop.example/api/}
  auth: basic
  errors: {error: {model: Failure}}
requests:
  Get Rows:
    resource: rows
    method: search
    since: "1.0"
    provenance: {route: inferred, request: documented, response: inferred}
    idempotency: safe
    paging: {kind: offset, rows: value}
    bulk: {single: rows.get, parameter: ids, key: id}
    parameters:
      ids: {type: array, items: {type: integer}, required: true, style: form, explode: false, sensitive: true}
    response: {model: Row, many: true}
  Make Row:
    body: {model: RowCreate, fields: {id: {type: integer, required: true}}}
    response: {model: Row}
models:
  Row:
    description: A row.
    fields:
      id: {type: integer, provenance: documented}
      price: {type: number, format: decimal, provenance: inferred}
      state: {type: string, enum: [on, off]}
      parts: {type: array, items: {model: Part}}
  Part: {fields: {code: {type: string, sensitive: true}}}
  Failure: {fields: {error: {type: string}}}
"""


def shop() -> dict[str, Any]:
    row = {"id": 1, "price": 1.5, "state": "on", "parts": [{"code": None, "n": 1}], "more": "x"}
    body = {"mode": "raw", "raw": '{"id": 1, "note": "n"}'}
    return collection(
        request("Get Rows", "{{url}}/rows?ids=1,2", response=[saved([row]), saved({"error": "e"}, 400)]),
        request("Make Row", "{{url}}/rows", "POST", body=body, response=[saved(row)]),
    )


def test_overlay_says_what_the_collection_cannot(read) -> None:  # type: ignore[no-untyped-def]
    document = read(shop(), overlay=OVERLAY)
    search, make = document.operations
    assert (document.title, document.version) == ("The Shop", "6.3")
    assert document.servers == {"production": "https://shop.example/api"}
    assert (search.resource, search.method, search.since) == (("rows",), "search", "1.0")
    assert (search.route_provenance, search.request_provenance) == ("inferred", "documented")
    assert search.auth == ("basic",)
    (ids,) = search.parameters
    assert (ids.type, ids.required, ids.explode, ids.sensitive) == (ListOf(INTEGER), True, False, True)
    assert [a.type for a in search.responses] == [ListOf(Ref("Row")), Ref("Failure")]
    assert search.paging is not None
    assert (search.paging.kind, search.paging.row_type) == ("offset", Ref("Row"))
    assert search.bulk is not None
    assert make.body is not None
    assert make.body.type == Ref("RowCreate")
    row = {f.wire: f for f in model(document, "Row").fields}
    assert {w: f.type for w, f in row.items()} == {
        "id": INTEGER,
        "price": Scalar("decimal"),
        "state": Ref("RowState"),
        "parts": ListOf(Ref("Part")),
        "more": STRING,
    }
    assert row["price"].provenance == "inferred"
    assert fields(document, "Part") == {"code": (Nullable(STRING), False), "n": (WHOLE, True)}
    assert fields(document, "RowCreate") == {"id": (INTEGER, True), "note": (STRING, True)}
    code: FieldIR = model(document, "Part").fields[0]
    assert code.sensitive


def test_overlay_beside_the_collection_is_used(read) -> None:  # type: ignore[no-untyped-def]
    document = read(shop(), files={"overlay.yaml": OVERLAY})
    assert document.title == "The Shop"
    assert list(document.inputs) == ["overlay.yaml", "spec.json"]


def test_overlay_problems_come_at_once_with_their_lines(read) -> None:  # type: ignore[no-untyped-def]
    overlay = (
        "requests:\n"
        "  Get Rowz: {method: x}\n"
        "  Get Rows: {metod: y, idempotency: sometimes, response: {model: Rwo}}\n"
        "  Make Row: {parameters: {zip: {type: string}}}\n"
        "models: {Row: {fields: {a: {model: Prt}}}}\n"
    )
    with pytest.raises(SpecError) as caught:
        read(shop(), overlay=overlay)
    found = [line.rpartition("/told.yaml")[2] for line in str(caught.value).splitlines()]
    assert found == [
        ":2: #/requests/Get Rowz: the document has no request 'Get Rowz'; did you mean 'Get Rows'?",
        ":3: #/requests/Get Rows/metod: a request has the unknown word 'metod'; did you mean 'method'?",
        ":3: #/requests/Get Rows/response/model: no model 'Rwo' is described under `models`",
        ":3: #/requests/Get Rows/idempotency: `idempotency` must be safe, idempotent or unsafe",
        ":4: #/requests/Make Row/parameters/zip: the request has no parameter 'zip'; correct the name",
        ":5: #/models/Row/fields/a/model: no model 'Prt' is described under `models`",
    ]


def test_overlay_of_an_openapi_document(read) -> None:  # type: ignore[no-untyped-def]
    document = read(
        """
        openapi: 3.0.3
        info: {title: t, version: "1"}
        paths:
          /a:
            get:
              operationId: listA
              parameters: [{name: limit, in: query, schema: {type: integer}}]
              responses:
                200:
                  description: d
                  content: {application/json: {schema: {type: array, items: {type: string}}}}
        """,
        overlay="requests: {listA: {method: walk, paging: offset, parameters: {limit: {since: '2.0'}}}}",
    )
    operation = only(document)
    assert operation.method == "walk"
    assert operation.paging is not None
    assert (operation.paging.kind, operation.paging.top, operation.paging.row_type) == (
        "offset",
        "limit",
        STRING,
    )
    assert operation.parameters[0].since == "2.0"
