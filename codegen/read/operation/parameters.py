"""Parameters of any format: their identity, whether they can be sent, and their Python names."""

from __future__ import annotations

import re
from typing import Final

from codegen.ir import ParameterIR
from codegen.read.schema.names import PARAMETER_RESERVED, legal, snake_case, unique, with_signs

PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# OData writes these names in one word; split into words they read as Python.
ODATA_NAMES: Final = {
    "$skiptoken": "skip_token",
    "$inlinecount": "inline_count",
    "$deltatoken": "delta_token",
    "$orderby": "order_by",
}


def identity(name: str, location: str) -> tuple[str, str]:
    """The key of a parameter within its operation; the case of a header's name does not matter."""
    return (name.lower() if location == "header" else name), location


def unsendable(name: str, location: str) -> str | None:
    """The reason why a parameter of this name cannot be sent; None if it can."""
    # A line break in a name would begin another header, and a document is not trusted that far.
    if location not in ("header", "cookie") or TOKEN.fullmatch(name):
        return None
    return f"{name!r} is no name that a {location} can have (RFC 9110, section 5.6.2)"


def name_parameters(parameters: list[ParameterIR]) -> None:
    """Give every parameter its Python name; of equal ones, those further from the path get their location."""
    taken: set[str] = set()
    for parameter in parameters:
        plain = ODATA_NAMES.get(parameter.wire.lower()) or snake_case(parameter.wire, fallback="parameter")
        name = legal(plain, PARAMETER_RESERVED)
        if name in taken:
            name = legal(with_signs(parameter.wire), PARAMETER_RESERVED)
        # Path parameters come first and keep the plain name: they say which object is meant.
        if name in taken and parameter.location != "path":
            name = f"{plain}_{parameter.location}"
        parameter.name = unique(name, taken)
