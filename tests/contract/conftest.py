"""Both clients against one sandbox for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from trunkline import abzorb, idi
from trunkline.sandbox import Sandbox


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(rows=150) as sandbox:
        yield sandbox


@pytest.fixture
async def idi_client(sandbox: Sandbox) -> AsyncIterator[idi.Client]:
    user = sandbox.credentials
    async with idi.Client(
        environment=sandbox.idi_environment, user=user.name, password=user.password, base_url=sandbox.url
    ) as client:
        yield client


@pytest.fixture
async def abzorb_client(sandbox: Sandbox) -> AsyncIterator[abzorb.Client]:
    user = sandbox.credentials
    async with abzorb.Client(user=user.name, password=user.password, base_url=sandbox.abzorb_url) as client:
        yield client
