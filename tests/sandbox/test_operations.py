"""Rules that hold for every operation of both APIs: success, refusals, repetition, any value in any place."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import pytest
from yarl import URL

from tests.sandbox.callers import Caller, Response, basic, sign_in, wrap
from trunkline._codec.annotations import resolve_in_module
from trunkline._codec.drift import DriftRecorder
from trunkline.abzorb import OPERATIONS as ABZORB
from trunkline.idi import OPERATIONS as IDI
from trunkline.operation import Operation
from trunkline.sandbox import Sandbox
from trunkline.sandbox.page.examples import EXAMPLES, Example
from trunkline.sandbox.store import entities

ALL = [*IDI.values(), *ABZORB.values()]
EXAMPLE = {op.id: EXAMPLES.get(op.id, Example()) for op in ALL}
BODIES = [op for op in ALL if EXAMPLE[op.id].body is not None]
ODD: list[Any] = [
    None, True, 0, -1, 1.5, 1e300, 2**31, 2**63, 10**30, "", " ", "x", "a\0b", "é٣", "9" * 400, "2021-02-30",
    "0001-01-01", "9999-12-31T23:59:59.9999999-12:00", [], [1], [None], {}, {"a": 1}, [[[]]],
]  # fmt: skip


@pytest.fixture
def settings() -> dict[str, Any]:
    """Small: one sandbox is made for each of many cases."""
    return {"rows": 20}


class Desk:
    """Sends an operation with its example, changed where a test asks for it."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession, token: str) -> None:
        self.sandbox, self.session, self.token = sandbox, session, token

    async def send(
        self,
        op: Operation[Any],
        *,
        body: Any = None,
        values: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        example = EXAMPLE[op.id]
        values = dict(example.values) if values is None else values
        path = op.path
        for param in op.path_params:
            path = path.replace(f"{{{param.wire}}}", str(URL.build(path=str(values[param.wire]))))
        query = {param.wire: text(values[param.wire]) for param in op.query_params if param.wire in values}
        base = self.sandbox.idi_url if op.id in IDI else self.sandbox.abzorb_url
        if headers is None:
            headers = wrap(self.token) if op.id in IDI else basic()
        sent = example.body if body is None else body
        data = None if sent is None else json.dumps(sent).encode()
        caller = Caller(self.session, base, headers | {"Content-Type": "application/json"})
        return await caller(op.method, path, data=data, params=query)

    async def fresh(self, op: Operation[Any]) -> None:
        """The data as at the start, and what the example needs to have been sent before."""
        self.sandbox.reset()
        await self.prepare(op)

    async def prepare(self, op: Operation[Any]) -> None:
        for name in EXAMPLE[op.id].after:
            before = (IDI | ABZORB)[name]
            await self.prepare(before)
            assert (await self.send(before)).status == 200, name
        if EXAMPLE[op.id].wait:
            self.sandbox.clock.advance(86_400)
            # A day is longer than a token lives.
            self.token = (await sign_in(self.session, self.sandbox)).json


def text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


@pytest.fixture
async def desk(sandbox: Sandbox, session: aiohttp.ClientSession) -> Desk:
    return Desk(sandbox, session, (await sign_in(session, sandbox)).json)


def everything(sandbox: Sandbox) -> dict[str, list[bytes]]:
    return {entity.name: sandbox.state.store.bodies(entity) for entity in entities.ENTITIES}


def refusal(op: Operation[Any], response: Response) -> str:
    """The message of a refusal, which is in the vendor's own shape whatever it is about."""
    assert response.status >= 400, response.text
    if op.id in IDI:
        (entry,) = response.json["errors"]
        assert set(entry) == {"field", "loggingNumber", "message"}
        return str(entry["message"])
    (name,) = response.json
    assert name in ("error", "response_message")
    return str(response.json[name])


async def test_success_is_the_documented_status_and_body(desk: Desk) -> None:
    """No field that the model lacks, none of another type; an operation without a body sends none."""
    for op in ALL:
        await desk.fresh(op)
        response = await desk.send(op)
        documented = {each.status: each.type for each in op.responses}
        assert str(response.status) in documented, (op.id, response.text)
        expected = documented[str(response.status)]
        if expected in (None, "Any"):
            assert response.text == "", op.id
            continue
        recorder = DriftRecorder()
        recorder.observe(op, response.text.encode(), resolve_in_module(expected, op.namespace), whole=True)
        found = recorder.report()[op.id]["differences"]
        assert [each for each in found if each["kind"] != "missing field"] == [], op.id


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, wrap("x"), basic(password="no")])
async def test_nobody_gets_in_without_credentials(desk: Desk, headers: dict[str, str]) -> None:
    """Before anything is read or changed."""
    before = everything(desk.sandbox)
    for op in ALL:
        assert refusal(op, await desk.send(op, headers=headers))
        sent = list(desk.sandbox.requests)[-1]
        assert (sent.status, sent.user, sent.operation) == (401, "", op.id)
    assert everything(desk.sandbox) == before


