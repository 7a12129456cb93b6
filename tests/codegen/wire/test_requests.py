"""Requests of generated clients go out as their document writes them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.codegen.wire.conftest import Make
from trunkline.errors import ArgumentError
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
