"""Operations: names, parameters, bodies, responses, paging, auth."""

from __future__ import annotations

import textwrap

import pytest

from codegen.ir import Document, ListOf, OperationIR, Ref, Scalar

HEAD = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"


def one(document: Document) -> OperationIR:
    (operation,) = document.operations
    return operation


@pytest.fixture
def operation(read):  # type: ignore[no-untyped-def]
    """Read a document of one GET at a path; the text is the operation."""

    def reader(text: str, path: str = "/rows/{id}", rest: str = "", method: str = "get") -> Document:
        body = textwrap.indent(textwrap.dedent(text), "      ")
        return read(f"{HEAD}paths:\n  {path}:\n    {method}:\n{body}\n{textwrap.dedent(rest)}")

    return reader


def names(document: Document) -> list[str]:
    return [f"{'.'.join(o.resource)}.{o.method}" for o in document.operations]


def test_names_come_from_words_tags_ids_and_paths_and_stay_unique(read) -> None:  # type: ignore[no-untyped-def]
    ok = "responses: {200: {description: d}}"
    document = read(
        HEAD
        + "paths:\n"
        + f"  /a: {{get: {{tags: [Service], operationId: serviceSearch, {ok}}}}}\n"
        + f"  /b: {{get: {{tags: [Service], operationId: search, {ok}}}}}\n"
        + f"  /c: {{get: {{tags: [Service], operationId: search, {ok}}}}}\n"
        + f"  /api/v2/orders/{{orderId}}/lines: {{get: {{{ok}}}, delete: {{{ok}}}}}\n"
        + f"  /d: {{get: {{x-trunkline: {{resource: box.files, method: list}}, {ok}}}}}\n"
        + f"  /e: {{get: {{x-trunkline: {{resource: box, method: files}}, {ok}}}}}\n"
    )
    assert names(document) == [
        "service.search",
        "service.get_b",
        "service.get_c",
        "orders.get_api_v2_orders_lines_by_order_id",
        "orders.delete_api_v2_orders_lines_by_order_id",
        "box.files.list_",
        "box.get_e",
    ]
    assert [g.what for g in document.gaps if "not declared" not in g.reason] == ["operation name"]


def test_parameters_of_path_and_operation(operation) -> None:  # type: ignore[no-untyped-def]
    document = operation(
        """
        parameters:
          - {name: ID, in: path, required: true, schema: {type: integer}}
          - {name: other, in: path, required: true, schema: {type: integer}}
          - {name: id, in: query, schema: {type: array, items: {type: string}}, explode: false}
          - {name: $skiptoken, in: query, schema: {type: string}}
          - {name: body, in: query, content: {application/json: {schema: {type: object}}}}
          - {name: twice, in: header, schema: {type: string}}
          - {name: twice, in: header, schema: {type: integer}}
          - {name: Accept, in: header, schema: {type: string}}
          - {name: id, in: cookie, schema: {type: string}}
          - {name: deep, in: query, style: deepObject, schema: {type: object}}
          - {name: odd, in: header, style: form, schema: {type: string}}
        responses: {200: {description: d}}
        """,
        path="/rows/{id}/{more}",
    )
    found = {
        p.name: (p.wire, p.location, p.type, p.required, p.style, p.explode, p.format)
        for p in one(document).parameters
    }
    text = Scalar("string")
    assert found["id"] == ("id", "path", Scalar("integer"), True, "simple", False, None)
    assert found["more"] == ("more", "path", text, True, "simple", False, None)
    assert found["id_query"] == ("id", "query", ListOf(text), False, "form", False, None)
    assert found["skip_token"][:2] == ("$skiptoken", "query")
    assert found["body_"][-1] == "json"
    assert found["twice"][2] == Scalar("integer")
    assert found["id_cookie"][1] == "cookie"
    assert found["deep"][4:6] == ("deepObject", True)
    reasons = sorted(g.reason for g in document.gaps)
    assert len(reasons) == 6
    assert document.counts["parameters"] == len(found) + sum(g.dropped for g in document.gaps) == 12


