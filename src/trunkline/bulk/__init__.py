"""Bulk lookups: many keys, one outcome for each, in bounded memory; and many lookups in one request.

    async for outcome in bulk.lookup(call, keys, concurrency=64):
        print(outcome.key, outcome.value or outcome.error)

`call` is any coroutine function of one key. Leaving the loop early, cancelling the task that reads it, or an
error in the caller's own code ends every task that the run has started. `async with bulk.lookup(…) as
outcomes:` also waits for their end.
"""

from trunkline.bulk.checkpoint import Checkpoint
from trunkline.bulk.loader import Loader, LoaderStats, resource_loader
from trunkline.bulk.lookup import Lookup, lookup
from trunkline.bulk.outcome import Outcome
from trunkline.bulk.progress import Progress

__all__ = [
    "Checkpoint",
    "Loader",
    "LoaderStats",
    "Lookup",
    "Outcome",
    "Progress",
    "lookup",
    "resource_loader",
]
