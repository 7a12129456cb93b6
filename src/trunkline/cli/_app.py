"""The typer application, and what becomes of errors: one line for the user, an exit code for the shell."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from trunkline.cli import _console, call, demo, lookup, operations, sandbox
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
)
app.command("demo")(demo.demo)
app.command("lookup")(lookup.lookup)
app.command("call")(call.call)
app.command("operations")(operations.operations)
app.command("sandbox")(sandbox.sandbox)


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
        show = getattr(error, "show", None)
        if show is None or not hasattr(error, "exit_code"):
            raise
        show()  # typer's own: unknown option, missing argument
        return _console.USAGE
    except BaseException as error:
        # by name: asyncio takes a while to import, and `--help` has no use for it
        if type(error).__name__ != "CancelledError":
            raise
        return _interrupted()
    return result if isinstance(result, int) else _console.OK


def _interrupted() -> int:
    _console.note("interrupted")
    return _console.INTERRUPTED


__all__ = ["app", "run"]
