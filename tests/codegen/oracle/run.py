"""Call every operation of a document with made values; judge what goes out and what comes back."""

from __future__ import annotations

import importlib
import inspect
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
from attrs import define, field

from tests.codegen.oracle.played import has_union, property_names, stray, values_of
from tests.codegen.oracle.rules import Pairs, Told, header_complaints, pairs_complaints, path_complaints
from tests.codegen.smoke.arguments import arguments
from tests.codegen.smoke.deals import Deal, Given, Taken, openapi_deals, postman_deals
from tests.codegen.smoke.driver import _bodies, _method, _rows, missing
from tests.codegen.smoke.raw import Book
from tests.codegen.smoke.schemas import Schemas
from trunkline._codec.codec import to_wire
from trunkline.client import Pager
from trunkline.config import RetryPolicy
from trunkline.errors import ArgumentError, StatusError
from trunkline.operation import Operation
from trunkline.transport import Request, Response

BASE = "https://oracle.example/base"


@define
class Echo:
    """A transport that keeps the last request and gives what it is told to."""

    response: Response = field(factory=lambda: Response(204, {}, b""))
    last: Request | None = None

    async def send(self, request: Request, headers: Any, timeout: float | None) -> Response:
        self.last = Request(request.method, request.url, {**request.headers, **headers}, request.body)
        return self.response

    async def aclose(self) -> None:
        """Nothing is open."""


@define
class Verdict:
    """What one document came to. differences: one text each; covered: what was looked at, by kind."""

    differences: list[str] = field(factory=list)
    covered: Counter[str] = field(factory=Counter)


async def judge(package: str, document: Path) -> Verdict:
    """Call all operations of an imported package; give one response of each success that is documented."""
    book = Book(document)
    schemas = Schemas(book)
    deals = list(postman_deals(book) if book.is_postman else openapi_deals(book, schemas))
    module = importlib.import_module(package)
    verdict, echo = Verdict(), Echo()
    client = module.Client(base_url=BASE, retry=RetryPolicy(max_attempts=1), transport=echo)
    by_pointer = {deal.pointer: deal for deal in deals}
    for op in module.OPERATIONS.values():
        deal = by_pointer.get(op.source.partition("#")[2])
        if deal is None:
            verdict.differences.append(f"{op.id}: the document has no such operation")
            continue
        verdict.covered["operations"] += 1
        for given in _given(op, deal):
            verdict.covered["unions in responses"] += given.schema is not None and has_union(given.schema)
            for value, valid in [*values_of(given, schemas)] or [(None, False)]:
                await _call(client, op, deal, given, value, valid, book, schemas, echo, verdict)
        for choice in op.body.others if op.body is not None else ():
            verdict.covered["further media types of bodies"] += 1
            chosen, other = attrs.evolve(op, body=choice), attrs.evolve(deal, body_values=[])
            given = next(iter(_given(op, deal)))
            await _call(client, chosen, other, given, None, False, book, schemas, echo, verdict)
    return verdict


def _given(op: Operation[Any], deal: Deal) -> Iterator[Given]:
    if not deal.responses:
        yield Given(status="200", media_type="", schema=None, values=(None,))
    asked = {spec.media_type for spec in op.responses if spec.asked}
    # A server gives what is asked for where it has it; the rest is played where nothing else is documented.
    yield from [g for g in deal.responses if not g.media_type or g.media_type in asked] or deal.responses


async def _call(
    client: Any,
    op: Operation[Any],
    deal: Deal,
    given: Given,
    value: Any,
    valid: bool,
    book: Book,
    schemas: Schemas,
    echo: Echo,
    verdict: Verdict,
) -> None:
    value = next(iter(given.values), None) if value is None else value
    empty = given.status == "204" or op.method == "HEAD" or (not given.media_type and value is None)
    body = b"" if empty else given.raw if given.raw is not None else json.dumps(value).encode()
    media = "application/json" if "*" in given.media_type else given.media_type
    status = int(given.status) if given.status.isdigit() else 200
    echo.response = Response(status, {"Content-Type": media} if media and not empty else {}, body)
    echo.last = None
    play = type("Play", (), {"book": book, "schemas": schemas})
    refusals: list[str] = []
    for made, _ in _bodies(op, deal, play):  # type: ignore[arg-type]
        try:
            passed = arguments(op, deal, made)
            result = _method(client, op)(**passed)
            if isinstance(result, Pager):
                result = (await result).rows
            elif inspect.isawaitable(result):
                result = await result
        except ArgumentError as error:
            refusals.append(f"{op.id}: refused: {error}")  # an example may contradict its own document
            continue
        except StatusError as error:
            if given.status != "default":
                verdict.differences.append(f"{op.id}: {type(error).__name__} for status {status}: {error}")
            result = None
        except Exception as error:
            verdict.differences.append(f"{op.id}: {type(error).__name__}: {error}"[:300])
            result = None
        else:
            verdict.covered["responses"] += 1
            if given.raw is None and not empty:
                lost = missing(_rows(op, value), to_wire(result))
                verdict.differences += [
                    f"{op.id}: lost from the response: {place}" for place in list(lost)[:3]
                ]
                named = property_names(given.schema) if valid and given.schema is not None else set()
                verdict.differences += [
                    f"{op.id}: read as another class or type: {place}"
                    for place in list(stray(result, named))[:3]
                ]
        if echo.last is not None:
            verdict.covered["requests"] += 1
            if not book.is_postman:
                found = _complaints(op, deal, made, passed, book, echo.last, verdict)
                verdict.differences += [f"{op.id}: {each}" for each in found]
        return
    verdict.differences += refusals


