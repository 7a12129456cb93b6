"""Shards of a distributed lookup whose results the workers write: keys in, one whole Parquet file out."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from attrs import evolve, field, frozen
from distributed import get_worker

from trunkline.bulk._arrow import ArrowColumns
from trunkline.bulk._key_set import is_whole
from trunkline.bulk._table import Table
from trunkline.bulk.outcome import Outcome
from trunkline.distributed._chunks import Chunk
from trunkline.distributed._folder import beside, claim_vendor, digest_of, open_folder
from trunkline.distributed._pieces import Done
from trunkline.distributed._worker import ClientPlugin, portable
from trunkline.errors import InputError
from trunkline.extras import need

_OWN: Final = ("error", "error_type", "status", "attempts", "latency_ms")


@frozen(kw_only=True)
class Shard:
    """One output file's keys: a slice of a Parquet row group that the worker reads, or the keys themselves.

    number: of the file. footer: digest of the Parquet file's footer when the job began. whole: whether the
    parameter takes integers.
    """

    number: int
    folder: str
    path: str = ""
    footer: str = ""
    column: str = ""
    group: int = 0
    start: int = 0
    stop: int = 0
    whole: bool = False
    keys: tuple[Any, ...] = field(default=(), repr=False)

    @property
    def file(self) -> str:
        """Where the results go."""
        return posixpath.join(self.folder, f"part-{self.number:06d}.parquet")


async def write(run: str, shard: Shard, values: Any = None) -> Done:
    """The task that Dask carries out on a worker: look a shard's keys up and write its file, once."""
    plugin = get_worker().plugins.get(run)
    if not isinstance(plugin, ClientPlugin):
        return Done(number=shard.number, interrupted=True)  # the run has ended, or this worker only joins
    if plugin.stop.is_set():
        return Done(number=shard.number, interrupted=True)  # it was on its way when the job was ended
    files, place = open_folder(shard.file)
    # The check comes before any key is asked: Dask may run a task a second time after
    # its worker was lost.
    if files.exists(place):
        # an earlier try of this shard got as far as its file, and no further
        return Done(number=shard.number, counts=counts_of(files, place))
    try:
        claim_vendor(files, posixpath.dirname(place), plugin.client().identity)
    except Exception as error:
        return Done(number=shard.number, fatal=portable(error))
    try:
        keys = _keys(shard, values)
    except InputError as error:
        return Done(number=shard.number, fatal=error)
    read = [_key(key, whole=shard.whole) for key in keys]
    asked = [place for place, key in enumerate(read) if not isinstance(key, InputError)]
    chunk = Chunk(number=shard.number, keys=tuple(read[place] for place in asked), positions=tuple(asked))
    reply = await plugin.ask(chunk)
    if reply.fatal is not None or reply.interrupted:
        return Done(number=shard.number, fatal=reply.fatal, interrupted=reply.interrupted)
    outcomes = [evolve(outcome, index=asked[outcome.index]) for outcome in reply.outcomes]
    outcomes += [
        Outcome(key=keys[place], error=key, attempts=0, index=place)
        for place, key in enumerate(read)
        if isinstance(key, InputError)
    ]
    # Outcomes come as they complete. In the order of the keys, two runs over the same keys
    # write the same rows.
    outcomes.sort(key=lambda outcome: outcome.index)
    # The table comes from the model and not from the data, so that all files of a job have one schema.
    table = _table(plugin.table(), keys, outcomes)
    temporary = beside(place)
    try:
        with files.open(temporary, "wb") as file:
            need("pyarrow.parquet", "parquet", "writing Parquet").write_table(table, file, compression="zstd")
        files.mv(temporary, place)  # a rename: the file is there whole, or not at all
    finally:
        if files.exists(temporary):
            files.rm(temporary)
    failed = sum(not one.ok for one in outcomes)
    return Done(number=shard.number, counts={"keys": len(keys), "failed": failed})


def counts_of(files: Any, place: str) -> dict[str, int]:
    """Return the keys of a written file and how many of them failed, from its footer."""
    parquet: Any = need("pyarrow.parquet", "parquet", "reading Parquet")
    with files.open(place, "rb") as file:
        found = parquet.ParquetFile(file)
        column = found.schema_arrow.names.index("error_type")
        failed = 0
        for group in range(found.num_row_groups):
            part = found.metadata.row_group(group)
            failed += part.num_rows - part.column(_leaf(found, column)).statistics.null_count
        return {"keys": found.metadata.num_rows, "failed": failed}


