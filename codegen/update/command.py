"""`python -m codegen update DOC`: follow a vendor's change with one command."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from codegen.diff.command import UNUSABLE, print_error, print_text

_EPILOG: Final = """\
Steps: drift, import, build, diff, changelog, tests. What each said is kept in out/update/. The result is left
uncommitted for review. The last commit is what is compared with, so run the command again after editing.

exit status: 0 all done, 1 something is left for you (a decision, a failing test), 2 stopped
"""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser(
        "update",
        help="follow a vendor's change: drift, import, build, diff, changelog, tests",
        description="Follow a vendor's change in one command.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("document", type=Path, metavar="DOC", help="the vendor's document, as saved")
    command.add_argument(
        "--spec", type=Path, help="the spec it describes; default: the one that bears its title"
    )
    command.add_argument("--no-tests", dest="tests", action="store_false", help="leave the tests to you")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do the steps and print the summary."""
    from codegen.project import ROOT
    from codegen.update.choice import UndecidedError, target_for, target_of
    from codegen.update.run import Update
    from codegen.update.step import Workshop
    from codegen.update.summary import as_markdown, as_text

    document: Path = arguments.document.absolute()
    if not document.is_file():
        print_error(f"{arguments.document}: no such file; save the vendor's page and give its path")
        return UNUSABLE
    try:
        target = target_of(arguments.spec) if arguments.spec else target_for(document)
    except UndecidedError as error:
        print_error(str(error))
        return UNUSABLE
    spec = arguments.spec.resolve() if arguments.spec else ROOT / target.spec if target else None
    if spec is None or not spec.is_file():
        print_error(f"{arguments.spec}: no such spec")
        return UNUSABLE
    logs = ROOT / "out" / "update"
    logs.mkdir(parents=True, exist_ok=True)
    update = Update(
        document=document,
        spec=spec,
        target=target,
        tests=arguments.tests,
        announce=_announce,
        shop=Workshop(ROOT, logs),
    )
    status = update.run()
    summary = update.shop.logs / "summary.md"
    text = as_markdown(update.steps, status, document.name, update.shop.shown(spec))
    summary.write_text(text, encoding="utf-8")
    print_text(as_text(update.steps, status))
    return status


def _announce(step: str) -> None:
    """A sign of life: tests take a while."""
    sys.stderr.write(f"update: {step} ...\n")
    sys.stderr.flush()
