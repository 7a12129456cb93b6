"""A further API is a spec, a client and one entry of the registry: nothing else names it."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from distributed import Client as ClusterClient
from distributed import LocalCluster

from codegen.__main__ import main as codegen
from trunkline import apis, distributed
from trunkline.cli import main
from trunkline.errors import ArgumentError, ConfigError
from trunkline.testing import LocalSandbox, assert_requests, mock_api

SPEC = """
openapi: 3.1.0
info: {title: Depot, version: "1"}
servers: [{url: "https://depot.example.com"}]
paths:
  /api/bin/{binID}:
    get:
      operationId: getBin
      summary: Get Bin
      tags: [bin]
      x-trunkline: {resource: bin, method: get, idempotency: safe}
      parameters: [{name: binID, in: path, required: true, schema: {type: integer}}]
      responses:
        "200":
          description: a bin
          content: {application/json: {schema: {$ref: "#/components/schemas/Crate"}}}
components:
  schemas:
    Crate:
      type: object
      properties: {binID: {type: integer}, shelf: {type: string}}
"""
CLIENT = """
import os
from depot.client import Client as Generated

class Client(Generated):
    @classmethod
    def from_env(cls, **settings):
        base_url = settings.pop("base_url", None) or os.environ["TRUNKLINE_DEPOT_BASE_URL"]
        return cls(base_url=base_url, **settings)
"""
HANDLERS = """
HANDLERS = {"bin.get": lambda call: {"binID": int(call.path[0]), "shelf": "A" + call.path[0]}}
"""


@pytest.fixture(scope="module")
def depot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[apis.Api]:
    """The made-up API, generated, with its entry in the registry."""
    folder = tmp_path_factory.mktemp("depot")
    (folder / "depot.yaml").write_text(SPEC)
    home = folder / "acme_depot"
    with pytest.MonkeyPatch.context() as patch:
        assert (
            codegen(["generate", str(folder / "depot.yaml"), "--package", "depot", "--out", str(folder)]) == 0
        )
        home.mkdir()
        (home / "__init__.py").write_text(CLIENT)
        (home / "handlers.py").write_text(HANDLERS)
        patch.syspath_prepend(str(folder))
        entry = apis.Api(
            name="depot",
            title="Depot",
            module="acme_depot",
            packages=(apis.Generated("depot", "depot"),),
            handlers="acme_depot.handlers",
        )
        apis.register(entry)
        yield entry
        apis.unregister("depot")
        for name in [one for one in sys.modules if one.split(".")[0] in ("acme_depot", "depot")]:
            del sys.modules[name]


@pytest.fixture(scope="module")
def sandbox(depot: apis.Api) -> Iterator[LocalSandbox]:
    with LocalSandbox(rows=10) as running:
        yield running


@pytest.fixture(autouse=True)
def address(sandbox: LocalSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUNKLINE_DEPOT_BASE_URL", f"{sandbox.url}/depot/api")


def test_operations_lists_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["operations", "--api", "depot", "--json"]) == 0
    assert [row["function"] for row in json.loads(capsys.readouterr().out)] == [
        "depot.resources:BinResource.get"
    ]


def test_call_and_lookup_reach_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "depot.bin.get", "bin_id=7", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"binID": 7, "shelf": "A7"}
    (tmp_path / "in.txt").write_text("1\n2\n")
    options = ["--input", str(tmp_path / "in.txt"), "--out", str(tmp_path / "out.csv")]
    assert main(["lookup", "depot.bin.get", *options]) == 0
    rows = (tmp_path / "out.csv").read_text().splitlines()
    assert [row.split(",")[:3] for row in rows] == [
        ["key", "bin_id", "shelf"],
        ["1", "1", "A1"],
        ["2", "2", "A2"],
    ]


def test_cluster_looks_it_up() -> None:
    async def run() -> list[str]:
        async with (
            LocalCluster(
                n_workers=1, processes=False, threads_per_worker=1, dashboard_address=None, asynchronous=True
            ) as cluster,
            ClusterClient(cluster, asynchronous=True) as client,
        ):
            found = distributed.lookup(client, "depot.bin.get", [3, 4])
            return sorted([outcome.value.shelf async for outcome in found])

    assert asyncio.run(run()) == ["A3", "A4"]


async def test_mock_and_record_know_it(sandbox: LocalSandbox, depot: apis.Api) -> None:
    sandbox.requests.clear()
    async with depot.client.from_env() as client:
        await client.bin.get(bin_id=5)
    assert_requests(sandbox, ["depot.bin.get"])
    models = importlib.import_module("depot.models")
    with mock_api(depot.client) as api:
        api.set("bin.get", models.Crate(bin_id=9, shelf="Z"))
        async with depot.client(base_url="https://depot.example.com/api") as client:
            assert (await client.bin.get(bin_id=9)).shelf == "Z"


async def test_page_of_the_sandbox_shows_it(sandbox: LocalSandbox) -> None:
    async with aiohttp.ClientSession(sandbox.url) as session:
        async with session.get("/page/data/about") as response:
            assert (await response.json())["apis"][-1] == {"api": "depot", "name": "Depot"}
        async with session.get("/openapi/depot.json") as response:
            document = await response.json()
    assert document["servers"] == [{"url": "/depot/api"}]
    assert document["paths"]["/api/bin/{binID}"]["get"]["operationId"] == "bin.get"
    sandbox.set_faults("503:100%;api=depot")
    sandbox.set_faults("")


def test_misspelt_and_taken_names_are_told(depot: apis.Api) -> None:
    with pytest.raises(ArgumentError, match="'depto'; did you mean depot"):
        apis.get("depto")
    with pytest.raises(ConfigError, match="already"):
        apis.register(apis.Api(name="idi", title="x", module="x", packages=()))
    with pytest.raises(ConfigError, match="one word"):
        apis.register(apis.Api(name="a b", title="x", module="x", packages=()))
