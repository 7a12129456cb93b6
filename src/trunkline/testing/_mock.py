"""A vendor without a server: every operation returns a valid example until a test sets something else.

Built on aioresponses, so other aiohttp traffic of a test can be mocked next to it (`MockApi.http`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Any, Literal, Self
from unittest.mock import patch

import aiohttp
from attrs import define, evolve
from yarl import URL

from trunkline._callables import check_plain_function, described
from trunkline._codec.annotations import is_model, members, origin
from trunkline._codec.annotations import resolve_in_module as resolve
from trunkline._codec.codec import to_wire
from trunkline._codec.exact_json import dumps
from trunkline._http.direct import Exchanges
from trunkline.client import BaseClient
from trunkline.errors import ArgumentError, ConfigError
from trunkline.operation import Operation
from trunkline.testing._aiohttp import MockedHttp, Reply, by_session
from trunkline.testing._calls import ApiCall, Route, read_call
from trunkline.testing._examples import example_response, failure, success, wire_bytes
from trunkline.testing._expect import find_operation
from trunkline.testing._sign_in import SIGN_INS

_MESSAGE_KEYS = ("message", "response_message", "error", "detail", "title")
_TIMES = "times must be at least 1, or None for every call"


@define
class _Override:
    """What a test set for an operation; times: how many calls it is good for, None for all."""

    reply: Callable[[ApiCall, URL], Reply]
    times: int | None


class MockApi:
    """What `mock_api` gives: set responses, let calls fail, read what was sent.

    An operation is named "device.get", or "idi.device.get" where two mocked APIs have one of that name, or by
    its `Operation`. What was set last counts first; after its `times`, what was set before counts again.

    Attributes:
        http: the `aioresponses` underneath, for addresses of other services.
    """

    def __init__(self, clients: Sequence[type[BaseClient] | BaseClient], passthrough: Sequence[str]) -> None:
        self.http = MockedHttp(passthrough=list(passthrough), explain=self._explain)
        self._routes = sorted(_routes(clients), key=lambda route: route.precedence)
        self._known = {each.op.name: each.op for each in self._routes}
        self._overrides: dict[str, list[_Override]] = {}
        self._calls: list[ApiCall] = []
        self._stack = ExitStack()

    # -- what a test sets -------------------------------------------------------------------------------

    def set(self, operation: str | Operation[Any], response: Any, *, times: int | None = None) -> None:
        """Respond with this from now on: `api.set("device.get", Device(device_id=5))`.

        Args:
            response: a model; a list of rows for a collection or a list; plain JSON; None for no content; or
                a function that gets the `ApiCall` and returns one of these.
            times: for how many calls; None for all.
        Raises:
            ArgumentError: there is no such operation, or it returns another type.
        """
        op = self._find(operation)
        if inspect.isfunction(response) or inspect.ismethod(response):
            check_plain_function(response, "a function that makes responses")

            def reply(call: ApiCall, url: URL) -> Reply:
                return _success(op, _checked(op, response(call)))
        else:
            ready = _success(op, _checked(op, response))

            def reply(call: ApiCall, url: URL) -> Reply:
                return ready

        self._override(op, reply, times)

    def set_pages(self, operation: str | Operation[Any], *pages: Iterable[Any]) -> None:
        """Respond with a collection page by page, joined by next links as the vendor writes them.

        Raises:
            ArgumentError: the operation is not a collection.
        """
        op = self._find(operation)
        paging = op.paging
        if paging is None:
            raise ArgumentError(f"{op.id} is not a collection; use set")
        rows = [_checked(op, list(page)) for page in pages] or [[]]

        def reply(call: ApiCall, url: URL) -> Reply:
            number = int(url.query.get("mock-page", "0"))
            body: dict[str, Any] = {paging.rows: rows[number]}
            if number + 1 < len(rows):
                body[paging.next_link[0]] = str(url.update_query({"mock-page": number + 1}))
            return _success(op, body)

        self._override(op, reply, None)

    def fail(
        self,
        operation: str | Operation[Any],
        *,
        status: int,
        retry_after: float | str | None = None,
        message: str = "made to fail by the test",
        body: Any = None,
        times: int | None = 1,
    ) -> None:
        """Respond to the next call with an error in the vendor's shape: `api.fail("device.get", status=503)`.

        Clients wait before they try 429 and 503 again; give the client
        `time_source=FakeClock().time_source()` so that a test does not.

        Args:
            retry_after: seconds or the text of the header. message: the vendor's text. body: JSON in place
                of the documented error body. times: how many calls fail; None for all.
        """
        op = self._find(operation)
        if not 400 <= status <= 599:
            raise ArgumentError("status must be that of an error, 400 to 599; success is said with set")
        data = wire_bytes(body, op) if body is not None else _error_body(op, status, message, self._known)
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after}"}
        self._override(op, lambda call, url: Reply(status, data, "application/json", headers), times)

    def drop(
        self,
        operation: str | Operation[Any],
        *,
        how: Literal["lost", "timeout"] = "lost",
        times: int | None = 1,
    ) -> None:
        """Give the next call no response: the connection is lost, or the attempt's time runs out."""
        op = self._find(operation)
        error = aiohttp.ServerTimeoutError if how == "timeout" else aiohttp.ServerDisconnectedError

        def reply(call: ApiCall, url: URL) -> Reply:
            raise error

        self._override(op, reply, times)

    def calls(self, operation: str | Operation[Any] | None = None) -> list[ApiCall]:
        """What was sent so far, oldest first; of one operation, or all with the clients' own logins."""
        if operation is None:
            return list(self._calls)
        op = self._find(operation)
        return [call for call in self._calls if (call.api, call.operation) == (op.api, op.id)]

    def reset(self) -> None:
        """Forget what was set and what was sent."""
        self._overrides.clear()
        self._calls.clear()

    # -- for assert_requests ---------------------------------------------------------------------------

    def sent_calls(self) -> Iterable[ApiCall]:
        """All calls."""
        return self._calls

    def known_operations(self) -> Mapping[str, Operation[Any]]:
        """The mocked operations by "api.resource.method"."""
        return self._known

    # -- plumbing --------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._stack.enter_context(self.http)
        # The transport talks to aiohttp's connections itself where it can; here it must ask a session.
        self._stack.enter_context(patch.object(Exchanges, "run", by_session))
        for each in self._routes:
            self.http.add(each.pattern, each.method, repeat=True, callback=partial(self._respond, each))
        for sign_in in SIGN_INS:
            call = partial(self._sign_in, sign_in.operation, sign_in.reply)
            self.http.add(sign_in.pattern, "POST", repeat=True, callback=call)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        if self.http.unmatched and error is None:
            # The code under test may have caught the error that it got.
            raise AssertionError(self._explain(*self.http.unmatched[0]))

    def _respond(self, route: Route, url: URL, **sent: Any) -> Reply:
        call = read_call(
            route,
            api=route.op.api,
            method=route.method,
            url=str(url),
            headers=dict(sent.get("headers") or {}),
            body=sent.get("data"),
            status=0,
        )
        place = len(self._calls)
        # The call is recorded before the response is made, so that a call whose response is
        # dropped is recorded too.
        self._calls.append(call)
        reply = self._next(route.op)(call, url)
        self._calls[place] = evolve(call, status=reply.status)
        return reply

    def _next(self, op: Operation[Any]) -> Callable[[ApiCall, URL], Reply]:
        """The response to the next call of an operation."""
        overrides = self._overrides.get(op.name)
        if not overrides:
            return lambda call, url: _success(op, example_response(op))
        latest = overrides[-1]
        if latest.times is not None:
            latest.times -= 1
            if latest.times == 0:
                overrides.pop()
        return latest.reply

    def _sign_in(self, operation: str, reply: Callable[[], Reply], url: URL, **sent: Any) -> Reply:
        self._calls.append(
            ApiCall(api="auth", operation=operation, method="POST", url=str(url), headers={}, status=200)
        )
        return reply()

    def _override(
        self, op: Operation[Any], reply: Callable[[ApiCall, URL], Reply], times: int | None
    ) -> None:
        if times is not None and times < 1:
            raise ArgumentError(_TIMES)
        # A stack: what was set last counts first, and after its `times` the earlier one counts again.
        self._overrides.setdefault(op.name, []).append(_Override(reply, times))

    def _find(self, operation: str | Operation[Any]) -> Operation[Any]:
        name = operation if isinstance(operation, str) else f"{operation.api}.{operation.id}"
        return find_operation(name, self._known)

    def _explain(self, method: str, url: URL) -> str:
        apis = ", ".join(sorted({each.op.api for each in self._routes}))
        return (
            f"no mocked operation responds to {method} {url.path}; mocked: {apis}. Give mock_api that "
            "API's client, the client itself where it has routes of its own, or the address as passthrough"
        )


