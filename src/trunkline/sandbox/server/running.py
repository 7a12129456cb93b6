"""Starting and stopping: in the process of a test or a program, or as a server of its own."""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from attrs import evolve

from trunkline.sandbox.config import Clock, SandboxConfig, User
from trunkline.sandbox.ledger import Ledger
from trunkline.sandbox.record import Record
from trunkline.sandbox.server.app import STATE, create_app
from trunkline.sandbox.server.guard import is_loopback
from trunkline.sandbox.server.tls import certificates
from trunkline.sandbox.state import SandboxState

_GRACE: Final = 30.0
_LONGEST_LINE: Final = 64 * 1024
"""Bytes of a request line or header: a search for many keys in one address is far beyond aiohttp's 8 KiB."""
_BY_CLIENTS: Final = (HttpProcessingError, web.RequestPayloadError, ConnectionError)
"""What aiohttp logs with a traceback although a client caused it: a malformed request, a body that cannot be
unpacked (met again when the rest of the connection is drained), a client that went away."""
_log = logging.getLogger("trunkline.sandbox.http")


def _is_not_a_bad_request(record: logging.LogRecord) -> bool:
    """Whether a record is worth a traceback: what a client sent wrongly is reported to it with a 400."""
    return not (record.exc_info and isinstance(record.exc_info[1], _BY_CLIENTS))


_log.addFilter(_is_not_a_bad_request)


class Sandbox:
    """Both vendors on a free port of this machine, for the time of an `async with` block.

    Args:
        config: settings; single ones can be given by name instead: `Sandbox(rows=200, faults="503:5%")`.
        clock: Unix seconds; by default a `Clock` that `sandbox.clock.advance(…)` moves.
        host, port: where to listen; port 0 takes a free one. tls: folder of the certificates; https then.
        grace: seconds that requests under way have to finish when the block ends.
        reuse_port: whether other processes may listen on the same port and share its connections.
    Raises:
        ConfigError: a setting is wrong, or TLS cannot be had.
    """

    def __init__(
        self,
        config: SandboxConfig | None = None,
        *,
        clock: Callable[[], float] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: Path | str | None = None,
        grace: float = 1.0,
        reuse_port: bool = False,
        **settings: Any,
    ) -> None:
        self.config = evolve(config or SandboxConfig(), **settings)
        if not is_loopback(host) and not self.config.admin_token:
            # Beyond loopback anybody on the network could switch faults and read what clients sent.
            self.config = evolve(self.config, admin_token=secrets.token_urlsafe(24))
        self._clock = clock
        self._host = host
        self._port = port
        self._grace = grace
        self._reuse_port = reuse_port
        self.certificates = certificates(tls, host=host) if tls is not None else None
        self._app: web.Application | None = None
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        self._app = create_app(self.config, clock=self._clock, host=self._host)
        self._runner = web.AppRunner(
            self._app,
            # aiohttp's access log prints whole URLs, with the keys and telephone numbers in them.
            access_log=None,
            logger=_log,
            shutdown_timeout=self._grace,
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
        )
        await self._runner.setup()
        site = web.TCPSite(
            self._runner,
            self._host,
            self._port,
            ssl_context=self.certificates.context if self.certificates else None,
            reuse_port=self._reuse_port or None,
        )
        try:
            await site.start()
        except OSError:
            await self._runner.cleanup()
            raise
        # Port 0 asked for a free one; this is the one that was given.
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def state(self) -> SandboxState:
        """The store, clock, faults and record."""
        if self._app is None:
            raise RuntimeError("the sandbox is not running; use it with `async with`")
        return self._app[STATE]

    @property
    def url(self) -> str:
        """Scheme, host and port, as a client on this machine writes them."""
        # Every address is good for listening, and none for connecting: http is for loopback alone.
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)  # noqa: S104
        host = f"[{host}]" if ":" in host else host
        return f"http{'s' if self.certificates else ''}://{host}:{self._port}"

    @property
    def idi_url(self) -> str:
        """Base URL of the Service and Feature Management API, with its environment."""
        return f"{self.url}/{self.config.service}/2X/{self.config.environment}"

    @property
    def login_url(self) -> str:
        """Address of the Security Token Service's login."""
        return f"{self.url}/securitytoken/1xa/{self.config.environment}/api/login"

    @property
    def idi_environment(self) -> str:
        """The IDI environment that exists here."""
        return self.config.environment

    @property
    def abzorb_url(self) -> str:
        """Base URL of the Abzorb API."""
        return f"{self.url}/abzorb/api"

    @property
    def credentials(self) -> User:
        """The first user, good for both vendors."""
        return self.config.users[0]

    @property
    def clock(self) -> Clock:
        """The clock of tokens, quotas and orders."""
        return self.state.clock

    @property
    def requests(self) -> Record:
        """What clients sent."""
        return self.state.record

    @property
    def writes(self) -> Ledger:
        """What changed the data, once per change that was carried out."""
        return self.state.ledger

    @property
    def is_open(self) -> bool:
        """Whether other machines can reach it."""
        return not is_loopback(self._host)

    @property
    def page_url(self) -> str:
        """Address of the page, with the token when it asks for one."""
        token = self.config.admin_token
        return f"{self.url}/?token={token}" if token else f"{self.url}/"

    def snapshot(self, name: str = "default") -> None:
        """Keep a copy of every row under a name."""
        self.state.snapshot(name)

    def restore(self, name: str = "default") -> None:
        """Put the rows of a snapshot back.

        Raises:
            LookupError: there is no snapshot of this name.
        """
        self.state.restore(name)

    def reset(self) -> None:
        """Start over with the same data."""
        self.state.reset()


async def serve(
    host: str,
    port: int,
    config: SandboxConfig,
    *,
    started: Callable[[Sandbox], None] | None = None,
    tls: Path | str | None = None,
    reuse_port: bool = False,
) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is under way and close the store.

    Args:
        started: called once with the running sandbox, when it accepts connections.
        tls: folder of the certificates. reuse_port: share the port with other processes.
    Raises:
        ConfigError: a setting is wrong. OSError: the port is taken.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # The event loop of Windows has no `add_signal_handler`.
        if sys.platform == "win32":
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
        else:
            loop.add_signal_handler(number, stop.set)
    async with Sandbox(config, host=host, port=port, tls=tls, grace=_GRACE, reuse_port=reuse_port) as sandbox:
        if started is not None:
            started(sandbox)
        await stop.wait()


def run(
    host: str,
    port: int,
    config: SandboxConfig,
    *,
    started: Callable[[Sandbox], None] | None = None,
    tls: Path | str | None = None,
    reuse_port: bool = False,
) -> None:
    """`serve` for a program that has no event loop; prints nothing."""
    asyncio.run(serve(host, port, config, started=started, tls=tls, reuse_port=reuse_port))
