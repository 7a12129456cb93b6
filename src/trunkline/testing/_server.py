"""A sandbox in a thread of its own: usable from any event loop, from none, and from blocking code."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from trunkline._http.session import AiohttpTransport
from trunkline.config import Timeouts
from trunkline.sandbox import Clock, Record, Sandbox, SandboxConfig, User
from trunkline.testing._calls import ApiCall, from_record
from trunkline.testing._clock import FakeClock

if TYPE_CHECKING:
    from trunkline import abzorb, idi
    from trunkline._wire.messages import Request, Response

T = TypeVar("T")


class LocalSandbox:
    """Both vendors on a free port, for the time of a `with` block.

    with LocalSandbox(rows=200) as sandbox:
        client = sandbox.idi_client()

    Args:
        config: settings; single ones can be given by name instead, as for `trunkline.sandbox.Sandbox`.
    Raises:
        ConfigError: a setting is wrong.
    Attributes:
        clock: time of the sandbox and of the clients made here. It runs with the real time, so that other
            clients find their tokens valid, jumps ahead where a client made here waits, and can be moved:
            `sandbox.clock.advance(3600)`.
    """

    def __init__(self, config: SandboxConfig | None = None, **settings: Any) -> None:
        self.clock = _clock()
        self._sandbox = Sandbox(config, clock=Clock(lambda: self.clock.wall()), **settings)
        self._loop = asyncio.new_event_loop()
        # A thread of its own, since pytest plugins for asyncio close the test's loop after each test,
        # and blocking code has none.
        self._thread = threading.Thread(target=self._run, name="trunkline-sandbox", daemon=True)
        self._transports: list[AiohttpTransport] = []

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._await(self._sandbox.__aenter__())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for transport in self._transports:
                self._await(transport.aclose())
            self._await(self._sandbox.__aexit__(None, None, None))
        finally:
            self._end()

    def _end(self) -> None:
        self._await(_end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _call(self, function: Callable[..., T], *arguments: Any) -> T:
        """A plain function on the sandbox's own thread, so that no request is under way at the same time."""

        async def work() -> T:
            return function(*arguments)

        return self._await(work())

    # -- addresses -------------------------------------------------------------------------------------

    @property
    def config(self) -> SandboxConfig:
        """The settings."""
        return self._sandbox.config

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return self._sandbox.url

    @property
    def idi_url(self) -> str:
        """Base URL of the Service and Feature Management API, with its environment."""
        return self._sandbox.idi_url

    @property
    def abzorb_url(self) -> str:
        """Base URL of the Abzorb API."""
        return self._sandbox.abzorb_url

    @property
    def credentials(self) -> User:
        """The first user, good for both vendors."""
        return self._sandbox.credentials

    @property
    def env(self) -> Mapping[str, str]:
        """What `idi.Client.from_env()` and `abzorb.Client.from_env()` read, pointing here."""
        user = self.credentials
        return {
            "TRUNKLINE_IDI_ENVIRONMENT": self.config.environment,
            "TRUNKLINE_IDI_USER": user.name,
            "TRUNKLINE_IDI_PASSWORD": user.password,
            "TRUNKLINE_IDI_BASE_URL": self.url,
            "TRUNKLINE_IDI_SERVICE": self.config.service,
            "TRUNKLINE_ABZORB_USER": user.name,
            "TRUNKLINE_ABZORB_PASSWORD": user.password,
            "TRUNKLINE_ABZORB_BASE_URL": self.abzorb_url,
        }

    # -- clients ---------------------------------------------------------------------------------------

    def idi_client(self, **settings: Any) -> idi.Client:
        """An IDI client for here, usable from any event loop and not in need of closing; it waits on
        `clock`, so in no time. Settings as for `idi.Client`."""
        from trunkline import idi

        return idi.Client.from_env(self.env, **self._settings(settings))

    def abzorb_client(self, **settings: Any) -> abzorb.Client:
        """An Abzorb client for here; see `idi_client`."""
        from trunkline import abzorb

        return abzorb.Client.from_env(self.env, **self._settings(settings))

    def _settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        if "transport" in given:
            return {"time_source": self.clock.time_source(), **given}
        timeouts = given.get("timeouts") or Timeouts()
        most = given.get("max_response_bytes", 64 * 1024 * 1024)
        transport = AiohttpTransport(
            timeouts=timeouts, max_response_bytes=most, user_agent="trunkline-testing"
        )
        self._transports.append(transport)
        return {"time_source": self.clock.time_source(), "transport": _Bridge(transport, self._loop), **given}

    # -- what tests do ---------------------------------------------------------------------------------

    @property
    def requests(self) -> Record:
        """What clients sent, as the sandbox keeps it; `calls` lists it by operation."""
        return self._sandbox.requests

    def calls(self, operation: str | None = None) -> list[ApiCall]:
        """What was sent, oldest first: of one operation ("device.get"), or all with the logins."""
        return [call for call in self.sent_calls() if operation in (None, call.operation)]

    def sent_calls(self) -> list[ApiCall]:
        """All calls, for `assert_requests`."""
        return list(from_record(self._call(list, self.requests)))

    def known_operations(self) -> Mapping[str, Any]:
        """Every operation that is served, by "api.resource.method"."""
        from trunkline.testing._calls import shipped

        return shipped()

    def set_faults(self, faults: str) -> None:
        """Replace the fault plan: "503:100%", "429:5%,latency:20ms"; empty for none.

        Raises:
            ConfigError: the text is not one of `trunkline.sandbox.faults.grammar`.
        """
        self._call(self._sandbox.state.set_faults, faults)

    def forget_tokens(self) -> None:
        """Make every token issued so far worthless, as when the vendor restarts."""
        self._call(self._sandbox.state.idi.office.forget)

    def reset(self) -> None:
        """The data, the clock and the faults as they were at the start, and no record."""
        self._await(self._reset())

    async def _reset(self) -> None:
        state = self._sandbox.state
        self.clock = _clock()
        state.clock = Clock(lambda: self.clock.wall())
        state.reset()
        state.configure()
        while self._transports:  # the clients of the test before are gone
            await self._transports.pop().aclose()


async def _end_tasks() -> None:
    """End what still runs here, such as a delayed response to a client that gave up: a task of a closed loop
    is destroyed with a complaint."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


def _clock() -> FakeClock:
    # It starts at the present, because other clients compare tokens with their own clocks.
    return FakeClock(start=time.time(), running=True)


class _Bridge:
    """A transport with its connections on the sandbox's loop: a client leaves none on the test's."""

    def __init__(self, transport: AiohttpTransport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop

    async def send(self, request: Request, headers: Any, timeout: float | None) -> Response:
        work = self._transport.send(request, headers, timeout)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def aclose(self) -> None:
        work = self._transport.aclose()
        with contextlib.suppress(RuntimeError):  # the sandbox ended first, and closed it
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))


__all__ = ["LocalSandbox"]
