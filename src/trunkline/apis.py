"""The registry of APIs: one entry for each API that the command line, sandbox, test kit and cluster know.

A further API is a spec, a client and one more entry of `_SHIPPED`; a package of your own adds its entry with
`register`, before the command line or the sandbox is used:

    package = Generated("shop", "acme.shop._generated")
    apis.register(Api(name="shop", title="Shop", module="acme.shop", packages=(package,)))

Nothing is imported until an entry is used, and no entry imports its client to be listed.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from typing import Any, Final

from attrs import Factory, frozen

from trunkline.errors import ArgumentError, ConfigError
from trunkline.operation import Operation


@frozen
class Generated:
    """One generated package of an API.

    name: what `python -m codegen build --only` takes. module: the package in dotted form. spec, overlay,
    folder: what it is built from and where it is written, relative to a checkout; "" for packages built
    elsewhere. api: the name that its operations carry; the name by default.
    """

    name: str
    module: str
    spec: str = ""
    folder: str = ""
    overlay: str = ""
    api: str = Factory(lambda self: self.name, takes_self=True)

    @property
    def operations(self) -> Mapping[str, Operation[Any]]:
        """Its operations by id, "device.get"."""
        found: Mapping[str, Operation[Any]] = importlib.import_module(f"{self.module}.operations").OPERATIONS
        return found


@frozen(kw_only=True)
class Api:
    """One API.

    name: "idi", the first word of "idi.device.get". title: its name for people. module: holds `Client`, which
    has `from_env`. packages: the API's own generated package, then those of its login, if it has any.
    mount: path below which the sandbox serves it; `{environment}` and `{service}` are replaced by its
        settings.
    handlers: module with the `HANDLERS` that carry operations out in the sandbox, "" for none.
    """

    name: str
    title: str
    module: str
    packages: tuple[Generated, ...]
    mount: str = Factory(lambda self: f"/{self.name}/api", takes_self=True)
    handlers: str = ""

    @property
    def prefix(self) -> str:
        """The start of its settings' names in the environment: "TRUNKLINE_IDI_"."""
        return f"TRUNKLINE_{self.name.upper()}_"

    @property
    def client(self) -> Any:
        """The class of its client; it has `from_env`."""
        return importlib.import_module(self.module).Client

    @property
    def operations(self) -> dict[str, Operation[Any]]:
        """Operations of all its packages by id, its login's included."""
        return {id_: op for package in self.packages for id_, op in package.operations.items()}


_SHIPPED: Final = (
    Api(
        name="abzorb",
        title="Abzorb",
        module="trunkline.abzorb",
        packages=(
            Generated(
                "abzorb",
                "trunkline.abzorb._generated",
                "specs/abzorb/collection.json",
                "src/trunkline/abzorb/_generated",
                "specs/abzorb/overlay.yaml",
            ),
        ),
        handlers="trunkline.sandbox.abzorb",
    ),
    Api(
        name="idi",
        title="IDI CostGuard",
        module="trunkline.idi",
        packages=(
            Generated(
                "idi", "trunkline.idi._generated", "specs/idi/openapi.yaml", "src/trunkline/idi/_generated"
            ),
            Generated(
                "idi-login",
                "trunkline.idi.security_token._generated",
                "specs/idi/security-token.yaml",
                "src/trunkline/idi/security_token/_generated",
                api="security_token",
            ),
        ),
        mount="/{service}/2X/{environment}",
        handlers="trunkline.sandbox.idi",
    ),
)
# Entries hold module names as text. A program that uses one API does not import the other one's
# thousand generated lines.
_known: Final[dict[str, Api]] = {api.name: api for api in _SHIPPED}


def register(api: Api) -> None:
    """Add an API of your own, in this process.

    Raises:
        ConfigError: its name is not an identifier, or belongs to another API.
    """
    if not api.name.isidentifier():
        raise ConfigError(f"the name of an API is one word such as 'idi', not {api.name!r}")
    # The same entry may be registered twice, as by two test modules; another one under its name would
    # redirect the first one's callers.
    if _known.get(api.name, api) != api:
        raise ConfigError(f"there is an API {api.name!r} already")
    _known[api.name] = api


def unregister(name: str) -> None:
    """Take an API out again; tests of registered APIs end with this."""
    _known.pop(name, None)


def all_apis() -> tuple[Api, ...]:
    """Every API, in the order of registration."""
    return tuple(_known.values())


def names() -> tuple[str, ...]:
    """Their names."""
    return tuple(_known)


def get(name: str) -> Api:
    """Return the API of this name.

    Raises:
        ArgumentError: there is none; the message lists them.
    """
    if name not in _known:
        near = difflib.get_close_matches(name, _known, n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; there are {' and '.join(_known)}"
        raise ArgumentError(f"there is no API {name!r}{hint}")
    return _known[name]


def operations(name: str | None = None) -> dict[str, Operation[Any]]:
    """Return the operations of one API, or of all, by "idi.device.get"; a login's are listed under its API.

    Raises:
        ArgumentError: there is no such API.
    """
    chosen = all_apis() if name is None else (get(name),)
    return {f"{api.name}.{id_}": op for api in chosen for id_, op in api.operations.items()}


__all__ = ["Api", "Generated", "all_apis", "get", "names", "operations", "register", "unregister"]
