"""The typer application, and what becomes of errors: one line for the user, an exit code for the shell."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Annotated, Any

import typer

from trunkline.cli import _console, call, demo, doctor, lookup, operations, sandbox
from trunkline.errors import (
    ArgumentError,
    CheckpointError,
    ConfigError,
    InputError,
    TrunklineError,
)

app = typer.Typer(
    name="trunkline",
    help="Typed, paged, patient access to the Abzorb and IDI CostGuard back offices.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _command(function: Callable[..., int]) -> None:
    """Add a command; its docstring's line breaks are those of the source, not of the terminal."""
    paragraphs = inspect.cleandoc(function.__doc__ or "").split("\n\n")
    text = "\n\n".join(" ".join(one.split()) for one in paragraphs)
    app.command(function.__name__, help=text)(function)


for _function in (demo.demo, lookup.lookup, call.call, operations.operations, sandbox.sandbox, doctor.doctor):
    _command(_function)


def _tell_version(wanted: bool) -> None:
    if wanted:
        _console.out.print(f"trunkline {version('trunkline')}")
        raise typer.Exit


@app.callback()
def _main(
    _: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="print the version")
    ] = False,
) -> None: ...


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; no error leaves as a traceback."""
    try:
        result = app(
            args=None if arguments is None else list(arguments), prog_name="trunkline", standalone_mode=False
        )
    except (ArgumentError, CheckpointError, ConfigError, InputError) as error:
        _console.complain(error)
        return _console.USAGE
    except TrunklineError as error:
        _console.complain(error)
        return _console.SOME_FAILED
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except BrokenPipeError:
        # the reader of our output is gone (`| head`): say nothing, and let the shell's pipe end
        sys.stderr.close()
        return _console.SOME_FAILED
    except OSError as error:
        _console.complain(error)
        return _console.USAGE
    except Exception as error:
        if not hasattr(error, "format_message") or not hasattr(error, "exit_code"):
            raise
        return _misused(error)
    except BaseException as error:
        # by name: asyncio takes a while to import, and `--help` has no use for it
        if type(error).__name__ != "CancelledError":
            raise
        return _interrupted()
    return result if isinstance(result, int) else _console.OK


def _misused(error: Any) -> int:
    """Say in one line what typer says in four: an unknown option, a missing argument."""
    context = getattr(error, "ctx", None)
    hint = f" See: {context.command_path} --help" if context is not None else ""
    _console.complain(ArgumentError(f"{error.format_message()}{hint}"))
    return _console.USAGE


def _interrupted() -> int:
    _console.note("interrupted")
    return _console.INTERRUPTED


__all__ = ["app", "run"]
