"""Parameters, bodies and responses: what goes over the wire is what the document says."""

from __future__ import annotations

import base64
import json

import pytest

from tests.codegen.smoke.conftest import Make, Recorder
from tests.codegen.smoke.documents import (
    NUMBER,
    TEXT,
    content,
    echo,
    model,
    openapi,
    query,
    responses,
    schema,
    swagger,
)
from trunkline.errors import ConfigError, ResponseShapeError

TEXTS = {"type": "array", "items": TEXT}


@pytest.mark.parametrize(
    ("form", "wire"),
    [("csv", "tags=a,b"), ("ssv", "tags=a%20b"), ("pipes", "tags=a%7Cb"), ("multi", "tags=a&tags=b")],
)
async def test_collection_format_of_swagger_2(make: Make, server: Recorder, form: str, wire: str) -> None:
    """Each collectionFormat has its separator (Swagger 2.0, Parameter Object)."""
    tags = {"name": "tags", "in": "query", "collectionFormat": form, **TEXTS}
    made = make(swagger({"/a": {"get": {"parameters": [tags], "responses": {"200": {"description": "d"}}}}}))
    assert await made.smoke() == 1
    async with made.package.Client(base_url=server.url) as client:
        await client.a.get_a(tags=["a", "b"])
    assert server.last[1] == f"/a?{wire}"


