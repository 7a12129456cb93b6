"""The ways to look a device up that are compared; each is written as its own documentation advises.

A peer opens against an origin, looks one device up, and walks all pages of the device search.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from attrs import frozen

from bench.payloads import AUTHORIZATION, BASE_PATH, ENVIRONMENT, PAGE_ROWS, PAGES


@frozen
class Peer:
    """An open way. walk: all pages, one after the other; returns the number of rows.

    client: the client of the peers that are ours.
    """

    lookup: Callable[[int], Awaitable[Any]]
    walk: Callable[[], Awaitable[int]]
    client: Any = None


Opener = Callable[[str], contextlib.AbstractAsyncContextManager[Peer]]


@contextlib.asynccontextmanager
async def trunkline(origin: str, **settings: Any) -> AsyncIterator[Peer]:
    """The IDI client with its defaults: login, retries, limits and circuit breaker on, no hooks."""
    from trunkline import idi

    async with idi.Client(
        environment=ENVIRONMENT, user="bench", password="bench", base_url=origin, **settings
    ) as client:
        device = client.device

        async def lookup(number: int) -> Any:
            return await device.get(device_id=number)

        async def walk() -> int:
            rows = 0
            async for page in device.search(top=PAGE_ROWS).pages():
                rows += len(page.rows)
            return rows

        yield Peer(lookup, walk, client)


@contextlib.asynccontextmanager
async def trunkline_rows(origin: str) -> AsyncIterator[Peer]:
    """The same, collections row by row instead of page by page."""
    async with trunkline(origin) as peer:
        client = peer.client

        async def walk() -> int:
            rows = 0
            async for _ in client.device.search(top=PAGE_ROWS):
                rows += 1
            return rows

        yield Peer(peer.lookup, walk)


def trunkline_drift(origin: str) -> contextlib.AbstractAsyncContextManager[Peer]:
    """The same, counting what responses hold beyond the spec."""
    return trunkline(origin, drift=True)


def trunkline_hooks(origin: str) -> contextlib.AbstractAsyncContextManager[Peer]:
    """The same with one hook that does nothing: what building the records costs."""
    return trunkline(origin, hooks=[lambda event: None])


@contextlib.asynccontextmanager
async def _loop(origin: str, read_one: Callable[[bytes], Any], read_page: Callable[[bytes], Any]) -> Any:
    """aiohttp as one writes it by hand. read_page returns rows and the next link."""
    import aiohttp

    base = f"{origin}{BASE_PATH}/api/device"
    async with aiohttp.ClientSession(headers={"Authorization": AUTHORIZATION}) as session:

        async def lookup(number: int) -> Any:
            async with session.get(f"{base}/{number}") as response:
                return read_one(await response.read())

        async def walk() -> int:
            rows, link = 0, f"{base}?$top={PAGE_ROWS}"
            while link:
                async with session.get(link) as response:
                    found, link = read_page(await response.read())
                    rows += len(found)
            return rows

        yield Peer(lookup, walk)


def bare(origin: str) -> contextlib.AbstractAsyncContextManager[Peer]:
    """aiohttp and orjson: dicts, no retry, no limit, no types."""
    import orjson

    def read_page(data: bytes) -> tuple[list[Any], str | None]:
        body = orjson.loads(data)
        return body["value"], body.get("@odata.nextLink")

    return _loop(origin, orjson.loads, read_page)


def cattrs(origin: str) -> contextlib.AbstractAsyncContextManager[Peer]:
    """aiohttp, orjson and a plain cattrs converter into the attrs class that trunkline also gives."""
    return _loop(origin, *structured())


def structured() -> tuple[Callable[[bytes], Any], Callable[[bytes], tuple[list[Any], str | None]]]:
    """What reads one object, and a page with its link, through orjson and a plain cattrs converter."""
    import orjson
    from attrs import fields
    from cattrs.gen import make_dict_structure_fn, override
    from cattrs.preconf.orjson import make_converter

    from trunkline.idi.models import Device

    converter = make_converter()
    # `_extra` holds what no field names; this peer drops it, as a plain converter does
    names = {
        each.name: override(rename=each.metadata["wire"]) if "wire" in each.metadata else override(omit=True)
        for each in fields(Device)
    }
    converter.register_structure_hook(Device, make_dict_structure_fn(Device, converter, **names))

    def read_page(data: bytes) -> tuple[list[Any], str | None]:
        body = orjson.loads(data)
        return converter.structure(body["value"], list[Device]), body.get("@odata.nextLink")

    return lambda data: converter.structure(orjson.loads(data), Device), read_page


def msgspec_struct(origin: str) -> contextlib.AbstractAsyncContextManager[Peer]:
    """aiohttp and msgspec structs made from the same fields."""
    import typing

    import msgspec
    from attrs import fields

    from trunkline.idi import models

    hints = typing.get_type_hints(models.Device)
    wires = {one.name: one.metadata["wire"] for one in fields(models.Device) if "wire" in one.metadata}
    device = msgspec.defstruct("Device", [(name, hints[name], None) for name in wires], rename=wires)
    page = msgspec.defstruct(
        "Page",
        [("value", list[device]), ("count", int | None, None), ("link", str | None, None)],  # type: ignore[valid-type]
        rename={"value": "value", "count": "@odata.count", "link": "@odata.nextLink"},
    )
    pages = msgspec.json.Decoder(page)

    def read_page(data: bytes) -> tuple[list[Any], str | None]:
        body: Any = pages.decode(data)
        return body.value, body.link

    return _loop(origin, msgspec.json.Decoder(device).decode, read_page)


@contextlib.asynccontextmanager
async def openapi_python_client(origin: str) -> AsyncIterator[Peer]:
    """openapi-python-client's client, generated by this benchmark."""
    from opc_idi.api.device import device_get, device_search
    from opc_idi.client import AuthenticatedClient

    token = AUTHORIZATION.removeprefix("WRAP ")
    async with AuthenticatedClient(base_url=origin + BASE_PATH, token=token, prefix="WRAP") as client:

        async def lookup(number: int) -> Any:
            return await device_get.asyncio(number, client=client)

        async def walk() -> int:
            rows = 0
            for number in range(PAGES):
                page = await device_search.asyncio(client=client, top=PAGE_ROWS, skiptoken=str(number))
                rows += len(page.value)
            return rows

        yield Peer(lookup, walk)


