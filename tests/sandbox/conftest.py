"""A small sandbox for each test, and one caller for each vendor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.sandbox.callers import START, Caller, basic, sign_in, wrap
from trunkline.sandbox import Clock, Sandbox


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def settings() -> dict[str, Any]:
    """What a test module overrides to get another sandbox."""
    return {}


@pytest.fixture
async def sandbox(settings: dict[str, Any]) -> AsyncIterator[Sandbox]:
    async with Sandbox(clock=Clock(lambda: START), **({"rows": 150} | settings)) as sandbox:
        yield sandbox


@pytest.fixture
async def idi(sandbox: Sandbox, session: aiohttp.ClientSession) -> Caller:
    token = (await sign_in(session, sandbox)).text.strip('"')
    sandbox.requests.clear()
    return Caller(session, sandbox.idi_url, wrap(token))


@pytest.fixture
def abzorb(sandbox: Sandbox, session: aiohttp.ClientSession) -> Caller:
    return Caller(session, sandbox.abzorb_url, basic())