def _complaints(
    op: Operation[Any],
    deal: Deal,
    made: Any,
    passed: dict[str, Any],
    book: Book,
    request: Request,
    verdict: Verdict,
) -> Iterator[str]:
    if request.method != deal.method:
        yield f"{request.method} went out, not {deal.method}"
    names = {
        (where, p.wire): p.name for where in ("path", "query", "header", "cookie") for p in _params(op, where)
    }
    told: dict[str, list[Told]] = {"path": [], "query": [], "header": [], "cookie": []}
    for taken in deal.parameters:
        sent = names.get((taken.location, taken.name))
        if taken.location in told and sent in passed and taken.value is not None:
            told[taken.location].append(_told(taken, book))
            verdict.covered[f"{taken.location} {told[taken.location][-1].style}"] += 1
    path = {each.name: each for each in told["path"]}
    yield from path_complaints(deal.path, path, request.url.raw_path.removeprefix("/base"))
    pairs = Pairs.of(request.url.raw_query_string)
    for each in told["query"]:
        yield from pairs_complaints(each, pairs)
    known = {t.name for t in deal.parameters if t.location == "query"}
    fixed = {p.wire for p in op.query_params if p.fixed is not None or p.required}
    left = [name for name, _ in pairs.left if name.partition("[")[0] not in known | fixed]
    if left:
        yield f"the query holds {left}, which nobody gave"
    headers = {name.lower(): value for name, value in request.headers.items()}
    for each in told["header"]:
        yield from header_complaints(each, headers)
    yield from _body_complaints(op, made, request, headers.get("content-type", ""), deal, book, verdict)


def _params(op: Operation[Any], where: str) -> Any:
    return getattr(op, f"{where}_params")


def _told(taken: Taken, book: Book) -> Told:
    return Told.of(taken.name, taken.location, taken.value, taken.at.value, swagger=book.is_swagger)


def _body_complaints(
    op: Operation[Any], made: Any, request: Request, media: str, deal: Deal, book: Book, verdict: Verdict
) -> Iterator[str]:
    if op.body is None or made is None or request.body is None:
        return
    verdict.covered[f"body {op.body.kind}"] += 1
    essence = media.partition(";")[0].strip()
    listed = {each.partition(";")[0].strip() for each in deal.bodies}
    if essence not in listed and not any("*" in each for each in listed):
        yield f"a body of {essence} went out, not of {sorted(listed)}"
    if op.body.kind == "json" and "json-patch" not in essence:
        sent = json.loads(request.body)
        yield from (f"body: {place}" for place in list(missing(made, sent))[:3])
        yield from (f"body: nobody gave {place}" for place in list(missing(sent, made))[:3])
    elif op.body.kind == "form":
        pairs = Pairs.of(request.body.decode())
        for told in _fields(made, deal, book):
            yield from pairs_complaints(told, pairs)
    elif op.body.kind == "multipart":
        names = [name.decode() for name in re.findall(rb'form-data; name="([^"]*)"', request.body)]
        wanted = [key for key, value in made.items() for _ in (value if isinstance(value, list) else [value])]
        joined = {each.name for each in _fields(made, deal, book) if each.separator is not None}
        wanted = [key for index, key in enumerate(wanted) if key not in joined or wanted.index(key) == index]
        if sorted(names) != sorted(wanted):
            yield f"the parts are {names}, not {wanted}"


def _fields(made: Any, deal: Deal, book: Book) -> Iterator[Told]:
    """The fields of a form, each with its own words: of Swagger's parameters, or of the Encoding Object."""
    if book.is_swagger:
        for taken in deal.parameters:
            if taken.location == "formData" and taken.value is not None:
                yield _told(taken, book)
        return
    content = next((book.root for _ in ()), None)
    for name, value in made.items():
        encoding = _encoding(deal, name, content)
        if value is None:
            continue
        if any(word in encoding for word in ("style", "explode", "allowReserved")):
            yield Told.of(name, "query", value, encoding, swagger=False)
        else:
            style = "form" if not isinstance(value, dict) else ""
            yield Told(name=name, location="form", value=value, style=style, explode=True, separator=None)


def _encoding(deal: Deal, name: str, _: Any) -> dict[str, Any]:
    for media, schema in deal.bodies.items():
        if media.startswith("application/x-www-form-urlencoded"):
            holder = schema.path, schema.tokens
            found = _at(schema.book, holder).get("encoding") or {}
            return dict(found.get(name) or {})
    return {}


def _at(book: Book, holder: tuple[Path, tuple[str, ...]]) -> dict[str, Any]:
    """The Media Type Object around a schema."""
    value = book.find(
        holder[0], "#" + "".join(f"/{t.replace('~', '~0').replace('/', '~1')}" for t in holder[1][:-1])
    )
    return value.value if value is not None and isinstance(value.value, dict) else {}