@contextlib.asynccontextmanager
async def openapi_generator(origin: str, **settings: Any) -> AsyncIterator[Peer]:
    """openapi-generator's asyncio client, generated by this benchmark, its defaults."""
    import og_idi
    from og_idi.api.device_api import DeviceApi

    configuration = og_idi.Configuration(host=origin + BASE_PATH, **settings)
    configuration.api_key["SWT"] = AUTHORIZATION
    async with og_idi.ApiClient(configuration) as client:
        api = DeviceApi(client)

        async def walk() -> int:
            rows = 0
            for number in range(PAGES):
                page = await api.device_search(top=PAGE_ROWS, skiptoken=str(number))
                rows += len(page.value)
            return rows

        yield Peer(api.device_get, walk)


def openapi_generator_tuned(origin: str) -> contextlib.AbstractAsyncContextManager[Peer]:
    """The same without reading proxies from the environment for each request, its costliest default."""
    return openapi_generator(origin, client_session_kwargs={"trust_env": False})


@contextlib.asynccontextmanager
async def datamodel_code_generator(origin: str) -> AsyncIterator[Peer]:
    """datamodel-code-generator's own httpx2 client, generated by this benchmark."""
    from dcg_idi.client import AsyncClient

    async with AsyncClient(base_url=origin + BASE_PATH, swt=AUTHORIZATION) as client:
        device = client.device

        async def lookup(number: int) -> Any:
            return await device.device_get(deviceID=number)

        async def walk() -> int:
            rows = 0
            for number in range(PAGES):
                page = await device.device_search(field_top=PAGE_ROWS, field_skiptoken=str(number))
                rows += len(page.value)
            return rows

        yield Peer(lookup, walk)


