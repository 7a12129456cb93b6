"""A server that plays a document: it responds with the document's own examples and checks every request."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, unquote

from aiohttp import web
from attrs import define, field

from tests.codegen.smoke.deals import FORMS, Deal, Given, Taken
from tests.codegen.smoke.raw import Book
from tests.codegen.smoke.schemas import Schemas


@define
class Play:
    """Set `deal` and `given` before a call; `complaints` says afterwards what was wrong with the request."""

    book: Book
    schemas: Schemas
    deal: Deal | None = None
    given: Given | None = None
    value: Any = None
    complaints: list[str] = field(factory=list)
    requests: int = 0

    def app(self) -> web.Application:
        """The application: every route ends here."""
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{anything:.*}", self._respond)
        return app

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        deal, given = self.deal, self.given
        assert deal is not None
        assert given is not None
        if not self.book.is_postman:
            await self._check(deal, request)
        status = int(given.status) if given.status.isdigit() else 200
        if not given.media_type and given.values == (None,):
            return web.Response(status=status)
        body = given.raw if given.raw is not None else json.dumps(self.value).encode()
        media = "application/json" if "*" in given.media_type else given.media_type
        return web.Response(status=status, body=body, headers={"Content-Type": media})

    async def _check(self, deal: Deal, request: web.Request) -> None:
        path = request.raw_path.partition("?")[0]
        if not deal.matches(request.method, unquote(path)):
            self.complaints.append(f"{request.method} {path} is not {deal.method} {deal.path}")
        accept = request.headers.get("Accept", "")
        media_types = {g.media_type.partition(";")[0] for g in deal.responses if g.media_type} or {"*/*"}
        if "*/*" not in media_types and not media_types & {a.split(";")[0] for a in accept.split(", ")}:
            self.complaints.append(f"Accept {accept} is none of {sorted(media_types)}")
        query: dict[str, list[str]] = {}
        for name, value in parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True):
            query.setdefault(name, []).append(value)
        sent: dict[str, Any] = {
            "query": query,
            "header": {k.lower(): [v] for k, v in request.headers.items()},
            "cookie": {k: [v] for k, v in request.cookies.items()},
        }
        for taken in deal.parameters:
            if taken.location in sent:
                self._check_parameter(taken, sent[taken.location])
        known = {t.name for t in deal.parameters if t.location == "query"}
        shaped = any(isinstance(t.value, dict) for t in deal.parameters if t.location == "query")
        for name in query.keys() - known:
            if not shaped and name.partition("[")[0] not in known:
                self.complaints.append(f"the query has {name}, which the document does not know")
        await self._check_body(deal, request)

    def _check_parameter(self, taken: Taken, sent: dict[str, list[str]]) -> None:
        name = taken.name.lower() if taken.location == "header" else taken.name
        texts = sent.get(name)
        if texts is None:
            objects = isinstance(taken.value, dict)
            own = ("accept", "content-type", "authorization")
            if taken.required and not objects and taken.value != [] and name not in own:
                self.complaints.append(f"the {taken.location} parameter {taken.name} is missing")
            return
        if taken.json:
            found = self.schemas.errors(taken.schema, json.loads(texts[0]))
            self.complaints += [f"{taken.name}: {e}" for e in found]
        elif isinstance(taken.value, list) and taken.separator is None:
            if len(texts) != len(taken.value):
                self.complaints.append(f"{taken.name}: {len(taken.value)} values came as {texts}")
        elif isinstance(taken.value, list) and taken.separator is not None:
            # Quoted separators inside a value are not told from others once decoded.
            if len(texts) != 1 or len(texts[0].split(taken.separator)) < len(taken.value):
                self.complaints.append(f"{taken.name}: {taken.value} came as {texts}")
        elif not isinstance(taken.value, dict) and not _says(texts[-1], taken.value):
            self.complaints.append(f"{taken.name}: {taken.value!r} came as {texts}")

    async def _check_body(self, deal: Deal, request: web.Request) -> None:
        data = await request.read()
        media = request.headers.get("Content-Type", "").partition(";")[0]
        if not data and not media:
            if deal.bodies and deal.body_required:
                self.complaints.append("the body is missing")
            return
        listed = {m.partition(";")[0]: at for m, at in deal.bodies.items()}
        schema = listed.get(media) or next((at for m, at in listed.items() if "*" in m), None)
        if schema is None:
            self.complaints.append(f"a body of {media}, not of {sorted(deal.bodies)}")
        elif media.endswith("json"):
            found = self.schemas.errors(schema, json.loads(data))
            self.complaints += [f"body {e}" for e in found]
        elif media in FORMS:
            self._check_form(deal, media, data)

    def _check_form(self, deal: Deal, media: str, data: bytes) -> None:
        if media == "multipart/form-data":
            names = {name.decode() for name in re.findall(rb'; name="([^"]*)"', data)}
        else:
            names = {name.partition("[")[0] for name, _ in parse_qsl(data.decode(), keep_blank_values=True)}
        required = {t.name for t in deal.parameters if t.location == "formData" and t.required}
        for schema in deal.bodies.values():
            told = schema.follow().value
            if isinstance(told, dict) and isinstance(told.get("required"), list):
                required |= set(told["required"])
        if missing := required - names:
            self.complaints.append(f"form fields are missing: {sorted(missing)}")


def _says(text: str, value: Any) -> bool:
    """Whether a text is the wire form of a JSON scalar."""
    if isinstance(value, bool):
        return text == str(value).lower()
    if isinstance(value, int | float):
        return float(text) == float(value)
    return isinstance(value, str) and (text == value or text[:10] == value[:10] or "anything" in value)
