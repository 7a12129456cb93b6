"""Settings of the sandbox, and the clock it lives by.

Every setting has a default with which the sandbox is useful at once; a wrong one raises `ConfigError`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from attrs import field, frozen

from trunkline.errors import ConfigError

AUDIENCE = "http://idibilling.com/webservices"
"""The audience ("AppliesTo") of every token that the IDI APIs accept."""


@frozen(kw_only=True)
class User:
    """Someone who may sign in to both vendors.

    permissions: "read" and "write"; without "write" a changing request gets a 403.
    """

    name: str
    password: str = field(repr=False)
    permissions: frozenset[str] = frozenset({"read", "write"})


DEFAULT_USERS = (
    User(name="sandbox", password="sandbox-password"),  # noqa: S106 - a made-up user of a made-up vendor
    User(name="reader", password="reader-password", permissions=frozenset({"read"})),  # noqa: S106
)


@frozen(kw_only=True)
class SandboxConfig:
    """What the sandbox holds and how it behaves.

    rows: number of IDI devices, services and SIMs, and of Abzorb connections; everything else follows.
    seed: the same seed and rows give the same data and the same faults.
    store: an SQLAlchemy URL; "sqlite://" keeps everything in memory. A store that holds data is not refilled.
    faults: see `trunkline.sandbox.faults.grammar`; empty means none.
    scenario: path of a file as in `trunkline.sandbox.faults.scenario`; empty means none.
    data: path of a file or folder as in `trunkline.sandbox.seed.own_rows`; its rows are added to the
        made-up ones, of which there may then be none: rows=0.
    environment: the IDI environment that exists; any other gets a 403.
    token_lifetime: life of a token, in seconds.
    token_response: shape of the login response: a JSON string, a JSON object, or form text.
    next_link: the parameter that continues a page; the vendor's samples print `$skip`.
    value_only_links: whether collections whose sample shows `value` alone send next links all the same.
    plan_history: "collection" makes Search Plan History return a collection like every search; "object" sends
        its first row bare, as the vendor's sample has it.
    exact_count: False makes `$count` approximate above 100 rows, as the vendor warns.
    validation_status: status of a failed Abzorb validation, 400 or 200: the page allows both readings.
    order_seconds: virtual seconds that an order or request spends in each state.
    quota: requests a minute that one user may send to one vendor before 429; None means no quota.
    record: how many of the last requests are kept for assertions.
    hosts: names besides loopback's that requests may address the sandbox by, as in the header Host.
    admin_token: asked for by the page and the addresses under `/sandbox/`; empty for none. A `Sandbox` that
        listens beyond loopback makes one up unless it is given.
    page_cap, page_default: largest and default number of rows of a page.
    """

    rows: int = 1000
    seed: int = 7
    store: str = "sqlite://"
    faults: str = ""
    scenario: str = ""
    data: str = ""
    environment: str = "sandbox"
    service: str = "ServiceAndFeatureManagement"
    users: tuple[User, ...] = DEFAULT_USERS
    # A fixed key, so that tokens stay valid over a restart and in all processes of one sandbox. It
    # protects made-up data only.
    signing_key: bytes = field(default=b"trunkline sandbox signing key 32", repr=False)
    token_lifetime: float = 8 * 3600.0
    token_response: Literal["string", "object", "form"] = "string"  # noqa: S105 - a shape, not a token
    next_link: Literal["skip", "skiptoken"] = "skip"
    value_only_links: bool = False
    plan_history: Literal["collection", "object"] = "collection"
    exact_count: bool = False
    validation_status: int = 400
    order_seconds: float = 60.0
    quota: int | None = None
    record: int = 10_000
    hosts: tuple[str, ...] = ()
    admin_token: str = field(default="", repr=False)
    # IDI's documented sizes: 100 rows by default and 500 at most (specs/README.md).
    page_default: int = 100
    page_cap: int = 500

    def __attrs_post_init__(self) -> None:
        if self.rows < (0 if self.data else 1):
            raise ConfigError(f"rows is {self.rows}; the sandbox needs at least 1, or data of your own")
        if not self.users:
            raise ConfigError("users is empty; name at least one trunkline.sandbox.User")
        if self.token_lifetime <= 0:
            raise ConfigError(f"token_lifetime is {self.token_lifetime}; give a number of seconds above 0")
        if self.token_response not in ("string", "object", "form"):
            raise ConfigError(f"token_response is {self.token_response!r}; use 'string', 'object' or 'form'")
        if self.next_link not in ("skip", "skiptoken"):
            raise ConfigError(f"next_link is {self.next_link!r}; use 'skip' or 'skiptoken'")
        if self.plan_history not in ("collection", "object"):
            raise ConfigError(f"plan_history is {self.plan_history!r}; use 'collection' or 'object'")
        if self.validation_status not in (200, 400):
            raise ConfigError(f"validation_status is {self.validation_status}; use 400 or 200")
        if self.quota is not None and self.quota < 1:
            raise ConfigError(f"quota is {self.quota}; give a number of requests a minute, or None")
        if not self.environment or "/" in self.environment:
            raise ConfigError("environment must be one path segment")
        if self.order_seconds < 0 or self.record < 0:
            raise ConfigError("order_seconds and record must not be negative")


class Clock:
    """Unix time that tests can move: `clock.advance(3600)`.

    Args:
        source: the time it starts from and follows; with a constant, time moves by `advance` only.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._offset = 0.0

    def __call__(self) -> float:
        """Unix seconds."""
        return self._source() + self._offset

    def advance(self, seconds: float) -> None:
        """Move time forward; expiry, quotas and orders follow at the next request."""
        # Tokens, quotas and due steps assume that time does not go back.
        if seconds < 0:
            raise ConfigError("the sandbox clock only moves forward")
        self._offset += seconds


__all__ = ["AUDIENCE", "DEFAULT_USERS", "Clock", "SandboxConfig", "User"]
