"""`python -m codegen import DOC --into SPEC`: write a vendor's change into the spec."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from codegen.commands import add_command, print_text
from codegen.edit.report import import_text
from codegen.edit.run import import_document

_EPILOG = """\
What the document says is written into the spec and into the small file beside it (`.vendor.yaml`); comments,
order, descriptions and decisions stay, and a document that says nothing new changes no byte.
exit status: 0 all is written, 1 something is left for you (listed), 2 a file cannot be used
"""


def register(subparsers: Any) -> None:
    """Add the command to an argparse subparsers object; `run` is set as its default."""
    parser = add_command(
        subparsers,
        "import",
        run,
        help="write what a vendor's document says into the spec",
        description="Write what a vendor's document, or a drift report of a client, says into the spec.",
        epilog=_EPILOG,
    )
    parser.add_argument("document", type=Path, metavar="DOC", help="the vendor's document, or drift.json")
    parser.add_argument("--into", type=Path, required=True, metavar="SPEC", help="the spec to write into")
    parser.add_argument("--dry-run", action="store_true", help="show the change as a diff, write nothing")
    add_options(parser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """What a person decides, for `update` too."""
    parser.add_argument(
        "--allow-removal",
        action="store_true",
        help="the document may take away more than a tenth of the spec",
    )
    parser.add_argument(
        "--decided",
        action="append",
        default=[],
        metavar="ID",
        help="a listed sentence that you have decided; it does not come back; may be given repeatedly",
    )


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; the exit status."""
    imported = import_document(
        arguments.document,
        arguments.into,
        allow_removal=arguments.allow_removal,
        decided=arguments.decided,
    )
    if not arguments.dry_run:
        imported.write()
    elif imported.changes:
        print_text(imported.patch().rstrip("\n"))
    print_text(import_text(imported, dry=arguments.dry_run).rstrip("\n"))
    return 1 if imported.to_decide or imported.written.look else 0
