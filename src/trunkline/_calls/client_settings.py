"""The settings of a client: their types for `Unpack`, and the checks that no class of theirs makes itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from trunkline import __version__
from trunkline._wire.messages import Transport
from trunkline.config import Limits, RetryPolicy, Timeouts, TimeSource
from trunkline.errors import ConfigError
from trunkline.events import Hook
from trunkline.network import Network


class ClientSettings(TypedDict, total=False):
    """The keyword arguments that every client passes on to `BaseClient`, typed for `Unpack`."""

    retry: RetryPolicy | None
    limits: Limits | None
    timeouts: Timeouts | None
    network: Network | None
    routes: Mapping[str, str] | None
    headers: Mapping[str, str] | None
    hooks: Sequence[Hook]
    links: Literal["strict", "rebase"]
    drift: bool
    strict: bool
    max_response_bytes: int
    transport: Transport | None
    time_source: TimeSource | None


def check_settings(**given: Any) -> None:
    """Check the arguments of `BaseClient` by name.

    Raises:
        ConfigError: one is of another class than its name promises, is none of its choices, or excludes
            another.
    """
    kinds = {
        "retry": RetryPolicy,
        "limits": Limits,
        "timeouts": Timeouts,
        "network": Network,
        "time_source": TimeSource,
    }
    for name, kind in kinds.items():
        if given[name] is not None and not isinstance(given[name], kind):
            wrong = type(given[name]).__name__
            raise ConfigError(f"a {kind.__name__} is wanted where {wrong} was given")
    most = given["max_response_bytes"]
    if not isinstance(most, int) or isinstance(most, bool) or most < 1:
        raise ConfigError("max_response_bytes must be a whole number of at least 1")
    if given["links"] not in ("strict", "rebase"):
        raise ConfigError('links must be "strict" or "rebase"')
    if given["transport"] is not None and given["network"] is not None:
        raise ConfigError("network has no effect on a transport of your own; give it to that transport")


def aiohttp_transport(timeouts: Timeouts, max_response_bytes: int, network: Network | None) -> Transport:
    """The transport of a client that is given none."""
    from trunkline._http.session import AiohttpTransport  # aiohttp is two thirds of what an import could take

    return AiohttpTransport(
        timeouts=timeouts,
        max_response_bytes=max_response_bytes,
        user_agent=f"trunkline/{__version__}",
        network=network,
    )


__all__ = ["ClientSettings", "aiohttp_transport", "check_settings"]
