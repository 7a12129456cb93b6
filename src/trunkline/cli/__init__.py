"""The command line: `trunkline lookup`, `call`, `operations`, `sandbox`, `demo`.

Exit codes: 0 all went well; 1 some keys failed, or the call did; 2 usage, settings or input; 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        from trunkline.cli._app import run
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in {"typer", "rich", "click"}:
            raise
        sys.stderr.write(
            f"trunkline: the command line needs {error.name}, which is not installed. "
            "Install it with: pip install 'trunkline[cli]'\n"
        )
        return 2
    return run(arguments)


__all__ = ["main"]
