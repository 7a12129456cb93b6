"""From the words of `trunkline lookup` to what is asked about each key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

from trunkline.cli import _apis
from trunkline.cli._coalesce import Coalesced, by_field, through_bulk
from trunkline.errors import ArgumentError
from trunkline.operation import Operation, Param


@frozen(kw_only=True)
class Question:
    """One operation, asked about each key.

    name: for people. param: what the keys fill. read: from a key's text to that parameter's type. fixed: the
    other arguments, the same for all keys. coalesced: how many keys go into one request, None for one. limit:
    rows kept of each key. all_matches: a row for each match of a key.
    """

    name: str
    api: str
    operation: Operation[Any]
    param: Param
    read: Callable[[str], Any]
    fixed: Mapping[str, Any] = field(factory=dict)
    coalesced: Coalesced | None = None
    limit: int | None = None
    all_matches: bool = False

    @property
    def shown(self) -> Operation[Any]:
        """The operation whose response makes the columns of the output."""
        return self.coalesced.shown if self.coalesced else self.operation


def question_of(
    name: str | None,
    *,
    by: str | None = None,
    key: str | None = None,
    words: list[str] | None = None,
    coalesce: bool = False,
    all_matches: bool = False,
    limit: int | None = None,
) -> Question:
    """Return what the words ask.

    Raises:
        ArgumentError: they contradict each other, name what is not there, or lack something.
    """
    coalesced = _coalesced(name, by, key, words or [], coalesce=coalesce, all_matches=all_matches)
    found = _one_by_one(name or "", key, words or []) if coalesced is None else _together(coalesced)
    if limit is not None and found.operation.paging is None and coalesced is None:
        raise ArgumentError(f"--limit: {found.name} is not a collection, it has one response for each key")
    from attrs import evolve

    return evolve(found, limit=limit, all_matches=all_matches)


def _coalesced(
    name: str | None, by: str | None, key: str | None, words: list[str], *, coalesce: bool, all_matches: bool
) -> Coalesced | None:
    if all_matches and by is None:
        raise ArgumentError("--all-matches goes with --by")
    if by is not None:
        if key is not None:
            raise ArgumentError("--key and --by both say what the keys are: give one of them")
        if coalesce:
            raise ArgumentError("--by asks for many keys at once anyway: leave --coalesce out")
        return by_field(name, by, words, all_matches=all_matches)
    if name is None:
        raise ArgumentError("say what to look up: api.resource.method, or --by resource.field")
    if coalesce and key is not None:
        raise ArgumentError("--coalesce knows which parameter the keys fill: leave --key out")
    return through_bulk(name, words) if coalesce else None


def _together(coalesced: Coalesced) -> Question:
    operation = coalesced.operation
    name = f"{coalesced.api}.{operation.id} by {coalesced.key.name}"
    _complete(name, operation, coalesced.fixed, operation.bulk.parameter if operation.bulk else None)
    return Question(
        name=name,
        api=coalesced.api,
        operation=operation,
        param=coalesced.key,
        read=coalesced.read,
        fixed=coalesced.fixed,
        coalesced=coalesced,
    )


def _one_by_one(name: str, key: str | None, words: list[str]) -> Question:
    api, operation = _apis.find(name)
    if operation.idempotency == "unsafe":
        raise _changes(name)
    param = _apis.parameter(operation, key) if key else _apis.key_parameter(operation)
    # One that may be repeated, such as a deletion, wants a plan to look at all the same.
    if operation.idempotency != "safe":
        raise _changes(name)
    fixed = _apis.assignments(operation, words)
    if param.name in fixed:
        raise ArgumentError(f"{param.name} is filled by the keys; give it once")
    _complete(name, operation, fixed, param.wire)
    read = _apis.reader(operation, param)
    return Question(name=name, api=api, operation=operation, param=param, read=read, fixed=fixed)


def _changes(name: str) -> ArgumentError:
    # A resumed run asks keys again that were in flight; for a change that could be a second one.
    return ArgumentError(
        f"{name} changes something, so it cannot be run in bulk by a lookup: use `trunkline plan` and "
        "`trunkline apply`, or `trunkline call` for a single one"
    )


def _complete(name: str, operation: Operation[Any], fixed: Mapping[str, Any], filled: str | None) -> None:
    missing = [
        one.name
        for one in _apis.parameters(operation)
        if one.required and one.wire != filled and one.name not in fixed
    ]
    if missing:
        raise ArgumentError(f"{name} also needs {' and '.join(f'--param {one}=…' for one in missing)}")


__all__ = ["Question", "question_of"]
