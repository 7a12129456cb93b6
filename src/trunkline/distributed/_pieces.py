"""The driver's side of jobs whose workers write: pieces go out, numbers come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from attrs import field, frozen
from distributed import KilledWorker

from trunkline.distributed._cluster import Presence, cluster_lost
from trunkline.distributed._worker import tell_to_stop
from trunkline.errors import TransportError

_TRIES: Final = 5
"""Workers that a piece is sent to when one after the other goes away."""
_BUSY_SECONDS: Final = 1.0
"""Between two tries of a piece whose first worker is not certainly gone."""


class Piece(Protocol):
    """One part of a job: what a worker does at a time, and writes as one file."""

    @property
    def number(self) -> int:
        """Its place in the job."""
        ...


@frozen(kw_only=True)
class Done:
    """What a worker did with a piece: numbers only, so that neither keys nor values pass the scheduler.

    counts: by name. fatal: an error that no other piece can escape. interrupted: the worker is going, or
    another one may still be at it; ask again.
    """

    number: int
    counts: Mapping[str, int] = field(factory=dict)
    fatal: Exception | None = None
    interrupted: bool = False


async def carried_out(
    client: Any, name: str, pieces: Sequence[Piece], task: Any, parts: Mapping[int, Any], presence: Presence
) -> AsyncGenerator[Done, None]:
    """Keep every worker busy with two pieces; yield what they did.

    A job that is to end early sends no further pieces, has the workers finish what is in flight, and waits
    for them for a while.

    Args:
        name: of the job. task: the coroutine function that workers run, `task(name, piece, *values)`.
        parts: Dask collections' partitions by the number of their piece, computed on the workers.
    Raises:
        TransportError: a piece lost its workers again and again, or the cluster went away.
    """
    # Two for each thread: the second is there when the first ends, and more would only pile up on a
    # worker that may be lost.
    most = max(2, 2 * sum((await client.nthreads()).values()))
    # Reversed, since `pop` takes from the end and is the cheap one.
    waiting = list(reversed(pieces))
    running: dict[asyncio.Task[Done], tuple[Piece, int]] = {}

    def send(piece: Piece, tries: int) -> None:
        # Dask returns the result of an earlier task of the same key, so each try has its own.
        key = f"{name}-{piece.number}-{tries}"
        work = _result(client, task, (name, piece), parts.get(piece.number), key, tries)
        running[asyncio.create_task(work)] = (piece, tries)

    told = False
    try:
        while waiting or running:
            if presence.stopped and not told:
                told = True
                waiting.clear()
                await tell_to_stop(client, name)
                continue
            while waiting and len(running) < most:
                send(waiting.pop(), 0)
            if told and presence.is_over:
                return
            for ended in await presence.first(running.keys()):
                piece, tries = running.pop(ended)
                done = ended.result()
                if done.fatal is not None:
                    raise done.fatal
                if not done.interrupted:
                    yield done
                elif presence.stopped:
                    continue
                elif tries + 1 >= _TRIES:
                    raise TransportError(
                        f"part {piece.number} lost its workers, one after the other", may_have_run=True
                    )
                else:
                    send(piece, tries + 1)
    finally:
        for left in running:
            left.cancel()
        if running:
            # Awaited, so that no task of the job is left when the caller's loop ends.
            await asyncio.wait(running)


async def _result(
    client: Any, task: Callable[..., Any], arguments: tuple[Any, ...], part: Any, key: str, tries: int
) -> Done:
    if tries:
        await asyncio.sleep(_BUSY_SECONDS * tries)
    values = () if part is None else (client.compute(part),)
    # `pure=False`: Dask must not take two equal calls for one.
    future = client.submit(task, *arguments, *values, key=key, pure=False)
    try:
        found: Done = await future
    # Dask gives a task up after it has lost several workers. Here the piece may be sent again: its file
    # or its journal shows what is done.
    except KilledWorker:
        return Done(number=arguments[1].number, interrupted=True)
    except OSError as error:
        raise cluster_lost(error) from None
    except Exception as error:
        # futures of a scheduler that is gone are "cancelled", in a class of Dask's own
        if future.status in {"cancelled", "lost"}:
            raise cluster_lost(error) from None
        raise
    finally:
        # The scheduler keeps a result as long as somebody holds its future.
        future.release()
    return found


__all__ = ["Done", "Piece", "carried_out"]
