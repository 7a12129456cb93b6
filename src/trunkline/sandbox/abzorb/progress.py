"""What happens by itself as time passes: requests take effect, orders and tasks move on.

Nothing runs in the background. Every due step is in the store with its time and is carried out, in order,
at the start of the next request; so a moved clock has the same effect as waiting, on every process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import sqlalchemy as sa

from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row

Step = Callable[[Call, Any, float], None]
"""Carries out one job: a call, of which only store and config are used, its subject, and its due time."""

_DUE: Final = sa.select(sa.func.min(e.JOB.table.c.at))


def later(call: Call, kind: str, subject: Any, *, at: float) -> None:
    """Have a step carried out when the clock reaches a time."""
    call.store.add(e.JOB, {"jobId": call.store.next_id(e.JOB), "at": at, "kind": kind, "subject": subject})


def soon(call: Call, kind: str, subject: Any, *, since: float | None = None) -> None:
    """Have a step carried out after the time that each state lasts."""
    later(call, kind, subject, at=(call.now if since is None else since) + call.config.order_seconds)


def cancel(call: Call, kind: str, subject: Any) -> None:
    """Have steps of a kind for a subject not carried out."""
    for job in call.store.rows(e.JOB, e.JOB.table.c.kind == kind):
        # The subject is inside the JSON body and has no column of its own to select by.
        if job["subject"] == subject:
            call.store.remove(e.JOB, e.JOB.table.c.jobId == job["jobId"])


def with_progress(handler: Handler, steps: Mapping[str, Step]) -> Handler:
    """A handler that first carries out what is due."""

    def handle(call: Call) -> Any:
        # One indexed read for each request; the transaction is opened only when something is due.
        due = call.store.scalar(_DUE)
        if due is not None and due <= call.now:
            with call.store.transaction():
                _catch_up(call, steps)
        return handler(call)

    return handle


def _catch_up(call: Call, steps: Mapping[str, Step]) -> None:
    table = e.JOB.table.c
    # A step may make the next one due at once, when the clock was moved by a lot.
    while job := _next(call, table):
        # The job is removed before its step runs, as the step may add the next job of the same subject.
        call.store.remove(e.JOB, table.jobId == job["jobId"])
        steps[job["kind"]](call, job["subject"], job["at"])


def _next(call: Call, table: Any) -> Row | None:
    # By time, since later steps build on earlier ones: an order must be in progress
    # before it is completed.
    return call.store.first(e.JOB, table.at <= call.now, order=[table.at])
