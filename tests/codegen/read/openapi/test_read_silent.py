"""Parts of real documents that once went missing without a word: read, or named in the report."""

from __future__ import annotations

from typing import Any

from codegen.ir import Document, ListOf, Literals, MapOf, ModelIR, Nullable, ParameterIR, Ref, Scalar, UnionOf

OK: dict[str, Any] = {"responses": {"200": {"description": "d"}}}
STRING, INTEGER, ANY = Scalar("string"), Scalar("integer"), Scalar("any")


def openapi(paths: Any, **more: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths, **more}


def swagger(paths: Any, **more: Any) -> dict[str, Any]:
    return {"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": paths, **more}


def postman(*items: Any, **more: Any) -> dict[str, Any]:
    link = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    return {"info": {"name": "t", "schema": link}, "item": list(items), **more}


def calls(document: Document) -> list[str]:
    return [f"{o.http_method} {o.path}" for o in document.operations]


def said(document: Document, severity: str = "gap") -> list[tuple[str, str]]:
    return [(g.place.pointer, g.reason) for g in document.gaps if g.severity == severity]


def parameters(document: Document) -> dict[str, ParameterIR]:
    return {p.wire: p for o in document.operations for p in o.parameters}


def model(document: Document, name: str) -> ModelIR:
    return next(m for m in document.models if m.name == name)


# -- operations ------------------------------------------------------------------------------------


def test_operations_beside_the_ref_of_a_path_were_lost(read) -> None:  # type: ignore[no-untyped-def]
    shared = {"pathItems": {"c": {"get": OK, "put": OK}}}
    path = {"$ref": "#/components/pathItems/c", "post": OK, "put": OK}
    document = read(openapi({"/c": path}, components=shared))
    assert calls(document) == ["POST /c", "PUT /c", "GET /c"]
    assert [p for p, _ in said(document)] == ["/components/pathItems/c/put"]


def test_methods_that_openapi_does_not_know_were_lost(read) -> None:  # type: ignore[no-untyped-def]
    document = read(openapi({"/b": {"copy": OK, "additionalOperations": {"LINK": OK}, "servers": []}}))
    assert calls(document) == ["LINK /b"]
    assert said(document) == [
        ("/paths/~1b/copy", "'copy' is no method of OpenAPI; write it into `additionalOperations`")
    ]


def test_paths_that_differ_by_their_query_were_lost(read) -> None:  # type: ignore[no-untyped-def]
    kind = {"name": "restype", "in": "query", "required": True, "type": "string", "enum": ["container"]}
    document = read(
        swagger(
            {"/a": {"get": OK}},
            **{"x-ms-paths": {"/a?restype=container&comp": {"get": {**OK, "parameters": [kind]}}}},
        )
    )
    assert calls(document) == ["GET /a", "GET /a"]
    found = parameters(document)
    assert [(p.wire, p.location, p.required) for p in found.values()] == [
        ("restype", "query", True),
        ("comp", "query", True),
    ]
    assert found["comp"].description == "Always ''."


def test_query_templates_in_a_path_are_query_parameters(read) -> None:  # type: ignore[no-untyped-def]
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "integer"}}
    listed = {**OK, "parameters": [name]}
    document = read(openapi({"/a{?page,size*}": {"get": OK}, "/b/{id?}?key={name}#x": {"get": listed}}))
    assert calls(document) == ["GET /a", "GET /b/{id?}"]
    found = parameters(document)
    assert [(w, p.location, p.required) for w, p in found.items()] == [
        ("page", "query", False),
        ("size", "query", False),
        ("id?", "path", True),
        ("key", "query", True),
    ]
    assert found["key"].type == INTEGER


def test_a_header_declared_in_two_spellings_is_one(read) -> None:  # type: ignore[no-untyped-def]
    heads = [{"name": name, "in": "header", "schema": {"type": "string"}} for name in ("X-Id", "x-id")]
    document = read(openapi({"/a": {"get": {**OK, "parameters": heads}}}))
    assert list(parameters(document)) == ["x-id"]
    assert [p for p, _ in said(document, "note")] == ["/paths/~1a/get/parameters/0"]
    assert said(document) == []


