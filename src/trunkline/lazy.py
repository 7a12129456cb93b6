"""What is imported or compiled at its first use, so that importing a package costs next to nothing."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any, AnyStr, cast


def attach(
    package: str, homes: Mapping[str, str], modules: Collection[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and `__dir__` (PEP 562) of a package whose names are defined elsewhere.

    Args:
        package: its `__name__`.
        homes: name to the module that defines it, in full or relative (".client").
        modules: names of submodules.
    """

    def load(name: str) -> Any:
        if name in modules:
            return importlib.import_module(f"{package}.{name}")
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(homes[name], package), name)
        setattr(sys.modules[package], name, value)  # the next access finds it without this function
        return value

    def names() -> list[str]:
        return sorted({*homes, *modules})

    return load, names


class _Pattern:
    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source, self._flags = source, flags

    def __getattr__(self, name: str) -> Any:
        # `re` keeps what it compiled. The method stays here, and the next access does not come this way.
        value = getattr(re.compile(self._source, self._flags), name)
        setattr(self, name, value)
        return value


def pattern(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """`re.compile` at the first use: the runtime's patterns took a tenth of the time of its import."""
    return cast("re.Pattern[AnyStr]", _Pattern(source, flags))


__all__ = ["attach", "pattern"]
