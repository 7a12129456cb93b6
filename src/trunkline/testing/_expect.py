"""Expectations on what a client sent, by operation, with differences that a person can read and share."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

from attrs import field, frozen

from trunkline import odata
from trunkline._masking.text import mask
from trunkline._wire.parameters import path_text, query_pairs
from trunkline.errors import ArgumentError
from trunkline.model import UNSET
from trunkline.operation import Operation, Param
from trunkline.testing._calls import LOGINS, MASK, ApiCall, calls_of, operations_of, sensitive_names

_LITERAL = re.compile(r"'(?:[^']|'')*'")
_ANY: Final = ...
"""As an expected value: whatever was sent, as long as something was."""


@frozen
class Sent:
    """One expected request; make it with `sent(…)`."""

    operation: str
    arguments: Mapping[str, Any] = field(repr=False, factory=dict)
    body: Any = field(repr=False, default=UNSET)
    status: int | None = None


def sent(
    operation: str | Operation[Any], /, *, body: Any = UNSET, status: int | None = None, **arguments: Any
) -> Sent:
    """An expected request: `sent("device.get", device_id=1000)`.

    Args:
        operation: "device.get", "idi.device.get" where two APIs have the same name, or an `Operation`.
        body: a model, a patch, or JSON; of an object only the keys given here are compared, lists must be of
            one length. status: of the response.
        arguments: parameters by their Python or wire name; `...` means any value, None for "not sent".
            Those that are not named may have been anything.
    """
    name = f"{operation.api}.{operation.id}" if isinstance(operation, Operation) else operation
    return Sent(name, arguments, body, status)


def assert_requests(
    source: Any, expected: Iterable[str | Sent], *, in_order: bool = True, others: bool = False
) -> None:
    """Compare what was sent with what should have been.

    assert_requests(sandbox, ["device.get", sent("device.update", device_id=5, body=patch)])

    Logins that a client does on its own count only where one is expected by name.

    Args:
        source: a mock, a sandbox, or a list of `ApiCall`.
        in_order: whether the order counts. others: whether further requests are fine.
    Raises:
        AssertionError: they differ; its text shows where, without key material or personal data.
        ArgumentError: an expectation names an operation or a parameter that does not exist.
    """
    known = operations_of(source)
    wanted = [_Wanted(item if isinstance(item, Sent) else Sent(item), known) for item in expected]
    named = {each.op.id for each in wanted}
    # Logins come at times that a test does not control, such as when a token expires; they would break
    # every list of expectations.
    calls = [call for call in calls_of(source) if call.operation not in LOGINS - named]
    pairs = list(_aligned(wanted, calls) if in_order else _matched(wanted, calls))
    lines = [line for pair in pairs for line in _report(*pair, known=known, others=others)]
    if any(line[:1] != "=" for line in lines):
        text = "\n".join(f"  {line}" for line in lines)
        raise AssertionError(f"the requests are not the expected ones\n{text}\n{_LEGEND}")


_LEGEND: Final = "  (= as expected, ! differs, - missing, + not expected; secrets are shown as ***)"


class _Wanted:
    """An expectation with its operation and the wire form of its arguments."""

    def __init__(self, item: Sent, known: Mapping[str, Operation[Any]]) -> None:
        self.op = find_operation(item.operation, known)
        self.status = item.status
        self.path: dict[str, Any] = {}
        self.query: dict[str, Any] = {}
        for name, value in item.arguments.items():
            self._argument(name, value)
        self.body = item.body if item.body is UNSET else _plain(item.body)

    def _argument(self, name: str, value: Any) -> None:
        for params, found in ((self.op.path_params, self.path), (self.op.query_params, self.query)):
            for param in params:
                if name in (param.name, param.wire):
                    found[param.wire] = (
                        value if value is None or value is _ANY else _texts(self.op, param, value)
                    )
                    return
        names = [param.name for param in (*self.op.path_params, *self.op.query_params)]
        listed = ", ".join(names) or "none"
        raise ArgumentError(f"{self.op.id} has no parameter {name!r}; it has {listed}")

    def is_for(self, call: ApiCall) -> bool:
        """Whether the call is one of this operation."""
        return (call.api, call.operation) == (self.op.api, self.op.id)

    def differences(self, call: ApiCall) -> list[str]:
        """What is not as expected, in words."""
        hidden = sensitive_names(self.op)
        found = [
            line
            for part, given in ((self.path, call.path), (self.query, call.query))
            for wire, value in part.items()
            for line in _differs(wire, value, given.get(wire), hidden)
        ]
        if self.status is not None and self.status != call.status:
            found.append(f"status: expected {self.status}, was {call.status}")
        if self.body is not UNSET:
            found += _body_differs("body", self.body, call.body, hidden)
        return found

    def __str__(self) -> str:
        given = {k: v for k, v in {**self.path, **self.query}.items() if v is not None and v is not _ANY}
        return _line(self.op, given)


def find_operation(name: str, known: Mapping[str, Operation[Any]]) -> Operation[Any]:
    """The operation of this name, with or without its API.

    Raises:
        ArgumentError: none or several; the message names similar ones.
    """
    found = [op for key, op in known.items() if name in (key, op.id)]
    found = found or [op for op in known.values() if name.removeprefix(f"{op.api}.") in op.former]
    if len(found) == 1:
        return found[0]
    if found:
        raise ArgumentError(f"{name!r} is one of several: {', '.join(op.name for op in found)}")
    near = difflib.get_close_matches(name, [*known, *(op.id for op in known.values())], n=3)
    raise ArgumentError(f"there is no operation {name!r}" + (f"; near it: {', '.join(near)}" if near else ""))


def _texts(op: Operation[Any], param: Param, value: Any) -> str | list[str]:
    """A parameter as it is read from the wire."""
    if param in op.path_params:
        return dict(parse_qsl(f"it={path_text(value, param)}", keep_blank_values=True))["it"]
    if isinstance(value, odata.Filter):
        value = odata.check(value, op)
    elif param.wire == "$orderby" and not isinstance(value, str):
        value = odata.check_order(value, op)
    elif param.wire == "$select" and not isinstance(value, str):
        value = ",".join(value)
    texts = [
        text for pair in query_pairs(value, param) for _, text in parse_qsl(pair, keep_blank_values=True)
    ]
    return texts[0] if len(texts) == 1 else texts


def _plain(value: Any) -> Any:
    """A body as JSON data; `...` stays."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if value is _ANY or value is None:
        return value
    from trunkline._codec.codec import to_wire
    from trunkline._codec.exact_json import dumps

    # Through JSON and back, so that a Decimal or a date compares with what was sent.
    return json.loads(dumps(to_wire(value)))


