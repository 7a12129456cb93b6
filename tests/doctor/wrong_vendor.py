"""A vendor that differs from the specs in a list of ways, played without the sandbox.

It responses every operation that reads with full examples of the documented models, but for what is planted:
other routes, values of other types, missing and new fields, other paging keys, next links to an inner host.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import unquote

import msgspec
from aiohttp import web
from attrs import field, frozen

from trunkline import apis
from trunkline._codec.annotations import is_model, model_fields, resolve_in_module
from trunkline._codec.codec import to_wire
from trunkline.doctor.identifiers import plain
from trunkline.operation import Operation
from trunkline.testing import example
from trunkline.testing._examples import example_response

ROWS: Final = 60
"""Rows of each collection."""
KNOWN: Final = 1_000_000
"""Identifiers above this are not known: the vendor says so in its own words."""
_encode: Final = msgspec.json.Encoder(decimal_format="number").encode
INNER: Final = "http://10.0.0.5:8080/inner"
"""What a next link begins with behind the gateway."""


@frozen(kw_only=True)
class Planted:
    """What differs.

    routes: operation to path. types: (model, wire name) of fields with values of another type. missing, new:
    (model, wire name). paging: operations with `@nextLink` and `@count`. links: operations whose next links
    lead to an inner host.
    """

    routes: Mapping[str, str] = field(factory=dict)
    types: frozenset[tuple[str, str]] = frozenset()
    missing: frozenset[tuple[str, str]] = frozenset()
    new: frozenset[tuple[str, str]] = frozenset()
    paging: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()


def _pattern(template: str) -> str:
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template)) + "$"


def _another(value: Any) -> Any:
    """A value of another JSON type that no reading of the documented type takes."""
    if isinstance(value, bool):
        return "maybe"
    if isinstance(value, int | Decimal):
        return "many"
    return {"code": 1}


class WrongVendor:
    """One API of the registry, as an aiohttp application under a base path.

    asked: the paths of all requests, in order.
    """

    def __init__(self, api: str, base: str, planted: Planted) -> None:
        self._api, self._base, self.planted = apis.get(api), base.rstrip("/"), planted
        self.asked: list[str] = []
        self._routes = [
            (re.compile(_pattern(self._base + path)), op)
            for op in self._api.packages[0].operations.values()
            if op.idempotency == "safe" and op.method == "GET"
            for path in [planted.routes.get(op.id, op.path)]
        ]

    def app(self) -> web.Application:
        """The application; other paths of the server may be added to it."""
        app = web.Application(client_max_size=1 << 24)
        app.router.add_post("/securitytoken/1xa/acme/api/login", self._login)
        app.router.add_route("*", "/{tail:.*}", self._serve)
        return app

    async def _login(self, request: web.Request) -> web.Response:
        expires = int(datetime.datetime.now(datetime.UTC).timestamp()) + 3600
        return web.json_response(f"ExpiresOn={expires}&Audience=http%3a%2f%2fidibilling.com&HMACSHA256=x")

    async def _serve(self, request: web.Request) -> web.Response:
        path = request.rel_url.raw_path
        self.asked.append(path)
        if request.headers.get("Authorization") is None:
            return web.json_response({"error": "credentials are needed"}, status=401)
        # a route with fewer parameters is the more exact one
        for pattern, op in sorted(self._routes, key=lambda route: route[0].groups):
            if found := pattern.match(path):
                return self._respond(
                    op, {name: unquote(text) for name, text in found.groupdict().items()}, request
                )
        return web.Response(status=404, text="404: Not Found")  # as a web framework responses

    def _respond(self, op: Operation[Any], given: dict[str, str], request: web.Request) -> web.Response:
        given |= {
            param.wire: request.query[param.wire] for param in op.query_params if param.wire in request.query
        }
        keys = [int(value) for name, value in given.items() if name[0] != "$" and value.isdigit()]
        if any(key > KNOWN for key in keys):
            body = {"errors": [{"field": "ID", "loggingNumber": 500032, "message": "It does not exist."}]}
            return web.json_response(body, status=404)
        if op.paging is not None:
            return self._page(op, request)
        if op.response is None:
            return web.Response(status=200)
        reply = example_response(op)
        if isinstance(reply, list):
            rows = [self._spoilt(item, {}) for item in reply]
            return _json(rows)
        return _json(self._spoilt(reply, given))

    def _page(self, op: Operation[Any], request: web.Request) -> web.Response:
        paging = op.paging
        assert paging is not None
        rows = list(self._rows(op, request.query.get("$filter", "")))
        skip = int(request.query.get("$skip", 0))
        top = min(int(request.query.get("$top", 20)), 20)
        other = op.id in self.planted.paging
        body: dict[str, Any] = {paging.rows: rows[skip : skip + top]}
        if skip + top < len(rows):
            start = INNER if op.id in self.planted.links else f"{request.scheme}://{request.host}"
            query = {**request.query, "$skip": str(skip + top)}
            tail = "&".join(f"{name}={value}" for name, value in query.items())
            body["@nextLink" if other else "@odata.nextLink"] = f"{start}{request.rel_url.raw_path}?{tail}"
        if other:
            body["@count"] = len(rows)
        return _json(body)

    def _rows(self, op: Operation[Any], where: str) -> Iterator[dict[str, Any]]:
        """All rows, or one for each text that a filter names."""
        assert op.paging is not None
        model = resolve_in_module(op.paging.row_type, op.namespace)
        wanted = re.findall(r"'([^']*)'", where)
        wire = re.match(r"\(*(\w+)", where)
        if not wanted or wire is None:
            for number in range(1, ROWS + 1):
                yield self._spoilt(_numbered(model, number), {})
            return
        for text in wanted:
            if not text.endswith("9"):  # every tenth is not known
                yield self._spoilt(_numbered(model, 1), {}) | {wire[1]: text}

    def _spoilt(self, value: Any, given: Mapping[str, str]) -> Any:
        """A model as JSON with what is planted in it; identifiers that were asked for are the response's."""
        cls: Any = type(value)
        if not is_model(cls):
            return to_wire(value)
        found: dict[str, Any] = {}
        for one in model_fields(cls):
            item = getattr(value, one.name)
            place = (cls.__name__, one.wire)
            if place in self.planted.missing:
                continue
            if place in self.planted.types:
                found[one.wire] = _another(item)
            elif isinstance(item, list):
                found[one.wire] = [self._spoilt(each, {}) for each in item]
            else:
                found[one.wire] = self._spoilt(item, {})
        for name, text in given.items():
            for one in model_fields(cls):
                if plain(one.wire) == plain(name) and isinstance(getattr(value, one.name), int):
                    found[one.wire] = int(text)
        found |= {wire: "surprise" for model, wire in self.planted.new if model == cls.__name__}
        return found


def _numbered(model: Any, number: int) -> Any:
    """An example whose identifiers are the number."""
    ids = {
        one.name: number for one in model_fields(model) if one.wire.lower().endswith("id") and one.type is int
    }
    return example(model, **ids)


def _json(body: Any) -> web.Response:
    return web.Response(body=_encode(body), content_type="application/json")


__all__ = ["INNER", "KNOWN", "ROWS", "Planted", "WrongVendor"]
