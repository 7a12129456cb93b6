"""The addresses of the page: itself, its files, the OpenAPI documents, the data that it asks for."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from trunkline import apis
from trunkline.sandbox.config import DEFAULT_USERS
from trunkline.sandbox.page.openapi import build
from trunkline.sandbox.page.snippets import curl, python
from trunkline.sandbox.reading import read_json, whole_number
from trunkline.sandbox.shown import shown_request, shown_url

if TYPE_CHECKING:
    from trunkline.operation import Operation
    from trunkline.sandbox.record import SentRequest
    from trunkline.sandbox.state import SandboxState
    from trunkline.sandbox.vendors import Vendor

_KINDS: Final = {
    "html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml",
}  # fmt: skip
# The page shows what clients sent, so a hostile client could try to run script through a recorded
# header or body. The policy allows only files of this server, and text is never made into HTML.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_MOST: Final = 200


def add_routes(app: web.Application, key: web.AppKey[SandboxState]) -> None:
    """Put the page on an application."""
    page = _Page(app[key])
    app.router.add_get("/", page.index)
    app.router.add_get("/page/{name}", page.file)
    app.router.add_get("/page/data/about", page.about)
    app.router.add_get("/page/data/requests", page.requests)
    app.router.add_get("/page/data/requests/{number}", page.request)
    app.router.add_post("/page/data/snippets", page.snippets)
    app.router.add_get("/openapi/{api}.json", page.openapi)


class _Page:
    def __init__(self, state: SandboxState) -> None:
        self._state = state
        # The files are read once into a table: a name in the path can only match a key of it, so
        # "../" leads nowhere.
        self._files = {
            item.name: item.read_bytes()
            for item in resources.files("trunkline.sandbox.page").joinpath("static").iterdir()
            if item.name.rpartition(".")[2] in _KINDS
        }
        self._documents: dict[str, bytes] = {}

    async def index(self, request: web.Request) -> web.Response:
        return self._static("index.html")

    async def file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._files:
            return web.json_response({"error": "There is no such file."}, status=404)
        return self._static(name)

    def _static(self, name: str) -> web.Response:
        kind = _KINDS[name.rpartition(".")[2]]
        return web.Response(body=self._files[name], content_type=kind, charset="utf-8", headers=_HEADERS)

    async def openapi(self, request: web.Request) -> web.Response:
        api = request.match_info["api"]
        if api not in self._state.vendors:
            known = " or ".join(f"{name}.json" for name in self._state.vendors)
            return web.json_response({"error": f"Ask for {known}."}, status=404)
        if api not in self._documents:
            self._documents[api] = json.dumps(self._document(api), ensure_ascii=False).encode()
        return web.Response(body=self._documents[api], content_type="application/json", headers=_HEADERS)

    def _document(self, api: str) -> dict[str, Any]:
        config, entry = self._state.config, apis.get(api)
        logins = [op for package in entry.packages[1:] for op in package.operations.values()]
        return build(
            api,
            [*logins, *_served(self._state.vendors[api])],
            server=entry.mount.format(service=config.service, environment=config.environment),
            login=f"/securitytoken/1xa/{config.environment}",
        )

    async def about(self, request: web.Request) -> web.Response:
        config = self._state.config
        user = config.users[0]
        # A password that its owner chose is not shown; the one that everybody knows saves typing.
        known = user == DEFAULT_USERS[0]
        about = {"rows": config.rows, "seed": config.seed, "environment": config.environment}
        served = [{"api": name, "name": apis.get(name).title} for name in self._state.vendors]
        offered = {"apis": served, "user": user.name, "password": user.password if known else ""}
        return web.json_response(about | offered, headers=_HEADERS)

    async def requests(self, request: web.Request) -> web.Response:
        """The requests after number `after`, oldest first; all of them if the record was cleared since.

        `clears` is the value from the previous response.
        """
        record = self._state.record
        after = whole_number(request.query.get("after", "0")) or 0
        # A cleared record counts from 1 again; without `clears` the page would take new
        # requests for ones it has.
        known = after <= record.total and request.query.get("clears") == str(record.clears)
        missing = min(record.total - after if known else record.total, _MOST)
        latest = record.latest(missing)
        first = record.total - len(latest) + 1
        rows = [_row(number, sent) for number, sent in enumerate(latest, first)]
        return web.json_response(
            {"total": record.total, "clears": record.clears, "now": self._state.clock(), "requests": rows},
            headers=_HEADERS,
        )

    async def request(self, request: web.Request) -> web.Response:
        """One recorded request with headers and body, masked unless `show=sensitive` is asked for."""
        number = whole_number(request.match_info["number"]) or 0
        sent = self._state.record.numbered(number)
        if sent is None:
            return web.json_response({"error": "The record does not hold this request any more."}, status=404)
        shown = shown_request(sent, hidden=request.query.get("show") != "sensitive")
        return web.json_response({"number": number, **shown}, headers=_HEADERS)

    async def snippets(self, request: web.Request) -> web.Response:
        """A filled form as a Python program and a curl command."""
        try:
            form = read_json(await request.read())
            api, name, values, url = form["api"], form["operation"], dict(form["values"]), str(form["url"])
            operation = next(op for op in _served(self._state.vendors[api]) if op.id == name)
            texts = {str(wire): str(text) for wire, text in values.items()}
        except (ValueError, KeyError, TypeError, StopIteration):
            return web.json_response({"error": "There is no such form."}, status=400)
        made = {
            "python": python(api, operation, texts, form.get("body")),
            "curl": curl(api, operation, url, form.get("body")),
        }
        return web.json_response(made, headers=_HEADERS)


def _served(vendor: Vendor) -> list[Operation[Any]]:
    return [route.operation for route in vendor.router.routes]


def _row(number: int, sent: SentRequest) -> dict[str, Any]:
    agent = next((value for name, value in sent.headers.items() if name.lower() == "user-agent"), "")
    return {
        "number": number, "api": sent.api, "operation": sent.operation, "method": sent.method,
        "url": shown_url(sent.url), "status": sent.status, "user": sent.user,
        "fault": sent.fault, "at": sent.at, "ms": round(sent.seconds * 1000, 1), "agent": agent,
    }  # fmt: skip


__all__ = ["add_routes"]