def test_operation_parameter_replaces_that_of_its_path(read) -> None:  # type: ignore[no-untyped-def]
    document = read(
        HEAD
        + "paths:\n  /a:\n    parameters: [{name: q, in: query, schema: {type: string}}]\n"
        + "    get:\n      parameters: [{name: q, in: query, schema: {type: integer}}]\n"
        + "      responses: {200: {description: d}}\n"
    )
    assert [p.type for p in one(document).parameters] == [Scalar("integer")]
    assert document.counts["parameters"] == 1
    assert not document.gaps


@pytest.mark.parametrize(
    ("content", "kind", "type_"),
    [
        ("{application/json: {schema: {type: string}}}", "json", Scalar("string")),
        ("{application/problem+json: {schema: {type: string}}}", "json", Scalar("string")),
        ("{'*/*': {schema: {type: string}}}", "any", Scalar("string")),
        ("{application/json: {}}", "json", Scalar("any")),
        ("{text/plain: {schema: {type: integer}}}", "text", Scalar("string")),
        ("{application/pdf: {schema: {type: string, format: binary}}}", "binary", Scalar("bytes")),
        ("{application/json: {schema: {type: string, format: binary}}}", "binary", Scalar("bytes")),
        ("{application/xml: {schema: {type: object}}}", "text", Scalar("string")),
        ("{text/csv: {}, application/json: {schema: {type: integer}}}", "json", Scalar("integer")),
    ],
)
def test_response_kinds(operation, content: str, kind: str, type_: object) -> None:  # type: ignore[no-untyped-def]
    document = operation(f"responses: {{default: {{description: d, content: {content}}}}}", path="/a")
    (response,) = one(document).responses
    assert (response.status, response.kind, response.type) == ("default", kind, type_)


def test_xml_beside_json_is_sent_as_text_which_is_reported_at_its_place(operation) -> None:  # type: ignore[no-untyped-def]
    document = operation(
        """
        requestBody:
          content:
            application/xml: {schema: {type: object, properties: {a: {type: string}}}}
            application/json: {schema: {type: object, properties: {b: {type: string}}}}
        responses: {204: {description: d}}
        """,
        path="/a",
        method="post",
    )
    body = one(document).body
    assert body is not None
    assert (body.media_type, body.type) == ("application/json", Ref("CreateARequest"))
    assert [(other.media_type, other.kind) for other in body.others] == [("application/xml", "text")]
    assert [(g.severity, g.place.pointer) for g in document.gaps if g.what == "media type"] == [
        ("note", "/paths/~1a/post/requestBody/content/application~1xml")
    ]


def test_multipart_and_files(operation) -> None:  # type: ignore[no-untyped-def]
    document = operation(
        """
        operationId: upload
        requestBody:
          required: true
          content:
            multipart/form-data:
              schema: {type: object, properties: {file: {type: string, format: binary}, note: {type: string}}}
        responses: {201: {description: d}}
        """,
        path="/files",
        method="put",
    )
    body = one(document).body
    assert body is not None
    assert (body.kind, body.required, body.type) == ("multipart", True, Ref("UploadRequest"))
    assert [f.type for f in document.models[0].fields] == [Scalar("upload"), Scalar("string")]
    assert body.files == ("file",)
    assert one(document).idempotency == "idempotent"


def test_callbacks_links_and_webhooks_are_notes(operation) -> None:  # type: ignore[no-untyped-def]
    document = operation(
        """
        callbacks: {done: {'{$request.query.url}': {post: {responses: {200: {description: d}}}}}}
        responses:
          200:
            description: d
            headers: {X-Total: {schema: {type: integer}}}
            links: {next: {operationId: a}}
        """,
        path="/a",
        rest="webhooks: {new: {post: {responses: {200: {description: d}}}}}",
    )
    assert sorted((g.what, g.severity) for g in document.gaps) == [
        ("callback", "note"),
        ("link", "note"),
        ("webhook", "note"),
    ]


