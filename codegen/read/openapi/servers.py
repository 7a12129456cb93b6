"""Base URLs: their names and the variables in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from codegen.ir import ServerTemplate, ServerVariable
from codegen.read.operation.addresses import without_user
from codegen.read.schema.names import snake_case, unique_names
from codegen.read.source.node import Node

_STAGE: Final = re.compile(r"production|staging|sandbox|test|development|beta|mock|local")
_VARIABLE: Final = re.compile(r"\{([^{}]+)\}")
_RESERVED: Final = ("cls", "self")


def templates_of(node: Node) -> Iterator[ServerTemplate]:
    """The servers that a document, path or operation of OpenAPI 3 lists, each URL once."""
    names: set[str] = set()
    urls: set[str] = set()
    for server in node.get("servers").each():
        # Examples in documents contain real passwords at times; none may get into a package that others
        # install.
        url = without_user(server.text("url"))
        if url and url not in urls:
            urls.add(url)
            names.add(name := _server_name(server, names))
            yield ServerTemplate(name, url, _variables(url, dict(server.get("variables").items())))


def parameterized_host(root: Node, declared: Iterable[Node], base: str) -> ServerTemplate | None:
    """The server of Microsoft's `x-ms-parameterized-host`; base: the base path of the document."""
    host = root.get("x-ms-parameterized-host")
    url = host.text("hostTemplate")
    if not url:
        return None
    if host.flag("useSchemePrefix", default=True):
        # `useSchemePrefix` means the document's `schemes`; of these the client accepts only https.
        url = f"https://{url}"
    named = {node.text("name"): node for node in declared}
    return ServerTemplate("default", url.rstrip("/") + base, _variables(url, named))


def _variables(url: str, declared: dict[str, Node]) -> tuple[ServerVariable, ...]:
    """The variables of a URL; one that is not declared, or has no default, must be given."""
    wires = list(dict.fromkeys(_VARIABLE.findall(url)))
    found = []
    for name, wire in zip(unique_names(wires, reserved=_RESERVED), wires, strict=True):
        node = declared.get(wire)
        found.append(
            ServerVariable(
                name=name,
                wire=wire,
                # OpenAPI requires a default (Server Variable Object), but documents leave it out where no
                # value would work for everybody.
                default=node.text("default") if node is not None and node.has("default") else None,
                values=tuple(n.spelled() for n in node.get("enum").each()) if node is not None else (),
                description=node.text("description") if node is not None else "",
            )
        )
    return tuple(found)


def filled(template: ServerTemplate) -> str | None:
    """The URL with the defaults of its variables; None where one has none."""
    url = template.url
    for variable in template.variables:
        if variable.default is None:
            return None
        url = url.replace(f"{{{variable.wire}}}", variable.default)
    # Again after filling, because a variable may hold the credentials.
    return without_user(url)


def _server_name(server: Node, taken: set[str]) -> str:
    """production, staging … by a word of the description; else default, server_2 …"""
    if server.text("name"):
        name = snake_case(server.text("name"), fallback="server")
    else:
        word = _STAGE.search(server.text("description").lower())
        name = word.group() if word else "" if taken else "default"
    return name if name and name not in taken else f"server_{len(taken) + 1}"
