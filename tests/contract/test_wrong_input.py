"""Every operation of both vendors with every kind of wrong input: refused in the vendor's shape, never a 500.

The values come from the spec's own parameters and models, so that an operation that the vendor adds is tried
without an edit here.
"""

from __future__ import annotations

import base64
import copy
import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import attrs
import pytest
from attrs import define

from tests.contract.served import moved
from trunkline.abzorb import OPERATIONS as ABZORB
from trunkline.abzorb import models as abzorb_models
from trunkline.idi import OPERATIONS as IDI
from trunkline.idi import models as idi_models
from trunkline.operation import Operation
from trunkline.sandbox.page.examples import EXAMPLES, Example
from trunkline.testing import LocalSandbox

VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 2**63, 10**30, "", "\0", "\u0663", "9" * 5000, "2021-02-30",
    "9999-12-31T23:59:59.9999999-12:00", [], [1], {}, {"a": [{}]},
]  # fmt: skip
TEXTS = ["", " ", "-1", "1.0", "1e3", "null", "true", "\0", "\u0663", "9" * 5000, "'", "%", "é", "2021-02-30"]
KEYS = ["x", "-1", "\0", "9" * 19, "9" * 400, "\u0663", "1.0", "/", "..", "\udcff", " 1"]
EVERY = [*IDI.values(), *ABZORB.values()]
OPERATIONS = [op for op in EVERY if not moved(op)]
each_operation = pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: f"{op.api} {op.id}")


@define
class Line:
    """One kept connection to a sandbox, and what it says to each request."""

    sandbox: LocalSandbox
    connection: http.client.HTTPConnection
    token: str = ""
    allowed: str = ""

    def ask(
        self, op: Operation[Any], *, key: str | None = None, query: Any = (), body: Any = None, **change: Any
    ) -> tuple[int, Any]:
        """Status and body of an operation; `change` replaces its method, its headers or its bytes."""
        base = self.sandbox.idi_url if op.api == "idi" else self.sandbox.abzorb_url
        headers = {"Content-Type": "application/json", "Authorization": self.authorization(op)}
        payload = change.get("raw", json.dumps(body).encode() if op.body is not None else None)
        url = urlsplit(base).path + path_of(op, key)
        if query:
            url += "?" + urlencode(query, errors="surrogateescape")
        self.connection.request(
            change.get("method", op.method), url, payload, headers | change.get("headers", {})
        )
        with self.connection.getresponse() as response:
            text = response.read()
            self.allowed = response.getheader("Allow", "")
            kind = response.getheader("Content-Type", "")
        return response.status, json.loads(text) if text and "json" in kind else text

    def read(self, path: str) -> Any:
        """One of the sandbox's own addresses."""
        self.connection.request("GET", path)
        with self.connection.getresponse() as response:
            assert response.status == 200
            return json.loads(response.read())

    def authorization(self, op: Operation[Any], user: str = "sandbox") -> str:
        """Basic for one vendor, a token for the other."""
        if op.api == "abzorb":
            return "Basic " + base64.b64encode(f"{user}:{user}-password".encode()).decode()
        return f'WRAP access_token="{self.token_of(user)}"'

    def token_of(self, user: str) -> str:
        """A token, asked for once."""
        if user != "sandbox" or not self.token:
            body = json.dumps({"userName": user, "password": f"{user}-password"})
            path = f"/securitytoken/1xa/{self.sandbox.config.environment}/api/login"
            self.connection.request("POST", path, body, {"Content-Type": "application/json"})
            with self.connection.getresponse() as response:
                found: str = json.loads(response.read())
            if user != "sandbox":
                return found
            self.token = found
        return self.token


def example(op: Operation[Any]) -> Example:
    return EXAMPLES.get(op.id, Example())


def path_of(op: Operation[Any], key: str | None = None) -> str:
    path = op.path
    for param in op.path_params:
        value = key if key is not None else str(example(op).values.get(param.wire, 1))
        path = path.replace("{" + param.wire + "}", quote(value, safe="", errors="surrogateescape"))
    return path


def query_of(op: Operation[Any]) -> dict[str, str]:
    values = example(op).values
    return {param.wire: str(values[param.wire]) for param in op.query_params if param.wire in values}


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    with LocalSandbox(rows=30) as sandbox:
        place = urlsplit(sandbox.url)
        connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=30)
        with closing(connection):
            yield Line(sandbox, connection)


def check(op: Operation[Any], status: int, body: Any) -> None:
    """A success, or a refusal as the vendor's page has it."""
    assert status < 500, body
    if status < 300:
        return
    if op.api == "idi":
        (entry,) = body["errors"]
        assert set(entry) == {"field", "loggingNumber", "message"}
        assert entry["message"]
    else:
        assert len(body) == 1
        assert body.get("error") or body.get("response_message")


