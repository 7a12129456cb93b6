"""What clients sent: kept for the assertions of tests, with credentials masked."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from attrs import field, frozen

_CREDENTIALS: Final = frozenset({"cookie", "proxy-authorization", "x-sandbox-token"})
"""Headers that hold the token of the sandbox's own page and admin, or somebody else's password."""


@frozen(kw_only=True)
class SentRequest:
    """One request as it arrived, and the status of its response (0 for a connection that was cut).

    url: path and query as on the wire, not decoded. fault: the kind of fault that hit it, or None.
    headers, body: may hold personal data and are not shown in the repr; Authorization is always masked.
    seconds: from its arrival until its response was ready, delays of faults included.
    """

    api: str
    operation: str | None
    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    status: int
    user: str
    fault: str | None
    at: float
    seconds: float = 0.0


class Record:
    """The last requests, oldest first.

    Args:
        size: how many are kept; 0 keeps none. most_bytes: the bodies of all of them together.
    Attributes:
        total: how many there were since the last `clear`. clears: how often it was cleared.
    """

    def __init__(self, size: int, most_bytes: int = 64 * 1024 * 1024) -> None:
        self._kept: deque[SentRequest] = deque()
        self._size = size
        self._most_bytes = most_bytes
        self._bytes = 0
        self.total = 0
        self.clears = 0

    @property
    def is_on(self) -> bool:
        """Whether anything is kept."""
        return self._size > 0

    def add(self, request: SentRequest) -> None:
        """Keep one more."""
        self.total += 1
        self._kept.append(request)
        self._bytes += len(request.body)
        # Two bounds: many small requests, and few large ones.
        while len(self._kept) > self._size or self._bytes > self._most_bytes:
            self._bytes -= len(self._kept.popleft().body)

    def clear(self) -> None:
        """Forget all of them."""
        self._kept.clear()
        self._bytes = 0
        self.total = 0
        self.clears += 1

    def __iter__(self) -> Iterator[SentRequest]:
        return iter(tuple(self._kept))

    def __len__(self) -> int:
        return len(self._kept)

    def latest(self, count: int) -> list[SentRequest]:
        """The last few requests, oldest first."""
        return list(islice(reversed(self._kept), count))[::-1]

    def numbered(self, number: int) -> SentRequest | None:
        """The request with this number, 1 for the first since the last `clear`; None when it is not kept."""
        # Numbers keep rising when old entries are dropped.
        place = number - 1 - (self.total - len(self._kept))
        return self._kept[place] if 0 <= place < len(self._kept) else None

    def of(self, operation: str) -> list[SentRequest]:
        """The requests for one operation, "device.get"."""
        return [request for request in self._kept if request.operation == operation]


def masked(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers with credentials left out: of Authorization the scheme is kept, of the others nothing."""
    return {name: _masked(name.lower(), value) for name, value in headers.items()}


def _masked(name: str, value: str) -> str:
    if name == "authorization":
        return f"{value.partition(' ')[0]} ***"
    return "***" if name in _CREDENTIALS else value