def _aligned(
    wanted: Sequence[_Wanted], calls: Sequence[ApiCall]
) -> Iterator[tuple[_Wanted | None, ApiCall | None]]:
    """Expectations next to calls, in order, so that one missing call does not shift all that follow."""
    left = [each.op.name for each in wanted]
    right = [f"{call.api}.{call.operation}" for call in calls]
    # `autojunk` ignores elements that occur often in long sequences, such as the one
    # operation of a bulk test.
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    for _, from_left, to_left, from_right, to_right in matcher.get_opcodes():
        same = left[from_left:to_left] == right[from_right:to_right]
        if same:
            yield from zip(wanted[from_left:to_left], calls[from_right:to_right], strict=True)
        else:
            yield from ((each, None) for each in wanted[from_left:to_left])
            yield from ((None, call) for call in calls[from_right:to_right])


def _matched(
    wanted: Sequence[_Wanted], calls: Sequence[ApiCall]
) -> Iterator[tuple[_Wanted | None, ApiCall | None]]:
    """Expectations next to the calls that fit them best."""
    rest, open_ones = list(calls), []
    # The narrowest first: `sent("device.get")` must not take the call that `device_id=5` needs.
    for each in sorted(wanted, key=lambda one: -len({**one.path, **one.query}) - (one.body is not UNSET)):
        fitting = next((call for call in rest if each.is_for(call) and not each.differences(call)), None)
        if fitting is None:
            open_ones.append(each)
        else:
            rest.remove(fitting)
            yield each, fitting
    for each in open_ones:
        same = [call for call in rest if each.is_for(call)]
        near = min(same, key=lambda call: len(each.differences(call)), default=None)
        if near is not None:
            rest.remove(near)
        yield each, near
    yield from ((None, call) for call in rest)


