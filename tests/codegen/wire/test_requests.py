"""Requests of generated clients go out as their document writes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.codegen.wire.conftest import Make
from trunkline.auth import BearerAuth
from trunkline.config import RequestOptions
from trunkline.errors import ArgumentError, ConfigError
from trunkline.jsonpatch import Patch
from trunkline.operation import File

CONTENTS = """
    paths:
      /contents/{path}:
        get:
          operationId: getContents
          parameters:
            - {name: path, in: path, required: true, schema: {type: string}%s}
          responses: {"204": {description: ok}}
"""


async def test_slash_in_a_path_value_is_encoded(make: Make) -> None:
    client, sent = make(CONTENTS % "").client()
    await client.contents.get_contents(path="src/a b.py")
    assert sent.target == "/2/contents/src%2Fa%20b.py"


@pytest.mark.parametrize("word", [", allowReserved: true", ", x-ms-skip-url-encoding: true"])
async def test_multi_segment_path_value_keeps_its_slashes(make: Make, word: str) -> None:
    client, sent = make(CONTENTS % word).client()
    await client.contents.get_contents(path="src/a?b.py")
    assert sent.target == "/2/contents/src/a%3Fb.py"


@pytest.mark.parametrize("value", ["..", "a/../b", "a/.", "..\\x"])
@pytest.mark.parametrize("word", ["", ", allowReserved: true"])
async def test_dot_segments_of_a_path_value_are_refused(make: Make, word: str, value: str) -> None:
    client, _ = make(CONTENTS % word).client()
    with pytest.raises(ArgumentError, match="path cannot be part of a path"):
        await client.contents.get_contents(path=value)


@pytest.mark.parametrize(
    ("style", "value", "expected"),
    [("label", "a", ".a"), ("matrix", "a", ";path=a"), ("matrix", "a.b", ";path=a.b")],
)
async def test_label_and_matrix_hold_for_plain_values(
    make: Make, style: str, value: str, expected: str
) -> None:
    client, sent = make(CONTENTS % f", style: {style}").client()
    await client.contents.get_contents(path=value)
    assert sent.target == f"/2/contents/{expected}"


LISTS = """
    swagger: "2.0"
    info: {title: Shop, version: "1"}
    paths:
      /f:
        post:
          operationId: f
          consumes: [application/x-www-form-urlencoded]
          parameters:
            - {name: a, in: formData, type: array, items: {type: integer}}
            - {name: m, in: formData, type: array, items: {type: integer}, collectionFormat: multi}
            - {name: p, in: formData, type: array, items: {type: string}, collectionFormat: pipes}
            - {name: h, in: header, type: array, items: {type: string}}
            - {name: q, in: query, type: array, items: {type: string}, collectionFormat: tsv}
            - {name: s, in: query, type: array, items: {type: string}, collectionFormat: ssv}
            - {name: c, in: query, type: array, items: {type: string}}
          responses: {"204": {description: ok}}