def test_shared_parts_that_nothing_refers_to_are_named(read) -> None:  # type: ignore[no-untyped-def]
    shared = {"parameters": {"p": {"name": "p", "in": "query"}}, "responses": {"r": {"description": "d"}}}
    ok = {"responses": {"200": {"$ref": "#/components/responses/r"}}}
    document = read(openapi({"/a": {"get": ok}}, components=shared))
    reason = "no operation refers to 'p'; it is in none"
    assert said(document, "note") == [("/components/parameters/p", reason)]


def test_an_operation_in_another_file_was_empty(read) -> None:  # type: ignore[no-untyped-def]
    there = """
        parameters: [{name: q, in: query, schema: {type: integer}}]
        responses: {200: {description: d, content: {application/json: {schema: {type: string}}}}}
        """
    document = read(openapi({"/a": {"get": {"$ref": "get.yaml"}}}), files={"get.yaml": there})
    assert parameters(document)["q"].type == INTEGER
    assert document.operations[0].responses[0].type == STRING
    assert document.counts["responses"] == 1


def test_parts_of_another_version_are_read_or_named(read) -> None:  # type: ignore[no-untyped-def]
    bare = [{"name": "q", "in": "query", "type": "integer", "required": False}]
    old = {"parameters": bare, "responses": {"200": {"description": "d", "schema": {"type": "string"}}}}
    document = read(openapi({"/a": {"get": old}}))
    assert parameters(document)["q"].type == INTEGER
    assert [p for p, _ in said(document)] == ["/paths/~1a/get/responses/200/schema"]
    new = {"responses": {"200": {"description": "d", "content": {"application/json": {}}}}}
    assert [p for p, _ in said(read(swagger({"/a": {"get": new}})))] == [
        "/paths/~1a/get/responses/200/content"
    ]


def test_a_parameter_without_a_type_was_an_object(read) -> None:  # type: ignore[no-untyped-def]
    bare = [{"name": "q", "in": "query", "required": False}]
    assert parameters(read(swagger({"/a": {"get": {**OK, "parameters": bare}}})))["q"].type == ANY


def test_a_whole_query_string_is_reported_and_not_refused(read) -> None:  # type: ignore[no-untyped-def]
    whole = [{"name": "q", "in": "querystring", "content": {"application/x-www-form-urlencoded": {}}}]
    document = read(openapi({"/a": {"get": {**OK, "parameters": whole}}}))
    assert [(g.place.pointer, g.dropped) for g in document.gaps] == [("/paths/~1a/get/parameters/0", True)]
    assert document.counts["parameters"] == 1


# -- bodies ----------------------------------------------------------------------------------------


def test_a_second_body_of_swagger_was_lost(read) -> None:  # type: ignore[no-untyped-def]
    listed = [
        {"name": "one", "in": "body", "schema": {"type": "string"}},
        {"name": "two", "in": "body", "schema": {"type": "integer"}},
        {"name": "field", "in": "formData", "type": "string"},
    ]
    document = read(swagger({"/a": {"post": {**OK, "parameters": listed}}}))
    assert document.operations[0].body.type == INTEGER
    assert [p for p, _ in said(document)] == [
        "/paths/~1a/post/parameters/0",
        "/paths/~1a/post/parameters/2",
    ]


def test_encodings_that_are_not_sent_are_reported(read) -> None:  # type: ignore[no-untyped-def]
    fields = {name: {"type": "string", "format": "binary"} for name in ("picture", "plain", "noted", "page")}
    encoding = {
        "picture": {"contentType": "image/png"},
        "plain": {"contentType": "application/octet-stream"},
        "noted": {"headers": {"X-A": {}}},
        "page": {"contentType": "text/html"},
    }
    body = {
        "content": {"multipart/form-data": {"schema": {"properties": fields}, "encoding": encoding}},
    }
    document = read(openapi({"/a": {"post": {**OK, "requestBody": body}}}))
    assert [reason for _, reason in said(document)] == ["'noted' is sent without headers of its own (X-A)"]


