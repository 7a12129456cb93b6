"""Collections of which parts once went missing without a word."""

from __future__ import annotations

from codegen.ir import ListOf, Scalar, UnionOf
from tests.codegen.read.openapi.test_read_silent import INTEGER, STRING, calls, parameters, postman, said


def test_numbers_in_examples_of_a_collection_may_be_texts_and_are_inferred(read) -> None:  # type: ignore[no-untyped-def]
    url = {
        "raw": "https://x.test/:id/:name?limit=10&rate=1.5&on=true",
        "variable": [{"key": "id", "value": "42"}, {"key": "name", "value": "a"}],
    }
    coded = {"mode": "urlencoded", "urlencoded": [{"key": "code", "value": "7"}]}
    request = {"method": "POST", "url": url, "body": coded}
    document = read(postman({"name": "a", "request": request}))
    number, rate = UnionOf((INTEGER, STRING)), UnionOf((Scalar("number"), STRING))
    assert [(p.wire, p.type, p.provenance) for p in parameters(document).values()] == [
        ("id", number, "inferred"),
        ("name", STRING, "documented"),
        ("limit", number, "inferred"),
        ("rate", rate, "inferred"),
        ("on", Scalar("boolean"), "inferred"),
    ]
    assert [(f.type, f.provenance) for f in document.models[0].fields] == [(number, "inferred")]


def test_a_query_beside_an_empty_list_of_it_was_lost(read) -> None:  # type: ignore[no-untyped-def]
    url = {"raw": "https://x.test/a?b=c", "host": ["x", "test"], "path": ["a"], "query": []}
    document = read(postman({"name": "a", "request": {"method": "GET", "url": url}}))
    assert list(parameters(document)) == ["b"]


def test_a_folder_that_is_a_request_too_was_lost(read) -> None:  # type: ignore[no-untyped-def]
    inner = {"name": "in", "request": {"method": "GET", "url": "{{base}}/in"}}
    both = {
        "name": "both",
        "request": {"method": "GET", "url": "https://x.test/both"},
        "item": [inner],
        "variable": [{"key": "base", "value": "https://x.test"}],
    }
    document = read(postman(both))
    assert calls(document) == ["GET /in", "GET /both"]
    assert document.servers == {"default": "https://x.test"}


def test_entries_without_a_key_and_requests_without_a_url_are_said(read) -> None:  # type: ignore[no-untyped-def]
    form = {"mode": "formdata", "formdata": [{"key": "", "value": "lost"}, {"key": "k", "value": "v"}]}
    document = read(postman({"name": "a", "request": {"method": "POST", "url": "", "body": form}}))
    assert said(document, "note") == [
        ("/item/0/request", "a request without a URL; it asks for the root of the base URL"),
        ("/item/0/request/body/formdata/0", "an entry without a key; it is not in the package"),
    ]


def test_several_files_of_one_field_were_one(read) -> None:  # type: ignore[no-untyped-def]
    files = [{"key": "many", "type": "file", "src": ["a", "b"]}, {"key": "one", "type": "file", "src": "a"}]
    form = {"mode": "formdata", "formdata": files}
    document = read(postman({"name": "a", "request": {"method": "POST", "url": "/a", "body": form}}))
    assert [f.type for f in document.models[0].fields] == [ListOf(Scalar("upload")), Scalar("upload")]


def test_a_graphql_request_needs_its_query_alone(read) -> None:  # type: ignore[no-untyped-def]
    body = {"mode": "graphql", "graphql": {"query": "{a}", "variables": ""}}
    document = read(postman({"name": "a", "request": {"method": "POST", "url": "/a", "body": body}}))
    assert [(f.wire, f.required) for f in document.models[0].fields] == [
        ("query", True),
        ("variables", False),
        ("operationName", False),
    ]


def test_a_variable_that_the_path_does_not_hold_is_said(read) -> None:  # type: ignore[no-untyped-def]
    url = {"raw": "/a/:id", "variable": [{"key": "id", "value": "x"}, {"key": "port", "value": "80"}]}
    document = read(postman({"name": "a", "request": {"method": "GET", "url": url}}))
    reason = "the path holds no :port; the variable is not in the package"
    assert said(document, "note") == [("/item/0/request/url/variable/1", reason)]
    assert list(parameters(document)) == ["id"]