"""


async def test_lists_are_joined_as_the_collection_format_says(make: Make) -> None:
    made = make(LISTS)
    client, sent = made.client()
    body = made.package.models.FForm(a=[1, 2], m=[1, 2], p=["1", "2"])
    await client.f.f(body=body, h=["1", "2"], q=["1", "2"], s=["x", "y"], c=["a,b", "c"])
    assert sent.target == "/2/f?q=1%092&s=x%20y&c=a%2Cb,c"
    assert sent.last.body == b"a=1,2&m=1&m=2&p=1%7C2"
    assert sent.last.headers["h"] == "1,2"


@pytest.mark.parametrize("given", [{"q": ["a\tb"]}, {"s": ["a b"]}, {"h": ["a,b", "c"]}])
async def test_item_that_holds_its_separator_is_refused_not_split(make: Make, given: dict[str, Any]) -> None:
    client, sent = make(LISTS).client()
    with pytest.raises(ArgumentError, match="separates the items"):
        await client.f.f(**given)
    assert sent.sent == []


async def test_json_parameter_is_checked_against_its_own_schema(make: Make) -> None:
    made = make("""
        paths:
          /p:
            post:
              operationId: postP
              parameters:
                - name: where
                  in: query
                  content: {application/json: {schema: {type: object, properties: {a: {type: integer}}}}}
              requestBody:
                required: true
                content:
                  application/json: {schema: {type: object, required: [n], properties: {n: {type: string}}}}
              responses: {"204": {description: ok}}
    """)
    client, sent = made.client()
    models = made.package.models
    await client.p.post_p(models.PostPRequest(n="x"), where=models.Where(a=1))
    assert sent.target == "/2/p?where=%7B%22a%22%3A1%7D"
    with pytest.raises(ArgumentError, match="where"):
        await client.p.post_p(models.PostPRequest(n="x"), where=models.PostPRequest(n="x"))


async def test_parameter_with_one_possible_value_is_sent_by_itself(make: Make) -> None:
    client, sent = make("""
        paths:
          /a/{version}:
            get:
              operationId: getA
              parameters:
                - {name: version, in: path, required: true, schema: {type: string, enum: [v3]}}
                - {name: api-version, in: query, required: true, schema: {const: "2024-01"}}
                - {name: optional, in: query, schema: {type: string, enum: [x]}}
              responses: {"204": {description: ok}}
    """).client()
    await client.a.get_a()
    assert sent.target == "/2/a/v3?api-version=2024-01"


FORM = """
    paths:
      /f:
        post:
          operationId: postF
          requestBody:
            required: true
            content:
              application/x-www-form-urlencoded:
                schema:
                  type: object
                  properties:
                    id: {type: integer}
                    address: {type: object, properties: {street: {type: string}}}
                    filter: {type: object, properties: {a: {type: integer}}}
                    tags: {type: array, items: {type: string}}
                    plain: {type: array, items: {type: string}}
                    lines: {type: array, items: {type: object, properties: {q: {type: integer}}}}
                encoding:
                  filter: {style: deepObject, explode: true}
                  tags: {explode: false}
          responses: {"204": {description: ok}}
"""


async def test_form_fields_are_written_by_the_encoding_object(make: Make) -> None:
    client, sent = make(FORM).client()
    body = {"id": 7, "address": {"street": "x"}, "filter": {"a": 1}, "tags": ["a", "b"], "plain": ["c", "d"]}
    await client.f.post_f({**body, "lines": [{"q": 1}]})
    assert sent.last.body == (
        b"id=7&address=%7B%22street%22%3A%22x%22%7D&filter%5Ba%5D=1&tags=a,b&plain=c&plain=d"
        b"&lines=%7B%22q%22%3A1%7D"
    )


UPLOAD = """
    paths:
      /u:
        post:
          operationId: upload
          requestBody:
            required: true
            content:
              multipart/form-data:
                schema:
                  type: object
                  properties:
                    logo: {type: string, format: binary}
                    more: {type: array, items: {type: string, format: binary}}
                    digest: {type: string, format: byte}
                    meta: {type: object, properties: {a: {type: integer}}}
                encoding: {logo: {contentType: "image/png, image/jpeg"}}
          responses: {"204": {description: ok}}
