"""`python -m codegen drift SPEC VENDOR_DOC`: what a vendor's document says otherwise than the spec."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from codegen.changes.report import as_json, as_markdown, as_text
from codegen.changes.running import find_drift
from codegen.commands import add_command, print_text

_EPILOG = """\
VENDOR_DOC is any of: the text of a Redoc page as copied from a browser, the saved page, an OpenAPI document,
Postman documenter metadata, a Postman collection (exported, or as a documentation site serves it), or the
drift.json of a client.
exit status: 0 no difference, 1 differences, 2 a file cannot be read (the message has the line)
"""


def register(subparsers: Any) -> None:
    """Add the command to an argparse subparsers object; `run` is set as its default."""
    parser = add_command(
        subparsers,
        "drift",
        run,
        help="compare a spec with a vendor's document",
        description="List what a vendor's document says otherwise than the spec, with both places.",
        epilog=_EPILOG,
    )
    spec = "OpenAPI document or Postman collection, kept by hand"
    parser.add_argument("spec", type=Path, metavar="SPEC", help=spec)
    parser.add_argument("document", type=Path, metavar="VENDOR_DOC", help="the vendor's document, as saved")
    parser.add_argument(
        "--format", choices=("text", "json", "markdown"), default="text", help="default: text"
    )


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; the exit status."""
    changes = find_drift(arguments.spec, arguments.document).changes
    names = (str(arguments.spec), str(arguments.document))
    if arguments.format == "json":
        text = as_json(changes, *names)
    elif arguments.format == "markdown":
        text = as_markdown(changes, *names)
    else:
        text = as_text(changes, *names, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    print_text(text.rstrip("\n"))
    return 1 if changes else 0