ROWS = """
components:
  schemas:
    Row: {type: object, properties: {id: {type: integer}, name: {type: string}}}
    Page:
      type: object
      properties:
        '@odata.nextLink': {type: string}
        value: {type: array, items: {$ref: '#/components/schemas/Row'}}
"""
RESPONSE = (
    "responses: {200: {description: d, content: "
    "{application/json: {schema: {$ref: '#/components/schemas/%s'}}}}}"
)


def test_paging_is_recognised_by_the_link_of_the_response(operation) -> None:  # type: ignore[no-untyped-def]
    document = operation("parameters: [{name: $top, in: query}]\n" + RESPONSE % "Page", path="/a", rest=ROWS)
    paging = one(document).paging
    assert paging is not None
    assert (paging.kind, paging.row_type, paging.next_link, paging.top) == (
        "odata",
        Ref("Row"),
        ("@odata.nextLink",),
        "$top",
    )


def test_paging_of_one_object_that_stands_for_a_list(operation) -> None:  # type: ignore[no-untyped-def]
    text = "x-trunkline: {paging: odata, filterable: [id], sortable: [name, gone]}\n" + RESPONSE % "Row"
    document = operation(text, path="/a", rest=ROWS)
    found = one(document)
    assert found.paging is not None
    assert found.paging.row_type == Ref("Row")
    assert found.filter_types == {"id": Scalar("integer"), "name": Scalar("string"), "gone": Scalar("any")}
    assert [g.reason for g in document.gaps] == [
        "filterable 'gone' is no property of the schema; any value is taken"
    ]


def test_paging_word_none_switches_it_off(operation) -> None:  # type: ignore[no-untyped-def]
    document = operation("x-trunkline: {paging: none}\n" + RESPONSE % "Page", path="/a", rest=ROWS)
    assert one(document).paging is None


def test_x_ms_pageable(operation) -> None:  # type: ignore[no-untyped-def]
    text = "x-ms-pageable: {nextLinkName: more, itemName: value}\n" + RESPONSE % "Page"
    paging = one(operation(text, path="/a", rest=ROWS)).paging
    assert paging is not None
    assert (paging.kind, paging.next_link, paging.row_type) == ("next_link", ("more",), Ref("Row"))


def test_json_patch_needs_the_patchable_word(operation) -> None:  # type: ignore[no-untyped-def]
    text = """
        {words}
        requestBody:
          content:
            application/json:
              schema:
                type: array
                items:
                  type: object
                  properties: {{op: {{type: string}}, path: {{type: string}}, value: {{}}}}
        """
    reply = RESPONSE % "Row"
    plain = operation(textwrap.dedent(text.format(words="")) + reply, "/a", ROWS, "patch")
    words = "x-trunkline: {patchable: {name: [replace, remove]}}"
    typed = operation(textwrap.dedent(text.format(words=words)) + reply, "/a", ROWS, "patch")
    assert one(plain).body.is_json_patch is False
    assert one(typed).body.is_json_patch is True
    assert one(typed).patch_types == {"name": Scalar("string")}


def test_security_schemes_and_requirements(read) -> None:  # type: ignore[no-untyped-def]
    ok = "responses: {200: {description: d}}"
    document = read(
        f"""
        openapi: 3.0.3
        info: {{title: t, version: "1"}}
        security: [{{key: []}}]
        paths:
          /a: {{get: {{{ok}}}}}
          /b: {{get: {{security: [], {ok}}}}}
          /c: {{get: {{security: [{{basic: []}}, {{bearer: []}}], {ok}}}}}
        components:
          securitySchemes:
            basic: {{type: http, scheme: basic}}
            bearer: {{type: http, scheme: Bearer}}
            key: {{type: apiKey, in: cookie, name: sid}}
            machine: {{type: oauth2, flows: {{clientCredentials: {{tokenUrl: /token, scopes: {{read: r}}}}}}}}
            person: {{type: oauth2, flows: {{implicit: {{authorizationUrl: /a, scopes: {{}}}}}}}}
        """
    )
    assert [a.kind for a in document.auth] == [
        "basic",
        "bearer",
        "api_key",
        "oauth2_client_credentials",
        "bearer",
    ]
    assert [o.auth for o in document.operations] == [("key",), (), ("basic", "bearer")]
    assert [(g.what, g.severity) for g in document.gaps] == [("auth", "note")]