def test_a_form_of_a_list_and_lists_in_lists_are_reported(read) -> None:  # type: ignore[no-untyped-def]
    texts = {"type": "array", "items": {"type": "string"}}
    body = {"content": {"application/x-www-form-urlencoded": {"schema": texts}}}
    grid = {"name": "grid", "in": "query", "schema": {"type": "array", "items": texts}}
    document = read(openapi({"/a": {"post": {**OK, "requestBody": body, "parameters": [grid]}}}))
    assert [g.what for g in document.gaps] == ["body", "parameter style"]
    assert parameters(document)["grid"].type == ListOf(STRING)


def test_errors_of_a_download_are_json(read) -> None:  # type: ignore[no-untyped-def]
    error = {"type": "object", "properties": {"m": {"type": "string"}}}
    listed = {"200": {"description": "d", "schema": {"type": "file"}}, "default": {"schema": error}}
    document = read(swagger({"/a": {"get": {"produces": ["image/png"], "responses": listed}}}))
    assert [a.kind for a in document.operations[0].responses] == ["binary", "json"]
    assert [f.wire for f in document.models[0].fields] == ["m"]


def test_schemas_of_texts_and_bytes_that_are_not_used_are_reported(read) -> None:  # type: ignore[no-untyped-def]
    rows = {"type": "array", "items": {"type": "string"}}
    contents = {"text/csv": {"schema": rows}}
    body = {"content": {"application/zip": {"schema": {"properties": {"a": {}}}}}}
    plain = {"description": "d", "content": {"text/plain": {"schema": {"type": "string"}}}}
    replies = {"200": {"description": "d", "content": contents}, "400": plain}
    document = read(openapi({"/a": {"post": {"requestBody": body, "responses": replies}}}))
    assert [reason for _, reason in said(document)] == [
        "application/zip is handed over as bytes; its schema is not used",
        "text/csv is handed over as text; its schema is not used",
    ]


def test_schemes_that_are_wanted_together_were_one(read) -> None:  # type: ignore[no-untyped-def]
    keys = {n: {"type": "apiKey", "in": "header", "name": n} for n in ("A", "B")}
    listed = {**OK, "security": [{"A": [], "B": []}]}
    document = read(openapi({"/a": {"get": listed}}, components={"securitySchemes": keys}))
    assert document.operations[0].auth == (("A", "B"),)


# -- schemas ---------------------------------------------------------------------------------------


def test_references_by_id_and_dynamic_ones_were_any_value(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        Tree:
          $id: https://example.com/tree
          $dynamicAnchor: node
          $defs: {Leaf: {type: object, properties: {l: {type: string}}}}
          properties:
            children: {type: array, items: {$dynamicRef: "#node"}}
            full: {$ref: "https://example.com/other"}
            near: {$ref: "other"}
            part: {$ref: "other#/properties/x"}
            again: {$ref: "#"}
            leaf: {$ref: "#/$defs/Leaf"}
            named: {$ref: "#/components/schemas/Other"}
        Other:
          $id: https://example.com/other
          properties: {x: {type: string}}
        """
    )
    tree, other = Ref("Tree"), Ref("Other")
    assert [f.type for f in model(document, "Tree").fields] == [
        *(ListOf(tree), other, other, STRING, tree, Ref("Leaf"), other)
    ]
    assert said(document) == []


def test_keys_by_pattern_beside_properties_were_lost(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        Left: {properties: {a: {}}, unevaluatedProperties: &int {type: integer}}
        Closed: {properties: {a: {}}, patternProperties: {"^s": {type: string}}, additionalProperties: false}
        Typed: {properties: {a: {}}, patternProperties: {"^s": {type: string}}, additionalProperties: *int}
        Free: {properties: {a: {}}, patternProperties: {"^s": {type: string}}}
        Shut: {properties: {a: {}}, unevaluatedProperties: false}
        Map: {type: object, unevaluatedProperties: {type: integer}}
        """
    )
    assert {m.name: m.additional for m in document.models} == {
        "Closed": STRING,
        "Typed": UnionOf((STRING, INTEGER)),
        "Left": INTEGER,
        "Free": None,
        "Shut": False,
    }
    assert document.aliases[0].type == MapOf(INTEGER)
    named = ("Left", "Closed", "Typed", "Free")
    assert [p for p, _ in said(document, "note")] == [f"/components/schemas/{name}" for name in named]


