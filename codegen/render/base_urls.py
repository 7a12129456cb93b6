"""base_urls.py: the base URLs of a document that have variables, each as a function of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from codegen.ir import ServerTemplate, ServerVariable
from codegen.read.schema.names import legal, snake_case, unique
from codegen.render.plan import Plan
from codegen.render.quoting import (
    WIDTH,
    docstring,
    identifier,
    one_line,
    paragraphs,
    section,
    string,
    tuple_text,
)
from codegen.render.scope import Imports, Scope, exported


def base_urls_context(plan: Plan) -> dict[str, Any] | None:
    """What the template prints; None for a document whose base URLs have no variables."""
    imports = Imports()
    taken: set[str] = set()
    named = [
        (unique(legal(snake_case(template.name, fallback="server")), taken), template)
        for template in plan.document.templates
    ]
    functions = []
    for name, template in named:
        # Functions and variables named after the document may hide what their bodies use.
        scope = Scope(imports, {*taken, *(variable.name for variable in template.variables)})
        functions.append(
            {
                "name": identifier(name),
                "signature": ", ".join(["*", *(_argument(v, scope) for v in _in_order(template))]),
                "text": scope.name("str"),
                "docstring": docstring(_lines(template), 4),
                "parts": tuple_text(_parts(template, scope)),
            }
        )
    names = exported(each["name"] for each in functions)
    return {"functions": functions, "imports": imports.text(), "all": names} if functions else None


def _in_order(template: ServerTemplate) -> list[ServerVariable]:
    """Those that must be given first."""
    return sorted(template.variables, key=lambda variable: variable.default is not None)


def _argument(variable: ServerVariable, scope: Scope) -> str:
    text = f"{identifier(variable.name)}: {scope.name('str')}"
    return text if variable.default is None else f"{text} = {string(variable.default)}"


def _parts(template: ServerTemplate, scope: Scope) -> Iterator[str]:
    """The URL in pieces: the document's text, and its variables quoted.

    No value can leave the part of the URL where its variable is: the host stays below the document's.
    """
    by_wire = {variable.wire: variable for variable in template.variables}
    before = ""
    rest = template.url
    while rest:
        text, opened, rest = rest.partition("{")
        wire, _, after = rest.partition("}")
        variable = by_wire.get(wire) if opened else None
        if variable is None:
            # A brace without a declared variable is text of the URL.
            text += opened
        else:
            rest = after
        if text:
            yield string(text)
        before += text
        if variable is not None:
            yield f"{scope.name('quote')}({variable.name}, safe={string(_safe(before))})"
            # The value itself is not known here; a letter takes its place, so that what follows is judged
            # as text after it.
            before += "x"


def _safe(before: str) -> str:
    """The signs that a variable may hold besides letters and digits, by the text before it."""
    _, scheme, after = before.partition("://")
    if "/" in after or before.startswith("/"):
        return "/"
    # In the host, a colon is needed for a port. Where the whole scheme is a variable, "://" has to
    # pass.
    return ":" if scheme else ":/"


def _lines(template: ServerTemplate) -> list[str]:
    width = WIDTH - 4
    url = one_line(template.url)
    lines = paragraphs(f"Return the base URL {url} with its variables filled in.", width=width)
    notes = [(variable.name, _note(variable)) for variable in _in_order(template)]
    return lines + section("Args", [(name, note) for name, note in notes if note], width=width)


def _note(variable: ServerVariable) -> str:
    text = one_line(variable.description)
    text += "." if text and text[-1] not in ".!?" else ""
    allowed = f"One of {', '.join(map(one_line, variable.values))}." if variable.values else ""
    return " ".join(filter(None, (text, allowed)))
