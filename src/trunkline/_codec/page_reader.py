"""The fast path of one collection's pages: whole, or piece by piece.

A page of 500 rows is larger than a processor's cache. Read whole, each row is fetched from memory once more
for every step after its decoding, which takes longer than the steps. So a large page is cut between two of
its rows every `_PIECE` bytes, and each piece is decoded and made into models before the next; whoever takes
row by row gets a piece's rows before the next piece is decoded.

A cut is `}` `,` `{`, which may also lie within a row or a text. Then a list is open within the piece, or a
text, and the `]` that is put after it does not end what the `[` before it began: decoding fails, and the page
is read whole. A collection whose pages fail so is not cut again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from trunkline._codec.build_source import Read
from trunkline._codec.envelope import Envelope, PageParts
from trunkline._codec.exact_json import MISFIT_ERRORS, decoder
from trunkline._codec.unmade import UnmadeRows
from trunkline.lazy import pattern

_PIECE: Final = 32 * 1024
_LARGE: Final = 4 * _PIECE
_HEAD: Final = 4096
"""Where the list of rows begins at the latest in a page that is cut."""
_BETWEEN: Final = pattern(rb"\}\s*,\s*\{")


class PageReader:
    """Reads the pages of one operation.

    row: the type of a row. structs: the type that a list of rows is decoded into. make, make_one: turn
    structs, or one struct, into rows; None where the structs are the rows, or where a row cannot be made
    alone. plain: whether a struct holds all that its model does.
    """

    def __init__(
        self,
        envelope: Envelope,
        row: Any,
        structs: Any,
        *,
        make: Read | None,
        make_one: Read | None,
        plain: bool,
    ) -> None:
        key = re.escape(envelope.paging.rows.encode())
        self._begin = re.compile(rb'"%b"\s*:\s*\[\s*(?=\{)' % key)
        self._envelope = envelope
        self._row = row
        self._whole = envelope.reader(structs)
        self._decode = decoder(structs)
        self._make = make
        self._make_one = make_one
        self._plain = plain

    def made(self, data: bytes) -> PageParts:
        """A page whose rows are all made."""
        cut = self._cut(data)
        if cut is None or self._make is None:
            return self._made_whole(data)
        try:
            parts = self._whole(cut[0])
            parts.rows = rows = []
            for piece in cut[1]:
                rows += self._make(self._decode(piece))
        except MISFIT_ERRORS:
            pass  # not chained: the exception text may contain a value
        else:
            return parts
        parts = self._made_whole(data)
        self._envelope.is_cut = False
        return parts

    def unmade(self, data: bytes) -> PageParts:
        """A page whose rows are made when they are used, where that loses nothing."""
        if self._make is None or not self._plain:
            return self.made(data)
        parts = self._whole(data)
        parts.rows = UnmadeRows(self._row, parts.rows, self._make)  # type: ignore[assignment]
        return parts

    def coming(self, data: bytes, whole: Callable[[], list[Any]]) -> PageParts | None:
        """A page that continues, its rows made as they are taken; None where the page is better read whole.

        Its `extra` may lack keys that come after the rows. whole: gives all rows, where a piece turns out to
        need the page around it or the careful path.
        """
        cut = self._cut(data)
        if cut is None or self._make_one is None:
            return None
        try:
            parts = self._whole(cut[0])
        except MISFIT_ERRORS:
            return None
        link = parts.next_link
        if link is None:  # whether it is the last one depends on the number of its rows
            return None
        # What a relative link starts from may be among the keys that are not seen yet.
        if "://" not in link and not any("context" in name for name in parts.extra) and b"context" in data:
            return None
        parts.rows = ComingRows(cut[1], self._decode, self._make_one, whole)  # type: ignore[assignment]
        return parts

    def _made_whole(self, data: bytes) -> PageParts:
        parts = self._whole(data)
        if self._make is not None:
            parts.rows = self._make(parts.rows)
        return parts

    def _cut(self, data: bytes) -> tuple[bytes, Iterator[bytes]] | None:
        """The page without its rows, and the rows as several lists."""
        if len(data) < _LARGE or self._make is None or not self._envelope.is_cut:
            return None
        begin, end = self._begin.search(data, 0, _HEAD), data.rfind(b"]")
        if begin is None or end < begin.end():
            return None
        return data[: begin.end()] + data[end:], _lists(data, begin.end(), end)


class ComingRows:
    """The rows of one page, each made when it is taken, once. taken: how many were so far."""

    def __init__(
        self,
        pieces: Iterator[bytes],
        decode: Read,
        make: Read,
        whole: Callable[[], list[Any]],
    ) -> None:
        self._pieces = pieces
        self._decode = decode
        self._make = make
        self._whole = whole
        self.taken = 0

    def __iter__(self) -> Iterator[Any]:
        try:
            for piece in self._pieces:
                for struct in self._decode(piece):
                    row = self._make(struct)
                    self.taken += 1
                    yield row
        except MISFIT_ERRORS:
            pass  # not chained: the exception text may contain a value
        else:
            return
        for row in self._whole()[self.taken :]:
            self.taken += 1
            yield row


def _lists(data: bytes, at: int, end: int) -> Iterator[bytes]:
    view = memoryview(data)
    while at < end:
        between = _BETWEEN.search(data, at + _PIECE, end)
        stop = end if between is None else between.start() + 1
        yield b"".join((b"[", view[at:stop], b"]"))
        at = end if between is None else between.end() - 1


__all__ = ["ComingRows", "PageReader"]
