"""`python -m codegen drift SPEC VENDOR_DOC`: what a vendor's document says otherwise than the spec."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from codegen.changes.baseline import BaselineError
from codegen.changes.report import as_json, as_markdown, as_text
from codegen.changes.running import UsageError, find_drift
from codegen.facts.errors import DocumentError
from codegen.read.source.findings import SpecError

_EPILOG = """\
VENDOR_DOC is any of: the text of a Redoc page as copied from a browser, the saved page, an OpenAPI document,
Postman documenter metadata, a Postman collection (exported, or as a documentation site serves it), or the
drift.json of a client.
exit status: 0 no difference, 1 differences, 2 a file cannot be read (the message has the line)
"""


def register(subparsers: Any) -> None:
    """Add the command to an argparse subparsers object; `run` is set as its default."""
    parser = subparsers.add_parser(
        "drift",
        help="compare a spec with a vendor's document",
        description="List what a vendor's document says otherwise than the spec, with both places.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    spec = "OpenAPI document or Postman collection, kept by hand"
    parser.add_argument("spec", type=Path, metavar="SPEC", help=spec)
    parser.add_argument("document", type=Path, metavar="VENDOR_DOC", help="the vendor's document, as saved")
    parser.add_argument(
        "--format", choices=("text", "json", "markdown"), default="text", help="default: text"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; the exit status."""
    try:
        changes = find_drift(arguments.spec, arguments.document).changes
    except (SpecError, DocumentError, BaselineError, UsageError) as error:
        sys.stderr.write(f"drift: {error}\n")
        return 2
    names = (str(arguments.spec), str(arguments.document))
    if arguments.format == "json":
        text = as_json(changes, *names)
    elif arguments.format == "markdown":
        text = as_markdown(changes, *names)
    else:
        text = as_text(changes, *names, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    sys.stdout.write(text)
    return 1 if changes else 0
