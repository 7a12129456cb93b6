"""What the page is made from: the OpenAPI documents, their examples, its own addresses. No browser here."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.contract.served import is_served, moved
from trunkline import abzorb, idi
from trunkline.operation import Operation
from trunkline.sandbox import Sandbox, User
from trunkline.sandbox import page as page_package
from trunkline.sandbox.page.examples import EXAMPLES

STATIC = Path(page_package.__file__).parent / "static"
SHIPPED: dict[str, dict[str, Operation[Any]]] = {"idi": idi.OPERATIONS, "abzorb": abzorb.OPERATIONS}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(rows=150, token_lifetime=400 * 86_400) as sandbox:
        yield sandbox


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def document(session: aiohttp.ClientSession, sandbox: Sandbox, api: str) -> dict[str, Any]:
    async with session.get(f"{sandbox.url}/openapi/{api}.json") as response:
        assert response.status == 200
        found: dict[str, Any] = await response.json()
        return found


def operations(doc: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in doc["paths"].items():
        for method, op in item.items():
            yield path, method.upper(), op


@pytest.mark.parametrize("api", ["idi", "abzorb"])
async def test_document_is_valid_and_complete(
    session: aiohttp.ClientSession, sandbox: Sandbox, api: str
) -> None:
    """Every operation is in it under its own path, with its provenance and a text for each parameter."""
    doc = await document(session, sandbox, api)
    OpenAPIV31SpecValidator(doc).validate()
    found = {op["operationId"]: (path, method, op) for path, method, op in operations(doc)}
    login = {"security_token.login"} if api == "idi" else set()
    assert set(found) == set(SHIPPED[api]) | login
    for name, operation in SHIPPED[api].items():
        path, method, op = found[name]
        assert (path, method, op["summary"]) == (operation.path, operation.method, operation.title)
        origin = operation.provenance
        assert op["x-trunkline"]["provenance"] == {
            "route": origin.route, "request": origin.request, "response": origin.response,
        }  # fmt: skip
        assert op["description"], name
        names = [param.wire for param in (*operation.path_params, *operation.query_params)]
        assert [param["name"] for param in op["parameters"]] == names
        assert all(param.get("description") for param in op["parameters"]), name
        for param in op["parameters"]:
            if param["required"] and is_served(operation):
                assert "example" in param, f"{name}: {param['name']} has no example"


async def test_fields_carry_provenance_and_text(session: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """A badge for every field: the one documented, the other inferred, as the models say."""
    schemas = (await document(session, sandbox, "abzorb"))["components"]["schemas"]
    fields = [field for schema in schemas.values() for field in schema.get("properties", {}).values()]
    words = {field["x-trunkline"]["provenance"] for field in fields}
    assert words == {"documented", "inferred"}
    assert "overlay.yaml" not in str(schemas)
    assert "Inferred, not documented" not in str(schemas)


async def test_every_example_works(session: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """Each example on fresh data, after those that it names, is a success."""
    async with session.post(
        sandbox.login_url, json={"userName": "sandbox", "password": "sandbox-password"}
    ) as response:
        token = await response.json()
    basic = base64.b64encode(b"sandbox:sandbox-password").decode()
    signed = {"idi": f'WRAP access_token="{token}"', "abzorb": f"Basic {basic}"}
    refused: dict[str, tuple[int, str]] = {}
    names = {"security_token.login"}
    for api, authorization in signed.items():
        doc = await document(session, sandbox, api)
        by_id = {op["operationId"]: (path, method, op) for path, method, op in operations(doc)}
        names |= set(by_id)
        for name in by_id:
            # One that the vendor has changed since waits for the sandbox, as in the contract tests.
            if name in SHIPPED[api] and moved(SHIPPED[api][name]):
                continue
            sandbox.reset()
            for step in (*steps(by_id, name), name):
                if by_id[step][2]["x-trunkline"].get("wait"):
                    sandbox.clock.advance(86_400)
                refusal = await send(session, sandbox, doc, by_id[step], authorization)
            if refusal is not None:
                refused[name] = refusal
    assert refused == {}
    assert set(EXAMPLES) <= names, "an example belongs to no operation"


def steps(by_id: dict[str, Any], name: str) -> list[str]:
    """What has to be sent before, first things first."""
    after = by_id[name][2]["x-trunkline"].get("after", [])
    return [step for first in after for step in (*steps(by_id, first), first)]


async def send(
    session: aiohttp.ClientSession, sandbox: Sandbox, doc: dict[str, Any], found: Any, authorization: str
) -> tuple[int, str] | None:
    path, method, op = found
    query = {}
    for param in op["parameters"]:
        if "example" in param:
            value = param["example"]
            text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            if param["in"] == "path":
                path = path.replace(f"{{{param['name']}}}", text)
            else:
                query[param["name"]] = text
    body = next(iter(op.get("requestBody", {}).get("content", {}).values()), {}).get("example")
    url = sandbox.url + op.get("servers", doc["servers"])[0]["url"] + path
    # three reads of IDI ask for the header too
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    async with session.request(method, url, params=query, json=body, headers=headers) as response:
        text = await response.text()
        return None if response.ok else (response.status, text)


async def test_page_is_strict_about_where_things_come_from(
    session: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    """No inline script or style, nothing from elsewhere, no frame around it."""
    async with session.get(sandbox.url) as response:
        policy = response.headers["Content-Security-Policy"]
        text = await response.text()
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", text)
    addresses = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert addresses
    for address in addresses:
        if address.startswith("/"):
            async with session.get(sandbox.url + address) as response:
                assert response.status == 200, address


def test_no_file_names_an_outside_address() -> None:
    files = [path for path in STATIC.iterdir() if path.suffix in (".js", ".css", ".html", ".svg")]
    assert len(files) >= 12
    for path in files:
        outside = re.findall(r"https?://(?!www\.w3\.org/2000/svg)[^\s\"'`]+", path.read_text())
        assert not outside, path.name
        assert "innerHTML" not in path.read_text()


@pytest.mark.parametrize("path", ["/page/..%2Froutes.py", "/page/routes.py", "/openapi/other.json"])
async def test_no_other_file_is_served(session: aiohttp.ClientSession, sandbox: Sandbox, path: str) -> None:
    async with session.get(sandbox.url + path) as response:
        assert response.status == 404


async def test_a_chosen_password_is_not_told(session: aiohttp.ClientSession) -> None:
    """The page fills in the credentials that everybody knows, and no others."""
    async with Sandbox(rows=10) as known, session.get(f"{known.url}/page/data/about") as response:
        assert (await response.json())["password"] == "sandbox-password"
    own = (User(name="ada", password="planted-password"),)
    async with (
        Sandbox(rows=10, users=own) as chosen,
        session.get(f"{chosen.url}/page/data/about") as response,
    ):
        assert "planted-password" not in await response.text()


async def test_requests_are_told_after_a_number(session: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """The list asks for what it has not seen; credentials in a query are masked."""
    for number in range(3):
        await session.get(f"{sandbox.abzorb_url}/Customers/{number}?token=planted-{number}")

    async def told(after: str, clears: str = "0") -> dict[str, Any]:
        query = {"after": after, "clears": clears}
        async with session.get(f"{sandbox.url}/page/data/requests", params=query) as response:
            assert "planted" not in await response.text()
            found: dict[str, Any] = await response.json()
            return found

    every = await told("0")
    assert [row["number"] for row in every["requests"]] == [1, 2, 3]
    assert every["requests"][0]["url"].endswith("?token=***")
    assert every["requests"][0]["agent"].startswith("Python/")
    assert every["requests"][0]["ms"] >= 0
    assert [row["number"] for row in (await told("2"))["requests"]] == [3]
    assert (await told("3"))["requests"] == []
    assert len((await told("99"))["requests"]) == 3
    sandbox.requests.clear()
    for number in range(5):
        await session.get(f"{sandbox.abzorb_url}/Customers/{number}")
    since = await told("3")
    assert (since["clears"], len(since["requests"])) == (1, 5), "all of them are new after a clear"
    assert len((await told("3", "1"))["requests"]) == 2
    sandbox.requests.clear()
    assert (await told("no number"))["requests"] == []
