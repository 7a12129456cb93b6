"""Rows of four kinds of changes, and the sandbox's own ledger of which of them it carried out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
from attrs import frozen

from trunkline.abzorb.models import CreateTaskRequest
from trunkline.idi.models import CoverageAreaUpdate, SimCreate
from trunkline.idi.patches import DevicePatch
from trunkline.sandbox import Ledger, Write

FIRST_DEVICE = 1000


@frozen(kw_only=True)
class Kind:
    """One kind of change. rows: makes so many. key_of: which row a write of the ledger carried out."""

    name: str
    operation: str
    rows: Callable[[int], list[dict[str, Any]]]
    key_of: Callable[[Write], Any]
    natural_key: tuple[str, ...] = ()


def patches(count: int) -> list[dict[str, Any]]:
    return [
        {"device_id": FIRST_DEVICE + n, "patch": DevicePatch().replace_reference_number(f"ref-{n}")}
        for n in range(count)
    ]


def areas(count: int) -> list[dict[str, Any]]:
    return [
        {"zip": f"{10000 + n}", "body": CoverageAreaUpdate(coverage_indicator_id=1000, csa=f"area {n}")}
        for n in range(count)
    ]


def sims(count: int) -> list[dict[str, Any]]:
    return [
        {"body": SimCreate(sim_number=f"8944{n:015d}", imsi=f"99988{n:010d}", sim_class_id=3)}
        for n in range(count)
    ]


def tasks(count: int) -> list[dict[str, Any]]:
    return [
        {
            "body": CreateTaskRequest(
                customer_id=20_000,
                diary_type_id=14,
                diary_task_id=203,
                subject=f"row {n}",
                description="by bulk",
            )
        }
        for n in range(count)
    ]


def _field(name: str) -> Callable[[Write], Any]:
    return lambda write: msgspec.json.decode(write.body)[name]


PATCH = Kind(
    name="patch",
    operation="device.update",
    rows=patches,
    key_of=lambda write: int(write.path[0]) - FIRST_DEVICE,
)
PUT = Kind(
    name="put",
    operation="coverage_service_area.add_or_update",
    rows=areas,
    key_of=lambda write: int(write.path[0]) - 10000,
)
CREATE = Kind(
    name="creation with a key",
    operation="sim.create",
    rows=sims,
    key_of=lambda write: int(_field("simNumber")(write)[4:]),
    natural_key=("simNumber",),
)
PLAIN = Kind(
    name="creation without a key",
    operation="tasks.create",
    rows=tasks,
    key_of=lambda write: int(_field("subject")(write).removeprefix("row ")),
)
KINDS = (PATCH, PUT, CREATE, PLAIN)


def carried_out(writes: Ledger, kind: Kind) -> Counter[Any]:
    """How often the sandbox carried each row out: by its own ledger, not by the client's word."""
    if not writes.is_complete:
        raise AssertionError("the ledger has dropped entries: nothing can be counted")
    return Counter(kind.key_of(write) for write in writes.of(kind.operation))
