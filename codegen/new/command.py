"""`python -m codegen new DOC --api NAME`: a further API from any document about it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from codegen.facts.errors import DocumentError
from codegen.new.run import create
from codegen.new.spec import NoSpecError

_EPILOG = """\
Writes specs/NAME/ (the spec, what the document says beyond it, an overlay for a collection),
src/trunkline/NAME/ (client, models and the generated package) and the API's entry in src/trunkline/apis.py.
Settings start with TRUNKLINE_NAME_. From then on `build`, `update`, and `trunkline operations`, `call`,
`lookup` and `sandbox` know it.
exit status: 0 done, 2 nothing was written
"""


def register(subparsers: Any) -> None:
    """Add the command to an argparse subparsers object; `run` is set as its default."""
    parser = subparsers.add_parser(
        "new",
        help="add a further API from any document about it",
        description="Add a further API: spec, client and registry line from any document about it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "document", type=Path, metavar="DOC", help="page, OpenAPI file or collection, as saved"
    )
    parser.add_argument("--api", required=True, metavar="NAME", help="name of the API and its package")
    parser.add_argument("--title", default="", help="as people call it; default: from the name")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; the exit status."""
    from codegen.project import ROOT

    try:
        created = create(arguments.document, arguments.api, ROOT, arguments.title)
    except (NoSpecError, DocumentError) as error:
        sys.stderr.write(f"new: {error}\n")
        return 2
    sys.stdout.write("".join(f"wrote {file}\n" for file in created.files))
    sys.stdout.write(f"{created.operations} operations; try: trunkline operations --api {arguments.api}\n")
    for line in created.look:
        sys.stdout.write(f"  ! {line}\n")
    return 0
