"""One rate for several processes, on one host or many, kept by a Redis or Valkey server.

    async with SharedRate("redis://limits.internal:6379/0", "20/s", name="idi") as rate:
        async with idi.Client.from_env(limits=Limits(rate=rate)) as client: ...

All processes that give the same server, name and rate take turns. Needs `pip install 'trunkline[redis]'`.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from inspect import isawaitable
from math import ceil
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, Self
from urllib.parse import parse_qs, urlsplit

from trunkline._calls.rate import LocalRateLimiter
from trunkline.auth.secret import Secret
from trunkline.config import TimeSource, parse_rate
from trunkline.errors import ConfigError, TransportError
from trunkline.extras import missing

if TYPE_CHECKING:
    from pyrate_limiter import Rate, StateStore
    from redis.asyncio import Redis

URL_VARIABLE: Final = "TRUNKLINE_SHARED_RATE_URL"
_AHEAD_SECONDS: Final = 0.05
"""A process holds at most this much of the rate in turns it waits for (at least one turn), so that slow
replies of the server do not lower a high rate and no process takes turns it will not use for long."""
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
_SCHEMES: Final = {
    "redis": "redis",
    "rediss": "rediss",
    "unix": "unix",
    "valkey": "redis",
    "valkeys": "rediss",
}
# Prefixes of Redis errors that pass by themselves: the server is loading, failing over, or out of
# memory. Any other ResponseError is a wrong setting.
_TRANSIENT: Final = ("LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "OOM", "BUSY", "MISCONF")

_log = logging.getLogger("trunkline.distributed.shared_rate")


class SharedRate:
    """A `RateLimiter` whose turns come from a server; evenly spaced, in the order of asking.

    Time is the server's, so clocks of hosts may differ. A turn is reserved by asking for it: a call that is
    cancelled while it waits loses its turn, which only makes the pace slower. Up to about a thousand
    processes can share one rate. One object belongs to one event loop, and to one process.

    Args:
        url: redis://, rediss:// (TLS) or unix://; valkey:// and valkeys:// are the same. Kept secret.
        rate: "20/s", "1200/min", for all processes together. All must give the same.
        name: what is shared, usually the API; processes with another name or database have another rate.
        on_outage: while the server is away, "local" continues at `local_rate` in each process, with one
            warning in the log, and returns to the shared rate by itself; "fail" raises TransportError.
        local_rate: pace of this process alone while the server is away. The rate divided by the number of
            processes keeps the limit then too; by default the whole rate.
        timeout: seconds that the server has to reply.
        time_source: clock and sleep for tests.
    Raises:
        ConfigError: a setting is wrong, or the `redis` extra is not installed.
    """

    def __init__(
        self,
        url: str | Secret,
        rate: str,
        *,
        name: str,
        on_outage: Literal["local", "fail"] = "local",
        local_rate: str | float | None = None,
        timeout: float = 1.0,
        time_source: TimeSource | None = None,
    ) -> None:
        self._url = Secret(url)
        self._place = _place(self._url)
        if not name or not name.isprintable():
            raise ConfigError("SharedRate.name must say what is shared, for example 'idi'")
        if on_outage not in ("local", "fail"):
            raise ConfigError("SharedRate.on_outage must be 'local' or 'fail'")
        if not timeout > 0:
            raise ConfigError("SharedRate.timeout must be above 0")
        self.name, self.rate = name, rate
        per_second = parse_rate(rate)
        alone = local_rate if isinstance(local_rate, int | float) else parse_rate(local_rate or rate)
        if not alone > 0:
            raise ConfigError("SharedRate.local_rate must be above 0")
        self._rate = _rate_of(per_second, rate)
        self._fails = on_outage == "fail"
        self._timeout = timeout
        time_source = time_source or TimeSource()
        self._clock, self._sleep = time_source.clock, time_source.sleep
        self._pace = LocalRateLimiter(alone, time_source.clock, time_source.sleep)
        self._told_rate = f"{alone:.4g}/s"
        # The semaphore bounds the turns that this process holds ahead of time; a turn that is never
        # used is lost to all processes.
        self._waiting = asyncio.Semaphore(max(1, ceil(per_second * _AHEAD_SECONDS)))
        self._redis: Redis | None = None
        self._store: StateStore | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pause = 0.0
        self._ask_again = 0.0
        self._closed = False
        self.shared = 0
        """Turns that the server gave."""
        self.alone = 0
        """Turns taken at the local pace while the server was away."""

    @classmethod
    def from_env(
        cls, rate: str, *, name: str, variables: Mapping[str, str] | None = None, **settings: Any
    ) -> Self:
        """A SharedRate at the server that `TRUNKLINE_SHARED_RATE_URL` names.

        Raises:
            ConfigError: the variable is not set, or a setting is wrong.
        """
        url = (os.environ if variables is None else variables).get(URL_VARIABLE, "").strip()
        if not url:
            raise ConfigError(
                f"set {URL_VARIABLE} to the Redis or Valkey server that keeps the rate, redis://host:6379/0"
            )
        return cls(url, rate, name=name, **settings)

    @property
    def away(self) -> bool:
        """Whether the server did not reply when it was last asked."""
        return self._pause > 0

    async def acquire(self) -> float:
        """Return when the next request may go; the result is the time waited.

        Raises:
            TransportError: the server is away, with on_outage="fail".
            ConfigError: the server refuses us: wrong password, missing permission, a key of another kind.
        """
        self._check_loop()
        began = self._clock()
        async with self._waiting:
            # While the server is away only one call in each pause pays the timeout; the others go at
            # the local pace at once.
            if self._pause and not self._fails and self._clock() < self._ask_again:
                await self._go_alone()
            else:
                wait = await self._reserve()
                if wait is None:
                    await self._go_alone()
                elif wait > 0:
                    # The sleep is inside the semaphore: a call that waits for its turn counts
                    # as one that is held.
                    await self._sleep(wait)
        return self._clock() - began

    def _check_loop(self) -> None:
        self._check_open()
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise ConfigError(
                "a SharedRate belongs to the event loop of its first use; make one for each loop"
            )

    def _check_open(self) -> None:
        if self._closed:
            raise ConfigError(f"{self!r} is closed; make a new one")

    async def _go_alone(self) -> None:
        await self._pace.acquire()
        self.alone += 1

    async def _reserve(self) -> float | None:
        """Seconds until the turn that the server gave; None while it is away and the local pace applies."""
        from redis.exceptions import RedisError

        # Set before asking: other calls do not wait for a reply that may not come.
        self._ask_again = self._clock() + (self._pause or _FIRST_PAUSE)
        try:
            wait = await self._ask()
        except (RedisError, OSError, TimeoutError) as error:
            self._lost(error)
            return None
        if self._pause:
            self._pause = 0.0
            _log.info("%s is back: the rate is shared again", self._place)
        self.shared += 1
        return wait

    async def _ask(self) -> float:
        store = self._store or self._open()
        reply = store.check(_algorithm(), [self._rate], 0, 1)
        decision = await reply if isawaitable(reply) else reply
        return (decision.retry_after_ms or 0) / 1000

    def _open(self) -> StateStore:
        from pyrate_limiter import RedisStateStore
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        self._check_open()
        scheme, rest = self._url.reveal().split("://", 1)
        self._redis = Redis.from_url(
            f"{_SCHEMES[scheme.lower()]}://{rest}",
            # Without timeouts a server that vanished without closing its connections would hold
            # every call for minutes.
            socket_timeout=self._timeout,
            socket_connect_timeout=self._timeout,
            # one more try at once: a kept connection may be dead after a restart of the server
            retry=Retry(NoBackoff(), 1),
        )
        self._store = store = RedisStateStore(self._redis, f"trunkline:rate:{self.name}")
        return store

    def _lost(self, error: Exception) -> None:
        """The server did not give a turn: raise what a user must correct, or note that it is away."""
        if not _is_outage(error):
            self._refused(error)
        fresh = not self._pause
        # The pause doubles up to 30 s, so a server that is away for a day costs little, and its return
        # is seen within half a minute.
        self._pause = min(_LONGEST_PAUSE, self._pause * 2 or _FIRST_PAUSE)
        if self._fails:
            raise TransportError(
                f"{self._place}, which keeps the shared rate {self.name!r}, does not answer "
                f"({type(error).__name__}); nothing was sent. Start the server, or allow each process to go "
                "on alone with on_outage='local'",
                operation=f"shared_rate.{self.name}",
            ) from None
        if fresh:
            _log.warning(
                "%s does not answer (%s): the rate %r of %s is not shared until it is back, and this process "
                "alone keeps to %s",
                self._place,
                type(error).__name__,
                self.name,
                self.rate,
                self._told_rate,
            )

    def _refused(self, error: Exception) -> NoReturn:
        raise ConfigError(
            f"{self._place} refuses to keep the shared rate {self.name!r} ({type(error).__name__}): check "
            "user and password in the URL, that the user may run scripts on trunkline:rate:*, and that no "
            "other program writes this key"
        ) from None

    async def aclose(self) -> None:
        """Close the connections. A call that waits for its turn keeps it; one that has none yet fails."""
        self._closed = True
        redis, self._redis, self._store = self._redis, None, None
        if redis is not None:
            await redis.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"SharedRate({self._place!r}, {self.rate!r}, name={self.name!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a SharedRate is not pickled: make one in each process, it is the server that they share"
        )


def holds_password(url: str) -> bool:
    """Whether the URL shows a password to whoever sees it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    # redis-py reads both from the query too.
    return "@" in parts.netloc or bool(parse_qs(parts.query).keys() & {"password", "username"})


