"""Models in pydantic models and in FastAPI."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Annotated, Any

import httpx2 as httpx
import pydantic
import pytest
from fastapi import Body, FastAPI

from tests.codec.vendor_models import Device, DeviceCreate
from trunkline._codec.codec import from_wire


class Holder(pydantic.BaseModel):
    device: Device


def test_a_pydantic_model_holds_a_model() -> None:
    """Read from an instance or by wire names, written by wire names, unknown keys kept."""
    holder = Holder.model_validate({"device": {"deviceID": 1, "charge": 1.5, "new": [1]}})
    device = from_wire(Device, {"deviceID": 2})
    assert Holder(device=device).device is device
    assert (holder.device.device_id, holder.device.charge) == (1, Decimal("1.5"))
    assert holder.model_dump()["device"] == {"deviceID": 1, "charge": Decimal("1.5"), "new": [1]}
    assert json.loads(holder.model_dump_json())["device"] == {"deviceID": 1, "charge": 1.5, "new": [1]}


@pytest.mark.parametrize(
    ("value", "text"),
    [({"deviceID": "secret5"}, "deviceID"), ({}, "deviceID"), ([], "a Device or an object")],
)
def test_a_wrong_value_is_a_validation_error_with_its_place(value: Any, text: str) -> None:
    """As people expect of pydantic."""
    with pytest.raises(pydantic.ValidationError, match=text) as caught:
        Holder.model_validate({"device": value})
    assert "secret5" not in caught.value.errors(include_input=False)[0]["msg"]


def test_the_json_schema_has_wire_names_and_required_fields() -> None:
    """Of nested and circular models too."""
    schema = Holder.model_json_schema()["properties"]["device"]
    assert schema["required"] == ["deviceID"]
    assert schema["properties"]["charge"] == {"anyOf": [{"type": "number"}, {"type": "null"}]}
    assert schema["properties"]["features"]["anyOf"][0]["items"]["properties"].keys() == {"Name", "parent"}


async def test_fastapi_takes_models_as_bodies_and_responses() -> None:
    """`Body()` is what FastAPI wants for anything that is not a pydantic model."""
    app = FastAPI()

    @app.post("/device")
    async def create(body: Annotated[DeviceCreate, Body()]) -> Device:
        return from_wire(Device, {"deviceID": 7, "aKey": body.serial, "charge": body.charge, "x": 1.5})

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app.test") as client:
        response = await client.post("/device", json={"serialNumber": "s", "charge": 1.25})
        assert response.json() == {"deviceID": 7, "aKey": "s", "charge": 1.25, "x": 1.5}
        assert (await client.post("/device", json={"serialNumber": 5, "charge": "much"})).status_code == 422
        page = (await client.get("/openapi.json")).json()
        assert "serialNumber" in json.dumps(page)
