"""`python -m codegen changelog OLD NEW`: the comparison as an entry below Unreleased."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from codegen.changelog.document import entry_text, with_entry
from codegen.changelog.entry import entry
from codegen.commands import add_command, print_text
from codegen.diff.command import COMPATIBLE, add_sides, compare
from codegen.errors import UnusableError

_EPILOG: Final = """\
OLD and NEW are files, or REVISION:path for a file of a git revision. The lines stand in a block of their own;
what you rephrase, move or delete does not come back, and your own lines outside it are never touched.

exit status: 0 done, 2 unusable document or changelog
"""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = add_command(
        commands,
        "changelog",
        run,
        help="write what changed between two specs below Unreleased",
        description="Write what changed between two specs as an entry of a changelog, below Unreleased.",
        epilog=_EPILOG,
    )
    add_sides(command)
    command.add_argument(
        "--write", type=Path, metavar="FILE", help="merge the entry into this file; default: print it"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the entry or merge it into the file."""
    comparison = compare(arguments.old, arguments.new, api=arguments.api, surface=arguments.surface)
    lines = entry(comparison)
    if arguments.write is None:
        print_text(entry_text(lines) or "nothing changed for callers")
        return COMPATIBLE
    changed = write_entry(arguments.write, comparison.api, lines)
    count = sum(map(len, lines.values()))
    print_text(
        f"{arguments.write}: {count} lines for {comparison.api} below Unreleased"
        if changed
        else f"{arguments.write}: nothing to add"
    )
    return COMPATIBLE


def write_entry(path: Path, api: str, lines: dict[str, list[str]]) -> bool:
    """Merge the entry of an API into a file; whether that changed it.

    Raises:
        UnusableError: the file is not UTF-8 text.
    """
    try:
        # Bytes: `read_text` would lose which line ends the file has.
        before = path.read_bytes().decode("utf-8") if path.exists() else ""
    except UnicodeDecodeError as error:
        raise UnusableError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    after = with_entry(before, api, lines)
    if after == before:
        return False
    path.write_bytes(after.encode("utf-8"))
    return True
