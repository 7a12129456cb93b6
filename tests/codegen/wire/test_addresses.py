"""Generated clients send each request to the host that its document names, and no credential elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.codegen.wire.conftest import Make
from trunkline.auth import ApiKeyAuth, BasicAuth, BearerAuth


def collection(*items: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A collection of requests by name and URL."""
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    requests = [{"name": name, "request": {"method": "GET", "url": url}} for name, url in items]
    return {"info": {"name": "Hosts", "schema": schema}, "item": requests, **more}


TWO = """
    servers: [{url: "https://api.example.org/2"}]
    paths:
      /a: {get: {operationId: getA, responses: {"204": {description: ok}}}}
      /u:
        servers: [{url: "https://upload.example.org/3"}]
        post: {operationId: postU, responses: {"204": {description: ok}}}
"""


async def test_operation_with_a_server_of_its_own_goes_there(make: Make) -> None:
    client, sent = make(TWO).client()
    await client.a.get_a()
    await client.u.post_u()
    assert [str(each.url) for each in sent.sent] == [
        "https://api.example.org/2/a",
        "https://upload.example.org/3/u",
    ]


async def test_client_of_another_base_url_sends_everything_there(make: Make) -> None:
    client, sent = make(TWO).client(base_url="http://localhost:8080")
    await client.u.post_u()
    assert str(sent.last.url) == "http://localhost:8080/u"


async def test_postman_request_on_another_host_goes_there_without_credentials(make: Make) -> None:
    made = make(
        collection(
            ("one", "https://api.example.org/one"),
            ("more", "https://api.example.org/more"),
            ("two", "https://billing.example.org/two"),
            auth={"type": "bearer", "bearer": []},
        )
    )
    client, sent = made.client(base_url="https://api.example.org", auth=made.package.Client.auth(token="t0"))
    await client.one.one()
    await client.two.two()
    assert [(str(each.url), "Authorization" in each.headers) for each in sent.sent] == [
        ("https://api.example.org/one", True),
        ("https://billing.example.org/two", False),
    ]
    assert "https://billing.example.org" in made.package.Client.servers.values()
    assert any("without the credentials of the others" in reason for reason in made.reasons)


async def test_another_path_of_the_same_host_keeps_the_credentials(make: Make) -> None:
    made = make(
        collection(
            ("one", "{{base}}/one"),
            ("more", "{{base}}/more"),
            ("two", "https://api.example.org/v2/two"),
            auth={"type": "bearer", "bearer": []},
            variable=[{"key": "base", "value": "https://api.example.org/v1"}],
        )
    )
    client, sent = made.client(
        base_url="https://api.example.org/v1", auth=made.package.Client.auth(token="t0")
    )
    await client.two.two()
    assert str(sent.last.url) == "https://api.example.org/v2/two"
    assert sent.last.headers["Authorization"] == "Bearer t0"


def test_plain_http_host_is_a_gap(make: Make) -> None:
    made = make(
        collection(("a", "https://a.example/a"), ("b", "https://a.example/b"), ("c", "http://c.example/c"))
    )
    assert any("plain http, which is refused" in reason for reason in made.reasons)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("{{baseUrl}}{{version}}/users", "/{version}/users"),
        ("{{baseUrl}}{{endpoint}}", "/{endpoint}"),
        ("https://{{host}}{{ctx}}/users", "/{ctx}/users"),
        ("{{baseUrl}}/{{version}}/users", "/{version}/users"),
        ("https://{{sub}}.example.org/x", "/x"),
        ("https://{{host}}:{{port}}/x", "/x"),
        ("{{scheme}}{{host}}/x", "/x"),
    ],
)
def test_unset_variable_next_to_the_host_is_a_path_parameter(make: Make, url: str, path: str) -> None:
    variables = [
        {"key": "baseUrl", "value": "https://api.example.org"},
        {"key": "scheme", "value": "https://"},
    ]
    (operation,) = make(collection(("Users", url), variable=variables)).package.OPERATIONS.values()
    assert operation.path == path


@pytest.mark.parametrize("many", [True, False])
def test_password_in_a_url_reaches_no_generated_file(make: Make, tmp_path: Path, many: bool) -> None:
    others = [("a", "https://api.example.org/a"), ("b", "https://api.example.org/b")] if many else []
    made = make(collection(("ping", "https://svc:hunter2@old.example.org/ping"), *others))
    folder = Path(made.package.__file__ or "").parent
    assert folder.is_relative_to(tmp_path)
    assert not [path for path in folder.rglob("*.*") if b"hunter2" in path.read_bytes()]
    assert "hunter2" not in "".join(made.reasons)
    assert any("user name and password in the URL are not copied" in reason for reason in made.reasons)


def test_password_in_a_server_url_reaches_no_generated_file(make: Make) -> None:
    made = make("""
        servers: [{url: "https://svc:hunter2@api.example.org"}]
        paths: {/a: {get: {operationId: a, responses: {"204": {description: ok}}}}}
    """)
    assert made.package.Client.servers == {"default": "https://api.example.org"}


def test_alternatives_of_security_are_told_apart(make: Make) -> None:
    operations = make("""
        security: [{bearer: []}]
        paths:
          /token: {post: {operationId: token, security: [{basic: []}], responses: {}}}
          /lines: {get: {operationId: lines, responses: {}}}
          /both: {get: {operationId: both, security: [{bearer: [], key: []}, {basic: []}], responses: {}}}
          /open: {get: {operationId: open, security: [{}, {key: []}], responses: {}}}
          /none: {get: {operationId: none, security: [], responses: {}}}
        components:
          securitySchemes:
            basic: {type: http, scheme: basic}
            bearer: {type: http, scheme: bearer}
            key: {type: apiKey, in: header, name: X-Key}
    """).package.OPERATIONS
    assert {operation.path: operation.auth for operation in operations.values()} == {
        "/token": ("basic",),
        "/lines": ("bearer",),
        "/both": (("bearer", "key"), "basic"),
        "/open": ("key", ()),
        "/none": (),
    }


async def test_each_operation_is_sent_the_credentials_that_it_names(make: Make) -> None:
    client, sent = make("""
        security: [{bearer: []}]
        paths:
          /lines: {get: {operationId: lines, responses: {"204": {description: d}}}}
          /token: {post: {operationId: token, security: [{basic: []}], responses: {"204": {description: d}}}}
          /both:
            get: {operationId: both, security: [{bearer: [], key: []}], responses: {"204": {description: d}}}
          /key: {get: {operationId: key, security: [{key: []}], responses: {"204": {description: d}}}}
        components:
          securitySchemes:
            basic: {type: http, scheme: basic}
            bearer: {type: http, scheme: bearer}
            key: {type: apiKey, in: header, name: X-Key}
    """).client(
        auth={"bearer": BearerAuth("t"), "basic": BasicAuth("u", "p"), "key": ApiKeyAuth("X-Key", "k")}
    )
    found = []
    for call in (client.lines.lines, client.token.token, client.both.both, client.key.key):
        await call()
        found.append((sent.last.headers.get("Authorization"), sent.last.headers.get("X-Key")))
    assert found == [("Bearer t", None), ("Basic dTpw", None), ("Bearer t", "k"), (None, "k")]