def _place(url: Secret) -> str:
    """Scheme, host, port and database, which may be shown.

    Raises:
        ConfigError: the URL cannot be used; its text is in no message.
    """
    wrong = ConfigError(
        "SharedRate.url must be such as redis://user:password@host:6379/0, rediss:// or unix://"
    )
    try:
        parts = urlsplit(url.reveal())
        port = f":{parts.port}" if parts.port else ""
        host = parts.hostname or ""
    except ValueError:  # not chained: its text may hold a password with a '/' that is not percent-encoded
        parts = urlsplit("")
    if parts.scheme not in _SCHEMES or not (host or (parts.scheme == "unix" and parts.path)):
        raise wrong
    return f"{parts.scheme}://{host}{port}{parts.path}"


def _rate_of(per_second: float, text: str) -> Rate:
    try:
        import redis  # noqa: F401 -- found missing here, not at the first call

        from trunkline.distributed._turns import rate_of
    except ModuleNotFoundError as error:
        raise missing(error.name or "redis", "redis", "SharedRate") from None
    rate = rate_of(per_second)
    if rate is None:
        raise ConfigError(f"SharedRate.rate {text!r} is less than one request in a thousand hours")
    return rate


def _algorithm() -> Any:
    from trunkline.distributed._turns import Turns

    return Turns()


def _is_outage(error: Exception) -> bool:
    """Whether waiting may cure it."""
    from redis import exceptions

    if isinstance(error, exceptions.AuthenticationError | exceptions.AuthorizationError):
        return False
    if isinstance(error, exceptions.ResponseError):
        kinds = exceptions.ReadOnlyError, exceptions.OutOfMemoryError, exceptions.ClusterDownError
        return isinstance(error, kinds) or str(error).startswith(_TRANSIENT)
    return True


__all__ = ["URL_VARIABLE", "SharedRate", "holds_password"]