"""


def parts(body: bytes | None) -> list[tuple[str, bytes]]:
    """Headers and content of each part of a multipart body."""
    assert body is not None
    boundary = body.partition(b"\r\n")[0]
    found = [part.strip(b"\r\n").partition(b"\r\n\r\n") for part in body.split(boundary)[1:-1]]
    return [(head.decode(), content) for head, _, content in found]


async def test_file_part_has_the_name_and_type_that_are_given_or_documented(make: Make) -> None:
    made = make(UPLOAD)
    client, sent = made.client()
    request = made.package.models.UploadRequest
    await client.u.upload(request(logo=File("l.png", b"PNG"), more=[b"1", File("b.wav", b"2", "audio/wav")]))
    disposition = 'Content-Disposition: form-data; name="%s"; filename="%s"\r\nContent-Type: %s'
    assert parts(sent.last.body) == [
        (disposition % ("logo", "l.png", "image/png"), b"PNG"),
        (disposition % ("more", "more", "application/octet-stream"), b"1"),
        (disposition % ("more", "b.wav", "audio/wav"), b"2"),
    ]


async def test_base64_field_is_text_and_an_object_is_json_in_a_multipart_body(make: Make) -> None:
    made = make(UPLOAD)
    client, sent = made.client()
    models = made.package.models
    await client.u.upload(models.UploadRequest(digest=b"\x00\xff", meta=models.UploadRequestMeta(a=1)))
    assert parts(sent.last.body) == [
        ('Content-Disposition: form-data; name="digest"', b"AP8="),
        ('Content-Disposition: form-data; name="meta"\r\nContent-Type: application/json', b'{"a":1}'),
    ]


@pytest.mark.parametrize("value", [("a.png", b"x", "image/png"), "text", 5])
async def test_value_that_is_no_file_is_refused(make: Make, value: Any) -> None:
    client, sent = make(UPLOAD).client()
    with pytest.raises(ArgumentError, match="logo is a file: give bytes, or File"):
        await client.u.upload({"logo": value})
    assert sent.sent == []


async def test_bytes_are_sent_as_a_type_of_bytes_which_the_caller_may_choose(make: Make) -> None:
    binary = "{schema: {type: string, format: binary}}"
    client, sent = make(f"""
        paths:
          /m:
            put:
              operationId: putM
              requestBody:
                required: true
                content: {{application/json: {binary}, image/png: {binary}, audio/wav: {binary}}}
              responses: {{"204": {{description: ok}}}}
    """).client()
    await client.m.put_m(b"x")
    assert (sent.last.headers["Content-Type"], sent.last.body) == ("image/png", b"x")
    await client.m.put_m(File(data=b"x", type="audio/wav"))
    assert sent.last.headers["Content-Type"] == "audio/wav"


async def test_multipart_mixed_text_goes_out_as_given(make: Make) -> None:
    client, sent = make("""
        paths:
          /$batch:
            post:
              operationId: batch
              requestBody:
                required: true
                content: {"multipart/mixed;boundary=sep": {schema: {type: string}}}
              responses: {"200": {description: ok, content: {multipart/mixed: {schema: {type: string}}}}}
    """).client((200, "multipart/mixed", b"--x"))
    assert await client.batch.batch("--sep\r\n") == "--x"
    assert (sent.last.headers["Content-Type"], sent.last.body) == (
        "multipart/mixed;boundary=sep",
        b"--sep\r\n",
    )


async def test_json_patch_body_is_a_list_of_operations_whatever_its_sample(make: Make) -> None:
    from trunkline.jsonpatch import Patch

    client, sent = make("""
        paths:
          /a:
            patch:
              operationId: patchA
              requestBody:
                content:
                  application/json-patch+json: {schema: {type: object, properties: {name: {type: string}}}}
              responses: {"204": {description: ok}}
    """).client()
    await client.a.patch_a(patch=Patch().replace("name", "x"))
    assert sent.last.headers["Content-Type"] == "application/json-patch+json"
    assert sent.last.body == b'[{"op":"replace","path":"/name","value":"x"}]'


async def test_skip_that_is_documented_as_text_is_counted_on(make: Make) -> None:
    page = '{"@odata.count":3,"value":[%s]}'
    first, second = page % '{"id":1},{"id":2}', page % '{"id":3}'
    client, sent = make("""
        swagger: "2.0"
        info: {title: Shop, version: "1"}
        paths:
          /rows:
            get:
              operationId: rows
              parameters: [{name: $top, in: query, type: string}, {name: $skip, in: query, type: string}]
              responses:
                "200":
                  description: ok
                  schema:
                    type: object
                    properties:
                      "@odata.count": {type: integer}
                      value: {type: array, items: {type: object, properties: {id: {type: integer}}}}
    """).client(*((200, "application/json", text.encode()) for text in (first, second)))
    assert [row.id async for row in client.rows.rows()] == [1, 2, 3]
    assert sent.target == "/2/rows?$skip=2"


OBJECTS = """
    paths:
      /o/{p}/{lb}:
        get:
          operationId: get
          parameters:
            - {name: p, in: path, required: true, explode: true, schema: {type: object, additionalProperties: {type: string}}}
            - {name: lb, in: path, required: true, style: label, explode: true, schema: {type: array, items: {type: string}}}
            - {name: q, in: query, explode: false, schema: {type: object, additionalProperties: {type: string}}}
            - {name: H, in: header, schema: {type: object, additionalProperties: {type: string}}}
            - {name: X-J, in: header, content: {application/json: {schema: {type: object}}}}
          responses: {"204": {description: d}}
