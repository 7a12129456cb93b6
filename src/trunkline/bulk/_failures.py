"""Decisions on errors: whether to halve a batch, an error object for each key, requests sent for a key."""

from __future__ import annotations

import copy
from typing import Final

from trunkline.bulk._matching import CutError, StrayRowError
from trunkline.errors import (
    ArgumentError,
    BadRequestError,
    InputError,
    NotFoundError,
    PagingError,
    ResponseShapeError,
    ServerError,
    StatusError,
    TransportError,
    TrunklineError,
)

# 413 Content Too Large and 414 URI Too Long (RFC 9110 section 15.5), and 431 Request Header Fields Too
# Large (RFC 6585 section 5), which some servers send for a long request line.
_TOO_LONG: Final = frozenset({413, 414, 431})


def may_be_the_batch(error: Exception) -> bool:
    """Whether fewer keys could fare better: too long, one bad key, too much work for the server.

    Pressure (429, 503), a refused login and a server that cannot be reached would meet every half.
    """
    # A connection that broke after the request was sent may have broken on it. One that never opened
    # would not open for half of the keys either.
    if isinstance(error, TransportError):
        return error.may_have_run
    if isinstance(error, StatusError) and error.status in _TOO_LONG:
        return True
    kinds = (BadRequestError, NotFoundError, ServerError, ResponseShapeError, PagingError)
    return isinstance(error, (*kinds, StrayRowError, CutError))


def is_about_length(error: Exception) -> bool:
    """Whether a batch whose halves are well must have been too long.

    A server error may have been temporary, so it proves nothing. IIS sends 404 (404.15) for a long query.
    """
    if isinstance(error, StatusError):
        # ASP.NET sends 400 for a query above its limit.
        return error.status in _TOO_LONG or error.status in (400, 404)
    return False


def own_copy(error: BaseException, attempts: int) -> BaseException:
    """Return a copy for one of many tasks: an object raised in several collects all tracebacks."""
    if not isinstance(error, TrunklineError):
        return error
    # `copy.copy` does not copy the cause, which the caller needs to see.
    mine = copy.copy(error)
    mine.__cause__, mine.__suppress_context__ = error.__cause__, True
    if hasattr(mine, "attempts"):
        setattr(mine, "attempts", attempts)  # noqa: B010 - not every error of the tree counts them
    return mine


def attempts_of(error: Exception | None) -> int:
    """Return how many requests were sent for a key, as far as the error states it."""
    if isinstance(error, ArgumentError | InputError):
        return 0
    attempts = getattr(error, "attempts", None)
    # A function of the caller's own counts nothing; its failure took at least the one call.
    return attempts if isinstance(attempts, int) and attempts > 0 else 1


__all__ = ["attempts_of", "is_about_length", "may_be_the_batch", "own_copy"]
