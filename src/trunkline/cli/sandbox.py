"""`trunkline sandbox`: both vendors on this machine, for building and testing."""

from __future__ import annotations

import errno
import json
import os
import shlex
import socket
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from trunkline.cli._console import OK, need, out, run_loop
from trunkline.cli._options import whole
from trunkline.errors import ArgumentError, ConfigError


def sandbox(
    port: Annotated[
        int, typer.Option(parser=whole("--port", 0, 65535), metavar="N", help="0 takes a free one")
    ] = 8765,
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    rows: Annotated[
        int,
        typer.Option(
            parser=whole("--rows", 0),
            metavar="N",
            help="devices, services, SIMs and connections; 0 with --data alone",
        ),
    ] = 100_000,
    seed: Annotated[
        int,
        typer.Option(parser=whole("--seed", 0), metavar="N", help="the same seed gives the same data"),
    ] = 7,
    faults: Annotated[str, typer.Option(help="such as 429:3%,latency:20ms")] = "",
    scenario: Annotated[str, typer.Option(help="a timeline of faults: a .yaml, .toml or .json file")] = "",
    quota: Annotated[
        int,
        typer.Option(
            parser=whole("--quota", 0), metavar="N", help="requests a minute for each user; 0 for no quota"
        ),
    ] = 0,
    data: Annotated[str, typer.Option(help="rows of your own: a .json or .yaml file, a folder of .csv")] = "",
    store: Annotated[
        str, typer.Option(help="SQLAlchemy URL; a store that holds data keeps it")
    ] = "sqlite://",
    tls: Annotated[str, typer.Option(help="serve https; folder for the certificates", metavar="DIR")] = "",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="a name besides localhost that requests may use; repeatable", metavar="NAME"),
    ] = None,
    workers: Annotated[
        int,
        typer.Option(
            parser=whole("--workers", 1), metavar="N", help="processes that share the store and the port"
        ),
    ] = 1,
    write_data_template: Annotated[
        str, typer.Option(help="write a file to start --data from, and end", metavar="FILE.json")
    ] = "",
) -> int:
    """Serve both vendors' APIs from a local SQL store until Ctrl-C.

    It prints the settings that lead clients and this command line to it, and the address of its page.

    Examples:

    trunkline sandbox --port 0 --rows 1000

    trunkline sandbox --faults "429:3%;retry-after=1,latency:20ms" --quota 600

    trunkline sandbox --rows 0 --data own.json --store sqlite:///sandbox.db
    """
    package = need("trunkline.sandbox", "sandbox", "the sandbox")
    if tls and Path(tls).is_file():
        raise ArgumentError(f"--tls {tls} is a file: name a folder for the certificates")
    if write_data_template:
        return _write_template(package, Path(write_data_template))
    config = package.SandboxConfig(
        rows=rows,
        seed=seed,
        faults=faults,
        scenario=scenario,
        quota=quota or None,
        data=data,
        store=store,
        hosts=tuple(allow_host or ()),
        # Not an option: a command line is seen by every user of the machine.
        admin_token=os.environ.get("TRUNKLINE_SANDBOX_TOKEN", ""),
    )
    started = partial(_tell, config, workers)
    try:
        if workers > 1:
            code: int = package.serve_many(
                host, port, config, workers=workers, started=started, tls=tls or None
            )
            return code
        run_loop(package.serve(host, port, config, started=started, tls=tls or None))
    except OSError as error:
        plain = error.errno is not None and not isinstance(error, socket.gaierror)
        why = os.strerror(error.errno or 0) if plain else error.strerror or str(error)
        free = ". --port 0 takes a free one" if error.errno == errno.EADDRINUSE else ""
        raise ConfigError(f"the sandbox cannot listen on {host}:{port}: {why}{free}") from None
    return OK


def _tell(config: Any, workers: int, running: Any) -> None:
    out.print(f"[bold]sandbox[/] with {config.rows:,} rows, seed {config.seed}", end="")
    for name, value in (("faults", config.faults), ("scenario", config.scenario), ("data", config.data)):
        if value:
            out.print(f", {name} {value}", markup=False, end="")
    out.print(f", {workers} workers" if workers > 1 else "")
    out.print(f"  IDI     {running.idi_url}")
    out.print(f"  login   {running.login_url}")
    out.print(f"  Abzorb  {running.abzorb_url}")
    out.print(f"  health  {running.url}/health")
    out.print(f"  page    {running.page_url}", markup=False, soft_wrap=True)
    if running.config.admin_token:
        out.print(f"  token   {running.config.admin_token}", markup=False, soft_wrap=True)
    if running.certificates:
        out.print(f"  CA      {running.certificates.ca_file}", soft_wrap=True)
    if running.is_open:
        out.print(
            "\n[bold yellow]warning[/] others on the network can reach this sandbox; its users' passwords "
            "are known to everybody. The page and /sandbox/ ask for the token."
        )
    out.print("\npoint the clients and the command line at it with:\n")
    for name, value in variables(running).items():
        out.print(f"export {name}={shlex.quote(value)}", markup=False, soft_wrap=True)
    out.print("\nCtrl-C stops it.")
    # Programs start the sandbox and wait for these lines in a pipe, which would be buffered.
    out.file.flush()


def _write_template(package: Any, path: Path) -> int:
    data = need("trunkline.sandbox.seed.own_rows", "sandbox", "the sandbox")
    state = need("trunkline.sandbox.state", "sandbox", "the sandbox")
    # The template comes from a real, small sandbox, so it has every field that the sandbox checks.
    small = state.SandboxState(package.SandboxConfig(rows=2))
    try:
        path.write_text(json.dumps(data.template(small.store), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from None
    finally:
        small.close()
    out.print(f"wrote {path}: change it, then trunkline sandbox --rows 0 --data {path}", soft_wrap=True)
    return OK


def variables(running: Any) -> dict[str, str]:
    """Return the environment variables that lead the clients to a running sandbox."""
    user = running.credentials
    return {
        **(running.certificates.environment if running.certificates else {}),
        "TRUNKLINE_IDI_BASE_URL": running.url,
        "TRUNKLINE_IDI_SERVICE": running.config.service,
        "TRUNKLINE_IDI_ENVIRONMENT": running.idi_environment,
        "TRUNKLINE_IDI_USER": user.name,
        "TRUNKLINE_IDI_PASSWORD": user.password,
        "TRUNKLINE_ABZORB_BASE_URL": running.abzorb_url,
        "TRUNKLINE_ABZORB_USER": user.name,
        "TRUNKLINE_ABZORB_PASSWORD": user.password,
    }


__all__ = ["sandbox", "variables"]
