"""From the words of a command line to operations, clients and typed arguments."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, get_args

from trunkline import apis, odata
from trunkline._codec.annotations import is_enum, members, origin, resolve_in_module, without
from trunkline._codec.coercion import SCALARS, MisfitError
from trunkline._settings.keys import keys_of
from trunkline.cli._console import note
from trunkline.cli._spelling import SCIENTIFIC
from trunkline.errors import ArgumentError, ConfigError
from trunkline.model import Unset
from trunkline.operation import Operation, Param, operation_named
from trunkline.settings import Resolved, resolve


def find(name: str) -> tuple[str, Operation[Any]]:
    """Return the API and the operation that "idi.device.get" names.

    Raises:
        ArgumentError: there is none; the message names the nearest ones.
    """
    api, _, _ = name.partition(".")
    known = apis.operations()
    if name in known:
        return api, known[name]
    for operation in known.values():
        if name in (f"{api}.{former}" for former in operation.former) and operation.api == api:
            note(f"{name} is called {operation.name} now; the old name goes with a later release")
            return api, operation
    raise ArgumentError(
        f"there is no operation {name!r}{_near(name, known) or ';'} `trunkline operations` lists all, "
        "written as api.resource.method"
    )


def settings(
    api: str,
    given: Mapping[str, Any],
    *,
    profile: str | None = None,
    routes: Mapping[str, str] | None = None,
) -> Resolved:
    """Return the settings of an API's client; options of the command line override all others.

    Args:
        given: options that are settings; None means "not given". routes: of --route, by "device.search" or
            "idi.device.search"; they are added to those of the file.
    Raises:
        ArgumentError: two options choose the address, an option is none of this API's, or a route names no
            operation.
    """
    entry = apis.get(api)
    # None means "not given" and leaves the word to the environment and the file.
    options = {name: value for name, value in given.items() if value is not None}
    known = keys_of(entry.client)
    for name in options:
        if name not in known:
            raise ArgumentError(f"{entry.title} has no --{name.replace('_', '-')}")
    found = resolve(api, options, profile=profile)
    if "environment" in options and "base_url" in found.values and _names_addresses(entry):
        # one of the two would be ignored, and the wrong system be asked
        source = found.values["base_url"].source
        also = "" if source == "argument" else f" and unset base_url in {source}"
        raise ArgumentError(f"--environment chooses an address: leave out --base-url{also}")
    if routes:
        added = (found.value("routes") or {}) | {_route_name(entry, name): to for name, to in routes.items()}
        found = resolve(api, options | {"routes": added}, profile=profile)
    return found


def _names_addresses(entry: apis.Api) -> bool:
    """Whether its environments are addresses of their own, and not a segment of one."""
    return len(entry.client.servers) > 1


def _route_name(entry: apis.Api, name: str) -> str:
    id_ = name.removeprefix(f"{entry.name}.")
    known = entry.packages[0].operations
    found = operation_named(known, id_)
    if found is None:
        raise ArgumentError(f"--route: {entry.title} has no operation {id_!r}{_near(id_, known)}")
    return found.id


def open_client(found: Resolved, **more: Any) -> Any:
    """Return the client of these settings.

    Raises:
        ConfigError: one is missing or wrong.
    """
    return found.api.client(**{**found.arguments(), **more})


def client(
    api: str,
    *,
    environ: Mapping[str, str] | None = None,
    base_url: str | None = None,
    environment: str | None = None,
    **more: Any,
) -> Any:
    """Return the API's client with settings from the environment or the file; None means "not given"."""
    options = {"base_url": base_url, "environment": environment}
    return open_client(resolve(api, options, environ=environ), **more)


def logging_to_standard_error() -> Any:
    """Return a client hook that writes each attempt, retry and wait to standard error."""
    import logging

    from trunkline.hooks import logging_hook

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logger = logging.getLogger("trunkline")
    logger.setLevel(logging.DEBUG)
    # Any other handler, such as that of the notes, would print each line twice.
    logger.handlers = [handler]
    return logging_hook()


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def bind(opened: Any, operation: Operation[Any]) -> Callable[..., Any]:
    """Return the client's method that carries the operation out.

    Raises:
        ConfigError: the client has no such method (the login, which the client does by itself).
    """
    target = opened
    for part in operation.id.split("."):
        target = getattr(target, part, None)
    # The login has an operation but no method that a user should call: the client logs in by itself.
    if not callable(target):
        raise ConfigError(f"{operation.api}.{operation.id} cannot be called by itself: the client does it")
    method: Callable[..., Any] = target
    return method


def parameters(operation: Operation[Any]) -> tuple[Param, ...]:
    """Return the operation's parameters wherever they go."""
    return (
        *operation.path_params,
        *operation.query_params,
        *operation.header_params,
        *operation.cookie_params,
    )


def parameter(operation: Operation[Any], name: str) -> Param:
    """Return the parameter of this wire or Python name.

    Raises:
        ArgumentError: there is none; the message lists them.
    """
    for one in parameters(operation):
        if name in (one.name, one.wire):
            return one
    names = [one.name for one in parameters(operation)]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    known = ", ".join(names) or "none"
    raise ArgumentError(f"{operation.api}.{operation.id} has no parameter {name!r}; {hint}it has: {known}")


