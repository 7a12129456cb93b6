"""The sandbox's own addresses under `/sandbox/`: faults, record, clock, reset. The vendors have none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from trunkline.errors import ConfigError

if TYPE_CHECKING:
    from trunkline.sandbox.state import SandboxState


def add_routes(app: web.Application, key: web.AppKey[SandboxState]) -> None:
    """Put the addresses on an application."""
    desk = _Desk(app[key])
    app.router.add_get("/sandbox/faults", desk.faults)
    app.router.add_put("/sandbox/faults", desk.set_faults)
    app.router.add_get("/sandbox/requests", desk.requests)
    app.router.add_delete("/sandbox/requests", desk.forget_requests)
    app.router.add_post("/sandbox/clock", desk.advance)
    app.router.add_post("/sandbox/reset", desk.reset)
    app.router.add_post("/sandbox/tokens/forget", desk.forget_tokens)


class _Desk:
    def __init__(self, state: SandboxState) -> None:
        self._state = state
        self._text = state.config.faults

    async def faults(self, request: web.Request) -> web.Response:
        return web.json_response({"faults": self._text})

    async def set_faults(self, request: web.Request) -> web.Response:
        text = (await _object(request)).get("faults")
        if not isinstance(text, str):
            return _wrong("faults must be a text")
        try:
            self._state.set_faults(text)
        except ConfigError as error:
            return _wrong(str(error))
        self._text = text
        return web.json_response({"faults": text})

    async def requests(self, request: web.Request) -> web.Response:
        kept = [
            {
                "api": sent.api, "operation": sent.operation, "method": sent.method, "url": sent.url,
                "status": sent.status, "user": sent.user, "fault": sent.fault, "at": sent.at,
            }
            for sent in self._state.record
        ]  # fmt: skip
        return web.json_response({"total": self._state.record.total, "requests": kept})

    async def forget_requests(self, request: web.Request) -> web.Response:
        self._state.record.clear()
        return web.Response(status=204)

    async def advance(self, request: web.Request) -> web.Response:
        seconds = (await _object(request)).get("advance")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0:
            return _wrong("advance must be a number of seconds, 0 or more")
        self._state.clock.advance(float(seconds))
        return web.json_response({"now": self._state.clock()})

    async def reset(self, request: web.Request) -> web.Response:
        self._state.reset()
        return web.Response(status=204)

    async def forget_tokens(self, request: web.Request) -> web.Response:
        self._state.idi.office.forget()
        return web.Response(status=204)


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(await request.read())
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _wrong(message: str) -> web.Response:
    return web.json_response({"error": message}, status=400)
