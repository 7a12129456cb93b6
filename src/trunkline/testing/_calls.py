"""What a client sent, by operation: the same form for the sandbox's record and for a mock's calls."""

from __future__ import annotations

import functools
import importlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Protocol, Self, runtime_checkable
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import evolve, field, frozen

from trunkline import apis
from trunkline._codec.annotations import is_model, model_fields
from trunkline.operation import Operation, Param

MASK: Final = "***"
LOGINS: Final = frozenset({"security_token.login", "oauth2.token"})
"""Sign-ins that clients do on their own; expectations leave them out unless they name them."""


@frozen(kw_only=True)
class ApiCall:
    """One request as it was sent.

    operation: "device.get", or None for a path of no operation. status: of the response; 0 for none.
    path, query: parameters by wire name, decoded; a repeated parameter is a list. body: decoded JSON, a
    form's fields as text, or None. headers: Authorization is masked. The repr shows no value.
    """

    api: str
    operation: str | None
    method: str
    url: str = field(repr=False)
    path: Mapping[str, str] = field(repr=False, factory=dict)
    query: Mapping[str, str | list[str]] = field(repr=False, factory=dict)
    headers: Mapping[str, str] = field(repr=False, factory=dict)
    body: Any = field(repr=False, default=None)
    status: int = 200


@runtime_checkable
class CallSource(Protocol):
    """Whatever knows what was sent: a mock, a sandbox."""

    def sent_calls(self) -> Iterable[ApiCall]:
        """The calls so far, oldest first."""
        ...

    def known_operations(self) -> Mapping[str, Operation[Any]]:
        """Operations by "api.resource.method"."""
        ...


@runtime_checkable
class _Recording(Protocol):
    """The sandbox's own class: it keeps requests, not calls."""

    @property
    def requests(self) -> Iterable[Any]: ...


@frozen(kw_only=True)
class Route:
    """Where an operation is found: its method, a pattern of its URLs, and the names of its path parameters in
    the order of the pattern's groups."""

    op: Operation[Any]
    method: str
    names: tuple[str, ...]
    pattern: re.Pattern[str]
    precedence: tuple[int, int]
    """Sorts a longer path before a shorter one, and fixed segments before parameters."""

    @classmethod
    def of(cls, op: Operation[Any], route: tuple[str, str] | None = None, base: str | None = None) -> Self:
        """Of an operation, or of the method and path that replace its own.

        base: the base URL; None for any whose path the route ends.
        """
        method, template = route or (op.method, op.path)
        pieces = re.split(r"\{([^{}]*)\}", template.strip("/"))
        path = r"([^/?#]+)".join(re.escape(piece) for piece in pieces[::2])
        start = r"https?://[^/?#]+(?:/[^?#]*)?" if base is None else re.escape(base)
        # Case does not count, as on the vendors' servers.
        pattern = re.compile(rf"{start}/{path}/?(?:[?#].*)?$", re.IGNORECASE)
        names = tuple(pieces[1::2])
        # aioresponses takes the first pattern that matches, and `/device/{id}` also
        # matches `/device/search`.
        precedence = (-template.strip("/").count("/"), len(names))
        return cls(op=op, method=method, names=names, pattern=pattern, precedence=precedence)

    def path_values(self, url: str) -> dict[str, str]:
        """The path parameters of a URL, decoded."""
        found = self.pattern.match(url)
        texts = found.groups() if found else ()
        return {name: unquote(text) for name, text in zip(self.names, texts, strict=False)}


def read_call(
    route: Route | None,
    *,
    api: str,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    status: int,
) -> ApiCall:
    """The parts of a request by their wire names."""
    parts = urlsplit(url)
    return ApiCall(
        api=api,
        operation=route.op.id if route else None,
        method=method,
        url=url,
        path=route.path_values(url if parts.scheme else f"http://localhost{url}") if route else {},
        query=_query(parts.query),
        headers={
            name: f"{value.partition(' ')[0]} {MASK}" if name.lower() == "authorization" else value
            for name, value in headers.items()
        },
        body=_body(body, headers),
        status=status,
    )


def _query(text: str) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        before = found.get(name)
        if before is None:
            found[name] = value
        else:
            found[name] = [*(before if isinstance(before, list) else [before]), value]
    return found


def _body(data: bytes | None, headers: Mapping[str, str]) -> Any:
    if not data:
        return None
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if kind.startswith("application/x-www-form-urlencoded"):
        return _query(data.decode(errors="replace"))
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")


def calls_of(source: Any) -> list[ApiCall]:
    """The calls that a mock, a sandbox or a list of calls holds."""
    if isinstance(source, CallSource):
        return list(source.sent_calls())
    if isinstance(source, _Recording):
        return list(from_record(source.requests))
    return list(source)


def operations_of(source: Any) -> Mapping[str, Operation[Any]]:
    """The operations that a source knows; those of both vendors for a sandbox."""
    if isinstance(source, CallSource):
        return source.known_operations()
    return shipped()


def shipped() -> dict[str, Operation[Any]]:
    """The operations of every registered API and of the logins, by the API that they carry."""
    return {op.name: op for op in apis.operations().values()}


def from_record(requests: Iterable[Any]) -> Iterator[ApiCall]:
    """The sandbox's record as calls."""
    known = {name: Route.of(op) for name, op in shipped().items()}
    for sent in requests:
        call = read_call(
            known.get(f"{sent.api}.{sent.operation}"),
            api=sent.api,
            method=sent.method,
            url=sent.url,
            headers=sent.headers,
            body=sent.body,
            status=sent.status,
        )
        yield evolve(call, operation=sent.operation)


def sensitive_names(op: Operation[Any] | None) -> frozenset[str]:
    """Wire names whose values must not be shown: those that any model of the operation's package hides, since
    a patch or a filter may name them all."""
    if op is None:
        return frozenset()
    params: tuple[Param, ...] = (*op.path_params, *op.query_params, *op.header_params)
    return _hidden_fields(op.namespace) | {param.wire for param in params if param.sensitive}


@functools.cache
def _hidden_fields(module: str) -> frozenset[str]:
    models = [item for item in vars(importlib.import_module(module)).values() if is_model(item)]
    return frozenset(each.wire for model in models for each in model_fields(model) if each.sensitive)


__all__ = ["ApiCall", "CallSource", "Route", "calls_of", "operations_of", "read_call", "sensitive_names"]
