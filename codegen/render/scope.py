"""The imports of a generated module, and the spelling of a name that the document uses itself.

A document may call a field `str`, a method `list` or a schema `Any`. Inside such a class the plain name means
the document's own thing, so the renderer spells the imported one through a private alias: `_builtins.str`.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Collection, Iterable
from typing import Final

from codegen.render.quoting import string

_HOMES: Final = {
    "datetime": ("datetime", None),
    "Annotated": ("typing", "Annotated"),
    "Any": ("typing", "Any"),
    "ClassVar": ("typing", "ClassVar"),
    "Final": ("typing", "Final"),
    "Generic": ("typing", "Generic"),
    "Literal": ("typing", "Literal"),
    "Self": ("typing", "Self"),
    "TypedDict": ("typing", "TypedDict"),
    "TypeVar": ("typing", "TypeVar"),
    "Unpack": ("typing", "Unpack"),
    "overload": ("typing", "overload"),
    "TYPE_CHECKING": ("typing", "TYPE_CHECKING"),
    "TypeAlias": ("typing", "TypeAlias"),
    "Mapping": ("collections.abc", "Mapping"),
    "Sequence": ("collections.abc", "Sequence"),
    "Decimal": ("decimal", "Decimal"),
    "cached_property": ("functools", "cached_property"),
    "partial": ("functools", "partial"),
    "quote": ("urllib.parse", "quote"),
    "define": ("trunkline.model", "define"),
    "field": ("attrs", "field"),
    "Discriminator": ("trunkline.model", "Discriminator"),
    "Model": ("trunkline.model", "Model"),
    "OpenIntEnum": ("trunkline.model", "OpenIntEnum"),
    "OpenStrEnum": ("trunkline.model", "OpenStrEnum"),
    "ResponseHeaders": ("trunkline.model", "ResponseHeaders"),
    "UNSET": ("trunkline.model", "UNSET"),
    "Unset": ("trunkline.model", "Unset"),
    "ResponseSpec": ("trunkline.operation", "ResponseSpec"),
    "Body": ("trunkline.operation", "Body"),
    "Bulk": ("trunkline.operation", "Bulk"),
    "Encoding": ("trunkline.operation", "Encoding"),
    "File": ("trunkline.operation", "File"),
    "Operation": ("trunkline.operation", "Operation"),
    "Origin": ("trunkline.operation", "Origin"),
    "Paging": ("trunkline.operation", "Paging"),
    "Server": ("trunkline.operation", "Server"),
    "Param": ("trunkline.operation", "Param"),
    "Auth": ("trunkline.auth", "Auth"),
    "Secret": ("trunkline.auth", "Secret"),
    "auth_of": ("trunkline.auth", "auth_of"),
    "BaseClient": ("trunkline.client", "BaseClient"),
    "Pager": ("trunkline.client", "Pager"),
    "RequestOptions": ("trunkline.config", "RequestOptions"),
    "K": ("trunkline.resource", "K"),
    "Loader": ("trunkline.bulk", "Loader"),
    "Resource": ("trunkline.resource", "Resource"),
    "renamed": ("trunkline.resource", "renamed"),
    "FieldSet": ("trunkline.odata", "FieldSet"),
    "Filter": ("trunkline.odata", "Filter"),
    "FilterField": ("trunkline.odata", "FilterField"),
    "FilterSortField": ("trunkline.odata", "FilterSortField"),
    "OrderBy": ("trunkline.odata", "OrderBy"),
    "SortField": ("trunkline.odata", "SortField"),
    "Patch": ("trunkline.jsonpatch", "Patch"),
}
"""Every name that generated code imports: its module, and its name there (None: the module itself)."""

_NUMBERED: Final = re.compile(r"(\D*)(\d*)")
SIBLINGS: Final = frozenset({"fields", "models", "operations", "patches", "queries", "resources"})
_STANDARD: Final = (
    "builtins",
    "collections.abc",
    "datetime",
    "decimal",
    "functools",
    "typing",
    "urllib.parse",
)


class Imports:
    """The imports of one module, collected while its text is made."""

    def __init__(self, relative: str = ".") -> None:
        self._relative = relative
        self._lines: dict[bool, set[str]] = {False: set(), True: set()}

    def add(self, name: str, *, private: bool, typing_only: bool) -> str:
        """Note that the name is used and give its spelling."""
        if name in SIBLINGS:
            alias = f"_{name}" if private else name
            line = f"from {self._relative} import {name}" + (f" as {alias}" if private else "")
            self._lines[typing_only].add(line)
            return alias
        if name not in _HOMES:
            if private:
                self._lines[False].add("import builtins as _builtins")
                return f"_builtins.{name}"
            return name
        module, attribute = _HOMES[name]
        if not private:
            self._lines[typing_only].add(f"from {module} import {name}" if attribute else f"import {module}")
            return name
        alias = _alias(module)
        self._lines[typing_only].add(f"import {module} as {alias}")
        return f"{alias}.{attribute}" if attribute else alias

    def sibling(self, module: str, name: str, *, typing_only: bool) -> None:
        """Note that a name of another module of the package is used."""
        self._lines[typing_only].add(f"from .{module} import {name}")

    def keep(self, name: str) -> None:
        """Import a name under its private spelling, whether the module itself uses it or not."""
        module = _HOMES[name][0]
        line = f"import {module} as {_alias(module)}"
        if line not in self._lines[False]:
            self._lines[False].add(f"{line}  # noqa: F401")

    def text(self) -> str:
        """The import block, sorted as ruff sorts it."""
        # A name that is needed at run time anyway must not be imported twice.
        eager, typing_only = self._lines[False], self._lines[True] - self._lines[False]
        if typing_only:
            self.add("TYPE_CHECKING", private=False, typing_only=False)
        standard = {line for line in eager if line.split()[1] in _STANDARD}
        own = {line for line in eager if line.split()[1].startswith(".")}
        vendor = {line for line in eager if line.split()[1].split(".")[0] == "attrs"}
        groups = [standard, vendor, eager - standard - own - vendor, own]
        blocks = [
            "from __future__ import annotations",
            *("\n".join(_joined(group)) for group in groups if group),
        ]
        if typing_only:
            blocks.append("if TYPE_CHECKING:\n" + "\n".join(f"    {line}" for line in _joined(typing_only)))
        return "\n\n".join(blocks)


def _alias(module: str) -> str:
    return "_" + module.replace(".", "_")


def _joined(lines: Collection[str]) -> list[str]:
    """`import x` lines first, then one `from x import …` line a module."""
    plain = sorted(line for line in lines if line.startswith("import "))
    aliased = sorted(line for line in lines if line.startswith("from ") and " as " in line)
    modules: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("from ") and " as " not in line:
            _, module, _, name = line.split()
            modules.setdefault(module, []).append(name)
    merged = [
        f"from {module} import {', '.join(sorted(modules[module], key=_isort_key))}" for module in modules
    ]
    return plain + sorted(merged + aliased)


def _isort_key(name: str) -> tuple[int, list[tuple[str, int]]]:
    """Constants, then classes, then the rest, numbers by their value: the order ruff wants."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return kind, [(text, int(number or -1)) for text, number in _NUMBERED.findall(name)]


def exported(names: Iterable[str]) -> str:
    """The names of an `__all__`, in the order that linters ask for."""
    return ", ".join(map(string, sorted(names, key=_isort_key)))


class Scope:
    """Spells imported names for one class or module whose own names are `taken`.

    discriminators: whether unions carry theirs, as the runtime reads them; a caller's signature does without.
    """

    def __init__(
        self,
        imports: Imports,
        taken: Collection[str] = (),
        *,
        prefix: str = "",
        discriminators: bool = False,
    ) -> None:
        self._imports = imports
        self._taken = taken
        self._prefix = prefix
        self.discriminators = discriminators

    def name(self, name: str, *, typing_only: bool = False) -> str:
        """The spelling of an imported or builtin name here."""
        # A misspelt name would otherwise be a NameError in the generated module, found by its user.
        if name not in _HOMES and name not in SIBLINGS and not hasattr(builtins, name):
            raise LookupError(f"generated code knows no {name!r}")
        return self._imports.add(name, private=name in self._taken, typing_only=typing_only)

    def model(self, name: str) -> str:
        """A model or enum of the document: bare in models.py, `models.X` elsewhere (only for annotations)."""
        if not self._prefix:
            return name
        return f"{self.name(self._prefix, typing_only=True)}.{name}"
