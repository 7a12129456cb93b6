"""From `--rate` and `--shared-rate` to what paces a run."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

from trunkline.config import parse_rate
from trunkline.errors import ArgumentError, ConfigError

if TYPE_CHECKING:
    from trunkline.distributed.shared_rate import SharedRate

T = TypeVar("T")


def rate_of(rate: str | None, place: str | None, api: str) -> str | SharedRate | None:
    """Return the run's own rate, or the one that it shares with others of the same API.

    Raises:
        ArgumentError: there is nothing to share, or a password for all to see.
        ConfigError: the server's address or the rate is wrong.
    """
    if rate is not None:
        try:
            parse_rate(rate)
        except ConfigError:
            raise ArgumentError(f"{rate!r} is not a rate; write requests per time: 20/s, 1200/min") from None
    if place is None:
        return rate
    # Imported where it is needed: the package imports Dask where that is installed.
    from trunkline.distributed.shared_rate import URL_VARIABLE, SharedRate, holds_password

    if rate is None:
        raise ArgumentError("--shared-rate says where the rate is kept; --rate says how much: --rate 20/s")
    if place == "env":
        return SharedRate.from_env(rate, name=api)
    if holds_password(place):
        # Other users see it in the list of processes, and the command is printed again for --resume.
        raise ArgumentError(
            f"a password does not belong on the command line: set {URL_VARIABLE} and give --shared-rate env"
        )
    try:
        return SharedRate(place, rate, name=api)
    except ConfigError as error:
        raise ConfigError(str(error).replace("SharedRate.url", "--shared-rate")) from None


async def paced(rate: str | SharedRate | None, work: Awaitable[T]) -> T:
    """Await the work, then close the rate's connections."""
    try:
        return await work
    # Also when the run fails: the connections to the server of the rate belong to this event loop.
    finally:
        if rate is not None and not isinstance(rate, str):
            await rate.aclose()


__all__ = ["paced", "rate_of"]
