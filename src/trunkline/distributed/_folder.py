"""The folder of a distributed job: whose it is, and files that are there whole or not at all."""

from __future__ import annotations

import hashlib
import json
import posixpath
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from trunkline._calls.identity import listed, parts_of
from trunkline.errors import CheckpointError
from trunkline.extras import need

_JOB: Final = "_trunkline.json"
_VENDOR: Final = "_trunkline_vendor"


def open_folder(folder: str) -> tuple[Any, str]:
    """Return the file system of an fsspec URL or path, and the path in it."""
    fsspec: Any = need("fsspec", "dask", "a distributed job")
    files, root = fsspec.core.url_to_fs(folder)
    return files, root


def claim(files: Any, root: str, job: Mapping[str, Any]) -> None:
    """Write what the folder is for, or check that it is for this job.

    Raises:
        CheckpointError: the folder holds something else.
    """
    files.makedirs(root, exist_ok=True)
    place = posixpath.join(root, _JOB)
    if not files.exists(place):
        # Somebody else's files must not be mixed with results. Hidden files (".part-…") are leftovers
        # of an interrupted start.
        if [one for one in files.ls(root, detail=False) if not posixpath.basename(one).startswith(".")]:
            raise CheckpointError(f"the folder {root} is not empty: name another folder")
        write_whole(files, place, json.dumps(job).encode())
    # Read also when it was just written: another start may have been faster.
    found = _read(files, place)
    # by way of JSON, in which a tuple is a list and a key a text
    wanted = json.loads(json.dumps(job))
    if not isinstance(found, dict):
        raise CheckpointError(
            f"the folder {root} holds the results of another job ({_JOB} cannot be read): name another folder"
        )
    other = [name for name in {**found, **wanted} if found.get(name) != wanted.get(name)]
    if other:
        raise CheckpointError(
            f"the folder {root} holds the results of another job: {_differences(found, wanted, other)}. Name "
            "another folder, or give what was given then"
        )


def _differences(found: Mapping[str, Any], wanted: Mapping[str, Any], names: Sequence[str]) -> str:
    """What differs, with the values where they are words of the caller's own that hold nobody's data."""
    told = [name for name in names if name not in _FOLLOWS] or list(names)
    words = [
        f"its {_WORDS[name]} are others"
        if name in _WORDS
        else f"its {_SHOWN.get(name, name)} is {found.get(name)!r} and not {wanted.get(name)!r}"
        for name in told
    ]
    return "; ".join(words)


_WORDS: Final = {
    "params": "further parameters",
    "keys": "keys",
    "rows": "rows",
    "searches": "filters and other arguments",
}
"""What holds data of somebody, or is a digest of it: told by its name alone."""
_SHOWN: Final = {
    "parameter": "parameter that the keys fill",
    "raw_csv": "raw CSV",
    "natural_key": "natural key",
    "shard": "number of keys or rows in a file",
    "shards": "number of files",
    "parts": "number of files",
    "limit": "limit of rows a key",
}
_FOLLOWS: Final = ("shards", "parts")
"""What follows from the keys or the size of a file, and is told where nothing else is."""


def _read(files: Any, place: str) -> Any:
    try:
        with files.open(place, "rb") as file:
            return json.load(file)
    except ValueError:
        return None


def claim_vendor(files: Any, root: str, identity: str) -> None:
    """Record whom this folder's results come from, or check that they come from there too.

    Called by every worker, whose environment decides on address and user.

    Raises:
        CheckpointError: other files of the folder come from another address, environment or user.
    """
    place = posixpath.join(root, _VENDOR)
    # Digests, because the folder may be shared with others: what differs is known, but not the values.
    parts = parts_of(identity) or {"identity": identity}
    mine = {name: digest_of([text.encode()]) for name, text in parts.items()}
    if not files.exists(place):
        write_whole(files, place, json.dumps(mine).encode())
    found = _read(files, place)
    if found == mine:
        return
    known = found if isinstance(found, dict) else {}
    other = listed([name for name in mine if known.get(name) != mine[name]] or ["identity"])
    raise CheckpointError(
        f"the folder {root} holds results of another {other} than this worker's client has: name another "
        "folder, or set the workers' environment as it was"
    )


def write_whole(files: Any, place: str, content: bytes) -> None:
    """Write a file that is there whole, or not at all."""
    temporary = beside(place)
    try:
        with files.open(temporary, "wb") as file:
            file.write(content)
        # On a local or shared file system this is a rename and atomic. Object stores copy, but show an
        # object only when it is complete.
        files.mv(temporary, place)
    finally:
        if files.exists(temporary):
            files.rm(temporary)


def beside(place: str) -> str:
    """Return a name for what becomes this file; no two writers have the same."""
    return f"{posixpath.dirname(place)}/.{posixpath.basename(place)}.{uuid.uuid4().hex}"


def digest_of(parts: Iterable[bytes]) -> str:
    """Return the SHA-256 of the parts, each with its length, so that no two lists of parts are alike."""
    hasher = hashlib.sha256()
    for part in parts:
        # Without the lengths ["ab", "c"] and ["a", "bc"] would have one digest.
        hasher.update(len(part).to_bytes(8, "big") + part)
    return hasher.hexdigest()


__all__ = ["beside", "claim", "claim_vendor", "digest_of", "open_folder", "write_whole"]
