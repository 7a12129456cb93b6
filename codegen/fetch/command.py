"""`python -m codegen fetch idi|abzorb|URL --out FILE`: get what a vendor publishes."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from codegen.commands import add_command, print_error, print_text
from codegen.fetch.download import MAX_BYTES, Downloader
from codegen.fetch.run import fetch
from codegen.fetch.sources import address_of

_EPILOG = """\
A documenter's page or metadata leads on to its whole collection, a Redoc page to the OpenAPI file
that it offers. Only https is used, and no other host is visited without --follow. Run again, it asks
only for what changed.
exit status: 0 the file is current, 2 nothing usable was fetched
"""


def register(subparsers: Any) -> None:
    """Add the command to an argparse subparsers object; `run` is set as its default."""
    parser = add_command(
        subparsers,
        "fetch",
        run,
        help="download what a vendor publishes",
        description="Download a vendor's page, OpenAPI file or Postman collection.",
        epilog=_EPILOG,
    )
    parser.add_argument("source", metavar="API|URL", help="an API of this project, or an https address")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the file to write")
    add_options(parser)
    parser.add_argument("--only-this", action="store_true", help="take this address, do not follow its links")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the network, which `update` takes too."""
    parser.add_argument(
        "--follow", action="append", default=[], metavar="HOST", help="a further host that may be visited"
    )
    parser.add_argument("--proxy", metavar="URL", help="proxy; by default HTTPS_PROXY of the environment")
    parser.add_argument("--ca-file", type=Path, metavar="FILE", help="certificates to trust, PEM")
    parser.add_argument("--max-bytes", type=int, default=MAX_BYTES, metavar="N", help="cap of one response")


def downloader_from(arguments: argparse.Namespace) -> Downloader:
    """The downloader that the options ask for."""
    return Downloader(
        proxy=arguments.proxy,
        ca_file=arguments.ca_file,
        follow=frozenset(arguments.follow),
        max_bytes=arguments.max_bytes,
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    address = address_of(arguments.source, os.environ)
    found = fetch(address, arguments.out, downloader_from(arguments), follow_links=not arguments.only_this)
    for note in found.notes:
        print_error(note)
    state = "written" if found.changed else "unchanged"
    print_text(f"{arguments.out}: {state} ({found.kind} from {found.url})")
    return 0