def mock_api(*clients: type[BaseClient] | BaseClient, passthrough: Sequence[str] = ()) -> MockApi:
    """Mock every operation of these clients without a server.

    with mock_api(idi.Client) as api:
        api.set("device.get", Device(device_id=5))
        api.fail("device.search", status=429, retry_after=1)
        ...
        assert_requests(api, ["device.get"])

    Clients may be made before or inside the block, and by the code under test. A request that belongs to no
    operation is an error at once, and once more at the end of the block.

    Args:
        clients: client classes of any generated package, whatever base URL their clients have; or a client,
            whose own base URL and routes then count.
        passthrough: beginnings of addresses that are really asked, such as that of a sandbox.
    Raises:
        ConfigError: none of the arguments is a client of a generated package.
    """
    return MockApi(clients, passthrough)


def _routes(clients: Sequence[type[BaseClient] | BaseClient]) -> Iterator[Route]:
    """Every operation with its method and a pattern of its addresses."""
    for client in clients:
        if not client.operations:
            raise ConfigError("mock_api takes clients of generated packages, such as idi.Client")
        given = client if isinstance(client, BaseClient) else None
        for op in client.operations.values():
            if given is None:
                yield Route.of(op)
            else:
                yield Route.of(op, given._prepared.routes.get(op.id), str(given.base_url).rstrip("/"))