def test_servers_of_document_path_and_operation(read) -> None:  # type: ignore[no-untyped-def]
    document = read(
        """
        openapi: 3.0.3
        info: {title: t, version: "1"}
        servers:
          - url: https://{host}/v1
            description: Production server
            variables: {host: {default: api.example}}
          - {url: https://test.example, description: Staging}
          - {url: https://c.example}
        paths:
          /a: {servers: [{url: https://other.example}], get: {responses: {200: {description: d}}}}
        """
    )
    assert document.servers == {
        "default": "https://other.example",  # where every operation is answered
        "production": "https://api.example/v1",
        "staging": "https://test.example",
        "server_3": "https://c.example",
    }
    assert one(document).server is None


def test_swagger_2_keeps_its_own_places(read) -> None:  # type: ignore[no-untyped-def]
    document = read(
        """
        swagger: "2.0"
        info: {title: t, version: "1"}
        host: api.example
        basePath: /v1/
        consumes: [application/json]
        definitions: {Row: {type: object, properties: {id: {type: integer, x-nullable: true}}}}
        paths:
          /rows/{id}:
            parameters: [{name: id, in: path, required: true, type: integer}]
            put:
              operationId: put
              parameters:
                - {name: row, in: body, required: true, schema: {$ref: "#/definitions/Row"}}
                - {name: tags, in: query, type: array, items: {type: string}, collectionFormat: pipes}
              responses: {200: {description: d, schema: {type: file}}}
            post:
              operationId: send
              consumes: [application/x-www-form-urlencoded]
              parameters:
                - {name: file, in: formData, type: file, required: true}
                - {name: note, in: formData, type: string}
              responses: {default: {description: d}}
        """
    )
    put, post = document.operations
    assert document.kind == "swagger-2.0"
    assert document.servers == {"default": "https://api.example/v1"}
    assert document.models[0].place.pointer == "/definitions/Row"
    assert put.body.place.pointer == "/paths/~1rows~1{id}/put/parameters/0"
    assert put.body.type == Ref("Row")
    assert (put.parameters[1].style, put.parameters[1].explode) == ("pipeDelimited", False)
    assert put.responses[0].kind == "binary"
    assert (post.body.media_type, post.body.type) == ("multipart/form-data", Ref("SendForm"))
    assert document.counts == {
        "operations": 2,
        "parameters": 3,
        "bodies": 2,
        "responses": 2,
        "schemas": 1,
        "properties": 1,
    }
    assert not document.gaps


def test_wrong_structure_is_reported_all_at_once(problems) -> None:  # type: ignore[no-untyped-def]
    text = problems(
        """
        openapi: 3.0.3
        info: {title: t, version: "1"}
        paths:
          /a: []
          /b: {get: {parameters: {}, responses: []}}
          /c: {get: {parameters: [{in: query}], x-trunkline: {idempotency: maybe}}}
          /d: {get: {responses: {200: {content: {application/json: {schema: 5}}}}}}
        """
    )
    assert text.splitlines() == [
        ".yaml:5: #/paths/~1a: a path must hold an object of operations",
        ".yaml:6: #/paths/~1b/get/parameters: `parameters` must be a list",
        ".yaml:6: #/paths/~1b/get/responses: `responses` must map status codes to responses",
        ".yaml:7: #/paths/~1c/get/x-trunkline/idempotency: `idempotency` must be safe, idempotent or unsafe",
        ".yaml:7: #/paths/~1c/get/parameters/0: "
        "a parameter needs a `name` and an `in` of path, query, header or cookie",
        ".yaml:8: #/paths/~1d/get/responses/200/content/application~1json/schema: "
        "a schema must be an object; write e.g. {type: string}",
    ]
