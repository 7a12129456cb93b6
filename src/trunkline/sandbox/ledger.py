"""What changed the sandbox's data: one entry per write that was carried out, in order.

The record (`trunkline.sandbox.record`) holds what clients sent, the ledger what took effect: a request that
was refused, or met a fault before it was carried out, is not here; one whose response was lost afterwards is.
A test of retries or of a resumed bulk run compares the two.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from typing import Final

from attrs import evolve, field, frozen

_MOST_BYTES: Final = 256 * 1024 * 1024


@frozen(kw_only=True)
class Write:
    """One change that was carried out.

    number: 1 for the first write since the last reset. path: values of the path parameters in order.
    query: wire names to texts. body, response: JSON as received and as sent back. request_id: the client's
    `X-Request-ID`, if it sent one. fault: the fault that hit the response, such as "reset", or None.
    at: Unix seconds of the sandbox's clock.
    """

    api: str
    operation: str
    method: str
    user: str
    at: float
    number: int = 0
    path: tuple[str, ...] = field(default=(), repr=False)
    query: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    response: bytes = field(default=b"", repr=False)
    request_id: str = field(default="", repr=False)
    fault: str | None = None


class Ledger:
    """The writes since the last reset, oldest first.

    Args:
        most_bytes: bodies and responses of all entries together; beyond it the oldest entries go.
    Attributes:
        total: how many writes there were; more than `len()` once old entries were dropped.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._kept: deque[Write] = deque()
        self._most_bytes = most_bytes
        self._bytes = 0
        self.total = 0

    @property
    def is_complete(self) -> bool:
        """Whether every write since the last reset is still here."""
        return self.total == len(self._kept)

    def add(self, write: Write) -> None:
        """Append a write and number it."""
        self.total += 1
        self._kept.append(evolve(write, number=self.total))
        self._bytes += _size(write)
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            # One entry always stays, however large it is.
            self._bytes -= _size(self._kept.popleft())

    def clear(self) -> None:
        """Forget every write and count from 1 again."""
        self._kept.clear()
        self._bytes = 0
        self.total = 0

    def of(self, operation: str) -> list[Write]:
        """The writes of one operation, "device.update"."""
        return [write for write in self._kept if write.operation == operation]

    def counts(self) -> Counter[tuple[str, tuple[str, ...], bytes]]:
        """How often each change was carried out, by operation, path values and body: 2 is a double write."""
        return Counter((write.operation, write.path, write.body) for write in self._kept)

    def after(self, number: int, most: int) -> list[Write]:
        """At most `most` writes with a number above `number`, oldest first."""
        first = self.total - len(self._kept) + 1
        start = max(number + 1 - first, 0)
        return [self._kept[i] for i in range(start, min(start + most, len(self._kept)))]

    def __iter__(self) -> Iterator[Write]:
        return iter(tuple(self._kept))

    def __len__(self) -> int:
        return len(self._kept)


def _size(write: Write) -> int:
    # 200 bytes approximate the entry's other fields.
    return len(write.body) + len(write.response) + 200


__all__ = ["Ledger", "Write"]
