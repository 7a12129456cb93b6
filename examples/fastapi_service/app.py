"""A service in front of both vendors: `uvicorn examples.fastapi_service.app:app`.

One client a vendor for the life of the service: all requests share its login, connections and patience.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException, Request

from trunkline import abzorb, idi
from trunkline.errors import NotFoundError, StatusError, TransportError
from trunkline.idi.fields import Service
from trunkline.idi.patches import DevicePatch


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    """Open both clients with the service and close them with it."""
    async with idi.Client.from_env() as billing, abzorb.Client.from_env() as crm:
        yield {"billing": billing, "crm": crm}


app = FastAPI(lifespan=lifespan)


@app.get("/devices/{device_id}")
async def device(request: Request, device_id: int) -> dict[str, Any]:
    """What the shop shows of a device."""
    try:
        found = await request.state.billing.device.get(device_id=device_id)
    except NotFoundError:
        raise HTTPException(404, "no such device") from None
    except (StatusError, TransportError) as error:
        raise HTTPException(503 if error.retryable else 502, "billing is not available") from None
    return {"id": found.device_id, "status": found.device_status, "locked": found.bind}


@app.post("/devices/{device_id}/lock", status_code=204)
async def lock(request: Request, device_id: int) -> None:
    """Bind a device to its SIM."""
    await request.state.billing.device.update(device_id=device_id, patch=DevicePatch().replace_bind(True))


@app.get("/customers/{customer_id}/numbers")
async def numbers(request: Request, customer_id: int) -> list[str]:
    """All US numbers of a customer, however many pages there are."""
    mine = Service.customer_id == customer_id
    rows = request.state.billing.service.search(filter=mine, top=500)
    return [row.service_number async for row in rows if row.service_number]


@app.get("/mobiles/{number}")
async def mobile(request: Request, number: str) -> dict[str, Any]:
    """Where a UK number is connected."""
    found = await request.state.crm.connections.get_by_cli(cli=number)
    return {"network": found.network, "contract": found.contract_id}