def key_parameter(operation: Operation[Any]) -> Param:
    """Return the parameter that a lookup's keys fill: the first required one of path, then query.

    Raises:
        ArgumentError: there is none.
    """
    ordered = (*operation.path_params, *operation.query_params)
    for one in ordered:
        if one.required:
            return one
    if not ordered:
        raise ArgumentError(f"{operation.id} takes no parameter that keys could fill")
    known = ", ".join(one.name for one in ordered)
    raise ArgumentError(
        f"{operation.api}.{operation.id} has no required parameter for the keys; "
        f"choose one with --key: {known}"
    )


def reader(operation: Operation[Any], param: Param) -> Callable[[str], Any]:
    """Return a function from the text of a value to the type of the parameter; it raises ArgumentError."""
    return reader_of(resolve_in_module(param.type, operation.namespace), param.name)


def reader_of(tp: Any, name: str) -> Callable[[str], Any]:
    """Return a function from the text of a value to a type; its ArgumentError calls the value `name`."""
    read = _reader(tp)
    article = f"{name} must be"

    def convert(text: str) -> Any:
        try:
            return read(text)
        except MisfitError as misfit:
            raise ArgumentError(f"{article} {misfit.expected}") from None
        except ValueError as error:
            raise ArgumentError(f"{article} {error}") from None

    return convert


def _reader(tp: Any) -> Callable[[str], Any]:
    options = [one for one in members(without(tp, type(None), Unset)) if one is not Any]
    readers = [_of_type(one) for one in options] or [str]

    def read(text: str) -> Any:
        # The members of a union are tried in order. The last one's error is raised: it
        # describes the widest type.
        for one in readers[:-1]:
            try:
                return one(text)
            except ValueError:
                continue
        return readers[-1](text)

    return read


def _of_type(tp: Any) -> Callable[[str], Any]:
    if is_enum(tp):
        base = SCALARS[int] if issubclass(tp, int) else str
        return lambda text: tp(base(text))
    if tp is int:
        return _whole
    if tp in SCALARS:
        return SCALARS[tp]
    if origin(tp) in (list, tuple):
        item = _of_type((get_args(tp) or (str,))[0])
        return lambda text: [item(part.strip()) for part in text.split(",")]
    if origin(tp) is typing.Literal:
        by_text = {str(value): value for value in get_args(tp)}

        def choose(text: str) -> Any:
            if text not in by_text:
                raise ValueError("one of " + ", ".join(by_text))
            return by_text[text]

        return choose
    return str


def _whole(text: str) -> int:
    """An identifier is digits: the 1.001E+03 of a spreadsheet would be another one."""
    if SCIENTIFIC.fullmatch(text.strip()):
        raise MisfitError("digits; a spreadsheet wrote it like 1.2E+11, and its last digits are gone")
    return int(SCALARS[int](text))


def assignments(operation: Operation[Any], words: Iterable[str]) -> dict[str, Any]:
    """Return the arguments that "name=value" words give, typed, by Python name.

    Raises:
        ArgumentError: a word without "=", an unknown name, a value of the wrong type, a name given twice.
    """
    given: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise ArgumentError(f"{word!r} is not name=value{_first_of(operation, word)}")
        param = parameter(operation, name.strip())
        # Keeping one of the two silently would ask another question than the one on the command line.
        if param.name in given:
            raise ArgumentError(f"{param.name} is given twice")
        # OData text is parsed before it is sent: a misspelt field is an error here and not a
        # refusal of the vendor.
        odata_form = _ODATA.get(param.name) if operation.paging else None
        given[param.name] = odata_form(text) if odata_form else reader(operation, param)(text)
    return given


def _first_of(operation: Operation[Any], word: str) -> str:
    """How a value is written that somebody gave without its name."""
    needed = [one.name for one in parameters(operation) if one.required]
    return f"; write {needed[0]}={word}" if needed and word and word not in needed else ""


def _orders(text: str) -> list[odata.OrderBy[Any]]:
    """Read "name desc, other" into what typed fields would build."""
    terms = [term.split() for term in text.split(",") if term.strip()]
    for term in terms:
        if term[1:] not in ([], ["asc"], ["desc"]):
            raise ArgumentError(f"order_by: {' '.join(term)!r} is not a field with asc or desc after it")
    fields = [(odata.SortField[Any](term[0]), term[1:]) for term in terms]
    return [field.desc() if rest[:1] == ["desc"] else field.asc() for field, rest in fields]


_ODATA: Final[Mapping[str, Callable[[str], Any]]] = {
    "filter": odata.raw,
    "order_by": _orders,
    "select": lambda text: [field.strip() for field in text.split(",")],
}
"""Parameters of collections that are written in OData and passed as typed values."""


__all__ = [
    "assignments",
    "bind",
    "client",
    "find",
    "key_parameter",
    "logging_to_standard_error",
    "open_client",
    "parameter",
    "parameters",
    "reader",
    "reader_of",
    "settings",
]
