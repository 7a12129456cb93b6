"""The pages that an export has fetched so far, kept until its output is complete.

One file that only grows: a line of JSON for each page (its rows, the token of the following page, length and
checksum of its body), then the body as it came. What a kill has left half-written at the end is dropped, and
the walk continues after the page before it. A database would write every body twice.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from trunkline._calls.identity import differing
from trunkline.bulk._files import FileLock, create_private
from trunkline.client import Page, Pager
from trunkline.errors import CheckpointError

_VERSION: Final = 1
_LONGEST_LINE: Final = 1 << 20
"""Of the line before a body; a token may hold a long link."""


class KeptPages:
    """The pages of one unfinished export.

    Raises:
        CheckpointError: the file is there and `resume` is False, is in use, or holds another collection.
    """

    def __init__(self, path: Path, identity: str, *, resume: bool) -> None:
        self._path = path
        self._client: str | None = None
        exists = path.exists() and path.stat().st_size > 0
        if exists and not resume:
            raise CheckpointError(
                f"{path} holds an unfinished export: resume it, or delete the file to start anew"
            )
        self._lock = FileLock(path, f"the export {path}")
        try:
            create_private(path)
            self._file = path.open("r+b")
        except OSError as error:
            self._lock.release()
            raise CheckpointError(f"the export {path} cannot be opened: {type(error).__name__}") from error
        try:
            if not exists:
                self._append({"version": _VERSION, "identity": identity})
            self._check(self._line(), identity)
        except BaseException:
            self.close()
            raise
        self._end = self._file.tell()
        """Where the next page goes: behind the last whole one."""

    def _check(self, head: dict[str, Any] | None, identity: str) -> None:
        if head is None or head.get("version") != _VERSION:
            raise CheckpointError(
                f"{self._path} is not an unfinished export of this version: delete the file to start anew"
            )
        if head.get("identity") != identity:
            raise CheckpointError(
                f"{self._path} holds an export of another collection, filter, address or user: "
                "resume with the same, or delete the file to start anew"
            )

    def claim(self, client: str) -> None:
        """Record the client that pages are fetched with: its address, environment, user and routes.

        Raises:
            CheckpointError: an earlier run fetched pages from another address or as another user.
        """
        if self._client is None:
            self._client = client
            self._add({"client": client}, b"")
        elif self._client != client:
            raise CheckpointError(
                f"{self._path} holds an export of another {differing(self._client, client)}: resume with the "
                "same, or delete the file to start anew"
            )

    def kept(self, pager: Pager[Any]) -> Iterator[tuple[Page[Any], bytes]]:
        """Yield each page that is kept, its rows and its token, and the bytes that it came in."""
        asked = pager._asked
        while (found := self._next()) is not None:
            head, body = found
            if "client" in head:
                self._client = head["client"]
            else:
                # decoded like a fresh page, so a resumed export has the same types and the same drift
                parts = asked.codec.decode_page(asked.op, body, made=False)
                yield Page(rows=parts.rows, token=head["token"], deep=parts.deep), body

    def _next(self) -> tuple[dict[str, Any], bytes] | None:
        """The entry at the end of what was read so far; None if there is no complete one."""
        self._file.seek(self._end)
        head = self._line()
        if head is None or not isinstance(head.get("bytes"), int):
            return None
        body = self._file.read(head["bytes"])
        if len(body) != head["bytes"] or zlib.crc32(body) != head.get("crc"):
            return None
        self._end = self._file.tell()
        return head, body

    def _line(self) -> dict[str, Any] | None:
        text = self._file.readline(_LONGEST_LINE)
        try:
            found = json.loads(text)
        except ValueError:
            return None
        return found if text.endswith(b"\n") and isinstance(found, dict) else None

    def add(self, number: int, page: Page[Any], body: bytes) -> None:
        """Keep one more page; it is with the operating system before the next one is fetched."""
        self._add({"number": number, "rows": len(page), "token": page.token}, body)

    def _add(self, head: dict[str, Any], body: bytes) -> None:
        self._file.seek(self._end)
        self._append({**head, "bytes": len(body), "crc": zlib.crc32(body)}, body)
        self._end = self._file.tell()

    def _append(self, head: dict[str, Any], body: bytes = b"") -> None:
        begin = self._file.tell()
        try:
            self._file.truncate()
            self._file.write(json.dumps(head).encode() + b"\n")
            self._file.write(body)
            self._file.flush()
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file.fileno(), begin)
            raise CheckpointError(
                f"{self._path} cannot be written ({error.strerror}): what it holds is kept; make room, "
                "then resume"
            ) from error
        if begin == 0:
            self._file.seek(0)

    def delete(self) -> None:
        """Remove the file: the export is complete."""
        self.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        with contextlib.suppress(OSError):
            self._file.close()
        self._lock.release()


__all__ = ["KeptPages"]
