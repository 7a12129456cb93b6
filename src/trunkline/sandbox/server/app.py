"""Both vendors on one aiohttp server.

IDI is served under `/{service}/2X/{environment}/api/…` (any service segment, because the vendor's next links
name another one), its login under `/securitytoken/{1xa|1x}/{environment}/api/login`, Abzorb under
`/abzorb/api/…`. `/health` reports that the server is up; `/sandbox/…` switches faults, reads the record
and moves the clock; `/` is a page for the browser that shows and does all of it.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from trunkline.operation import Operation
from trunkline.sandbox import page
from trunkline.sandbox.config import SandboxConfig
from trunkline.sandbox.faults.spoiling import spoil
from trunkline.sandbox.server import admin
from trunkline.sandbox.server.exchange import Exchange
from trunkline.sandbox.server.guard import Guard
from trunkline.sandbox.state import SandboxState

STATE: Final = web.AppKey("state", SandboxState)
_UNDER_WAY: Final = web.AppKey("under_way", set[asyncio.Task[Any]])
# Far above any body of either vendor, and small enough that a hostile one cannot fill the memory.
_MAX_BODY: Final = 4 * 1024 * 1024


def create_app(
    config: SandboxConfig,
    *,
    clock: Callable[[], float] | None = None,
    operations: Iterable[Operation[Any]] | None = None,
    host: str | None = None,
) -> web.Application:
    """The sandbox as an aiohttp application; its store is filled before this returns.

    Args:
        config: the settings. clock: Unix seconds, by default the machine's. operations: the endpoints to
            serve, by default those of every registered API. host: the address it will listen on; requests
            that name another host are refused.
    Raises:
        ConfigError: a setting, the fault plan or the store is wrong.
    """
    guard = Guard(host=host, names=config.hosts, token=config.admin_token)
    app = web.Application(client_max_size=_MAX_BODY, middlewares=[guard.middleware, _readable])
    app[STATE] = SandboxState(config, clock=clock, operations=operations)
    app[_UNDER_WAY] = set()
    app.router.add_get("/health", _health)
    admin.add_routes(app, STATE)
    page.add_routes(app, STATE)
    # Last, as aiohttp takes the first route that matches.
    app.router.add_route("*", "/{tail:.*}", _serve)
    app.on_cleanup.append(_close)
    return app


async def _close(app: web.Application) -> None:
    # A delayed response to a client that gave up outlives the server, and would meet a closed store.
    rest = [task for task in app[_UNDER_WAY] if task is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    app[STATE].close()


async def _health(request: web.Request) -> web.Response:
    """Whether requests can be served: 503 while the store does not respond."""
    state = request.app[STATE]
    try:
        state.store.check()
    except (SQLAlchemyError, sqlite3.Error) as error:
        return web.json_response({"status": "store unreachable", "error": type(error).__name__}, status=503)
    return web.json_response(
        {
            "status": "ok",
            "requests": state.record.total,
            "rows": state.config.rows,
            "process": os.getpid(),
        }
    )


@web.middleware
async def _readable(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse a body that cannot be had, at the sandbox's own addresses too, as a mistake of the client."""
    try:
        return await handler(request)
    except web.HTTPRequestEntityTooLarge:
        return web.json_response({"error": f"The body is larger than {_MAX_BODY:,} bytes."}, status=413)
    except (web.RequestPayloadError, ConnectionError):
        return web.json_response({"error": "The body cannot be read."}, status=400)


async def _delay(under_way: set[asyncio.Task[Any]], seconds: float) -> None:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a handler runs in a task
    under_way.add(task)
    try:
        await asyncio.sleep(seconds)
    finally:
        under_way.discard(task)


async def _serve(request: web.Request) -> web.StreamResponse:
    """Place a request, let faults happen, sign the user in, carry the operation out, keep a record."""
    exchange = Exchange(request.app[STATE], request)
    early = exchange.place() or exchange.meet()
    if early is not None:
        return early
    hit = exchange.hit
    # The delay comes before the body is read, as at a busy server; a client with a
    # timeout gives up here.
    if hit.delay:
        await _delay(request.app[_UNDER_WAY], hit.delay)
    # The body was sent whether or not it is used; reading it keeps the connection fit for the next request.
    try:
        body = await request.read() if request.body_exists else b""
    except web.HTTPRequestEntityTooLarge:
        return exchange.refuse(413, f"The request body is larger than {_MAX_BODY:,} bytes.")
    except web.RequestPayloadError:
        return exchange.refuse(400, "The request body cannot be unpacked.")
    except ConnectionError:
        return exchange.abandon()
    if hit.rule is not None and hit.rule.kind in ("status", "reset", "html") and not hit.rule.late:
        return exchange.fail(hit.rule, body)
    response = exchange.respond(body)
    return response if hit.rule is None else await spoil(request, response, hit.rule)


__all__ = ["STATE", "create_app"]
