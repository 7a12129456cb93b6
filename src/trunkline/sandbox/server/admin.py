"""The sandbox's own addresses under `/sandbox/`: faults, scenario, record, clock, reset, snapshots."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from trunkline._masking.values import masked
from trunkline.errors import ConfigError
from trunkline.sandbox.faults.scenario import parse
from trunkline.sandbox.reading import read_json, whole_number
from trunkline.sandbox.shown import marked_names, shown_body, shown_url

if TYPE_CHECKING:
    from trunkline.sandbox.ledger import Write
    from trunkline.sandbox.state import SandboxState


_MOST_WRITES: Final = 10_000
_LAST_SECOND: Final = 253_370_764_800
"""The end of 9998 UTC: dates are written with four digits, and next year's have to fit as well."""


def add_routes(app: web.Application, key: web.AppKey[SandboxState]) -> None:
    """Put the addresses on an application."""
    desk = _Desk(app[key])
    app.router.add_get("/sandbox/faults", desk.faults)
    app.router.add_put("/sandbox/faults", desk.set_faults)
    app.router.add_get("/sandbox/scenario", desk.scenario)
    app.router.add_put("/sandbox/scenario", desk.set_scenario)
    app.router.add_delete("/sandbox/scenario", desk.end_scenario)
    app.router.add_get("/sandbox/requests", desk.requests)
    app.router.add_delete("/sandbox/requests", desk.forget_requests)
    app.router.add_get("/sandbox/writes", desk.writes)
    app.router.add_delete("/sandbox/writes", desk.forget_writes)
    app.router.add_post("/sandbox/clock", desk.advance)
    app.router.add_post("/sandbox/reset", desk.reset)
    app.router.add_post("/sandbox/tokens/forget", desk.forget_tokens)
    app.router.add_get("/sandbox/snapshots", desk.snapshots)
    app.router.add_put("/sandbox/snapshots/{name}", desk.take_snapshot)
    app.router.add_delete("/sandbox/snapshots/{name}", desk.drop_snapshot)
    app.router.add_post("/sandbox/snapshots/{name}/restore", desk.restore_snapshot)


class _Desk:
    def __init__(self, state: SandboxState) -> None:
        self._state = state

    async def faults(self, request: web.Request) -> web.Response:
        return web.json_response({"faults": self._state.fault_text})

    async def set_faults(self, request: web.Request) -> web.Response:
        text = (await _object(request)).get("faults")
        if not isinstance(text, str):
            return _wrong("faults must be a text")
        try:
            self._state.set_faults(text)
        except ConfigError as error:
            return _wrong(str(error))
        return web.json_response({"faults": text})

    async def scenario(self, request: web.Request) -> web.Response:
        return web.json_response(self._state.conditions.describe())

    async def set_scenario(self, request: web.Request) -> web.Response:
        try:
            scenario = parse(await _object(request))
        except ConfigError as error:
            return _wrong(str(error))
        self._state.conditions.set_scenario(scenario)
        return web.json_response(self._state.conditions.describe())

    async def end_scenario(self, request: web.Request) -> web.Response:
        self._state.conditions.set_scenario(None)
        return web.Response(status=204)

    async def snapshots(self, request: web.Request) -> web.Response:
        return web.json_response({"snapshots": self._state.snapshots})

    async def take_snapshot(self, request: web.Request) -> web.Response:
        self._state.snapshot(request.match_info["name"])
        return web.Response(status=204)

    async def drop_snapshot(self, request: web.Request) -> web.Response:
        try:
            self._state.drop_snapshot(request.match_info["name"])
        except LookupError as error:
            return _missing(error)
        return web.Response(status=204)

    async def restore_snapshot(self, request: web.Request) -> web.Response:
        try:
            self._state.restore(request.match_info["name"])
        except LookupError as error:
            return _missing(error)
        return web.Response(status=204)

    async def requests(self, request: web.Request) -> web.Response:
        show = _shows_all(request)
        kept = [
            {
                "api": sent.api, "operation": sent.operation, "method": sent.method,
                "url": sent.url if show else shown_url(sent.url),
                "status": sent.status, "user": sent.user, "fault": sent.fault, "at": sent.at,
            }
            for sent in self._state.record
        ]  # fmt: skip
        return web.json_response({"total": self._state.record.total, "requests": kept})

    async def forget_requests(self, request: web.Request) -> web.Response:
        self._state.record.clear()
        return web.Response(status=204)

    async def writes(self, request: web.Request) -> web.Response:
        """The ledger after entry number `after`, at most `most` entries."""
        ledger = self._state.ledger
        after, most = (
            _count(request, name, default) for name, default in (("after", 0), ("most", _MOST_WRITES))
        )
        if after is None or most is None:
            return _wrong("after and most must be whole numbers of 0 or more")
        kept = [_entry(write, hidden=not _shows_all(request)) for write in ledger.after(after, most)]
        return web.json_response({"total": ledger.total, "complete": ledger.is_complete, "writes": kept})

    async def forget_writes(self, request: web.Request) -> web.Response:
        self._state.ledger.clear()
        return web.Response(status=204)

    async def advance(self, request: web.Request) -> web.Response:
        seconds = (await _object(request)).get("advance")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0:
            return _wrong("advance must be a number of seconds, 0 or more")
        # The smaller value is added, as an enormous number of seconds would overflow
        # the float to infinity.
        if self._state.clock() + min(seconds, _LAST_SECOND) > _LAST_SECOND:
            return _wrong("the clock ends with the year 9998; no date could be written after it")
        self._state.clock.advance(float(seconds))
        return web.json_response({"now": self._state.clock()})

    async def reset(self, request: web.Request) -> web.Response:
        self._state.reset()
        return web.Response(status=204)

    async def forget_tokens(self, request: web.Request) -> web.Response:
        self._state.idi.office.forget()
        return web.Response(status=204)


def _count(request: web.Request, name: str, default: int) -> int | None:
    return whole_number(request.query.get(name, str(default)))


def _shows_all(request: web.Request) -> bool:
    return request.query.get("show") == "sensitive"


def _entry(write: Write, *, hidden: bool) -> dict[str, Any]:
    # Personal data is masked unless it is asked for: the output of this address ends in
    # logs and bug reports.
    names = marked_names(write.api)
    hide = partial(masked, names=names) if hidden else _as_it_is
    return {
        "number": write.number, "api": write.api, "operation": write.operation, "method": write.method,
        "path": hide(list(write.path)), "query": hide(dict(write.query)),
        "body": hide(shown_body(write.body)), "response": hide(shown_body(write.response)),
        "user": write.user, "request_id": write.request_id, "fault": write.fault, "at": write.at,
    }  # fmt: skip


def _as_it_is(value: Any) -> Any:
    return value


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        found = read_json(await request.read())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _missing(error: LookupError) -> web.Response:
    return web.json_response({"error": str(error.args[0])}, status=404)


def _wrong(message: str) -> web.Response:
    return web.json_response({"error": message}, status=400)
