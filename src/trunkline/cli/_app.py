"""The typer application, and what becomes of errors: one line for the user, an exit code for the shell."""

from __future__ import annotations

import contextlib
import copy
import inspect
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from typing import Annotated, Any, Final

import typer

from trunkline.cli import (
    _console,
    apply,
    call,
    config,
    demo,
    doctor,
    export,
    lookup,
    operations,
    plan,
    sandbox,
)
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
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


_SHELL_WORDS: Final = {"str": "text", "int": "number", "float": "number", "path": "file"}
_settings = typer.Typer(no_args_is_help=True, help="Look at the settings.")
app.add_typer(_settings, name="config")


def _command(function: Callable[..., int], group: typer.Typer = app, **more: Any) -> None:
    """Add a command; its docstring's line breaks are those of the source, not of the terminal."""
    paragraphs = inspect.cleandoc(function.__doc__ or "").split("\n\n")
    text = "\n\n".join(" ".join(one.split()) for one in paragraphs)
    group.command(function.__name__, help=text, **more)(function)


for _function in (
    demo.demo,
    lookup.lookup,
    plan.plan,
    apply.apply,
    export.export,
    operations.operations,
    sandbox.sandbox,
    doctor.doctor,
):
    _command(_function)
# `--help` behind an operation is the operation's
_command(call.call, add_help_option=False)
_command(config.show, _settings)


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


class _Notes(logging.Handler):
    """Shows the library's warnings as lines of our own; Python's last resort would break a progress bar."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one."""
        _console.note(f"warning: {record.getMessage()}")


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; no error leaves as a traceback."""
    with _warnings_as_notes():
        return _run(arguments)


@contextlib.contextmanager
def _warnings_as_notes() -> Iterator[None]:
    """Show the library's warnings while a command runs; the logger is afterwards as it was."""
    logger = logging.getLogger("trunkline")
    # The logger is restored afterwards: tests, and programs that call `main`, have
    # handlers of their own.
    level, handlers = logger.level, list(logger.handlers)
    if not handlers:
        logger.addHandler(_Notes(logging.WARNING))
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.handlers[:] = handlers


def _run(arguments: Sequence[str] | None) -> int:
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words in ([], ["config"]):
        words.append("--help")  # by itself, typer shows it as an error
    try:
        result = _spoken(typer.main.get_command(app))(
            args=words, prog_name="trunkline", standalone_mode=False
        )
    # Exit code 2 is for what the user can correct before the next run; any other error
    # of the tree is code 1.
    except (ArgumentError, CheckpointError, ConfigError, InputError) as error:
        _console.complain(error)
        return _console.USAGE
    except TrunklineError as error:
        _console.complain(error)
        return _console.SOME_FAILED
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except BrokenPipeError:
        # the reader of our output is gone (`| head`): print nothing, and let the shell's pipe end.
        # Python flushes its streams at exit and would print "Exception ignored …
        # BrokenPipeError" there.
        sys.stderr.close()
        return _console.SOME_FAILED
    except OSError as error:
        _console.complain(error)
        return _console.USAGE
    except Exception as error:
        # By attributes and not by class: the classes come from click, which is not a direct dependency.
        if not hasattr(error, "format_message") or not hasattr(error, "exit_code"):
            raise
        return _misused(error)
    except BaseException as error:
        # by name: asyncio takes a while to import, and `--help` has no use for it
        if type(error).__name__ != "CancelledError":
            raise
        return _interrupted()
    return result if isinstance(result, int) else _console.OK


def _spoken(command: Any) -> Any:
    """Return the command with its values called what they are at a shell: typer's help prints `<str>`."""
    for param in getattr(command, "params", ()):
        name = _SHELL_WORDS.get(param.type.name)
        if name is not None:
            param.type = copy.copy(param.type)  # typer shares one object between all parameters of a type
            param.type.name = name
    for inner in getattr(command, "commands", {}).values():
        _spoken(inner)
    return command


def _misused(error: Any) -> int:
    """Print in one line what typer prints in four: an unknown option, a missing argument."""
    context = getattr(error, "ctx", None)
    hint = f" See: {context.command_path} --help" if context is not None else ""
    text = error.format_message().replace("argument(s)", "argument").rstrip()
    stop = "" if text.endswith((".", "?", "!")) else "."
    _console.complain(ArgumentError(f"{text}{stop}{hint}"))
    return _console.USAGE


def _interrupted() -> int:
    _console.note("interrupted")
    return _console.INTERRUPTED


__all__ = ["app", "run"]
