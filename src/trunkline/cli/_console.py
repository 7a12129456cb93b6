"""Where the command line writes: results to standard output, everything else to standard error."""

from __future__ import annotations

import codecs
import io
import json
import os
import re
import sys
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from rich.console import Console

from trunkline._masking.visible import shortened, visible
from trunkline.extras import need

T = TypeVar("T")

# The usual codes of Unix tools: 1 for a partial failure, 2 for wrong usage, and 128 + 2 for SIGINT.
OK: Final = 0
SOME_FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130

_LONGEST: Final = 4000
"""Characters of an error that are shown: some vendors echo a whole request."""
_PIPE_WIDTH: Final = 200
"""A pipe or a file has no width to fit into; one line for each row is what `grep` wants."""

_PLAIN: Final = str.maketrans({"·": "-", "…": "...", "→": "->", "—": "-", "✔": "+", "✘": "x"})


_FOR_PROGRAMS: Final = re.compile(r" or with Client\([^()]*\)|, or auth\b")
"""What an error advises to those who write Python; it does not apply at a shell."""


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    """Write our own typographic signs plainly, and what else the terminal lacks as a question mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(_PLAIN)
    return "".join(sign if sign.isascii() else "?" for sign in text), error.end


# A terminal that is not UTF-8 would otherwise end the program with UnicodeEncodeError in
# the middle of a run.
codecs.register_error("trunkline.plain", _in_ascii)
for _stream in (sys.stdout, sys.stderr):
    if isinstance(_stream, io.TextIOWrapper):
        _stream.reconfigure(errors="trunkline.plain")

# `highlight=False`: rich would colour numbers inside identifiers. `soft_wrap=True`: a line break
# inserted by rich would cut a path or a command that is copied.
out: Final = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
err: Final = Console(stderr=True, highlight=False, soft_wrap=True)


def note(text: str) -> None:
    """Print a message to standard error, apart from the result."""
    err.print(text, markup=False)


def note_json(value: Any) -> None:
    """Print JSON next to the result, on standard error."""
    err.print_json(json.dumps(value, default=str), indent=2)


def complain(error: BaseException) -> None:
    """Print an error in one line."""
    err.print("[bold red]error:[/] ", end="")
    err.print(visible(shortened(_FOR_PROGRAMS.sub("", _text_of(error)), _LONGEST), lines=True), markup=False)


def _text_of(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        what = error.filename if isinstance(error.filename, str) else "the output cannot be written"
        return f"{what}: {os.strerror(error.errno)}"
    return str(error) or type(error).__name__


def show_json(value: Any) -> None:
    """Print JSON; what the output's encoding lacks is written as an escape, so that nothing is lost."""
    utf = (out.encoding or "").lower().startswith("utf")
    out.print_json(json.dumps(value, default=str), indent=2, ensure_ascii=not utf)


def counted(number: int, noun: str) -> str:
    """Return "1 key" or "2,000 keys"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def run_loop(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine, on uvloop where that is installed."""
    import asyncio

    try:
        # uvloop is optional: without it asyncio's own loop runs the same code.
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
    "counted",
    "err",
    "need",
    "note",
    "note_json",
    "out",
    "run_loop",
    "show_json",
]
