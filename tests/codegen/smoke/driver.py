"""Calls every operation of a generated package against the play server of its document."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestServer
from attrs import frozen

from tests.codegen.smoke.arguments import arguments
from tests.codegen.smoke.deals import Deal, Given, openapi_deals, postman_deals
from tests.codegen.smoke.play import Play
from tests.codegen.smoke.raw import Book
from tests.codegen.smoke.sample import Sampler
from tests.codegen.smoke.schemas import Schemas
from trunkline._codec.codec import to_wire
from trunkline.client import BaseClient, Pager
from trunkline.config import RetryPolicy
from trunkline.errors import ArgumentError, StatusError
from trunkline.operation import Operation


@frozen
class Outcome:
    """One call. fault: what went wrong; contradicts: the document's example breaks its own schema."""

    operation: str
    status: str
    fault: str = ""
    contradicts: bool = False


async def call_all(package: str, document: Path) -> list[Outcome]:
    """Call every operation once for each success response and example of the document."""
    book = Book(document)
    schemas = Schemas(book)
    deals = list(postman_deals(book) if book.is_postman else openapi_deals(book, schemas))
    play = Play(book=book, schemas=schemas)
    module = importlib.import_module(package)
    server = TestServer(play.app())
    await server.start_server()
    outcomes: list[Outcome] = []
    try:
        client = module.Client(base_url=str(server.make_url("/")), retry=RetryPolicy(max_attempts=1))
        async with client:
            by_pointer = {deal.pointer: deal for deal in deals}
            for op in module.OPERATIONS.values():
                deal = by_pointer.pop(op.source.partition("#")[2], None)
                if deal is None:
                    outcomes.append(Outcome(op.id, "", "no such operation in the document"))
                    continue
                for given, value in _plays(op, deal):
                    outcomes.append(await _call(client, op, play, deal, given, value))
            outcomes += [Outcome(p, "", "the package has no such operation") for p in by_pointer]
    finally:
        await server.close()
    return outcomes


def _plays(op: Operation[Any], deal: Deal) -> Iterator[tuple[Given, Any]]:
    """What to send: of each status the media type that the client asks for."""
    for status in dict.fromkeys(given.status for given in deal.responses):
        listed = [given for given in deal.responses if given.status == status]
        wanted = {response.media_type for response in op.responses if response.status == status.upper()}
        given = next((g for g in listed if g.media_type in wanted), listed[0])
        for value in given.values or (None,):
            # HTTP has no body for 204 and HEAD, whatever the document says.
            yield given, None if status == "204" or op.method == "HEAD" else value
    if not deal.responses:
        yield Given(status="200", media_type="", schema=None, values=(None,)), None


async def _call(
    client: BaseClient, op: Operation[Any], play: Play, deal: Deal, given: Given, value: Any
) -> Outcome:
    play.deal, play.given, play.value = deal, given, value
    odd = value is not None and given.schema is not None and bool(play.schemas.errors(given.schema, value))
    outcome = Outcome(op.id, given.status, "no arguments were made")
    for body, contradicts in _bodies(op, deal, play):
        play.complaints = []
        try:
            result = _method(client, op)(**arguments(op, deal, body))
            if isinstance(result, Pager):
                result = (await result).rows
            elif inspect.isawaitable(result):
                result = await result
        except StatusError as error:
            fault = "" if given.status == "default" else f"{type(error).__name__}: {error}"
            return Outcome(op.id, given.status, fault or "; ".join(play.complaints), odd or contradicts)
        except ArgumentError as error:
            outcome = Outcome(op.id, given.status, f"ArgumentError: {error}"[:300], odd or contradicts)
            continue
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"[:300]
            return Outcome(op.id, given.status, fault, odd or contradicts)
        lost = [] if given.raw is not None else list(missing(_rows(op, value), to_wire(result)))
        faults = [*play.complaints, *(f"lost from the response: {place}" for place in lost[:3])]
        return Outcome(op.id, given.status, "; ".join(faults), odd or contradicts)
    return outcome


def _rows(op: Operation[Any], value: Any) -> Any:
    if op.paging is None or not isinstance(value, dict):
        return [value] if op.paging is not None and not isinstance(value, list) else value
    for key in op.paging.rows.split("."):
        value = value.get(key, value) if isinstance(value, dict) else value
    return value if isinstance(value, list) else [value]


def _method(client: BaseClient, op: Operation[Any]) -> Any:
    """The generated coroutine, by the way to it that the operation names."""
    module, _, path = op.function.partition(":")
    cls, _, method = path.partition(".")
    return getattr(getattr(importlib.import_module(module), cls)(client), method)


def _bodies(op: Operation[Any], deal: Deal, play: Play) -> Iterator[tuple[Any, bool]]:
    """Bodies to try: the document's examples, then a made one; and whether none fits the schema.

    A form's body is the mapping of its fields.
    """
    if op.body is None or play.book.is_postman:
        yield None, False
        return
    if play.book.is_swagger and op.body.kind in ("form", "multipart"):
        yield {t.name: t.value for t in deal.parameters if t.location == "formData"}, False
        return
    for value in deal.body_values[:1]:
        yield value, False
    schema = deal.bodies.get(op.body.media_type) or next(iter(deal.bodies.values()))
    if schema.value is None:
        yield None, False
        return
    value = Sampler(play.schemas, "request").value(schema)
    yield value, bool(play.schemas.errors(schema, value))


def missing(sent: Any, got: Any, place: str = "$") -> Iterable[str]:
    """What a response held and the decoded result does not; a date may be spelled otherwise."""
    if isinstance(sent, dict) and isinstance(got, dict):
        for key, value in sent.items():
            if key not in got and value not in (None, ""):
                yield f"{place}.{key}"
            elif key in got:
                yield from missing(value, got[key], f"{place}.{key}")
    elif isinstance(sent, list) and isinstance(got, list):
        if len(sent) != len(got):
            yield f"{place} ({len(sent)} items, {len(got)} came)"
        for index, (one, other) in enumerate(zip(sent, got, strict=False)):
            yield from missing(one, other, f"{place}[{index}]")
    elif not _same(sent, got):
        yield f"{place} ({sent!r:.40} became {got!r:.40})"


def _same(sent: Any, got: Any) -> bool:
    if sent == got or (sent in (None, "") and got in (None, "")):
        return True
    if isinstance(got, list):
        return len(got) == 1 and _same(sent, got[0])
    if isinstance(got, Decimal | int | float) or isinstance(sent, int | float):
        try:
            return Decimal(str(sent)) == Decimal(str(got))
        except ArithmeticError:
            return str(sent).lower() == str(got).lower()
    if isinstance(sent, str) and isinstance(got, str):
        # Dates and times come back in one spelling, base64 with its padding.
        if sent.removesuffix("Z") == got.removesuffix("+00:00"):
            return True
        return sent[:10] == got[:10] or sent.rstrip("=") == got.rstrip("=")
    return False