async def test_a_reader_reads_and_changes_nothing(desk: Desk) -> None:
    """A method other than GET needs the permission to write, also where the operation changes nothing."""
    token = (await sign_in(desk.session, desk.sandbox, userName="reader", password="reader-password")).json
    before = everything(desk.sandbox)
    for op in ALL:
        headers = wrap(token) if op.id in IDI else basic("reader", "reader-password")
        response = await desk.send(op, headers=headers)
        assert response.status == (200 if op.method == "GET" else 403), (op.id, response.text)
    assert everything(desk.sandbox) == before
    assert not list(desk.sandbox.writes)


async def test_a_safe_operation_leaves_every_row_as_it_was(desk: Desk) -> None:
    """And no entry in the ledger: a client may send it as often as it likes."""
    before = everything(desk.sandbox)
    for op in ALL:
        if op.idempotency == "safe":
            assert (await desk.send(op)).status == 200, op.id
            assert everything(desk.sandbox) == before, op.id
    assert not list(desk.sandbox.writes)


async def test_an_idempotent_operation_may_be_repeated(desk: Desk) -> None:
    """RFC 9110, section 9.2.2: the second one changes nothing more, whatever its status."""
    for op in (op for op in ALL if op.idempotency == "idempotent"):
        await desk.fresh(op)
        assert (await desk.send(op)).status == 200, op.id
        once = rows(desk.sandbox)
        assert (await desk.send(op)).status < 500, op.id
        assert rows(desk.sandbox) == once, op.id


def rows(sandbox: Sandbox) -> dict[str, list[str]]:
    """All rows in an order of their own: what is set anew may get another private key."""
    return {name: sorted(map(bytes.decode, found)) for name, found in everything(sandbox).items()}


def places(body: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a JSON body."""
    pairs = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, value in pairs:
        yield (*before, name)
        yield from places(value, (*before, name))


def changed(body: Any, place: tuple[Any, ...], value: Any) -> Any:
    found = inner = copy.deepcopy(body)
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    return found


@pytest.mark.parametrize("op", BODIES, ids=lambda op: op.id)
async def test_any_value_in_any_field_is_taken_or_refused(op: Operation[Any], desk: Desk) -> None:
    """Never a 500; a refusal has the vendor's shape and leaves every row as it was."""
    await desk.fresh(op)
    body = EXAMPLE[op.id].body
    bodies = [changed(body, place, value) for place in places(body) for value in ODD]
    before = everything(desk.sandbox)
    for each in (*bodies, *(value for value in ODD if value is not None)):
        response = await desk.send(op, body=each)
        if response.status == 200:
            before = everything(desk.sandbox)
            continue
        assert response.status in (400, 402, 404, 409, 415), (each, response.text)
        assert refusal(op, response)
    assert everything(desk.sandbox) == before


async def test_any_text_in_any_parameter_is_taken_or_refused(desk: Desk) -> None:
    """Query parameters, each alone."""
    for op in ALL:
        for param in op.query_params:
            for value in (*map(str, ODD), "'", "' or 1 eq 1", "1,2,,x", "-0", "+1", "1e3", "%00", "true"):
                values = dict(EXAMPLE[op.id].values) | {param.wire: value}
                response = await desk.send(op, values=values)
                assert response.status in (200, 400, 404), (op.id, param.wire, value, response.text)
                assert response.status == 200 or refusal(op, response)


async def test_a_key_that_names_nothing_is_refused(desk: Desk) -> None:
    """404 for what is missing, 400 for what can be no key; a body that is right does not help."""
    for op in (op for op in ALL if op.path_params):
        names = [param.wire for param in op.path_params]
        for key in ("999999999", "0", "x", "-1", "1.0", "9" * 40, "é", "a b"):
            response = await desk.send(op, values=dict.fromkeys(names, key))
            assert response.status in (400, 404), (op.id, key, response.text)
            assert refusal(op, response)


async def test_the_ledger_has_what_was_carried_out_once(desk: Desk) -> None:
    """Not what was refused; what was sent, and what was sent back."""
    for op in (op for op in ALL if op.method != "GET"):
        await desk.fresh(op)
        desk.sandbox.writes.clear()
        if op.body is not None:
            assert (await desk.send(op, body="no body of any operation")).status in (400, 404), op.id
        response = await desk.send(op)
        written = list(desk.sandbox.writes)
        assert len(written) == (op.idempotency != "safe"), op.id
        for write in written:
            assert (write.operation, write.method, write.user) == (op.id, op.method, "sandbox")
            assert write.response == response.text.encode()
            assert (json.loads(write.body) if write.body else None) == EXAMPLE[op.id].body


@pytest.mark.parametrize("change", [str, str.upper, str.lower])
async def test_paths_are_found_in_any_case_and_only_by_their_method(
    change: Callable[[str], str], desk: Desk
) -> None:
    """As IIS does; another method is 405 and names those that are allowed."""
    state = desk.sandbox.state
    for op in ALL:
        router = state.idi.router if op.id in IDI else state.abzorb.router
        parts = op.path.strip("/").split("/")
        segments = tuple("1" if part.startswith("{") else change(part) for part in parts if part)
        route, values, _ = router.find(op.method, segments)
        assert route is not None
        assert (route.operation.id, values) == (op.id, ("1",) * len(op.path_params))
        missing, _, allowed = router.find("BREW", segments)
        assert missing is None
        assert op.method in allowed
        assert router.find(op.method, (*segments, "no", "such", "path")) == (None, (), [])
