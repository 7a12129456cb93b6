"""The command line: `trunkline lookup`, `call`, `operations`, `sandbox`, `demo`.

Exit codes: 0 all went well; 1 some keys failed, or the call did; 2 usage, settings or input; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

closed: set[str] = set()
"""Standard streams that were closed when the program began; what is written there is lost."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    _fill_in_streams()
    try:
        from trunkline.cli._app import run
    except ModuleNotFoundError as error:
        # A missing module of any other name is a bug or a broken installation, and its
        # traceback is needed.
        if (error.name or "").split(".")[0] not in {"typer", "rich", "click"}:
            raise
        from trunkline.extras import missing

        sys.stderr.write(f"trunkline: {missing(error.name or 'typer', 'cli', 'the command line')}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    return run(arguments)


def _fill_in_streams() -> None:
    """Put the null device where a stream was closed (`<&-`): the next socket would take its place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
            closed.add(name)
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115


__all__ = ["main"]
