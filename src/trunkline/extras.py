"""Optional dependencies: one error, with the command that installs what is missing."""

from __future__ import annotations

import importlib
from types import ModuleType

from trunkline.errors import ConfigError


def missing(name: str, extra: str, purpose: str) -> ConfigError:
    """Return the error for a module that is not installed."""
    top = name.partition(".")[0]
    return ConfigError(
        f"{purpose} needs {top}, which is not installed. Install it with: pip install 'trunkline[{extra}]'"
    )


def not_imported(error: ModuleNotFoundError, extra: str, purpose: str) -> ModuleNotFoundError:
    """Return the error of an import that an extra would have provided; any other error as it is."""
    if error.name is None or error.name.partition(".")[0] == "trunkline":
        return error
    return ModuleNotFoundError(str(missing(error.name, extra, purpose)), name=error.name)


def need(module: str, extra: str, purpose: str) -> ModuleType:
    """Import an optional dependency, or a part of this package that has some.

    Args:
        module: what to import. extra: of this package; it installs what is missing.
        purpose: what needs it, as the beginning of a sentence.
    Raises:
        ConfigError: it is not installed; the message has the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        # our own module that is missing is a fault of this package, which no extra provides
        if error.name is None or error.name.partition(".")[0] == "trunkline":
            raise
        raise missing(error.name, extra, purpose) from None


__all__ = ["missing", "need", "not_imported"]