def test_what_follows_a_tuple_was_lost(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        Old: {type: array, items: [{properties: {a: {}}}], additionalItems: {properties: {z: {type: string}}}}
        New: {type: array, prefixItems: [{type: integer}], unevaluatedItems: {type: string}}
        """
    )
    assert [a.type for a in document.aliases] == [
        ListOf(UnionOf((Ref("OldItem1"), Ref("OldItem")))),
        ListOf(UnionOf((INTEGER, STRING))),
    ]
    assert document.counts["properties"] == 2
    assert document.gaps == []


def test_the_values_of_a_list_beside_it_are_those_of_its_items(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas("A: {properties: {status: {type: array, items: {type: string}, enum: [on, off]}}}")
    assert model(document, "A").fields[0].type == ListOf(Ref("AStatus"))


def test_listed_items_without_a_type_are_one_of_them(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas("A: {properties: {tz: {items: [{type: string}, {type: 'null'}]}}}")
    assert model(document, "A").fields[0].type == Nullable(STRING)
    assert [p for p, _ in said(document, "note")] == ["/components/schemas/A/properties/tz/items"]


def test_null_among_the_options_of_a_discriminator_did_away_with_it(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        Pet:
          oneOf: [{$ref: "#/components/schemas/Cat"}, {$ref: "#/components/schemas/Dog"}, {type: "null"}]
          discriminator: {propertyName: kind}
        Cat: {properties: {kind: {type: string}}}
        Dog: {properties: {kind: {type: string}}}
        """
    )
    mapping = (("Cat", "Cat"), ("Dog", "Dog"))
    assert document.aliases[0].type == Nullable(UnionOf((Ref("Cat"), Ref("Dog")), "kind", mapping))


