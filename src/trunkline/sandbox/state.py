"""One running sandbox: its store, clock, users, faults and record. No HTTP here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from trunkline.operation import Operation
from trunkline.sandbox.abzorb import HANDLERS as ABZORB_HANDLERS
from trunkline.sandbox.auth import BasicDoor, TokenOffice
from trunkline.sandbox.config import Clock, SandboxConfig
from trunkline.sandbox.entities import ENTITIES
from trunkline.sandbox.faults import FaultPlan, Turns
from trunkline.sandbox.idi import HANDLERS as IDI_HANDLERS
from trunkline.sandbox.quota import Quota
from trunkline.sandbox.record import Record
from trunkline.sandbox.routing import Router, shipped_operations
from trunkline.sandbox.seed_abzorb import seed_abzorb
from trunkline.sandbox.seed_idi import seed_idi
from trunkline.sandbox.store import Store
from trunkline.sandbox.vendors import Abzorb, Idi

_IMAGED_ROWS: Final = 5000


class SandboxState:
    """Everything that the server looks at to answer a request.

    Args:
        config: the settings. clock: Unix seconds; a `Clock` can be moved.
        operations: the endpoints to serve; by default those of both generated packages.
    Raises:
        ConfigError: the fault plan or the store is wrong.
    """

    def __init__(
        self,
        config: SandboxConfig,
        *,
        clock: Callable[[], float] | None = None,
        operations: Iterable[Operation[Any]] | None = None,
    ) -> None:
        self.config = config
        self.clock = clock if isinstance(clock, Clock) else Clock(clock) if clock else Clock()
        self.faults = FaultPlan.parse(config.faults, seed=config.seed)
        self.turns = Turns()
        self.record = Record(config.record)
        self.quota = Quota(config.quota)
        served = list(shipped_operations() if operations is None else operations)
        idi = Router((op for op in served if op.api == "idi"), IDI_HANDLERS)
        abzorb = Router((op for op in served if op.api == "abzorb"), ABZORB_HANDLERS)
        self.idi = Idi(
            idi,
            TokenOffice(
                config.users,
                key=config.signing_key,
                environment=config.environment,
                lifetime=config.token_lifetime,
            ),
            config.environment,
        )
        self.abzorb = Abzorb(abzorb, BasicDoor(config.users))
        self.store = Store(config.store, ENTITIES)
        if self.store.create():
            self._fill()
        self.store.index()
        # A large image would double the memory of a store that is rarely reset.
        self._image = self.store.image() if config.rows <= _IMAGED_ROWS else None

    def reset(self) -> None:
        """The data as it was at the start, no record, and the faults from their beginning."""
        if self._image is not None:
            self.store.restore(self._image)
        else:
            self.store.clear()
            self._fill()
        self.turns.clear()
        self.record.clear()
        self.quota.clear()

    def set_faults(self, text: str) -> None:
        """Replace the fault plan.

        Raises:
            ConfigError: the text does not follow the grammar of `trunkline.sandbox.faults`.
        """
        self.faults = FaultPlan.parse(text, seed=self.config.seed)
        self.turns.clear()

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def _fill(self) -> None:
        with self.store.transaction():
            seed_idi(self.store, rows=self.config.rows, seed=self.config.seed)
            seed_abzorb(self.store, rows=self.config.rows, seed=self.config.seed, now=self.clock())
