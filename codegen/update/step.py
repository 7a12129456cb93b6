"""The outcome of one step of an update."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

Result = Literal["done", "nothing to do", "for you", "failed", "skipped"]


@frozen
class Step:
    """One row of the summary. outcome: in words; then: what to do next, "" for nothing."""

    name: str
    result: Result
    outcome: str
    then: str = ""
    seconds: float = 0.0
