"""A password, a token, a SIM key and a number, planted, and looked for in everything a person may see."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from trunkline import abzorb, idi
from trunkline.client import BaseClient
from trunkline.config import RetryPolicy
from trunkline.errors import AuthError, NotFoundError, TransportError, TrunklineError
from trunkline.hooks import PrometheusHook, logging_hook
from trunkline.idi.models import SimCreate
from trunkline.idi.patches import DevicePatch
from trunkline.sandbox import Sandbox
from trunkline.sandbox.config import User

PASSWORD, KI, PIN = "planted-password-5f1", "planted-ki-77aa", "918273"
IMSI, NUMBER = "001018877665544", "07700900998"
SECRETS = (PASSWORD, KI, PIN, IMSI, NUMBER)


@pytest.fixture
def seen(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Text that a person saw; log records of every logger, at the finest level, join it at the end."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("asyncio").setLevel(logging.DEBUG)
    texts: list[str] = []
    yield texts
    texts += [record.getMessage() for record in caplog.records]
    texts += [repr(record.__dict__) for record in caplog.records]
    told = "\n".join(texts)
    assert len(told) > 2_000, "nothing was looked at"
    assert [secret for secret in SECRETS if secret in told] == []


def show(texts: list[str], *things: Any) -> None:
    for thing in things:
        texts += [repr(thing), str(thing)]
        if isinstance(thing, BaseException):
            texts += traceback.format_exception(thing)


async def fails(texts: list[str], call: Any, kind: type[TrunklineError]) -> None:
    with pytest.raises(kind) as caught:
        await call
    show(texts, caught.value, caught.value.__context__, caught.value.__cause__)


def report(texts: list[str], client: BaseClient, metrics: CollectorRegistry) -> None:
    assert client.drift is not None
    texts += [json.dumps(client.drift.report()), repr(client), repr(client.stats)]
    texts.append(generate_latest(metrics).decode())
    texts.append(repr(vars(client)))


async def test_idi_shows_no_secret(seen: list[str]) -> None:
    registry = CollectorRegistry()
    metrics = PrometheusHook(registry=registry)
    users = (User(name="planted-user", password=PASSWORD),)
    async with Sandbox(rows=150, users=users, signing_key=b"planted-signing-key-0123456789ab") as sandbox:
        settings: dict[str, Any] = {"environment": "sandbox", "base_url": sandbox.url, "user": "planted-user"}
        seen_hooks = (logging_hook(), metrics)
        async with idi.Client(**settings, password=PASSWORD, hooks=seen_hooks, drift=True) as client:
            wanted = SimCreate(
                imsi=IMSI,
                sim_number="8901",
                sim_class_id=3,
                authentication_key=KI,
                k_key=KI,
                pin1=PIN,
                puk1=PIN,
            )
            made = await client.sim.create(wanted)
            assert made.authentication_key == KI
            show(seen, wanted, made, client, await client.sim.get(sim_id=made.sim_id or 0))
            show(seen, DevicePatch().replace_pin(PIN), client.sim.search())
            again = client.sim.create(wanted)
            await fails(seen, again, TrunklineError)
            await fails(
                seen,
                client.device.update(device_id=999_999, patch=DevicePatch().replace_pin(PIN)),
                NotFoundError,
            )
            auth = next(client._credentials.all())
            token = auth.ready(client._attempts._context)["Authorization"]  # type: ignore[index]
            report(seen, client, registry)
            seen.append(repr(sandbox.requests))
        assert "ExpiresOn" in token
        assert token.split('"')[1] not in "\n".join(seen)
        async with idi.Client(**settings, password=f"{PASSWORD}-wrong") as client:
            await fails(seen, client.device.get(device_id=1000), AuthError)
    async with idi.Client(**settings, password=PASSWORD, retry=RetryPolicy(max_attempts=1)) as client:
        await fails(seen, client.device.get(device_id=1000), TrunklineError)


async def test_abzorb_shows_no_secret(seen: list[str]) -> None:
    registry = CollectorRegistry()
    metrics = PrometheusHook(registry=registry)
    async with Sandbox(rows=150, users=(User(name="planted-user", password=PASSWORD),)) as sandbox:
        settings: dict[str, Any] = {"user": "planted-user", "base_url": sandbox.abzorb_url}
        async with abzorb.Client(
            **settings, password=PASSWORD, hooks=(logging_hook(), metrics), drift=True
        ) as client:
            await fails(seen, client.connections.get_by_cli(cli=NUMBER), NotFoundError)
            await fails(seen, client.alerting.bar_status(cli=NUMBER), NotFoundError)
            connection = await client.connections.get_by_cli(cli="07700900000")
            show(seen, connection, client)
            assert connection.puk1
            assert connection.puk1 not in "\n".join(seen)
            report(seen, client, registry)
        async with abzorb.Client(**settings, password=f"{PASSWORD}-wrong") as client:
            await fails(seen, client.connections.get_by_cli(cli=NUMBER), AuthError)
    async with abzorb.Client(**settings, password=PASSWORD, retry=RetryPolicy(max_attempts=1)) as client:
        await fails(seen, client.connections.get_by_cli(cli=NUMBER), TransportError)
