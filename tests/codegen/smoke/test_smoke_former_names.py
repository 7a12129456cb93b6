"""A renamed method keeps its old name for a release, with a warning."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from tests.codegen.smoke.conftest import Make, Recorder
from trunkline.errors import ConfigError

COLLECTION = {
    "info": {
        "name": "Shop",
        "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
    },
    "item": [
        {
            "name": "Connections",
            "item": [
                {"name": "ChangeSIM", "request": {"method": "POST", "url": "https://shop.example/sim"}},
                {"name": "ListTariffs", "request": {"method": "GET", "url": "https://shop.example/tariffs"}},
                {"name": "Usage", "request": {"method": "GET", "url": "https://shop.example/usage"}},
            ],
        }
    ],
}
OVERLAY = """
requests:
  ChangeSIM: {resource: connections, method: swap_sim}
renames:
  ChangeSIM: [SIMChange, connections.change_sim, ChangeSIM]
  ListTariffs: [TariffList, Usage]
"""


def openapi(*operations: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    paths = {
        f"/{id_}": {"get": {"operationId": id_, "tags": ["pets"], "responses": {}, "x-trunkline": words}}
        for id_, words in operations
    }
    return {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths}


async def test_renamed_method_was_gone_under_its_old_name(make: Make, server: Recorder) -> None:
    """By its former request name, and by the method's own former name; the warning says the new one."""
    made = make(COLLECTION, overlay=OVERLAY)
    async with made.package.Client(base_url=server.url) as client:
        for former in ("sim_change", "change_sim"):
            with pytest.warns(
                DeprecationWarning, match=f"connections.{former} is called connections.swap_sim now"
            ):
                await getattr(client.connections, former)()
        with pytest.warns(DeprecationWarning, match="tariff_list"):
            await client.connections.tariff_list()
        await client.connections.swap_sim()  # which warns of nothing
    assert [seen[1] for seen in server.seen] == ["/sim", "/sim", "/tariffs", "/sim"]
    assert client.operations["connections.swap_sim"].former == (
        "connections.sim_change", "connections.change_sim",
    )  # fmt: skip
    resource = type(client.connections)
    assert inspect.signature(resource.change_sim) == inspect.signature(resource.swap_sim)


async def test_warning_of_a_former_name_points_at_the_caller(make: Make, server: Recorder) -> None:
    made = make(COLLECTION, overlay=OVERLAY)
    async with made.package.Client(base_url=server.url) as client:
        with pytest.warns(DeprecationWarning, match="swap_sim") as warned:
            await client.connections.sim_change()
    assert [one.filename for one in warned] == [__file__]


def test_former_name_that_is_in_use_is_not_kept_and_said(make: Make) -> None:
    made = make(COLLECTION, overlay=OVERLAY)
    assert made.package.Client.operations["connections.list_tariffs"].former == ("connections.tariff_list",)
    assert any("'Usage' is the name of something else now" in reason for reason in made.reasons("notes"))


def test_routes_by_a_former_name_correct_the_operation(make: Make, server: Recorder) -> None:
    made = make(COLLECTION, overlay=OVERLAY)
    with pytest.warns(DeprecationWarning, match="swap_sim"):
        client = made.package.Client(
            base_url=server.url, routes={"connections.sim_change": "POST /corrected"}
        )
    assert "connections.swap_sim=POST /corrected" in client.identity
    with pytest.raises(ConfigError, match="no operation"):
        made.package.Client(base_url=server.url, routes={"connections.never": "POST /x"})


async def test_openapi_operations_say_it_themselves(make: Make, server: Recorder) -> None:
    """By `formerly` of the operation, or by an overlay's `renames` of its operationId."""
    document = openapi(("pets_find", {"formerly": ["pets.all", "FetchPets"]}), ("pets_count", {}))
    made = make(document, overlay="renames: {pets_count: [PetsTotal]}")
    found = made.package.Client.operations
    assert found["pets.find"].former == ("pets.all", "pets.fetch_pets")
    assert found["pets.count"].former == ("pets.total",)
    async with made.package.Client(base_url=server.url) as client:
        with pytest.warns(DeprecationWarning, match=r"pets\.all is called pets\.find now"):
            await client.pets.all()


def test_renames_of_a_request_that_is_gone_are_a_problem(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(AssertionError):
        make(COLLECTION, overlay="renames: {Gone: [Old]}")
    assert "the document has no request 'Gone'" in capsys.readouterr().err
