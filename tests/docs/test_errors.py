"""The catalogue of errors: each class has cause, remedy and an example that is the real text of today."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest
from attrs import evolve

from tests.docs.blocks import ROOT
from trunkline import Limits, Patch, RetryPolicy, Timeouts, abzorb, bulk, errors, idi, odata
from trunkline.cli import _reading
from trunkline.idi.fields import Service
from trunkline.idi.models import DeviceCreate
from trunkline.idi.patches import DevicePatch
from trunkline.operation import Origin
from trunkline.testing import LocalSandbox

EXAMPLES: Final = ROOT / "docs" / "site" / "error_examples.toml"
_PORT: Final = re.compile(r"127\.0\.0\.1:\d+")
Maker = Callable[[Any, Path], Awaitable[object]]


def classes(cls: type[Exception] = errors.TrunklineError) -> list[type[Exception]]:
    """The tree of the public errors, from its root."""
    own = [one for one in cls.__subclasses__() if one.__module__ == errors.__name__]
    return [cls, *(each for one in own for each in classes(one))]


def recorded() -> dict[str, str]:
    return {name: entry["text"] for name, entry in tomllib.loads(EXAMPLES.read_text("utf-8")).items()}


def faulty(rule: str, **more: Any) -> Maker:
    """A lookup that meets a fault."""

    async def make(sandbox: LocalSandbox, folder: Path) -> object:
        sandbox.set_faults(f"{rule};api=idi;op=device.*")
        async with client(sandbox, **more) as opened:
            return await opened.device.get(device_id=1000)

    return make


def client(sandbox: LocalSandbox, **more: Any) -> idi.Client:
    quick = {"retry": RetryPolicy(max_attempts=1), "limits": Limits(breaker=False)}
    return idi.Client.from_env(sandbox.env, **{**quick, **more})


def using(call: Callable[[idi.Client], Awaitable[object]], **more: Any) -> Maker:
    """A call of a client of the sandbox."""

    async def make(sandbox: LocalSandbox, folder: Path) -> object:
        async with client(sandbox, **more) as opened:
            return await call(opened)

    return make


async def no_settings(sandbox: LocalSandbox, folder: Path) -> object:
    return idi.Client.from_env({})


async def nobody_there(sandbox: LocalSandbox, folder: Path) -> object:
    quick = RetryPolicy(max_attempts=1)
    async with abzorb.Client(user="u", password="p", base_url="http://127.0.0.1:9", retry=quick) as crm:
        return await crm.customers.get(customer_id=1)


async def wrong_password(sandbox: LocalSandbox, folder: Path) -> object:
    async with idi.Client.from_env({**sandbox.env, "TRUNKLINE_IDI_PASSWORD": "tipfehler"}) as opened:
        return await opened.device.get(device_id=1000)


async def reader_writes(sandbox: LocalSandbox, folder: Path) -> object:
    user = {"TRUNKLINE_IDI_USER": "reader", "TRUNKLINE_IDI_PASSWORD": "reader-password"}
    async with idi.Client.from_env({**sandbox.env, **user}) as opened:
        return await opened.device.update(device_id=1000, patch=DevicePatch().replace_bind(True))


async def foreign_link(sandbox: LocalSandbox, folder: Path) -> object:
    sandbox.set_faults("link;form=foreign")
    async with client(sandbox) as opened:
        return await opened.device.search(top=100).all()


async def unknown_path(sandbox: LocalSandbox, folder: Path) -> object:
    sandbox.set_faults("html;status=404;op=coverage_service_area.*")
    # As a guess, whatever the vendor has confirmed since.
    listed = idi.OPERATIONS["coverage_service_area.list_types"]
    guessed = evolve(listed, provenance=Origin(route="inferred"))
    async with client(sandbox) as opened:
        return await opened.paginate(guessed, query=(None,) * len(guessed.query_params))


async def wrong_key(sandbox: LocalSandbox, folder: Path) -> object:
    (folder / "in.csv").write_text("name\nx\n")
    return list(_reading.read(_reading.Source(path=Path("in.csv"), format="csv", column="device_id")))


async def other_run(sandbox: LocalSandbox, folder: Path) -> object:
    async def call(key: int) -> int:
        return key

    for identity in ("one", "another"):
        run = bulk.lookup(call, range(3), checkpoint="run.checkpoint", resume=True, identity=identity)
        found = [outcome async for outcome in run]
    return found


async def same_serial(opened: idi.Client) -> object:
    known = await opened.device.get(device_id=1000)
    new = DeviceCreate(
        device_status_id="2", handset_catalog_id=10058, serial_number=known.serial_number or ""
    )
    return await opened.device.create(new)


MAKERS: Final[dict[str, Maker]] = {
    "ConfigError": no_settings,
    "ArgumentError": using(lambda one: one.device.get(device_id="one")),  # type: ignore[arg-type]
    "FilterError": using(lambda one: one.service.search(filter=odata.FilterField("color") == 1).all()),
    "PatchError": using(lambda one: one.device.update(device_id=1000, patch=Patch().replace("deviceID", 5))),
    "TransportError": nobody_there,
    "DeadlineError": faulty("latency:2s", timeouts=Timeouts(attempt=0.2)),
    "StatusError": faulty("418"),
    "BadRequestError": faulty("400"),
    "AuthError": wrong_password,
    "ForbiddenError": reader_writes,
    "RequestFailedError": faulty("402"),
    "NotFoundError": using(lambda one: one.device.get(device_id=999_999)),
    "WrongRouteError": unknown_path,
    "MultipleRowsError": using(lambda one: one.service.loader(Service.customer_id).load(12)),
    "ConflictError": using(same_serial),
    "RateLimitedError": faulty("429;retry-after=3600"),
    "UnavailableError": faulty("503;retry-after=3600"),
    "ServerError": faulty("500"),
    "ResponseShapeError": faulty("garbage"),
    "PagingError": foreign_link,
    "InputError": wrong_key,
    "CheckpointError": other_run,
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", MAKERS)
async def test_example_is_the_text_of_today(name: str, trunkline_sandbox: LocalSandbox, place: Path) -> None:
    with pytest.raises(getattr(errors, name)) as caught:
        await MAKERS[name](trunkline_sandbox, place)
    assert type(caught.value).__name__ == name
    assert _PORT.sub("127.0.0.1:8765", str(caught.value)) == recorded()[name]


def test_every_class_has_an_example_and_a_remedy() -> None:
    names = [cls.__name__ for cls in classes()]
    assert set(recorded()) == set(MAKERS) == set(names) - {"TrunklineError"}
    without = [cls.__name__ for cls in classes() if "\nRemedy: " not in _text(cls)]
    assert without == []


def _text(cls: type[Exception]) -> str:
    return inspect.getdoc(cls) or ""
