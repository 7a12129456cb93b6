"""`python -m codegen diff OLD NEW`: what changed between two specs for callers of the generated client."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Final

from attrs import evolve

from codegen.commands import add_command, print_text
from codegen.diff.finding import Comparison
from codegen.diff.report import as_json, as_markdown, as_text
from codegen.diff.sources import Source, read_source, shown_places
from codegen.diff.version import VersionStep, version_step

COMPATIBLE, WARNED, BROKEN = 0, 1, 3
_STATUS: Final = {None: COMPATIBLE, "info": COMPATIBLE, "warning": WARNED, "breaking": BROKEN}
_FORMATS: Final[dict[str, Callable[[Comparison, VersionStep], str]]] = {
    "text": as_text,
    "json": as_json,
    "markdown": as_markdown,
}
_EPILOG: Final = """\
OLD and NEW are files, or REVISION:path for a file of a git revision.

exit status: 0 compatible (nothing, or additions), 1 warnings, 2 unusable document, 3 breaking changes

examples:
  python -m codegen diff HEAD:specs/idi/openapi.yaml specs/idi/openapi.yaml
  python -m codegen diff v1.0.0:specs/abzorb/collection.json specs/abzorb/collection.json --format markdown
"""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = add_command(
        commands, "diff", run, help="compare two specs as callers of the client see them", epilog=_EPILOG
    )
    add_sides(command)
    command.add_argument("--format", choices=sorted(_FORMATS), default="text", help="default: text")
    command.add_argument(
        "--current-version", metavar="X.Y.Z", help="version to step from; default: the project's"
    )
    command.add_argument(
        "--accepted",
        type=Path,
        metavar="FILE",
        help="ids of findings that somebody has accepted, one a line; they count as info",
    )


def accepted_ids(file: Path | None) -> frozenset[str]:
    """The ids in a file of accepted breaks; text after an id or a `#` is for people."""
    if file is None:
        return frozenset()
    lines = (line.partition("#")[0].split() for line in file.read_text(encoding="utf-8").splitlines())
    return frozenset(words[0] for words in lines if words)


def without_accepted(comparison: Comparison, accepted: frozenset[str]) -> Comparison:
    """The comparison with accepted findings as mere information."""
    # An accepted break is still reported, so that the changelog names it; only the exit status and the
    # version step forget it.
    findings = [
        evolve(item, rule=evolve(item.rule, level="info")) if item.stable_id in accepted else item
        for item in comparison.findings
    ]
    return evolve(comparison, findings=findings)


def add_sides(command: argparse.ArgumentParser) -> None:
    """The arguments of every command that compares."""
    command.add_argument("old", metavar="OLD", help="the spec as it was")
    command.add_argument("new", metavar="NEW", help="the spec as it is")
    command.add_argument(
        "--api",
        metavar="NAME",
        help="the client's name in sentences; default: that of a shipped spec, or client",
    )
    command.add_argument(
        "--surface",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="also generate both packages and compare their Python names; default: yes",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison and give the exit status of its worst finding."""
    comparison = compare(arguments.old, arguments.new, api=arguments.api, surface=arguments.surface)
    comparison = without_accepted(comparison, accepted_ids(arguments.accepted))
    step = version_step(comparison.findings, arguments.current_version or project_version())
    print_text(_FORMATS[arguments.format](comparison, step))
    return _STATUS[comparison.level]


def compare(old: str, new: str, *, api: str | None = None, surface: bool = True) -> Comparison:
    """Compare two documents.

    Args:
        old, new: files, or REVISION:path.
        api: the client's name in sentences; by default it follows from the path of the new one.
        surface: also generate both packages and compare their Python names.
    Raises:
        UnusableSourceError: a document cannot be read or is not in the revision.
        SpecError: a document cannot be used.
    """
    # Imported here, because `--help` and the other commands should not wait for it.
    from codegen.diff.levels import compare_specs

    before, after = read_source(old), read_source(new)
    findings = compare_specs(before.facts, after.facts, (before.document, after.document))
    if surface:
        from codegen.diff.surface import surface_findings

        # Last, since it leaves out what the findings so far explain already.
        findings += surface_findings(before.document, after.document, "client", findings)
    shown = shown_places(findings, before, after)
    return Comparison(old=old, new=new, api=api or api_name(after, before), findings=shown)


def api_name(*sources: Source) -> str:
    """The name of a shipped document's client below `trunkline`; "client" for any other document."""
    from codegen.project import ROOT, TARGETS

    for source in sources:
        path = source.path if source.revision else PurePosixPath(Path(source.path).resolve().as_posix())
        root = PurePosixPath() if source.revision else PurePosixPath(ROOT.as_posix())
        for target in TARGETS:
            if path == root / target.spec:
                return ".".join(PurePosixPath(target.folder).parts[2:-1])
    return "client"


def project_version() -> str:
    """The version that is installed; a checkout takes it from the last tag."""
    from importlib.metadata import version

    return version("trunkline").partition("+")[0].partition(".dev")[0]
