"""What carries out the operations of Service and Feature Management, by operation id."""

from __future__ import annotations

from trunkline.sandbox.idi import (
    billing,
    collections,
    coverage,
    customer,
    device,
    emergency,
    feature,
    service,
    sim,
)
from trunkline.sandbox.routing import Handler

HANDLERS: dict[str, Handler] = {
    **billing.HANDLERS,
    **collections.HANDLERS,
    **coverage.HANDLERS,
    **customer.HANDLERS,
    **device.HANDLERS,
    **emergency.HANDLERS,
    **feature.HANDLERS,
    **service.HANDLERS,
    **sim.HANDLERS,
}
