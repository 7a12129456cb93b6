"""`python -m codegen new DOC --api NAME`: a further API from any document about it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from codegen.commands import add_command, print_text
from codegen.new.run import create

_EPILOG = """\
Writes specs/NAME/ (the spec, what the document says beyond it, an overlay for a collection),
src/trunkline/NAME/ (client, models and the generated package) and the API's entry in src/trunkline/apis.py.
Settings start with TRUNKLINE_NAME_. From then on `build`, `update`, and `trunkline operations`, `call` and
`lookup` know it; `trunkline.testing.mock_api` and the sandbox respond with examples.
exit status: 0 done, 2 nothing was written
"""


def register(subparsers: Any) -> None:
    """Add the command to an argparse subparsers object; `run` is set as its default."""
    parser = add_command(
        subparsers,
        "new",
        run,
        help="add a further API from any document about it",
        description="Add a further API: spec, client and registry line from any document about it.",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "document", type=Path, metavar="DOC", help="page, OpenAPI file or collection, as saved"
    )
    parser.add_argument("--api", required=True, metavar="NAME", help="name of the API and its package")
    parser.add_argument("--title", default="", help="as people call it; default: from the name")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from codegen.project import ROOT

    created = create(arguments.document, arguments.api, ROOT, arguments.title)
    lines = [f"wrote {file}" for file in created.files]
    lines.append(f"{created.operations} operations; try: trunkline operations --api {arguments.api}")
    print_text("\n".join([*lines, *(f"  ! {line}" for line in created.look)]))
    return 0
