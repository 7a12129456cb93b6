"""`python -m codegen`: build and check the shipped packages, or generate one for any document.

Exit status: 0 complete, 1 `check` found differences, 2 unusable (the message names the place and the remedy),
3 `generate` wrote the package with reported gaps, 130 interrupted.
"""

from __future__ import annotations

import argparse
import keyword
import platform
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from codegen.commands import UNUSABLE, add_command, print_error, print_text
from codegen.errors import UnusableError

COMPLETE, DIFFERENT, WITH_GAPS, INTERRUPTED = 0, 1, 3, 130
_SHOWN: Final = 20
"""Gaps and problems printed before the rest is left to the report."""

_EPILOG: Final = """\
examples:
  python -m codegen build                     both vendors, into src/trunkline/*/_generated
  python -m codegen check                     fail if the tree differs from a fresh build
  python -m codegen generate petstore.yaml --package petstore --out .
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status; no traceback ever reaches the user."""
    try:
        given = list(sys.argv[1:] if argv is None else argv)
        arguments = _parser(given[:1]).parse_args(given)
        status: int = arguments.run(arguments)
    except KeyboardInterrupt:
        return _said(INTERRUPTED, "interrupted: what was written so far is incomplete, run the command again")
    except ModuleNotFoundError as error:
        return _said(UNUSABLE, f"the generator needs {error.name}: pip install trunkline-codegen")
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        return _said(UNUSABLE, f"{name}{error.strerror or error}")
    except Exception as error:  # the promise is a clear message for whatever bytes come in
        return _failed(error)
    return status


def _failed(error: Exception) -> int:
    """Print what is wrong with the document, or that the generator itself failed."""
    if not isinstance(error, UnusableError):
        return _said(UNUSABLE, _internal(error))
    lines = str(error).splitlines() or ["the document is unusable"]
    more = len(lines) - _SHOWN
    return _said(UNUSABLE, "\n".join([*lines[:_SHOWN], *([f"… and {more} more"] if more > 0 else [])]))


def _internal(error: Exception) -> str:
    """An internal error in one line; a report needs only its place and the document."""
    frames = traceback.extract_tb(error.__traceback__)
    place = (
        f"{Path(frames[-1].filename).name}:{frames[-1].lineno} in {frames[-1].name}" if frames else "unknown"
    )
    detail = " ".join(str(error).split())[:300]
    return (
        f"internal error, a fault of trunkline's generator and not of your document: "
        f"{type(error).__name__}: {detail} ({place}, Python {platform.python_version()}).\n"
        "Please report this line at the project's issue tracker, with the document or the part that does it."
    )


def _said(status: int, text: str) -> int:
    print_error(text)
    return status


def _parser(command: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser of all commands, or of those that build where one of them is asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m codegen",
        description="Generate typed async client packages from OpenAPI and Postman documents.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_build(commands)
    _add_generate(commands)
    # Importing the other rooms takes a quarter of a second, and building a package needs none of them.
    if set(command).isdisjoint(("build", "check", "generate")):
        _add_following(commands)
    return parser


def _add_following(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The commands for following a vendor's change."""
    from codegen.changelog import command as changelog
    from codegen.changes import drift_command as drift
    from codegen.diff import command as diff
    from codegen.edit import command as edit
    from codegen.fetch import command as fetch
    from codegen.new import command as new
    from codegen.update import command as update

    for command in (fetch, drift, edit, diff, changelog, update, new):
        command.register(commands)


def _add_build(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from codegen.project import TARGETS

    names = [target.name for target in TARGETS]
    for name, run, text in (
        ("build", _build, "write the packages of the shipped specs into the source tree"),
        ("check", _check, "fail if the source tree differs from a fresh build"),
    ):
        command = add_command(commands, name, run, help=text)
        command.add_argument(
            "--only",
            action="append",
            default=[],
            choices=names,
            help="only this one; may be given repeatedly",
        )


def _add_generate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = add_command(
        commands,
        "generate",
        _generate,
        help="write a package for any OpenAPI or Postman document",
        description="Write a package for any OpenAPI 2.0, 3.0 or 3.1 or Postman 2.0 or 2.1 document.",
        epilog="exit status: 0 complete, 3 written with reported gaps, 2 unusable document or folder",
    )
    command.add_argument("spec", type=Path, metavar="SPEC", help="the document, JSON or YAML")
    command.add_argument(
        "--package", required=True, type=_package_name, metavar="NAME", help="name of the package"
    )
    command.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="folder that gets the package folder"
    )
    command.add_argument("--overlay", type=Path, metavar="FILE", help="what the document itself cannot say")
    command.add_argument(
        "--ref-root",
        type=Path,
        metavar="DIR",
        help="also read files that the document refers to from below this folder, not from its own alone",
    )
    command.add_argument(
        "--large", action="store_true", help="read documents of any size, with the time and memory it takes"
    )
    command.add_argument(
        "--report", type=Path, metavar="FILE", help="write counts, gaps and notes there as JSON"
    )
    command.add_argument(
        "--bare", action="store_true", help="only the modules, without pyproject.toml, README.md and api.md"
    )


def _package_name(text: str) -> str:
    if not (text.isascii() and text.isidentifier()) or keyword.iskeyword(text):
        raise argparse.ArgumentTypeError(f"{text!r} cannot be imported: use letters, digits and underscores")
    taken = (
        # A package of this name would be imported instead of the module that others mean.
        text.lower() in ("trunkline", "codegen") or text in sys.stdlib_module_names or text.startswith("__")
    )
    if taken:
        raise argparse.ArgumentTypeError(
            f"{text!r} would hide a module that is there already: choose another"
        )
    return text


def _build(arguments: argparse.Namespace) -> int:
    """Print the gaps of the shipped specs, which are known; only a spec that cannot be used fails a build."""
    from codegen.project import build
    from codegen.render.report import gap_text, summary

    for item in build(arguments.only):
        print_text(f"{item.target.name}: {summary(item.package)} -> {item.target.folder}")
        for gap in item.document.gaps:
            if gap.severity == "gap":
                _said(COMPLETE, gap_text(gap))
    return COMPLETE


def _check(arguments: argparse.Namespace) -> int:
    from codegen.project import check

    differences = check(arguments.only)
    for text in differences:
        print_text(text)
    if not differences:
        print_text("generated packages are current")
        return COMPLETE
    return _said(DIFFERENT, f"{len(differences)} files differ: run `make gen` and commit the result")


def _generate(arguments: argparse.Namespace) -> int:
    from codegen.read import read_document
    from codegen.render import render_package, write_package
    from codegen.render.report import gap_text, is_complete, summary, write_report

    command = f"python -m codegen generate {arguments.spec.name} --package {arguments.package}"
    command += " --bare" if arguments.bare else ""
    document = read_document(
        arguments.spec, overlay=arguments.overlay, ref_root=arguments.ref_root, large=arguments.large
    )
    package = render_package(document, api=arguments.package, regenerate=command, bare=arguments.bare)
    write_package(package, arguments.out / arguments.package)
    if arguments.report is not None:
        write_report(package, arguments.report)
    print_text(f"{arguments.package}: {summary(package)} -> {arguments.out / arguments.package}")
    if is_complete(document):
        return COMPLETE
    gaps = [item for item in document.gaps if item.severity == "gap"]
    for gap in gaps[:_SHOWN]:
        _said(WITH_GAPS, gap_text(gap))
    if len(gaps) > _SHOWN:
        _said(WITH_GAPS, f"… and {len(gaps) - _SHOWN} more gaps; --report FILE writes them all")
    return WITH_GAPS


if __name__ == "__main__":
    sys.exit(main())
