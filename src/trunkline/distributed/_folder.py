"""The folder of a distributed job: whose it is, and files that are there whole or not at all."""

from __future__ import annotations

import hashlib
import json
import posixpath
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

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
        return
    try:
        with files.open(place, "rb") as file:
            found = json.load(file)
    except ValueError:
        found = None
    if found != job:
        raise CheckpointError(f"the folder {root} holds the results of another job: name another folder")


def claim_vendor(files: Any, root: str, identity: str) -> None:
    """Record whom this folder's results come from, or check that they come from there too.

    Called by every worker, whose environment decides on address and user.

    Raises:
        CheckpointError: other files of the folder come from another address, environment or user.
    """
    place = posixpath.join(root, _VENDOR)
    # The digest, because the identity names the user and the folder may be shared.
    mine = digest_of([identity.encode()])
    if not files.exists(place):
        write_whole(files, place, mine.encode())
    with files.open(place, "rb") as file:
        if file.read().decode() != mine:
            raise CheckpointError(
                f"the folder {root} holds results of another address, environment, user or route than this "
                "worker's client has: name another folder, or set the workers' environment as it was"
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