"""  # noqa: E501


async def test_signs_that_separate_are_coded_wherever_members_are_joined(make: Make) -> None:
    client, sent = make(OBJECTS).client()
    await client.o.get(p={"k=1": "x,y"}, lb=["1.5", "2"], q={"k": "x,y"}, x_j={"k": "é"})
    assert sent.target == "/2/o/k%3D1=x%2Cy/.1%2E5.2?q=k,x%2Cy"
    assert sent.last.headers["X-J"] == '{"k":"\\u00e9"}'


async def test_signs_that_separate_in_a_header_are_refused(make: Make) -> None:
    client, sent = make(OBJECTS).client()
    with pytest.raises(ArgumentError, match="sign that separates"):
        await client.o.get(p={"k": "v"}, lb=["1"], h={"k": "x,y"})
    assert not sent.sent


async def test_a_bearer_token_does_not_serve_a_scheme_of_another_kind(make: Make) -> None:
    made = make(
        """
        paths:
          /a: {get: {operationId: get, security: [{digest: []}], responses: {"204": {description: d}}}}
        components:
          securitySchemes: {digest: {type: http, scheme: digest}, bearer: {type: http, scheme: bearer}}
        """
    )
    client, sent = made.client(auth=BearerAuth("t"))
    with pytest.raises(ConfigError, match="digest"):
        await client.a.get()
    assert not sent.sent


SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def collection(*items: tuple[str, str, str, dict[str, Any]]) -> dict[str, Any]:
    listed = [
        {"name": name, "request": {"method": method, "url": url, "body": body}}
        for name, method, url, body in items
    ]
    return {"info": {"name": "n", "schema": SCHEMA}, "item": listed}


@pytest.mark.parametrize("media", ["application/json-patch+json", ""])
async def test_a_patch_of_postman_is_rfc_6902_whatever_its_sample(make: Make, media: str) -> None:
    sample = '[{"op": "replace", "path": "/a", "value": 1}]'
    made = collection(("change", "PATCH", "https://a.example/things", {"mode": "raw", "raw": sample}))
    if media:
        made["item"][0]["request"]["header"] = [{"key": "Content-Type", "value": media}]
    client, sent = make(made).client()
    await client.things.change(patch=[{"op": "move", "from": "/a", "path": "/b"}])
    assert json.loads(sent.last.body) == [{"op": "move", "from": "/a", "path": "/b"}]
    assert sent.last.headers["Content-Type"] == media or "application/json"


async def test_a_part_of_postman_has_the_media_type_that_it_is_given(make: Make) -> None:
    part = {"key": "meta", "value": "{}", "type": "text", "contentType": "application/vnd.meta+json"}
    made = make(
        collection(("send", "POST", "https://a.example/things", {"mode": "formdata", "formdata": [part]}))
    )
    client, sent = made.client()
    await client.things.send(made.package.models.SendForm(meta="{}"))
    assert b"Content-Type: application/vnd.meta+json" in sent.last.body


def test_a_host_without_a_value_is_reported_where_others_have_one(make: Make) -> None:
    none: dict[str, Any] = {"mode": "none"}
    known = ("a", "GET", "https://a.example/a", none)
    assert make(collection(known, ("b", "GET", "{{other}}/b", none))).reasons == [
        "its host {{other}} has no value in the collection; the client's base URL is used"
    ]
    unset = [(name, "GET", f"{{{{base}}}}/{name}", none) for name in "ab"]
    assert make(collection(*unset)).reasons == []


async def test_list_of_a_deep_object_has_brackets_and_a_note(make: Make) -> None:
    made = make("""
        paths:
          /x:
            get:
              operationId: get
              parameters:
                - {name: expand, in: query, style: deepObject, schema: {type: array, items: {type: string}}}
              responses: {"204": {description: d}}
    """)
    client, sent = made.client()
    await client.x.get(expand=["a b", "c"])
    assert sent.target == "/2/x?expand%5B%5D=a%20b&expand%5B%5D=c"
    assert made.reasons == [
        "deepObject is defined for objects alone; the items of this list are sent as expand[]"
    ]


@pytest.mark.parametrize(
    ("body", "media_type", "sent_body"),
    [
        (b"\x00", "application/octet-stream", b"\x00"),
        (File(data=b"GIF", type="image/gif"), "image/gif", b"GIF"),
        ({"a": 1}, "application/json", b'{"a":1}'),
    ],
)
async def test_body_of_any_content_takes_bytes_as_they_are(
    make: Make, body: Any, media_type: str, sent_body: bytes
) -> None:
    client, sent = make("""
        paths:
          /x:
            post:
              operationId: post
              requestBody: {required: true, content: {"*/*": {schema: {}}}}
              responses: {"204": {description: d}}
    """).client()
    await client.x.post(body)
    assert (sent.last.headers["Content-Type"], sent.last.body) == (media_type, sent_body)


SEVERAL = """
    paths:
      /t:
        patch:
          operationId: change
          requestBody:
            required: true
            content:
              application/json: {schema: {$ref: '#/components/schemas/Thing'}}
              application/json-patch+json:
                schema: {type: array, items: {$ref: "#/components/schemas/Change"}}
              application/merge-patch+json: {schema: {type: object, additionalProperties: {type: string}}}
              application/json-patch-query+json: {schema: {type: array, items: {type: object}}}
              text/plain: {schema: {type: string}}
              image/png: {schema: {type: string, format: binary}}
              multipart/form-data: {schema: {$ref: '#/components/schemas/Upload'}}
          responses: {"204": {description: d}}
    components:
      schemas:
        Thing: {type: object, properties: {name: {type: string}}}
        Change: {type: object, required: [op, path], properties: {op: {type: string}, path: {type: string}}}
        Upload: {type: object, properties: {file: {type: string, format: binary}}}
