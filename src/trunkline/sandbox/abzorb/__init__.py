"""What carries out the requests of Abzorb, by operation id."""

from __future__ import annotations

from trunkline.sandbox.abzorb import catalogue, connections, customers, orders, switching, tasks
from trunkline.sandbox.abzorb.progress import with_progress
from trunkline.sandbox.routing import Handler

_STEPS = {**connections.STEPS, **orders.STEPS, **switching.STEPS, **tasks.STEPS}
HANDLERS: dict[str, Handler] = {
    # The catalogue and the customers do not change with time.
    **catalogue.HANDLERS,
    **customers.HANDLERS,
    **{
        operation: with_progress(handler, _STEPS)
        for part in (connections.HANDLERS, orders.HANDLERS, switching.HANDLERS, tasks.HANDLERS)
        for operation, handler in part.items()
    },
}
