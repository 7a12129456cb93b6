"""One safe call for every operation that can be asked so, and what the response shows about the spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from yarl import URL

from trunkline._codec.codec import to_wire
from trunkline._wire.route_guess import is_vendor_error
from trunkline.client import BaseClient
from trunkline.doctor.findings import Asked, Route, differences_of
from trunkline.doctor.identifiers import Identifiers
from trunkline.doctor.routes import Spellings
from trunkline.doctor.watching import BudgetError, Watching
from trunkline.errors import ArgumentError, ResponseShapeError, StatusError, TransportError, TrunklineError
from trunkline.operation import Operation, Param

_ROWS: Final = 25
"""Rows of a page that are asked for: enough to see which fields come, few enough not to weigh."""
_ROWS_OF_ONE: Final = 4
"""Rows that are asked for one by one, the first included, before a field counts as missing."""
_SPELLINGS: Final = 6
"""Other routes that are tried for one operation."""
_USED_UP: Final = "as many requests as may be sent were sent"
_UNKNOWN_PATH: Final = frozenset({404, 405, 410, 501})


class Probe:
    """Asks the operations of one client within the budget of its transport."""

    def __init__(self, client: BaseClient, watch: Watching, identifiers: Identifiers) -> None:
        self._client, self._watch, self._known = client, watch, identifiers
        self._asked: dict[str, Asked] = {}
        self._spellings = Spellings()
        self.foreign_link: str | None = None
        """Where a next link led that does not lie below the base URL."""

    async def run(self) -> tuple[Asked, ...]:
        """Ask all that can be asked; operations whose identifiers come from later responses are asked
        then."""
        waiting = [op for op in self._client.operations.values() if _is_safe(op)]
        # Searches without arguments come first: their rows hold the identifiers that the others need.
        waiting.sort(key=lambda op: len(_required(op)))
        wrong: list[Operation[Any]] = []
        progress = True
        while waiting and progress:
            progress = False
            for op in list(waiting):
                arguments = self._arguments(op)
                if arguments is None or self._watch.left < 1:
                    continue
                waiting.remove(op)
                progress = True
                found = await self._ask(op, arguments)
                if found.route == "wrong":
                    wrong.append(op)
                self._asked[op.id] = found
            while waiting and not progress and wrong and self._watch.left > 0:
                # The rest waits for identifiers that an operation with a wrong route may return.
                progress = await self._respell(wrong.pop(0))
        while wrong and self._watch.left > 0:
            await self._respell(wrong.pop(0))
        await self._ask_again()
        for op in waiting:
            self._asked[op.id] = self._not_asked(op)
        return tuple(self._asked[id_] for id_ in self._client.operations if id_ in self._asked)

    def _arguments(self, op: Operation[Any]) -> dict[str, Any] | None:
        """Return arguments to ask with, None where an identifier is not known yet."""
        found: dict[str, Any] = {}
        for param in _required(op):
            values = self._known.of(op, param)
            if not values:
                return None
            found[param.name] = _typed(param, values)
        if op.paging is not None and op.paging.top is not None:
            top = next((one for one in op.query_params if one.wire == op.paging.top), None)
            if top is not None:
                found[top.name] = _ROWS
        return found

    async def _ask_again(self) -> None:
        """Ask for other rows where a field was missing in one: it may be missing in that row alone."""
        report = self._client.drift.report()
        for op in self._client.operations.values():
            entry = report.get(op.id, {})
            lacks = any(one["kind"] == "missing field" for one in entry.get("differences", ()))
            values = [self._known.of(op, param) for param in _required(op)]
            if op.id not in self._asked or not lacks or len(values) != 1 or entry.get("compared", 9) > 1:
                continue
            for value in values[0][1:_ROWS_OF_ONE]:
                if self._watch.left > 0:
                    param = _required(op)[0]
                    await self._ask(op, {param.name: _typed(param, [value])})

    async def _ask(self, op: Operation[Any], arguments: Mapping[str, Any]) -> Asked:
        name = f"{op.api}.{op.id}"
        method: Any = self._client
        for part in op.id.split("."):
            method = getattr(method, part)
        try:
            response = await method(**arguments)
        except TrunklineError as error:
            route, text, advice = self._judge(op, error, arguments)
            return Asked(operation=name, route=route, text=text, advice=advice)
        self._known.learn(op, self._watch.body)
        if op.paging is not None:
            self._look_at_link(getattr(response, "next_link", None))
        return Asked(operation=name, route="right", text=f"answered {self._watch.status}")

    def _judge(
        self, op: Operation[Any], error: TrunklineError, arguments: Mapping[str, Any]
    ) -> tuple[Route, str, str]:
        """Return what an error shows about the route, what was seen, and what to do."""
        if isinstance(error, BudgetError):
            return "not asked", _USED_UP, "ask again with --api for one API"
        if isinstance(error, StatusError):
            return self._judge_status(op, error, arguments)
        if isinstance(error, ResponseShapeError):
            if self._watch.body.lstrip()[:1] not in (b"{", b"["):
                return "wrong", "a page for people responds here", _correct(op)
            # The route is right, for data came; its shape differs from the spec.
            self._known.learn(op, self._watch.body)
            return "right", f"answered {self._watch.status}, and not as the spec says: {error}", ""
        if isinstance(error, ArgumentError):
            return "not asked", str(error), ""
        if isinstance(error, TransportError):
            return "unknown", str(error), ""
        return "unknown", str(error), ""

    def _judge_status(
        self, op: Operation[Any], error: StatusError, arguments: Mapping[str, Any]
    ) -> tuple[Route, str, str]:
        status, own = error.status, is_vendor_error(to_wire(error.body), error.status)
        asked_for_one = bool(_required(op))
        # 405, 410 and 501 are about the path or the method, whatever the identifier was.
        if status in _UNKNOWN_PATH and status != 404:
            allowed = next(
                (value for name, value in self._watch.headers.items() if name.lower() == "allow"), ""
            )
            also = f"; it allows {allowed}" if allowed else ""
            return "wrong", f"status {status} for {op.method}{also}", _correct(op)
        # IDI has one message for "missing" and "no access"; a 404 in its own form shows that the route
        # reached the application.
        if status == 404 and own and asked_for_one:
            return "right", "status 404 in the vendor's own words: there is no such row", ""
        if status == 404:
            return "wrong", "status 404: nothing is known at this path", _correct(op)
        if 300 <= status < 400:
            return "wrong", f"status {status}: it lies elsewhere", _correct(op)
        if status in (401, 403):
            advice = self._client.hint(op, status) or "ask the vendor for the permission"
            return "refused", f"status {status}: this user may not", advice
        if status >= 500 or status == 429:
            return "unknown", f"status {status}", self._client.hint(op, status) or "ask again later"
        if own:
            return "refused", f"status {status} in the vendor's own words", "give an identifier with --id"
        return "unknown", f"status {status}", ""

    def _look_at_link(self, link: str | None) -> None:
        if not link or self.foreign_link is not None:
            return
        try:
            url = URL(link.replace(" ", "%20"))
        except ValueError:
            return
        base = self._client.base_url
        if not url.host:
            return
        scope = self._client.link_scope
        same = (url.scheme, url.host, url.port) == (base.scheme, base.host, base.port)
        if not same or scope(url.raw_path) != scope(base.raw_path):
            self.foreign_link = str(url.with_query(None))

    async def _respell(self, op: Operation[Any]) -> bool:
        """Try other spellings of a wrong route; whether one worked."""
        arguments = self._arguments(op)
        if arguments is None:
            return False
        routes, plans = self._client._prepared.routes, self._client._plans
        for tried, (spell, path) in enumerate(self._spellings.of(op.path)):
            if tried == _SPELLINGS or self._watch.left < 1:
                break
            routes[op.id] = (op.method, path)
            # The plan holds the old route and is made anew at the next call.
            plans.pop(op, None)
            found = await self._ask(op, arguments)
            if found.route in ("right", "refused"):
                self._spellings.worked(spell)
                before = self._asked[op.id]
                use = f"{op.method} {path}"
                self._asked[op.id] = Asked(
                    operation=before.operation,
                    route="wrong",
                    text=f"{before.text}; {use} responds",
                    use=use,
                )
                return True
        routes.pop(op.id, None)
        plans.pop(op, None)
        return False

    def _not_asked(self, op: Operation[Any]) -> Asked:
        name = f"{op.api}.{op.id}"
        lacking = [self._known.name_of(op, one) for one in _required(op) if not self._known.of(op, one)]
        if not lacking:
            return Asked(operation=name, route="not asked", text=_USED_UP)
        words = " ".join(f"--id {one}=…" for one in lacking)
        return Asked(operation=name, route="not asked", text="no identifier is known", advice=words)


def with_drift(asked: tuple[Asked, ...], report: Mapping[str, Any]) -> tuple[Asked, ...]:
    """Return the findings with the entries of the drift report for each operation."""
    from attrs import evolve

    found = []
    for one in asked:
        entry = report.get(one.operation.partition(".")[2], {})
        found.append(evolve(one, differences=differences_of(entry.get("differences", ()))))
    return tuple(found)


def _is_safe(op: Operation[Any]) -> bool:
    # Both are required: a POST that only computes is safe by the spec, but with a wrong route it
    # may change something.
    return op.idempotency == "safe" and op.method == "GET"


def _required(op: Operation[Any]) -> list[Param]:
    return [one for one in (*op.path_params, *op.query_params, *op.header_params) if one.required]


def _typed(param: Param, values: list[Any]) -> Any:
    """Return a value as the parameter's type: a list for a list, text for text."""
    many = param.type.startswith(("list", "Sequence", "tuple"))
    inner = param.type.partition("[")[2].rstrip("]") if many else param.type
    fitting = [_one(value, inner) for value in values]
    return fitting if many else fitting[0]


def _one(value: Any, tp: str) -> Any:
    if tp.startswith("int") and isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if tp.startswith("str") and not isinstance(value, str):
        return str(value)
    return value


def _correct(op: Operation[Any]) -> str:
    origin = op.provenance.route
    whose = "our reading of the vendor's pattern" if origin == "inferred" else f"{origin} in the spec"
    return f'the route is {whose}; correct it: routes = {{"{op.id}" = "{op.method} …"}}'


__all__ = ["Probe", "with_drift"]
