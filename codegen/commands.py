"""Shared parts of all commands of `python -m codegen`: the parser and printing."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

UNUSABLE = 2
"""Exit status of every command for a document that cannot be used."""


def add_command(
    commands: Any,
    name: str,
    run: Callable[[argparse.Namespace], int],
    *,
    help: str,
    description: str = "",
    epilog: str = "",
) -> argparse.ArgumentParser:
    """Add a command to the subparsers of the program.

    run: runs the command and returns its exit status; the program prints an `UnusableError`, with status 2.
    description: the first line of `--help`; default: `help` as a sentence.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help,
        description=description or f"{help[:1].upper()}{help[1:]}.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def print_text(text: str) -> None:
    """A line to standard output, whatever its encoding: a page may hold any character."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(f"{text}\n".encode(encoding, "backslashreplace").decode(encoding))


def print_error(text: str) -> None:
    """A line to standard error, whatever its encoding."""
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(f"codegen: {text}\n".encode(encoding, "backslashreplace").decode(encoding))
