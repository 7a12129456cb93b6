"""Tools that patch aiohttp's session see what the client sends."""

from __future__ import annotations

import asyncio

from aioresponses import aioresponses

from trunkline import abzorb
from trunkline.testing._aiohttp import MockedResponse


async def test_aioresponses_intercepts_the_direct_transport() -> None:
    """A request that bypassed the mock would go to the vendor's own host."""
    async with abzorb.Client(user="user", password="password") as client:
        with aioresponses() as mocked:
            mocked.get(
                "https://abzorbapi.click2sign.co.uk:8075/api/Connections/?cli=07700900123",
                payload={"contractId": 5},
                response_class=MockedResponse,
            )
            connection = await client.connections.get_by_cli(cli="07700900123")
    assert connection.contract_id == 5
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
