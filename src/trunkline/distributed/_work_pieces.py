"""Changes and exports as workers carry them out: one journal, or one file, for each piece."""

from __future__ import annotations

import asyncio
import posixpath
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import asdict, field, frozen
from distributed import get_worker

from trunkline import bulk
from trunkline.bulk._files import InUseError
from trunkline.distributed._folder import beside, claim_vendor, open_folder
from trunkline.distributed._pieces import Done
from trunkline.distributed._worker import ClientPlugin, portable
from trunkline.errors import CheckpointError


@frozen(kw_only=True)
class Rows:
    """Rows of a change that go through one journal.

    rows: None for those that the journal holds already. options: of `bulk.apply`.
    """

    number: int
    journal: str
    rows: tuple[Mapping[str, Any], ...] | None = field(default=None, repr=False)
    options: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class Part:
    """One search of an export, to become one file. arguments: of the method. options: of `bulk.export`."""

    number: int
    file: str
    arguments: Mapping[str, Any] = field(repr=False)
    options: Mapping[str, Any] = field(factory=dict)


async def change(job: str, piece: Rows) -> Done:
    """The task that Dask carries out on a worker: apply the rows through the piece's journal."""
    plugin = get_worker().plugins.get(job)
    if not isinstance(plugin, ClientPlugin):
        return Done(number=piece.number, interrupted=True)
    try:
        found = await plugin.until_closed(_change(plugin, piece))
    except InUseError:
        # A worker that was given up may still be running this piece. It holds the journal's lock, which
        # the system releases when that process ends.
        return Done(number=piece.number, interrupted=True)
    except Exception as error:
        return Done(number=piece.number, fatal=portable(error))
    return found or Done(number=piece.number, interrupted=True)


async def _change(plugin: ClientPlugin, piece: Rows) -> Done:
    if piece.rows is not None:
        files, root = open_folder(posixpath.dirname(piece.journal))
        claim_vendor(files, root, plugin.client().identity)
    else:
        _check_seen(Path(piece.journal))
    report = await bulk.apply(
        plugin.method(),
        piece.rows,
        journal=piece.journal,
        concurrency=plugin.work.concurrency,
        stop=plugin.stop,
        **piece.options,
    )
    return Done(number=piece.number, counts=asdict(report))


def _check_seen(journal: Path) -> None:
    if not journal.exists():
        raise CheckpointError(
            f"this worker does not see {journal}: the plan must lie on a file system that all workers share, "
            "under the same path"
        )


async def fetch(job: str, piece: Part) -> Done:
    """The task that Dask carries out on a worker: export one search into the piece's file."""
    plugin = get_worker().plugins.get(job)
    if not isinstance(plugin, ClientPlugin):
        return Done(number=piece.number, interrupted=True)
    if plugin.stop.is_set():
        return Done(number=piece.number, interrupted=True)  # it was on its way when the job was ended
    try:
        found = await plugin.until_closed(_fetch(plugin, piece))
    except Exception as error:
        return Done(number=piece.number, fatal=portable(error))
    return found or Done(number=piece.number, interrupted=True)


async def _fetch(plugin: ClientPlugin, piece: Part) -> Done:
    files, place = open_folder(piece.file)
    if files.exists(place):
        return Done(number=piece.number)  # an earlier try got as far as its file
    claim_vendor(files, posixpath.dirname(place), plugin.client().identity)
    # Exports need a local file: their pages are kept in SQLite, and their
    # output is renamed into place. The finished file is copied in one go.
    with tempfile.TemporaryDirectory(prefix="trunkline-") as folder:
        local = Path(folder) / posixpath.basename(place)
        report = await bulk.export(plugin.method()(**piece.arguments), local, **piece.options)
        temporary = beside(place)
        try:
            # The upload blocks; in a thread it does not stop the worker's other pieces.
            await asyncio.to_thread(files.put_file, str(local), temporary)
            files.mv(temporary, place)
        finally:
            if files.exists(temporary):
                files.rm(temporary)
    counts = {"rows": report.rows, "pages": report.pages, "cut": sum(report.cut.values())}
    return Done(number=piece.number, counts={**counts, "misfits": report.misfits, "deep": report.deep})


__all__ = ["Part", "Rows", "change", "fetch"]
