"""`python -m codegen update DOC` or `--api NAME`: follow a vendor's change with one command."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path

from codegen.commands import add_command, print_error, print_text
from codegen.edit.command import add_options as add_decisions
from codegen.fetch.command import add_options as add_network
from codegen.fetch.command import downloader_from
from codegen.fetch.download import FetchError
from trunkline.apis import Generated

_EPILOG = """\
Steps: drift, import, build, diff, changelog, then the tests that the change concerns. What each said is in
out/update/. The result is left uncommitted for review. The last commit is what is compared with, so run the
command again after editing.

exit status: 0 all done, 1 something is left for you (a decision, a failing test), 2 stopped
"""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = add_command(
        commands,
        "update",
        run,
        help="follow a vendor's change: drift, import, build, diff, changelog, tests",
        description="Follow a vendor's change in one command.",
        epilog=_EPILOG,
    )
    command.add_argument(
        "document", type=Path, nargs="?", metavar="DOC", help="the vendor's document, as saved"
    )
    command.add_argument(
        "--api", metavar="NAME", help="fetch what this API's vendor publishes, in place of DOC"
    )
    command.add_argument(
        "--spec", type=Path, help="the spec it describes; default: the one that bears its title"
    )
    command.add_argument("--no-tests", dest="tests", action="store_false", help="leave the tests to you")
    command.add_argument(
        "--full", action="store_true", help="run the whole test suite, not only what is concerned"
    )
    add_decisions(command)
    add_network(command)


def run(arguments: argparse.Namespace) -> int:
    """Do the steps and print the summary."""
    from codegen.project import ROOT
    from codegen.update.run import Update
    from codegen.update.summary import as_markdown, as_text

    logs = ROOT / "out" / "update"
    logs.mkdir(parents=True, exist_ok=True)
    document = _document(arguments, ROOT)
    target, spec = _target(arguments, document, ROOT)
    update = Update(
        root=ROOT,
        logs=logs,
        document=document,
        spec=spec,
        target=target,
        tests=arguments.tests,
        full=arguments.full,
        allow_removal=arguments.allow_removal,
        decided=arguments.decided,
        announce=_announce,
    )
    status = update.run()
    again = again_line(arguments)
    text = as_markdown(update.steps, status, document.name, update.shown(spec), again)
    (logs / "summary.md").write_text(text, encoding="utf-8")
    print_text(as_text(update.steps, status, again))
    return status


def _document(arguments: argparse.Namespace, root: Path) -> Path:
    """The document as given, or fetched.

    Raises:
        FetchError: nothing usable is there.
    """
    if (arguments.document is None) == (arguments.api is None):
        raise FetchError("name the saved document, or --api NAME to fetch what its vendor publishes")
    if arguments.api is None:
        document = Path(arguments.document).absolute()
        if not document.is_file():
            raise FetchError(f"{arguments.document}: no such file; save the vendor's page and give its path")
        return document
    from codegen.fetch.run import fetch
    from codegen.fetch.sources import address_of

    out: Path = root / "out" / "fetch" / arguments.api
    _announce("fetch")
    found = fetch(address_of(arguments.api, os.environ), out, downloader_from(arguments))
    for note in found.notes:
        print_error(note)
    return out


def _target(arguments: argparse.Namespace, document: Path, root: Path) -> tuple[Generated | None, Path]:
    """The package that is built from the spec, if any, and the spec.

    Raises:
        UndecidedError: none fits, or several do.
    """
    from codegen.project import TARGETS
    from codegen.update.choice import UndecidedError, target_for, target_of

    if arguments.spec is not None:
        spec = arguments.spec.resolve()
        if not spec.is_file():
            raise UndecidedError(f"{arguments.spec}: no such spec")
        return target_of(spec), spec
    named = next((item for item in TARGETS if item.name == arguments.api), None)
    target = named or target_for(document)
    return target, root / target.spec


def again_line(arguments: argparse.Namespace) -> str:
    """The command to run again, as typed."""
    words = ["python", "-m", "codegen", "update"]
    words += ["--api", arguments.api] if arguments.api else [str(arguments.document)]
    if arguments.spec is not None:
        words += ["--spec", str(arguments.spec)]
    words += [f"--follow={host}" for host in arguments.follow]
    words += ["--allow-removal"] if arguments.allow_removal else []
    words += [f"--decided={name}" for name in arguments.decided]
    words += ["--full"] if arguments.full else []
    return shlex.join(words)


def _announce(step: str) -> None:
    """Print the name of the step that starts; tests take a while."""
    sys.stderr.write(f"update: {step} ...\n")
    sys.stderr.flush()
