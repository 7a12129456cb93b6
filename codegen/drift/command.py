"""`python -m codegen drift SPEC VENDOR_DOC`: what a vendor's document says otherwise than the spec."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from codegen.drift.baseline import BaselineError
from codegen.drift.report import as_json, as_markdown, as_text
from codegen.drift.running import UsageError, find_drift
from codegen.read.source.findings import SpecError
from codegen.vendor import VendorError

_EPILOG = """\
VENDOR_DOC is any of: the text or the saved HTML of a Redoc page, an OpenAPI document, Postman documenter
metadata, a Postman collection.
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
    parser.add_argument(
        "spec", type=Path, metavar="SPEC", help="OpenAPI document or Postman collection, kept by hand"
    )
    parser.add_argument("document", type=Path, metavar="VENDOR_DOC", help="the vendor's document, as saved")
    parser.add_argument(
        "--format", choices=("text", "json", "markdown"), default="text", help="default: text"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; the exit status."""
    try:
        drift = find_drift(arguments.spec, arguments.document)
    except (SpecError, VendorError, BaselineError, UsageError) as error:
        sys.stderr.write(f"drift: {error}\n")
        return 2
    names = (str(arguments.spec), str(arguments.document))
    if arguments.format == "json":
        sys.stdout.write(as_json(drift.findings, *names))
    elif arguments.format == "markdown":
        sys.stdout.write(as_markdown(drift.findings, *names))
    else:
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        sys.stdout.write(as_text(drift.findings, *names, colour=colour))
    return 1 if drift.findings else 0
