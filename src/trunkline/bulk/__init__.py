"""Bulk work: many lookups, many changes, whole collections; each key, change and row once, in bounded memory.

    async for outcome in bulk.lookup(call, keys, concurrency=64):
        print(outcome.key, outcome.value or outcome.error)

    report = await bulk.apply(client.device.update, rows, journal="changes.journal")

`call` is any coroutine function of one key. Leaving the loop early, cancelling the task that reads it, or an
error in the caller's own code ends every task that the run has started. `async with bulk.lookup(…) as
outcomes:` also waits for their end.
"""

from trunkline.bulk._outage import OutageError
from trunkline.bulk.apply import Apply, ApplyReport, apply
from trunkline.bulk.checkpoint import Checkpoint
from trunkline.bulk.export import ExportReport, export
from trunkline.bulk.journal import Journal, JournalRow
from trunkline.bulk.loader import Loader, LoaderStats, resource_loader
from trunkline.bulk.lookup import Lookup, lookup
from trunkline.bulk.outcome import Outcome
from trunkline.bulk.plan import PlanReport, plan
from trunkline.bulk.progress import Progress

__all__ = [
    "Apply",
    "ApplyReport",
    "Checkpoint",
    "ExportReport",
    "Journal",
    "JournalRow",
    "Loader",
    "LoaderStats",
    "Lookup",
    "OutageError",
    "Outcome",
    "PlanReport",
    "Progress",
    "apply",
    "export",
    "lookup",
    "plan",
    "resource_loader",
]