def _success(op: Operation[Any], value: Any) -> Reply:
    documented = success(op)
    status = int(documented.status) if documented.status.isdigit() else 200
    return Reply(status, wire_bytes(value, op), documented.media_type or "application/json", {})


def _checked(op: Operation[Any], value: Any) -> Any:
    """The value, if it is of the operation's type or plain JSON."""
    expression = op.paging.row_type if op.paging else op.response
    if expression is None:
        if value is not None:
            raise ArgumentError(f"{op.id} responds without content; set None")
        return value
    tp = resolve(expression, op.namespace)
    if origin(tp) is list or op.paging is not None:
        if isinstance(value, Mapping):
            return value
        if not isinstance(value, list | tuple):
            raise ArgumentError(f"{op.id} returns a list of {expression}, not {described(value)}")
        row = tp if op.paging is not None else tp.__args__[0]
        return [_one(op, row, each) for each in value]
    return _one(op, tp, value)


def _one(op: Operation[Any], tp: Any, value: Any) -> Any:
    models = [member for member in members(tp) if is_model(member)]
    if is_model(type(value)) and models and not isinstance(value, tuple(models)):
        names = " or ".join(model.__name__ for model in models)
        raise ArgumentError(f"{op.id} returns {names}, not {described(value)}")
    if models and not isinstance(value, (Mapping, *models)) and value is not None:
        raise ArgumentError(f"{op.id} returns {models[0].__name__}, not {described(value)}")
    return value


def _error_body(op: Operation[Any], status: int, message: str, known: Mapping[str, Operation[Any]]) -> bytes:
    """The documented error body with these words in it."""
    # What the page shows of a status for one operation, the vendor sends for all of them.
    same_api = (each for each in known.values() if each.api == op.api)
    body = next((found for each in (op, *same_api) if (found := failure(each, status)) is not None), None)
    if body is None:
        return dumps({"message": message})
    return dumps(_worded(to_wire(body), message))


def _worded(body: Any, message: str) -> Any:
    if isinstance(body, list):
        return [_worded(each, message) for each in body]
    if isinstance(body, dict):
        return {
            key: message if key in _MESSAGE_KEYS and isinstance(value, str) else _worded(value, message)
            for key, value in body.items()
        }
    return body


__all__ = ["MockApi", "mock_api"]
