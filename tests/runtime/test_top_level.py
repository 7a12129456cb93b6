"""What stands at the top of the package, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import trunkline
from tests.runtime_doubles import FakeTransport, client_of, operation, responds
from trunkline import errors
from trunkline.jsonpatch import Patch
from trunkline.operation import Body

PATCH = operation(
    "device.update",
    "PATCH",
    "/api/device",
    body=Body(type="Any"),
    patchable={"bind": ("replace",), "pin": ("add", "remove")},
)


@pytest.mark.parametrize("name", trunkline.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(trunkline, name) is not None
    assert name in dir(trunkline)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nope"):
        _ = trunkline.nope


def test_import_brings_nothing_with_it() -> None:
    script = (
        "import sys, trunkline; print(sorted({'aiohttp', 'attrs', 'cattrs', 'msgspec'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        (Patch(), "empty"),
        (Patch().replace("nope", 1), "cannot change nope; it can change: bind, pin"),
        (Patch().remove("bind"), "cannot remove bind; allowed: replace"),
    ],
)
async def test_patch_of_no_particular_operation_is_checked_before_it_is_sent(
    patch: Patch, message: str
) -> None:
    transport = FakeTransport(responds(204))
    async with client_of(transport) as client:
        with pytest.raises(errors.PatchError, match=message):
            await client.call(PATCH, body=patch)
        assert client.stats.attempts == 0
        await client.call(PATCH, body=Patch().replace("bind", True).remove("pin"))
    assert client.stats.attempts == 1


async def test_drift_of_a_client_that_does_not_look_for_it_says_how_to() -> None:
    async with client_of(FakeTransport()) as client:
        assert not client.drift
        with pytest.raises(errors.ConfigError, match="drift=True"):
            client.drift.report()
