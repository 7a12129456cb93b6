"""`python -m codegen import VENDOR_DOC --into SPEC`: write a vendor's change into the spec."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from codegen.drift.baseline import BaselineError
from codegen.drift.report import place_text
from codegen.drift.running import UsageError
from codegen.read.source.findings import SpecError
from codegen.vendor import VendorError
from codegen.vendor_import.run import Imported, import_document

_EPILOG = """\
What the document says is written into the spec and into the small file beside it (`.vendor.yaml`); comments,
order and descriptions stay, and a document that says nothing new changes no byte.
exit status: 0 all is written, 1 something is left for you (listed), 2 a file cannot be read
"""


def register(subparsers: Any) -> None:
    """Add the command to an argparse subparsers object; `run` is set as its default."""
    parser = subparsers.add_parser(
        "import",
        help="write what a vendor's document says into the spec",
        description="Write what a vendor's document says into the spec that is kept by hand.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("document", type=Path, metavar="VENDOR_DOC", help="the vendor's document, as saved")
    parser.add_argument("--into", type=Path, required=True, metavar="SPEC", help="the spec to write into")
    parser.add_argument("--dry-run", action="store_true", help="show the change as a diff, write nothing")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; the exit status."""
    try:
        imported = import_document(arguments.document, arguments.into)
    except (SpecError, VendorError, BaselineError, UsageError) as error:
        sys.stderr.write(f"import: {error}\n")
        return 2
    if arguments.dry_run:
        sys.stdout.write(imported.patch())
    else:
        imported.write()
    sys.stdout.write(report(imported, dry=arguments.dry_run))
    return 1 if imported.left or imported.written.open else 0


def report(imported: Imported, *, dry: bool) -> str:
    """What was written, and the list for the person."""
    if not imported.before and not imported.changes:
        return "Nothing to import: spec and document agree.\n"
    lines = [f"{'would change' if dry else 'changed'} {path}" for path in imported.changes]
    if imported.written.done:
        lines += ["", "Written:", *(f"  + {line}" for line in imported.written.done)]
    if imported.left:
        lines += ["", "Left for you to decide:"]
        for finding in imported.left:
            where = f"{finding.operation}: " if finding.operation else ""
            lines.append(
                f"  ? {where}{finding.kind} {finding.text}"
                f"  (spec {place_text(finding.spec)}, document {place_text(finding.vendor)})"
            )
    if imported.written.open:
        lines += ["", "Look at:", *(f"  ! {line}" for line in imported.written.open)]
    if not imported.left and not imported.written.open:
        lines += ["", "Nothing is left to decide."]
    return "\n".join(lines).lstrip("\n") + "\n"
