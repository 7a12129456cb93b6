"""Checks of functions and iterables that callers pass in.

A call that was already made (`client.device.get(…)` in place of `client.device.get`) is a coroutine. It is
closed here, or Python would warn of it later, in another place.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, Iterable
from typing import Any

from trunkline.errors import ArgumentError, ConfigError


def check_function(value: Any, name: str, example: str) -> None:
    """Refuse what cannot be called.

    Args:
        name: of the argument, as the beginning of a sentence. example: what it could be, as code.
    Raises:
        ArgumentError: it is a coroutine, or anything else that is not a function.
    """
    if not callable(value):
        raise ArgumentError(f"{name} must be a function, such as {example}, not {described(value)}")


def check_plain_function(
    value: Any, name: str, error: type[ArgumentError | ConfigError] = ArgumentError
) -> None:
    """Refuse what cannot be called without `await`: nobody would await the result.

    Raises:
        error: it is an async function, a coroutine, or not a function at all.
    """
    if not callable(value):
        raise error(f"{name} must be a function, not {described(value)}")
    if inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(getattr(value, "__call__", None)):  # noqa: B004
        raise error(f"{name} must be a plain function, not an async one: it is called without await")


def check_iterable(value: Any, name: str) -> None:
    """Refuse what cannot be iterated over, and a text, which would be taken letter by letter.

    Raises:
        ArgumentError: it is a coroutine, a text, or anything else that is not iterable.
    """
    if isinstance(value, str | bytes):
        raise ArgumentError(f"{name} must be an iterable; a single text would be taken letter by letter")
    if not isinstance(value, Iterable | AsyncIterable) and not hasattr(value, "__getitem__"):
        raise ArgumentError(f"{name} must be an iterable, not {described(value)}")


def described(value: Any) -> str:
    """Return what a wrong argument is, for an error; a coroutine is closed."""
    if inspect.iscoroutine(value):
        value.close()
        return f"a coroutine ({value.__qualname__}() was already called; leave out the call, or await it)"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


__all__ = ["check_function", "check_iterable", "check_plain_function", "described"]
