"""`trunkline config show`: every setting that counts, with the place that it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from trunkline.cli._console import OK, out, show_json
from trunkline.cli._options import Profile

if TYPE_CHECKING:
    from trunkline.settings import Resolved, Value

_MASK = "***"


def show(
    api: Annotated[str | None, typer.Option(help="one API; all by default")] = None,
    profile: Profile = None,
    json_: Annotated[bool, typer.Option("--json", help="print it as JSON")] = False,
) -> int:
    """Show the settings of each API and where each comes from; secrets stay hidden.

    An option of a command beats the environment, which beats trunkline.toml. The file is that of
    TRUNKLINE_CONFIG, else the one in the working folder, else the one in your configuration folder.

    Examples:

    trunkline config show

    trunkline config show --api idi --profile staging --json
    """
    # imported here so that `trunkline --help` need not wait for the clients
    import os

    from trunkline import apis
    from trunkline.settings import resolve, settings_places

    chosen = apis.names() if api is None else (apis.get(api).name,)
    found = [resolve(name, {}, profile=profile) for name in chosen]
    for one in found:
        one.check()
    file = found[0].file
    if json_:
        show_json(
            {
                "file": None if file is None else str(file.path),
                "profile": found[0].profile,
                "apis": {one.api.name: _as_json(one) for one in found},
            }
        )
        return OK
    looked = " or ".join(str(path) for path in settings_places(os.environ))
    out.print(f"file     {file.path if file else f'none at {looked}'}", markup=False)
    profiles = f" (there are: {', '.join(file.profiles)})" if file and file.profiles else ""
    out.print(f"profile  {found[0].profile or 'none'}{profiles}", markup=False)
    for one in found:
        out.print(f"\n[bold]{escape(one.api.title)}[/]")
        unset = f"  nothing is set: begin with {one.api.prefix}USER and {one.api.prefix}PASSWORD"
        out.print(_table(one) if one.values else unset)
    return OK


def _table(found: Resolved) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for heading in ("setting", "value", "from"):
        table.add_column(heading, overflow="fold")
    for name, value in found.values.items():
        table.add_row(name, escape(_shown(value)), escape(value.source))
    return table


def _shown(value: Value) -> str:
    if value.secret:
        return _MASK
    if isinstance(value.value, dict):
        return ", ".join(f"{name} = {text}" for name, text in value.value.items())
    if isinstance(value.value, tuple):
        return ", ".join(map(str, value.value))
    return str(value.value)


def _as_json(found: Resolved) -> dict[str, Any]:
    return {
        name: {"value": _MASK if value.secret else value.value, "source": value.source}
        for name, value in found.values.items()
    }


__all__ = ["show"]