def places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything inside a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*before, key)
        yield from places(inner, (*before, key))


def replaced(value: Any, place: tuple[Any, ...], by: Any) -> Any:
    found = copy.deepcopy(value)
    inner = found
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = by
    return found


def bodies(op: Operation[Any]) -> Iterator[Any]:
    """The example's body with each wrong value at each of its places and each further field of its model."""
    good = example(op).body
    found = list(places(good))
    models = idi_models if op.api == "idi" else abzorb_models
    model = getattr(models, op.body.type.removeprefix("list[").removesuffix("]"), None) if op.body else None
    if isinstance(model, type) and attrs.has(model) and isinstance(good, dict | list):
        wires = [field.metadata["wire"] for field in attrs.fields(model) if "wire" in field.metadata]
        found += [(0, wire) if isinstance(good, list) else (wire,) for wire in wires]
    for place in dict.fromkeys(found):
        yield from (replaced(good, place, value) for value in VALUES)
    for name in op.patchable:
        for verb in ("add", "replace", "remove", "test"):
            yield from ([{"op": verb, "path": f"/{name}", "value": value}] for value in VALUES[:9])
    yield from VALUES


@each_operation
def test_wrong_parameters_are_refused_as_documented(line: Line, op: Operation[Any]) -> None:
    """Of the query one after the other, of the path all."""
    good, body = query_of(op), example(op).body
    for param in op.query_params:
        for text in TEXTS:
            check(op, *line.ask(op, query=good | {param.wire: text}, body=body))
    for key in KEYS if op.path_params else []:
        check(op, *line.ask(op, key=key, query=good, body=body))


@pytest.mark.parametrize(
    "op", [op for op in OPERATIONS if op.body is not None], ids=lambda op: f"{op.api} {op.id}"
)
def test_wrong_bodies_are_refused_as_documented(line: Line, op: Operation[Any]) -> None:
    """Of every type at every place, and bytes that are no JSON."""
    good = query_of(op)
    for body in bodies(op):
        check(op, *line.ask(op, query=good, body=body))
    for raw in (
        b'"\xff"',
        b"[" * 5000,
        b'{"a":' * 90 + b"1" + b"}" * 90,
        b"\xef\xbb\xbf{}",
        b"1e400",
        b"nul",
        b"",
    ):
        check(op, *line.ask(op, query=good, raw=raw))


@each_operation
def test_who_is_not_signed_in_is_401_and_who_may_not_write_403(line: Line, op: Operation[Any]) -> None:
    """Whatever else is wrong with the request; nothing is carried out."""
    before = line.read("/sandbox/writes?most=0")["total"]
    asked = {"query": query_of(op), "body": example(op).body}
    for header in ("", "Basic", "Basic !!!", "Bearer x", 'WRAP access_token="x"', "WRAP access_token=x"):
        status, body = line.ask(op, headers={"Authorization": header}, **asked)
        assert status == 401, (header, body)
        check(op, status, body)
    status, body = line.ask(op, headers={"Authorization": line.authorization(op, "reader")}, **asked)
    assert (status == 403) is (op.method not in ("GET", "HEAD")), body
    check(op, status, body)
    assert line.read("/sandbox/writes?most=0")["total"] == before


@each_operation
def test_other_methods_are_405_with_those_that_are_allowed(line: Line, op: Operation[Any]) -> None:
    """RFC 9110, section 15.5.6: with the header Allow."""
    same = {other.method for other in EVERY if other.api == op.api and responses(other, path_of(op))}
    for method in {"GET", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"} - same:
        status, body = line.ask(op, method=method)
        assert status == 405, (method, body)
        assert same <= set(line.allowed.replace(" ", "").split(","))
        check(op, status, body)


def responses(op: Operation[Any], path: str) -> bool:
    """Whether a path is one of an operation's; `/Orders/{orderId}` is also `/Orders/SubmitOrder`."""
    named, given = op.path.strip("/").split("/"), path.strip("/").split("/")
    pairs = zip(named, given, strict=False)
    return len(named) == len(given) and all(part[:1] == "{" or part == found for part, found in pairs)


def test_what_was_sent_is_shown_afterwards(line: Line) -> None:
    """All that hostile input is in the record and in the ledger, and both can be read."""
    for path in (
        "/sandbox/requests",
        "/sandbox/writes",
        "/sandbox/writes?show=sensitive",
        "/page/data/requests",
    ):
        assert line.read(path)
