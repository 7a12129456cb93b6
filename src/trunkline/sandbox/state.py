"""One running sandbox: its store, clock, users, faults and record. No HTTP here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from trunkline import apis
from trunkline.errors import ConfigError
from trunkline.operation import Operation
from trunkline.sandbox.config import Clock, SandboxConfig
from trunkline.sandbox.credentials import BasicDoor, TokenOffice
from trunkline.sandbox.faults.conditions import Conditions
from trunkline.sandbox.faults.plan import FaultPlan
from trunkline.sandbox.faults.scenario import load
from trunkline.sandbox.ledger import Ledger
from trunkline.sandbox.record import Record
from trunkline.sandbox.routing import Handler, Router, shipped_operations
from trunkline.sandbox.seed import own_rows
from trunkline.sandbox.seed.abzorb import seed_abzorb
from trunkline.sandbox.seed.idi import seed_idi
from trunkline.sandbox.store.entities import ENTITIES
from trunkline.sandbox.store.snapshots import Snapshot
from trunkline.sandbox.store.store import Store, reason
from trunkline.sandbox.vendors import Abzorb, Idi, Plain, Vendor

_IMAGED_ROWS: Final = 5000


class SandboxState:
    """Everything that the server needs to serve a request.

    Args:
        config: the settings. clock: Unix seconds; a `Clock` can be moved.
        operations: the endpoints to serve; by default those of every registered API.
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
        self.record = Record(config.record)
        self.ledger = Ledger()
        routers = _routers(shipped_operations() if operations is None else operations)
        self.idi = Idi(
            routers.pop("idi"),
            TokenOffice(
                config.users,
                key=config.signing_key,
                environment=config.environment,
                lifetime=config.token_lifetime,
            ),
            config.environment,
        )
        self.conditions = Conditions(
            FaultPlan.parse(config.faults, seed=config.seed),
            quota=config.quota,
            seed=config.seed,
            # Read at each call, as `clock` may be replaced.
            clock=lambda: self.clock(),
            expire=self.idi.office.forget,
        )
        self.fault_text = ""
        self.configure()
        self.abzorb = Abzorb(routers.pop("abzorb"), BasicDoor(config.users))
        others = {name: Plain(name, router) for name, router in routers.items()}
        self.vendors: dict[str, Vendor] = {"idi": self.idi, "abzorb": self.abzorb, **others}
        """By the name of the API, in the order of the page."""
        self._data = own_rows.load(config.data) if config.data else {}
        self.store = Store(config.store, ENTITIES)
        try:
            fresh = self.store.prepare(self._fill)
        except SQLAlchemyError as error:
            self.store.close()
            raise ConfigError(f"the store cannot be used: {reason(error)}") from error
        # A large image would double the memory of a store that is rarely reset.
        self._image = self.store.snapshot() if fresh and config.rows <= _IMAGED_ROWS else None
        self._snapshots: dict[str, Snapshot] = {}

    def reset(self) -> None:
        """The data as it was at the start, no record, no writes, and the faults from their beginning."""
        if not self._reset_by_image():
            with self.store.transaction():
                self.store.clear()
                self._fill()
                self.store.start_all_ids()
        self.conditions.restart()
        self.record.clear()
        self.ledger.clear()

    def _reset_by_image(self) -> bool:
        if self._image is None:
            return False
        try:
            self.store.restore(self._image)
        except LookupError:
            # Gone with the connection that it lived in; filling anew gives the same rows.
            self._image = None
            return False
        return True

    @property
    def snapshots(self) -> list[str]:
        """The names of the snapshots that were taken."""
        return list(self._snapshots)

    def snapshot(self, name: str) -> None:
        """Keep a copy of every row under a name; one of the same name is replaced."""
        taken = self.store.snapshot()
        if name in self._snapshots:
            # The new copy was taken before the old one is dropped: if it fails, the old one stays.
            self._snapshots.pop(name).drop()
        self._snapshots[name] = taken

    def restore(self, name: str) -> None:
        """Put the rows of a snapshot back; clock, faults and record stay as they are.

        Raises:
            LookupError: there is no snapshot of this name, or it was lost with the database's connection.
        """
        self.store.restore(self._snapshot(name))

    def drop_snapshot(self, name: str) -> None:
        """Forget a snapshot.

        Raises:
            LookupError: there is no snapshot of this name.
        """
        self._snapshot(name).drop()
        del self._snapshots[name]

    def _snapshot(self, name: str) -> Snapshot:
        if name not in self._snapshots:
            raise LookupError(
                f"no snapshot is named {name!r}; there are: {', '.join(self._snapshots) or 'none'}"
            )
        return self._snapshots[name]

    def configure(self) -> None:
        """Set faults and scenario from the settings, from their beginning."""
        self.set_faults(self.config.faults)
        self.conditions.set_scenario(load(self.config.scenario) if self.config.scenario else None)

    def set_faults(self, text: str) -> None:
        """Replace the fault plan; `fault_text` is the present one as it was written.

        Raises:
            ConfigError: the text does not follow the grammar of `trunkline.sandbox.faults.grammar`.
        """
        self.conditions.set_plan(FaultPlan.parse(text, seed=self.config.seed))
        self.fault_text = text

    @property
    def faults(self) -> FaultPlan:
        """The faults that hold all the time."""
        return self.conditions.plan

    def close(self) -> None:
        """Close the store."""
        for taken in (*self._snapshots.values(), *([self._image] if self._image else [])):
            taken.drop()
        self.store.close()

    def _fill(self) -> None:
        with self.store.transaction():
            seed_idi(self.store, rows=self.config.rows, seed=self.config.seed)
            seed_abzorb(self.store, rows=self.config.rows, seed=self.config.seed, now=self.clock())
            own_rows.write(self.store, self._data)


def _routers(operations: Iterable[Operation[Any]]) -> dict[str, Router]:
    """A router for each registered API, by its name."""
    served = list(operations)
    return {
        api.name: Router((op for op in served if op.api == api.packages[0].api), _handlers(api))
        for api in apis.all_apis()
    }


def _handlers(api: apis.Api) -> Mapping[str, Handler]:
    """What carries the API's operations out, by operation id; without it each gets a 501."""
    found: Mapping[str, Handler] = import_module(api.handlers).HANDLERS if api.handlers else {}
    return found