class _Floor(asyncio.Protocol):
    """One connection; a response is read as bytes of a known length."""

    def __init__(self) -> None:
        self.waiting: asyncio.Future[bytes] | None = None
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(b"\r\n\r\n")
        at = self._got.find(b"Content-Length: ")
        if end < 0 or len(self._got) < end + 4 + int(self._got[at + 16 : self._got.index(b"\r", at)]):
            return
        body, self._got = self._got[end + 4 :], b""
        if self.waiting is not None:
            self.waiting.set_result(body)


@contextlib.asynccontextmanager
async def floor(origin: str) -> AsyncIterator[Peer]:
    """Bytes over a bare asyncio connection and orjson: no HTTP client at all, what no client can beat."""
    import orjson

    loop = asyncio.get_running_loop()
    host, _, port = origin.removeprefix("http://").partition(":")
    idle: list[_Floor] = []

    async def lookup(number: int) -> Any:
        link = idle.pop() if idle else (await loop.create_connection(_Floor, host, int(port)))[1]
        link.waiting = loop.create_future()
        head = f"GET {BASE_PATH}/api/device/{number} HTTP/1.1\r\nHost: {host}\r\n\r\n"
        link.transport.write(head.encode())
        body = await link.waiting
        idle.append(link)
        return orjson.loads(body)

    async def walk() -> int:
        raise NotImplementedError("the floor is for single lookups")

    yield Peer(lookup, walk)
    for link in idle:
        link.transport.close()


@contextlib.asynccontextmanager
async def blocking(origin: str) -> AsyncIterator[Peer]:
    """Bytes over a blocking socket and orjson: not even asyncio. It serves one lookup at a time."""
    import orjson

    host, _, port = origin.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        async def lookup(number: int) -> Any:
            link.sendall(f"GET {BASE_PATH}/api/device/{number} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            return orjson.loads(link.recv(65536).partition(b"\r\n\r\n")[2])  # the response is one segment

        async def walk() -> int:
            raise NotImplementedError("this floor is for single lookups")

        yield Peer(lookup, walk)


@contextlib.asynccontextmanager
async def pyreqwest(origin: str) -> AsyncIterator[Peer]:
    """pyreqwest and orjson: dicts by a client in Rust."""
    import orjson
    from pyreqwest.client import ClientBuilder

    base = f"{origin}{BASE_PATH}/api/device"
    async with ClientBuilder().default_headers({"Authorization": AUTHORIZATION}).build() as client:

        async def read(url: str) -> Any:
            response = await client.get(url).build().send()
            return orjson.loads(memoryview(await response.bytes()))

        async def lookup(number: int) -> Any:
            return await read(f"{base}/{number}")

        async def walk() -> int:
            rows, link = 0, f"{base}?$top={PAGE_ROWS}"
            while link:
                body = await read(link)
                rows, link = rows + len(body["value"]), body.get("@odata.nextLink")
            return rows

        yield Peer(lookup, walk)


PEERS: dict[str, Opener] = {
    "trunkline": trunkline,
    "trunkline, row by row": trunkline_rows,
    "trunkline, drift on": trunkline_drift,
    "trunkline, one hook": trunkline_hooks,
    "aiohttp + orjson (dicts)": bare,
    "aiohttp + msgspec": msgspec_struct,
    "aiohttp + cattrs": cattrs,
    "openapi-python-client": openapi_python_client,
    "openapi-generator": openapi_generator,
    "openapi-generator, no trust_env": openapi_generator_tuned,
    "datamodel-code-generator": datamodel_code_generator,
    "pyreqwest + orjson (dicts)": pyreqwest,
    "no HTTP client (floor)": floor,
    "no asyncio (blocking socket)": blocking,
}
GENERATOR = {
    "openapi-python-client": "openapi-python-client",
    "openapi-generator": "openapi-generator",
    "openapi-generator, no trust_env": "openapi-generator",
    "datamodel-code-generator": "datamodel-code-generator",
}
"""The generator that a peer needs."""

ROWS = "trunkline, row by row"
TURBO = "pyreqwest + orjson (dicts)"
FLOOR = "no HTTP client (floor)"
BLOCKING = "no asyncio (blocking socket)"
BARE = "aiohttp + orjson (dicts)"
UVLOOP = " on uvloop"
"""Ends the name of a peer that runs on uvloop."""

BEFORE = ", before"
"""Ends the name of a peer that imports trunkline from another checkout."""