async def test_form_data_and_file_of_swagger_2(make: Make, server: Recorder) -> None:
    """A file makes the form multipart; without one it is urlencoded."""
    field = {"name": "full name", "in": "formData", "type": "string", "required": True}
    file = {"name": "class", "in": "formData", "type": "file", "required": True}
    ok = {"responses": {"200": {"description": "d"}}}
    paths = {
        "/u": {"post": {"parameters": [field, file], **ok}},
        "/f": {"post": {"parameters": [field], **ok}},
    }
    made = make(swagger(paths))
    assert await made.smoke() == 2
    async with made.package.Client(base_url=server.url) as client:
        await client.u.create_u(made.models.CreateUForm(full_name="A & B", class_=b"\x00\xff"))
        upload = server.last
        await client.f.create_f({"full name": "A & B"})
    assert upload[2]["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="full name"\r\n\r\nA & B\r\n' in upload[3]
    assert b'name="class"; filename="class"' in upload[3]
    assert b"\x00\xff" in upload[3]
    assert server.last[3] == b"full%20name=A%20%26%20B"


@pytest.mark.parametrize(
    ("told", "value", "wire"),
    [
        ({"schema": TEXTS}, ["a", "b"], "q=a&q=b"),
        ({"schema": TEXTS, "explode": False}, ["a", "b,c"], "q=a,b%2Cc"),
        ({"schema": TEXTS, "style": "spaceDelimited", "explode": False}, ["a", "b"], "q=a%20b"),
        ({"schema": TEXTS, "style": "pipeDelimited", "explode": False}, ["a", "b"], "q=a%7Cb"),
        ({"schema": {"type": "object"}, "style": "deepObject"}, {"k": "v"}, "q%5Bk%5D=v"),
        ({"schema": {"type": "object"}}, {"k": "v"}, "k=v"),
        ({"schema": {"type": "object"}, "explode": False}, {"k": "v"}, "q=k,v"),
        ({"schema": TEXT, "allowReserved": True}, "a/b?c", "q=a/b?c"),
    ],
)
async def test_styles_of_openapi_3(
    make: Make, server: Recorder, told: dict[str, object], value: object, wire: str
) -> None:
    """Query styles are written as the Parameter Object says."""
    parameter = {"name": "q", "in": "query", **told}
    made = make(openapi({"/a": {"get": {"parameters": [parameter], "responses": responses()}}}))
    async with made.package.Client(base_url=server.url) as client:
        await client.a.get_a(q=value)
    assert server.last[1] == f"/a?{wire}"


async def test_json_text_cookie_and_header_parameters(make: Make, server: Recorder) -> None:
    """`content` is JSON text; equal names stay apart; reserved ones get underscores."""
    filter_ = {"name": "id", "in": "query", "content": {"application/json": {"schema": model(a=NUMBER)}}}
    parameters = [
        {"name": "id", "in": "path", "required": True, "schema": NUMBER},
        filter_,
        {"name": "id", "in": "header", "schema": TEXT},
        {"name": "options", "in": "cookie", "schema": TEXT},
    ]
    made = make(openapi({"/a/{id}": {"get": {"parameters": parameters, "responses": responses()}}}))
    assert await made.smoke() == 1
    async with made.package.Client(base_url=server.url) as client:
        await client.a.get_a_by_id(id=7, id_query={"a": 1}, id_header="h", options_="c")
    _, path, headers, _ = server.last
    assert path == "/a/7?id=%7B%22a%22%3A1%7D"
    assert (headers["id"], headers["Cookie"]) == ("h", "options=c")


async def test_multipart_with_bytes_lists_and_objects(make: Make, server: Recorder) -> None:
    """In multipart bodies bytes are files, also in lists, and objects are JSON (OpenAPI 3.0, Media Type)."""
    binary = {"type": "string", "format": "binary"}
    form = model(
        "file", file=binary, more={"type": "array", "items": binary}, facts=model(a=NUMBER), names=TEXTS
    )
    body = {"required": True, **content(form, "multipart/form-data")}
    made = make(openapi({"/u": {"post": {"requestBody": body, "responses": responses()}}}))
    assert await made.smoke() == 1
    models = made.models
    sent = models.CreateURequest(
        file=b"\x00F", more=[b"\x01A", b"\x02B"], facts=models.CreateURequestFacts(a=1), names=["x", "y"]
    )
    async with made.package.Client(base_url=server.url) as client:
        await client.u.create_u(sent)
    data = server.last[3]
    assert [data.count(part) for part in (b"\x00F", b"\x01A", b"\x02B")] == [1, 1, 1]
    assert b'name="facts"\r\nContent-Type: application/json\r\n\r\n{"a":1}' in data
    assert data.count(b'name="names"') == 2


async def test_nested_form_fields_are_json(make: Make, server: Recorder) -> None:
    """Objects in urlencoded forms are JSON unless the Encoding Object says otherwise."""
    form = model(card=model(number=TEXT), items={"type": "array", "items": model(sku=TEXT)}, tags=TEXTS)
    body = {"required": True, **content(form, "application/x-www-form-urlencoded")}
    made = make(openapi({"/c": {"post": {"requestBody": body, "responses": responses()}}}))
    async with made.package.Client(base_url=server.url) as client:
        await client.c.create_c({"card": {"number": "4"}, "items": [{"sku": "s"}], "tags": ["a", "b"]})
    assert server.last[3] == (
        b"card=%7B%22number%22%3A%224%22%7D&items=%7B%22sku%22%3A%22s%22%7D&tags=a&tags=b"
    )


@pytest.mark.parametrize("status", ["200", "default", "2XX"])
async def test_text_and_binary_responses(make: Make, server: Recorder, status: str) -> None:
    """What is no JSON comes as text or bytes, also where only `default` documents it."""
    binary = {"type": "string", "format": "binary"}
    paths = {
        "/csv": {"get": {"operationId": "csv", "responses": responses(TEXT, status, "text/csv")}},
        "/png": {"get": {"operationId": "png", "responses": responses(binary, status, "image/png")}},
        "/log": {"get": {"operationId": "log", "responses": responses(TEXT, status, "application/x-ndjson")}},
        "/xml": {
            "get": {"operationId": "xml", "responses": responses(model(a=TEXT), status, "application/xml")}
        },
    }
    made = make(openapi(paths))
    assert await made.smoke() == 4
    for text, media in (
        ("a;b", "text/csv"),
        ('{"a":1}\n{"a":2}\n', "application/x-ndjson"),
        ("<a/>", "application/xml"),
    ):
        server.responds(text, media_type=media)
    server.responds(b"\x89PNG", media_type="image/png")
    async with made.package.Client(base_url=server.url) as client:
        assert await client.csv.csv() == "a;b"
        assert (await client.log.log()).splitlines() == ['{"a":1}', '{"a":2}']
        assert await client.xml.xml() == "<a/>"
        assert await client.png.png() == b"\x89PNG"


async def test_default_is_an_error_beside_a_documented_success(make: Make, server: Recorder) -> None:
    """A response of another success status is read as the documented one, not as `default`."""
    documented = responses(model("id", id=NUMBER), "201") | responses(model("code", code=TEXT), "default")
    made = make(openapi({"/a": {"post": {"responses": documented}}}))
    server.responds({"id": 5}, status=200)
    async with made.package.Client(base_url=server.url) as client:
        assert (await client.a.create_a()).id == 5


async def test_several_success_statuses_have_their_own_types(make: Make, server: Recorder) -> None:
    """A response is read as the type of its status, where the document gives several."""
    done, later = model("id", id=NUMBER), model("id", "job", id=TEXT, job=TEXT)
    documented = (
        responses(done)
        | responses(later, "202")
        | responses(TEXT, "203", "text/plain")
        | responses(None, "204")
    )
    made = make(openapi({"/a": {"post": {"operationId": "run", "responses": documented}}}))
    assert await made.smoke() == 4
    server.responds({"id": 5})
    server.responds({"id": "5", "job": "j"}, status=202)
    server.responds("text", status=203, media_type="text/plain")
    server.responds("", status=204)
    async with made.package.Client(base_url=server.url) as client:
        found = [await client.a.run() for _ in range(4)]
    assert [type(value).__name__ for value in found] == ["RunResponse", "Run202Response", "str", "NoneType"]
    assert (found[0].id, found[1].id) == (5, "5")


async def test_an_operation_without_documented_responses(make: Make, server: Recorder) -> None:
    """Anything is a response where none is documented, nothing too; where one is, `strict` wants it."""
    paths = {"/a": {"get": {"responses": {}}}, "/b": {"get": {"responses": responses(model(a=TEXT))}}}
    made = make(openapi(paths))
    server.responds("")
    server.responds({"x": 1})
    async with made.package.Client(base_url=server.url) as client:
        assert await client.a.get_a() is None
        assert await client.a.get_a() == {"x": 1}
        server.responds("")
        assert await client.b.get_b() is None
    async with made.package.Client(base_url=server.url, strict=True) as client:
        with pytest.raises(ResponseShapeError, match="empty"):
            await client.b.get_b()


async def test_binary_texts_in_json_are_texts(make: Make, server: Recorder) -> None:
    """JSON has no bytes: `byte` is base64, of `binary` nothing is said, so that it stays text."""
    both = schema("Both")
    shape = model(text={"type": "string", "format": "binary"}, data={"type": "string", "format": "byte"})
    made = make(openapi({"/a": echo(both)}, schemas={"Both": shape}))
    assert await made.smoke() == 1
    server.responds({"text": "not base64!", "data": base64.b64encode(b"\x00").decode()})
    async with made.package.Client(base_url=server.url) as client:
        found = await client.a.create_a(made.models.Both(text="plain", data=b"\x01"))
    assert (found.text, found.data) == ("not base64!", b"\x00")
    assert json.loads(server.last[3]) == {"text": "plain", "data": "AQ=="}


async def test_auth_from_the_document(make: Make, server: Recorder) -> None:
    """`Client.auth` makes the auth object of a scheme by its name in the document."""
    schemes = {
        "basic": {"type": "http", "scheme": "basic"},
        "token": {"type": "http", "scheme": "bearer"},
        "head": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "asked": {"type": "apiKey", "in": "query", "name": "key"},
        "sid": {"type": "apiKey", "in": "cookie", "name": "sid"},
        "machine": {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "/token", "scopes": {"r": "read"}}},
        },
        "person": {"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "/o", "scopes": {}}}},
        "odd": {"type": "mutualTLS"},
    }
    made = make(openapi({"/a": {"get": {"responses": responses()}}}, components={"securitySchemes": schemes}))
    client_class = made.package.Client
    sent = []
    for name, credentials in (
        ("basic", {"user": "u", "password": "p"}),
        ("token", {"token": "t"}),
        ("head", {"value": "k"}),
        ("asked", {"value": "k"}),
        ("sid", {"value": "s"}),
        ("person", {"token": "t"}),
    ):
        async with client_class(base_url=server.url, auth=client_class.auth(name, **credentials)) as client:
            await client.a.get_a()
        sent.append(server.last)
    assert [s[2].get("Authorization") for s in sent] == [
        "Basic dTpw",
        "Bearer t",
        None,
        None,
        None,
        "Bearer t",
    ]
    assert (sent[2][2]["X-Key"], sent[3][1], sent[4][2]["Cookie"]) == ("k", "/a?key=k", "sid=s")
    server.responds({"access_token": "made", "expires_in": 60})
    machine = client_class.auth(
        "machine", client_id="c", client_secret="s", token_url=f"{server.url}token", scope="r"
    )
    async with client_class(base_url=server.url, auth=machine) as client:
        await client.a.get_a()
    assert server.seen[-2][3] == b"grant_type=client_credentials&scope=r"
    assert server.last[2]["Authorization"] == "Bearer made"
    with pytest.raises(ConfigError, match="there are: basic, token"):
        client_class.auth("none")
    with pytest.raises(ConfigError, match="takes user and password"):
        client_class.auth("basic", token="t")
    with pytest.raises(ConfigError, match="token_url must be given in full"):
        client_class.auth("machine", client_id="c", client_secret="s")
    with pytest.raises(ConfigError, match="derive from"):
        client_class.auth("odd")


def test_a_document_with_one_scheme_needs_no_name(make: Make) -> None:
    """`Client.auth(token=…)` is enough where there is no choice; several base URLs are listed."""
    schemes = {"only": {"type": "http", "scheme": "bearer"}}
    host = {
        "url": "https://{region}.example.com",
        "variables": {"region": {"default": "eu", "enum": ["eu", "us"]}},
    }
    document = openapi(
        {"/a": {"get": {"responses": responses(), "parameters": [query("q", TEXT)]}}},
        components={"securitySchemes": schemes},
        servers=[host, {"url": "https://test.example.com", "description": "staging"}],
    )
    made = make(document)
    assert repr(made.package.Client.auth(token="t")) == "BearerAuth(…)"
    assert made.package.Client.servers == {
        "default": "https://eu.example.com",
        "staging": "https://test.example.com",
    }
