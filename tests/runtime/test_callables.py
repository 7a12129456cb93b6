"""A call in place of a function, or an async function in place of a plain one: one error and no warning."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from trunkline import bulk, idi
from trunkline.auth import BasicAuth
from trunkline.errors import ArgumentError, ConfigError
from trunkline.idi.fields import Service
from trunkline.idi.patches import DevicePatch

PATCH = DevicePatch().replace_bind(True)
Use = Callable[[idi.Client, Path], Awaitable[Any]]


async def never(*given: Any) -> None:
    raise AssertionError("nobody awaits this")


def client(**settings: Any) -> idi.Client:
    return idi.Client(
        environment="acme", base_url="https://vendor.test", auth=BasicAuth("u", "p"), **settings
    )


async def lookup(call: Any, keys: Any = (1,), **settings: Any) -> None:
    async for _ in bulk.lookup(call, keys, **settings):
        pass


async def loader(search: Any, field: Any = Service.service_number) -> None:
    bulk.Loader(search, field)


USES: dict[str, Use] = {
    "poll": lambda c, _: c.poll(c.device.get(device_id=1), until=bool),
    "poll, pager": lambda c, _: c.poll(c.device.search(), until=bool),  # type: ignore[arg-type]
    "poll, until": lambda c, _: c.poll(lambda: c.device.get(device_id=1), until=never()),  # type: ignore[arg-type]
    "lookup": lambda c, _: lookup(c.device.get(device_id=1)),
    "lookup, pager": lambda c, _: lookup(c.device.search()),
    "lookup, keys": lambda c, _: lookup(c.device.get, c.device.search().all()),
    "lookup, method as keys": lambda c, _: lookup(c.device.get, c.device.search),
    "lookup, progress": lambda c, _: lookup(never, progress=never),
    "lookup, hook": lambda c, _: lookup(never, hooks=[never]),
    "loader": lambda c, _: loader(c.service.search().all()),
    "loader, pager": lambda c, _: loader(c.service.search()),
    "loader, field": lambda c, _: loader(c.service.search, "service_number"),
    "apply": lambda c, f: bulk.apply(c.device.update(device_id=1, patch=PATCH), [], journal=f),
    "apply, rows": lambda c, f: bulk.apply(c.device.update, c.device.search().all(), journal=f),  # type: ignore[arg-type]
    "apply, read": lambda c, f: bulk.apply(
        c.device.update,
        [],
        journal=f,
        read=c.device.get(device_id=1),  # type: ignore[arg-type]
    ),
    "plan": lambda c, f: bulk.plan(c.device.update(device_id=1, patch=PATCH), [], path=f),  # type: ignore[arg-type]
    "export": lambda c, f: bulk.export(c.service.search().all(), f),  # type: ignore[arg-type]
    "export, method": lambda c, f: bulk.export(c.service.search, f),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("use", USES)
async def test_a_call_that_was_made_already_is_refused_and_closed(use: str, tmp_path: Path) -> None:
    async with client() as one:
        with pytest.raises((ArgumentError, ConfigError), match=r"must be|takes a collection"):
            await USES[use](one, tmp_path / "out.csv")
    gc.collect()  # a coroutine that is not closed warns now


@pytest.mark.parametrize("hook", [never, pytest, object()])
def test_a_hook_that_nobody_could_call_is_refused(hook: Any) -> None:
    with pytest.raises(ConfigError, match="a hook must be a"):
        client(hooks=[hook])


def test_a_hook_that_was_called_already_is_closed() -> None:
    with pytest.raises(ConfigError, match="a coroutine"):
        client(hooks=[never()])
    gc.collect()


def test_an_object_with_an_async_call_is_an_async_hook() -> None:
    class Hook:
        async def __call__(self, event: Any) -> None: ...

    with pytest.raises(ConfigError, match="not an async one"):
        client(hooks=[Hook()])