def test_integers_beyond_64_bits_broke_the_decoder(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(f"A: {{enum: [{2**64}, 1]}}\nB: {{enum: [{2**63 - 1}, {-(2**63)}]}}")
    assert document.aliases[0].type == Literals((2**64, 1))
    assert [e.name for e in document.enums] == ["B"]
    assert [p for p, _ in said(document, "note")] == ["/components/schemas/A/enum"]


def test_a_definition_that_wraps_an_inline_schema_was_reported_missing(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        Thing: {description: outer, allOf: [{type: object, properties: {a: {type: string}}}]}
        Kind: {allOf: [{type: string, enum: [a, b]}]}
        """
    )
    assert document.gaps == []
    assert (document.models[0].place.pointer, document.models[0].description) == (
        "/components/schemas/Thing",
        "outer",
    )


def test_null_beside_the_branch_of_a_wrapper_counts(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        File: {type: object, properties: {a: {type: string}}}
        Upload: {properties: {file: {allOf: [{$ref: "#/components/schemas/File"}, {nullable: true}]}}}
        """
    )
    assert model(document, "Upload").fields[0].type == Nullable(Ref("File"))


def test_files_by_content_media_type_were_texts(read) -> None:  # type: ignore[no-untyped-def]
    fields = {
        "file": {"type": "string", "contentMediaType": "application/octet-stream"},
        "page": {"type": "string", "contentMediaType": "text/html"},
        "inner": {"type": "string", "contentMediaType": "image/png", "contentEncoding": "base64"},
    }
    body = {"content": {"multipart/form-data": {"schema": {"type": "object", "properties": fields}}}}
    document = read(openapi({"/a": {"post": {**OK, "requestBody": body}}}))
    assert [f.type for f in document.models[0].fields] == [Scalar("upload"), STRING, Scalar("bytes")]


def test_a_constant_object_is_said(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas("A: {const: {a: 1}}")
    assert [p for p, _ in said(document, "note")] == ["/components/schemas/A/const"]


# -- documents that were refused -------------------------------------------------------------------


def test_empty_schemas_and_bare_names_were_refused(read) -> None:  # type: ignore[no-untyped-def]
    document = read(
        """
        swagger: '2.0'
        info: {title: t, version: '1'}
        definitions:
          A: {properties: {b: {$ref: B}, n: , l: {type: array, items: }}}
          B: {properties: {k: {type: string}}}
          C:
        """
    )
    assert [f.type for f in model(document, "A").fields] == [Ref("B"), ANY, ListOf(ANY)]
    assert [p for p, r in said(document, "note") if "nothing stands here" in r] == [
        "/definitions/A/properties/n",
        "/definitions/C",
    ]
    assert ("/definitions/A/properties/b", "$ref 'B' is read as '#/definitions/B'") in said(document, "note")


def test_a_discriminator_that_names_no_schema_was_refused(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        Base:
          properties: {kind: {type: string}}
          discriminator: {propertyName: kind, mapping: {a: some value, b: "#/components/schemas/Sub"}}
        Sub: {allOf: [{$ref: "#/components/schemas/Base"}]}
        Use: {properties: {base: {$ref: "#/components/schemas/Base"}}}
        """
    )
    assert [p for p, _ in said(document)] == ["/components/schemas/Base/discriminator/mapping/a"]
    assert model(document, "Use").fields[0].type.mapping == (("b", "Sub"),)


def test_an_anchor_that_stands_twice_is_named(problems) -> None:  # type: ignore[no-untyped-def]
    assert (
        problems("a: &x 1\nb: &x 2\n") == ".yaml:2: #: not valid YAML: this anchor stands twice; rename one"
    )


def test_headers_of_the_connection_are_the_clients_own(read) -> None:  # type: ignore[no-untyped-def]
    heads = [{"name": name, "in": "header"} for name in ("Content-Length", "Host", "X-Own")]
    document = read(openapi({"/a": {"get": {**OK, "parameters": heads}}}))
    assert list(parameters(document)) == ["X-Own"]
    assert document.counts["parameters"] == 3


def test_names_that_no_header_can_have_are_not_sent(read) -> None:  # type: ignore[no-untyped-def]
    heads = [{"name": n, "in": w} for n, w in (("a b", "header"), ("X\r\nEvil", "header"), ("c;d", "cookie"))]
    document = read(openapi({"/a": {"get": {**OK, "parameters": heads}}}))
    request = {"method": "GET", "url": "/a", "header": [{"key": "a b", "value": "c"}]}
    collection = read(postman({"name": "a", "request": request}))
    assert list(parameters(document)) == list(parameters(collection)) == []
    dropped = [[g.what for g in d.gaps if g.dropped] for d in (document, collection)]
    assert dropped == [["parameter"] * 3, ["parameter"]]
    assert (document.counts["parameters"], collection.counts["parameters"]) == (3, 1)


def test_maps_and_lists_kept_in_files_of_their_own_were_refused(read) -> None:  # type: ignore[no-untyped-def]
    files = {
        "paths.yaml": """
            /a:
              parameters: {$ref: "parts.yaml#/shared"}
              get: {responses: {$ref: "parts.yaml#responses"}}
            """,
        "parts.yaml": """
            shared: [{name: q, in: query, schema: {type: integer}}]
            responses: {200: {description: d, content: {$ref: "#/contents"}}}
            contents: {application/json: {schema: {$ref: "schemas.yaml#/A"}}}
            fields: {a: {type: string}}
            """,
        "schemas.yaml": "A: {type: object, properties: {$ref: 'parts.yaml#/fields'}}\n",
    }
    parts = {"schemas": {"$ref": "schemas.yaml"}}
    document = read(openapi({"$ref": "paths.yaml"}, components=parts), files=files)
    assert document.gaps == []
    assert parameters(document)["q"].type == INTEGER
    assert document.operations[0].responses[0].type == Ref("A")
    assert [(f.wire, f.type) for f in model(document, "A").fields] == [("a", STRING)]
    counted = {"operations": 1, "parameters": 1, "bodies": 0, "responses": 1, "schemas": 1, "properties": 1}
    assert document.counts == counted


def test_enums_of_several_branches_count_and_are_said(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        One: {type: string, enum: [a]}
        Both: {allOf: [{$ref: "#/components/schemas/One"}, {enum: [b]}]}
        """
    )
    assert said(document) == []
    assert [p for p, _ in said(document, "note")] == ["/components/schemas/Both/allOf/1/enum"]


def test_a_tab_in_a_blank_line_was_refused(read) -> None:  # type: ignore[no-untyped-def]
    text = (
        "openapi: 3.1.0\ninfo:\n  title: t\n  version: '1'\n  description: |-\n    \t\n    told\npaths: {}\n"
    )
    assert read(text).description.strip() == "told"