"""


@pytest.mark.parametrize(
    ("given", "media_type"),
    [
        (lambda models: models.Thing(name="x"), "application/json"),
        (lambda models: [models.Change(op="remove", path="/name")], "application/json-patch+json"),
        (lambda _: [{"op": "remove", "path": "/name"}], "application/json-patch+json"),
        (lambda _: Patch().remove("/name"), "application/json-patch+json"),
        (lambda _: {"name": "x"}, "application/merge-patch+json"),
        (lambda _: "name: x", "text/plain"),
        (lambda _: b"PNG", "image/png"),
        (lambda models: models.Upload(file=b"x"), "multipart/form-data"),
    ],
)
async def test_value_of_a_body_selects_its_media_type(make: Make, given: Any, media_type: str) -> None:
    made = make(SEVERAL)
    client, sent = made.client()
    await client.t.change(given(made.package.models))
    assert sent.last.headers["Content-Type"].partition(";")[0] == media_type
    assert made.reasons == [
        "application/json-patch-query+json goes out where RequestOptions(headers=…) give that Content-Type"
    ]


async def test_content_type_of_the_options_replaces_that_of_the_body(make: Make) -> None:
    client, sent = make(SEVERAL).client()
    label = {"content-type": "application/json-patch-query+json"}
    await client.t.change([{"a": 1}], options=RequestOptions(headers=label))
    assert sent.last.headers == {"Accept": "application/json", **label}
    assert sent.last.body == b'[{"a":1}]'
