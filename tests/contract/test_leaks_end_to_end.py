"""A password, a token, a SIM key and a number, planted, and looked for in everything a person may see.

The calls follow the specs: an operation that a vendor has changed since the sandbox was written may bring
another outcome, and whatever it brings is looked through.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from tests.contract.calling import called, filled, patch
from tests.contract.served import moved
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
    shown = "\n".join(texts)
    assert len(shown) > 2_000, "nothing was looked at"
    assert [secret for secret in SECRETS if secret in shown] == []


def show(texts: list[str], *things: Any) -> None:
    for thing in things:
        texts += [repr(thing), str(thing)]
        if isinstance(thing, BaseException):
            texts += traceback.format_exception(thing)


async def tried(
    texts: list[str],
    client: BaseClient,
    name: str,
    *bodies: Any,
    error: type[TrunklineError] | None = None,
    **known: Any,
) -> Any:
    """Call an operation, show what comes, and give it; None where it fails, as it must with `error`."""
    op = client.operations.get(name)
    if op is None:  # the vendor took it away
        return None
    found: Any = None
    failed: TrunklineError | None = None
    try:
        found = await called(client, name, *bodies, **known)
    except TrunklineError as caught:
        failed = caught
        show(texts, failed, failed.__context__, failed.__cause__)
    show(texts, found)
    as_wanted = failed is None if error is None else isinstance(failed, error)
    assert as_wanted or moved(op), (name, failed)
    return found


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
            wanted = filled(
                SimCreate,
                imsi=IMSI,
                sim_number="8901",
                sim_class_id=3,
                authentication_key=KI,
                k_key=KI,
                pin1=PIN,
                puk1=PIN,
            )
            pinned = patch(DevicePatch, replace_pin=PIN)
            made = await tried(seen, client, "sim.create", wanted)
            assert made is None or getattr(made, "authentication_key", KI) == KI
            await tried(seen, client, "sim.get", sim_id=getattr(made, "sim_id", None) or 1000)
            show(seen, wanted, pinned, client, called(client, "sim.search"))
            await tried(seen, client, "sim.create", wanted, error=TrunklineError)
            missing = {"device_id": 999_999, "patch": pinned}
            await tried(seen, client, "device.update", error=NotFoundError, **missing)
            auth = next(client._credentials.all())
            token = auth.ready(client._attempts._context)["Authorization"]  # type: ignore[index]
            report(seen, client, registry)
            seen.append(repr(sandbox.requests))
        assert "ExpiresOn" in token
        assert token.split('"')[1] not in "\n".join(seen)
        async with idi.Client(**settings, password=f"{PASSWORD}-wrong") as client:
            await tried(seen, client, "device.get", error=AuthError, device_id=1000)
    async with idi.Client(**settings, password=PASSWORD, retry=RetryPolicy(max_attempts=1)) as client:
        await tried(seen, client, "device.get", error=TrunklineError, device_id=1000)


async def test_abzorb_shows_no_secret(seen: list[str]) -> None:
    registry = CollectorRegistry()
    metrics = PrometheusHook(registry=registry)
    async with Sandbox(rows=150, users=(User(name="planted-user", password=PASSWORD),)) as sandbox:
        settings: dict[str, Any] = {"user": "planted-user", "base_url": sandbox.abzorb_url}
        async with abzorb.Client(
            **settings, password=PASSWORD, hooks=(logging_hook(), metrics), drift=True
        ) as client:
            await tried(seen, client, "connections.get_by_cli", error=NotFoundError, cli=NUMBER)
            await tried(seen, client, "alerting.bar_status", error=NotFoundError, cli=NUMBER)
            connection = await tried(seen, client, "connections.get_by_cli", cli="07700900000")
            show(seen, client)
            puk = getattr(connection, "puk1", None)
            assert puk or connection is None or not hasattr(connection, "puk1")
            assert puk is None or puk not in "\n".join(seen)
            report(seen, client, registry)
        async with abzorb.Client(**settings, password=f"{PASSWORD}-wrong") as client:
            await tried(seen, client, "connections.get_by_cli", error=AuthError, cli=NUMBER)
    async with abzorb.Client(**settings, password=PASSWORD, retry=RetryPolicy(max_attempts=1)) as client:
        await tried(seen, client, "connections.get_by_cli", error=TransportError, cli=NUMBER)