def _report(
    wanted: _Wanted | None, call: ApiCall | None, *, known: Mapping[str, Operation[Any]], others: bool
) -> Iterator[str]:
    if wanted is None:
        assert call is not None  # noqa: S101 - a pair has at least one side; for the type checker
        if not others:
            op = known.get(f"{call.api}.{call.operation}")
            yield f"+ {_line(op, {**call.path, **call.query}, call)}"
    elif call is None:
        yield f"- {wanted}"
    elif found := wanted.differences(call):
        yield f"! {wanted.op.name}"
        yield from (f"    {line}" for line in found)
    else:
        yield f"= {wanted}"


def _line(op: Operation[Any] | None, values: Mapping[str, Any], call: ApiCall | None = None) -> str:
    hidden = sensitive_names(op)
    name = op.name if op else f"{call.method if call else ''} (no operation)"
    shown = (f"{wire}={_show(wire, value, hidden)}" for wire, value in values.items())
    return f"{name} {' '.join(shown)}".rstrip()


def _differs(name: str, expected: Any, given: Any, hidden: frozenset[str]) -> list[str]:
    wire = name.rpartition(".")[2]
    if expected is _ANY:
        return [] if given is not None else [f"{name}: expected any value, was not sent"]
    if expected == given:
        return []
    before, after = (_show(wire, value, hidden) for value in (expected, given))
    if before == after:
        # Both are hidden and look alike; the report must still state that they differ.
        after = f"another value ({after})"
    return [
        f"{name}: expected {'nothing' if expected is None else before}, "
        f"{'was not sent' if given is None else f'sent {after}'}"
    ]


def _body_differs(place: str, expected: Any, given: Any, hidden: frozenset[str]) -> list[str]:
    """Differences of two JSON values; of an object only the expected keys count."""
    if expected is _ANY:
        return _differs(place, expected, given, hidden)
    if isinstance(expected, dict) and isinstance(given, dict):
        # Failures of tests end in public build logs; a patch names its field in the path and
        # its value next to it.
        inner = hidden | {"value"} if _is_hidden_step(given, hidden) else hidden - {"value"}
        return [
            line
            for key, value in expected.items()
            for line in (
                _body_differs(f"{place}.{key}", value, given[key], inner)
                if key in given
                else [f"{place}.{key}: expected {_show(key, value, inner)}, was not sent"]
            )
        ]
    if isinstance(expected, list) and isinstance(given, list):
        if len(expected) != len(given):
            return [f"{place}: expected {len(expected)} items, sent {len(given)}"]
        pairs = enumerate(zip(expected, given, strict=True))
        return [line for n, (one, two) in pairs for line in _body_differs(f"{place}[{n}]", one, two, hidden)]
    return _differs(place, expected, given, hidden) if expected != given else []


def _is_hidden_step(body: Mapping[str, Any], hidden: frozenset[str]) -> bool:
    """Whether a JSON Patch step sets something that must not be shown."""
    path = body.get("path")
    if "op" not in body or not isinstance(path, str):
        return "value" in hidden
    return path.rpartition("/")[2] in hidden


def _show(wire: str, value: Any, hidden: frozenset[str]) -> str:
    """A value for the report."""
    if wire in hidden:
        return MASK
    if wire == "$filter":
        return _LITERAL.sub(lambda found: mask(found[0]), str(value))
    if isinstance(value, dict | list):
        return f"{type(value).__name__} of {len(value)}"
    return str(value) if isinstance(value, str) else repr(value)


__all__ = ["Sent", "assert_requests", "find_operation", "sent"]
