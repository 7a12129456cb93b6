"""`trunkline doctor`: whether the way to each vendor works, and what to do where it does not."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trunkline.cli._console import OK, SOME_FAILED, note, run_loop, show_json
from trunkline.cli._options import BaseUrl, Environment, Profile, pairs
from trunkline.errors import ArgumentError

if TYPE_CHECKING:
    from trunkline.doctor import Diagnosis


def doctor(
    api: Annotated[str | None, typer.Option(help="one API; all that are configured by default")] = None,
    profile: Profile = None,
    probe: Annotated[
        bool,
        typer.Option(
            "--probe", help="also ask every operation that can be asked safely: at most 100 requests"
        ),
    ] = False,
    identifiers: Annotated[
        list[str] | None,
        typer.Option(
            "--id", help="with --probe: ask with this, device_id=1000; repeatable", metavar="NAME=VALUE"
        ),
    ] = None,
    drift: Annotated[
        Path | None,
        typer.Option(help="with --probe: write here how responses differ from the spec (JSON)"),
    ] = None,
    settings_out: Annotated[
        Path | None, typer.Option(help="with --probe: write the settings that put it right (trunkline.toml)")
    ] = None,
    base_url: BaseUrl = None,
    environment: Environment = None,
    json_: Annotated[bool, typer.Option("--json", help="print everything as JSON")] = False,
) -> int:
    """Examine the way to each configured vendor: settings, name, proxy, TLS, login, clock, health.

    Nothing is changed at the vendor. With --probe each operation that reads is asked once, with identifiers
    that you give or that earlier responses hold; routes and fields that differ from the spec are named.

    Examples:

    trunkline doctor

    trunkline doctor --api idi --profile staging --probe --id device_id=1000 --drift drift.json

    Exit code: 0 all is well, 1 something failed or a route is wrong, 2 nothing is configured or wrong usage.
    """
    for option, value in (("--id", identifiers), ("--drift", drift), ("--settings-out", settings_out)):
        if value and not probe:
            raise ArgumentError(f"{option} goes with --probe")
    # imported here so that `trunkline --help` need not wait for the clients
    from trunkline.cli import _doctor_view, _files

    # The differences are in the report, so there is no warning for each difference.
    logging.getLogger("trunkline").setLevel(logging.ERROR)
    given = {"base_url": base_url, "environment": environment}
    chosen = _chosen(api, profile)
    if (drift or settings_out) and len(chosen) > 1:
        raise ArgumentError(f"--drift and --settings-out hold one API: add --api {' or '.join(chosen)}")
    found = run_loop(_examine(chosen, profile, given, pairs(identifiers or [], "--id"), probe=probe))
    if drift is not None:
        _files.write_json(drift, found[0].drift)
    if settings_out is not None:
        _write_settings(settings_out, found[0], profile, given)
    if json_:
        show_json({"ok": all(one.sound for one in found), "apis": [one.as_json() for one in found]})
    else:
        for one in found:
            _doctor_view.show(one, probe=probe)
    for name, path in (("drift report", drift), ("settings", settings_out)):
        if path is not None:
            note(f"{name}: {path}")
    return OK if all(one.sound for one in found) else SOME_FAILED


def _chosen(api: str | None, profile: str | None) -> list[str]:
    """Return the APIs that have any setting.

    Raises:
        ArgumentError: there is none.
    """
    from trunkline import apis
    from trunkline.errors import ConfigError
    from trunkline.settings import resolve

    if api is not None:
        return [apis.get(api).name]
    configured = []
    for name in apis.names():
        try:
            if resolve(name, {}, profile=profile).values:
                configured.append(name)
        except ConfigError:
            configured.append(name)  # its own check reports what is wrong
    if not configured:
        variables = ", ".join(f"{one.prefix}USER and …PASSWORD" for one in apis.all_apis())
        raise ArgumentError(f"nothing is configured: set {variables}, or write trunkline.toml")
    return configured


async def _examine(
    chosen: Sequence[str],
    profile: str | None,
    given: dict[str, Any],
    identifiers: dict[str, str],
    *,
    probe: bool,
) -> list[Diagnosis]:
    from trunkline.doctor import MOST_REQUESTS, examine

    found: list[Diagnosis] = []
    left = MOST_REQUESTS
    for place, name in enumerate(chosen):
        # What one API leaves of its share goes to the next ones.
        share = left // (len(chosen) - place)
        found.append(
            await examine(
                name, profile=profile, given=given, probe=probe, identifiers=identifiers, most=share
            )
        )
        left -= found[-1].requests
    return found


def _write_settings(path: Path, found: Diagnosis, profile: str | None, given: dict[str, Any]) -> None:
    """Write the file's present section with what puts right what was found."""
    from trunkline.cli import _files
    from trunkline.doctor import toml_of
    from trunkline.settings import resolve

    resolved = resolve(found.api, given, profile=profile)
    name = profile or resolved.profile or "default"
    # The whole section is written, with what it holds already: the file can replace the
    # old section as it is.
    present = dict(resolved.file.section(name, found.api)) if resolved.file is not None else {}
    with _files.replacing(path) as target:
        target.write_text(toml_of(found.api, name, present | dict(found.suggested)), encoding="utf-8")


__all__ = ["doctor"]
