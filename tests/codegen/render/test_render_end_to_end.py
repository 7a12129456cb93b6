"""From a document on disk through the command line to calls against a server."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aiohttp import web

from codegen.__main__ import main
from trunkline.errors import ArgumentError, NotFoundError

NAMES = {"type": "array", "items": {"type": "string"}}
PARTS = {"type": "array", "items": {"$ref": "#/components/schemas/Part"}}
PICTURE = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
SPEC: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Parts", "version": "1", "description": 'Says """ and {{ this }}.'},
    "servers": [{"url": "https://parts.example.com"}],
    "security": [{"key": []}],
    "paths": {
        "/parts": {
            "get": {
                "operationId": "listParts",
                "tags": ["parts"],
                "parameters": [
                    {"name": "$top", "in": "query", "schema": {"type": "integer"}},
                    {"name": "$skip", "in": "query", "schema": {"type": "integer"}},
                    {"name": "class", "in": "query", "schema": NAMES},
                ],
                "responses": {
                    "200": {
                        "description": "rows",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "properties": {
                                        "value": PARTS,
                                        "@odata.nextLink": {"type": "string"},
                                    },
                                }
                            }
                        },
                    }
                },
            },
            "post": {
                "operationId": "createPart",
                "tags": ["parts"],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewPart"}}},
                },
                "responses": {
                    "201": {
                        "description": "made",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Part"}}},
                    }
                },
            },
        },
        "/parts/{part-id}/label": {
            "get": {
                "operationId": "getLabel",
                "tags": ["parts"],
                "parameters": [
                    {"name": "part-id", "in": "path", "required": True, "schema": {"type": "integer"}},
                    {"name": "X-Size", "in": "header", "schema": {"type": "string"}},
                ],
                "responses": {
                    "200": {"description": "picture", "content": PICTURE},
                    "404": {"description": "no such part"},
                },
            }
        },
    },
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "schemas": {
            "Part": {
                "type": "object",
                "required": ["partID"],
                "properties": {
                    "partID": {"type": "integer"},
                    "price": {"type": "number", "format": "decimal"},
                    "below": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
                    "field": {"type": "string", "enum": ["a b", "A-B", ""]},
                },
            },
            "NewPart": {
                "type": "object",
                "required": ["price"],
                "properties": {
                    "price": {"type": "number", "format": "decimal"},
                    "note": {"type": "string", "nullable": True},
                },
            },
        },
    },
}  # fmt: skip


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    (tmp_path / "parts.json").write_text(json.dumps(SPEC))
    command = ["generate", str(tmp_path / "parts.json"), "--package", "parts_api", "--out", str(tmp_path)]
    assert main([*command, "--report", str(tmp_path / "report.json")]) == 0
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("parts_api")
    for name in [name for name in sys.modules if name.split(".")[0] == "parts_api"]:
        del sys.modules[name]


@pytest.fixture
async def server() -> AsyncIterator[tuple[str, list[Any]]]:
    seen: list[Any] = []

    async def rows(request: web.Request) -> web.Response:
        seen.append(request.rel_url.query_string)
        if "skip" in request.rel_url.query_string:
            return web.json_response({"value": [{"partID": 3}]})
        link = str(request.url.with_query({"$skip": "2"}))
        found = '[{"partID": 1, "price": 0.10}, {"partID": 2, "field": "new"}]'
        text = f'{{"value": {found}, "@odata.nextLink": "{link}"}}'
        return web.Response(text=text, content_type="application/json")

    async def make(request: web.Request) -> web.Response:
        seen.append(await request.text())
        return web.json_response({"partID": 4, "below": [{"partID": 5}]}, status=201)

    async def label(request: web.Request) -> web.Response:
        seen.append((request.match_info["id"], request.headers.get("X-Size")))
        if request.match_info["id"] == "404":
            raise web.HTTPNotFound
        return web.Response(body=b"\x89PNG", content_type="image/png")

    app = web.Application()
    app.add_routes([web.get("/parts", rows), web.post("/parts", make), web.get("/parts/{id}/label", label)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield f"http://127.0.0.1:{port}", seen
    await runner.cleanup()


async def test_generated_client_calls_a_server(parts: ModuleType, server: tuple[str, list[Any]]) -> None:
    url, seen = server
    models = parts.models
    async with parts.Client(base_url=url) as client:
        rows = await client.parts.list_parts(top=2, class_=["x", "y"]).all()
        assert [row.part_id for row in rows] == [1, 2, 3]
        assert rows[0].price == Decimal("0.10")
        assert str(rows[1].field_) == "new"
        assert "class=x&class=y" in seen[0]
        made = await client.parts.create_part(models.NewPart(price=Decimal("1.50"), note=None))
        assert made.below[0].part_id == 5
        assert json.loads(seen[-1]) == {"price": 1.5, "note": None}
        assert await client.parts.get_label(part_id=7, x_size="big") == b"\x89PNG"
        assert seen[-1] == ("7", "big")
        with pytest.raises(NotFoundError):
            await client.parts.get_label(part_id=404)
        with pytest.raises(ArgumentError, match=r"part.id"):
            await client.parts.get_label(part_id=None)


def test_report_counts_add_up(parts: ModuleType, tmp_path: Path) -> None:
    counts = json.loads((tmp_path / "report.json").read_text())["counts"]
    for what, number in counts["document"].items():
        assert number == counts["package"][what] + counts["dropped"].get(what, 0), what
    assert counts["package"]["operations"] == 3
    key = {"kind": "api_key", "location": "header", "parameter": "X-Key"}
    assert parts.Client.auth_schemes == {"key": key}
    assert "https://parts.example.com" in parts.Client.servers.values()
