"""Where the command line writes: results to standard output, everything else to standard error."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Coroutine
from types import ModuleType
from typing import Any, Final, TypeVar

from rich.console import Console

from trunkline.errors import ConfigError

T = TypeVar("T")

OK: Final = 0
SOME_FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130

_PIPE_WIDTH: Final = 200
"""A pipe or a file has no width to fit into; one line for each row is what `grep` wants."""

out: Final = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
err: Final = Console(stderr=True, highlight=False, soft_wrap=True)


def note(text: str) -> None:
    """Tell the user something beside the result."""
    err.print(text, markup=False)


def complain(error: BaseException) -> None:
    """Say in one line what went wrong."""
    err.print("[bold red]error:[/] ", end="")
    err.print(str(error) or type(error).__name__, markup=False)


def need(module: str, extra: str, purpose: str) -> ModuleType:
    """Import an optional dependency.

    Raises:
        ConfigError: it is not installed; the message names the extra that brings it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        top = module.partition(".")[0]
        if error.name is None or (error.name.partition(".")[0] == "trunkline" and top != "trunkline"):
            raise
        raise ConfigError(
            f"{purpose} needs {error.name}, which is not installed. "
            f"Install it with: pip install 'trunkline[{extra}]'"
        ) from None


def run_loop(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine, on uvloop where that is installed."""
    import asyncio

    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


__all__ = [
    "INTERRUPTED",
    "OK",
    "SOME_FAILED",
    "USAGE",
    "complain",
    "err",
    "need",
    "note",
    "out",
    "run_loop",
]
