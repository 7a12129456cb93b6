"""`trunkline sandbox`: both vendors on this machine, for building and testing."""

from __future__ import annotations

import shlex
from typing import Annotated, Any

import typer

from trunkline.cli._console import OK, need, out, run_loop
from trunkline.errors import ConfigError


def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one")] = 8765,
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    rows: Annotated[int, typer.Option(min=1, help="devices, services, SIMs and connections")] = 100_000,
    seed: Annotated[int, typer.Option(help="the same seed gives the same data")] = 7,
    faults: Annotated[str, typer.Option(help='such as "429:3%,503:1%,latency:20ms"')] = "",
    store: Annotated[str, typer.Option(help="SQLAlchemy URL; in memory by default")] = "sqlite://",
) -> int:
    """Serve both vendors' APIs from a local SQL store until Ctrl-C."""
    package = need("trunkline.sandbox", "sandbox", "the sandbox")
    config = package.SandboxConfig(rows=rows, seed=seed, faults=faults, store=store)

    def started(running: Any) -> None:
        out.print(
            f"[bold]sandbox[/] with {rows:,} rows, seed {seed}" + (f", faults {faults}" if faults else "")
        )
        out.print(f"  IDI     {running.idi_url}")
        out.print(f"  login   {running.login_url}")
        out.print(f"  Abzorb  {running.abzorb_url}")
        out.print(f"  health  {running.url}/health")
        out.print("\npoint the clients and the command line at it with:\n")
        for name, value in variables(running).items():
            out.print(f"export {name}={shlex.quote(value)}", markup=False)
        out.print("\nCtrl-C stops it.")
        out.file.flush()

    try:
        run_loop(package.serve(host, port, config, started=started))
    except OSError as error:
        raise ConfigError(f"the sandbox cannot listen on {host}:{port}: {error.strerror or error}") from None
    return OK


def variables(running: Any) -> dict[str, str]:
    """Return the environment variables that lead the clients to a running sandbox."""
    user = running.credentials
    return {
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