def _leaf(found: Any, column: int) -> int:
    """The place of a column in the footer, where a nested one has a place for each of its ends."""
    name = found.schema_arrow.names[column]
    return next(n for n in range(found.metadata.num_columns) if found.schema.column(n).path == name)


def footer_of(file: Any) -> str:
    """Return the size of an open Parquet file with a digest of its end.

    The footer states where each column of each row group is, and the least and greatest values. Hashing a
    key file of gigabytes would take longer than starting the job.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - _FOOTER))
    found = f"{size} {digest_of([file.read()])}"
    file.seek(0)
    return found


_FOOTER: Final = 65_536
"""Bytes at the end of a Parquet file that are compared."""


def _keys(shard: Shard, values: Any) -> Sequence[Any]:
    if values is not None:
        found = values.iloc[:, 0].tolist() if hasattr(values, "columns") else list(values)
    elif shard.path:
        parquet: Any = need("pyarrow.parquet", "parquet", "reading Parquet")
        fsspec: Any = need("fsspec", "dask", "reading on workers")
        with fsspec.open(shard.path, "rb") as file:
            # The cut into shards was made for the file as it was: of another one keys would be left out, or
            # asked twice.
            if footer_of(file) != shard.footer:
                raise InputError(
                    f"{shard.path} was changed during the job: what is written stays. Put the file back to "
                    "go on, or begin anew in another folder"
                )
            group = parquet.ParquetFile(file).read_row_group(shard.group, columns=[shard.column])
        found = group.column(0).slice(shard.start, shard.stop - shard.start).to_pylist()
    else:
        found = list(shard.keys)
    return found


def _key(key: Any, *, whole: bool) -> Any:
    """Return a key as the parameter takes it, or why it cannot be asked: it would name another object."""
    if isinstance(key, int) and not isinstance(key, bool):
        return key
    if whole and isinstance(key, float | Decimal) and is_whole(key):
        return int(key)  # pandas turns an integer column with gaps into floats
    if whole and isinstance(key, str) and key.strip().isascii() and key.strip().isdecimal():
        return int(key)
    if not whole and not isinstance(key, float | bool | bytes | list | dict | None):
        return key
    wanted = "a whole number" if whole else "text"
    return InputError(f"the key is {type(key).__name__} and not {wanted}: digits may be lost there")


def _table(table: Table, keys: Sequence[Any], outcomes: Sequence[Outcome[Any, Any]]) -> Any:
    """The outcomes as an Arrow table: key, the model's fields, extra, then error and numbers."""
    arrow: Any = need("pyarrow", "parquet", "writing Parquet")
    good = [place for place, one in enumerate(outcomes) if one.error is None and one.value is not None]
    arrays = [arrow.array([str(keys[one.index]) for one in outcomes], arrow.string())]
    # where each outcome's row is among the good ones, None for an error: Arrow spreads the columns by that
    places = dict(zip(good, range(len(good)), strict=True))
    spread = arrow.array([places.get(place) for place in range(len(outcomes))], arrow.int64())
    columns = ArrowColumns(table)
    arrays += [one.take(spread) for one in columns.arrays([outcomes[place].value for place in good])]
    errors = [one.error for one in outcomes]
    arrays += [
        arrow.array([None if error is None else str(error) for error in errors], arrow.string()),
        arrow.array([None if error is None else type(error).__name__ for error in errors], arrow.string()),
        arrow.array([getattr(error, "status", None) or None for error in errors], arrow.int16()),
        arrow.array([one.attempts for one in outcomes], arrow.int32()),
        arrow.array([round(one.latency * 1000, 3) for one in outcomes], arrow.float64()),
    ]
    names = ["value_key" if name == "key" else name for name in table.names]
    # A model may have a field named like the key's column.
    return arrow.Table.from_arrays(arrays, names=["key", *names, *_OWN])


__all__ = ["Shard", "counts_of", "footer_of", "write"]
