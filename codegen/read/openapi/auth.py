"""Security schemes and security requirements."""

from __future__ import annotations

from typing import Any

from codegen.ir import AuthIR
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node


def read_scheme(name: str, node: Node, findings: Findings) -> AuthIR:
    """One security scheme of Swagger 2.0 or OpenAPI 3; one that nothing serves is "custom" and reported.

    A token that a person must fetch (OAuth2 with a browser, OpenID Connect) is a bearer token to the client.
    """
    kind, scheme = node.text("type"), node.text("scheme").lower()
    common: dict[str, Any] = {
        "name": name,
        "description": node.text("description"),
        "place": node.place,
    }
    if kind == "basic" or (kind == "http" and scheme == "basic"):
        return AuthIR(kind="basic", **common)
    if kind == "http" and scheme == "bearer":
        return AuthIR(kind="bearer", **common)
    location = node.text("in")
    if kind == "apiKey" and location in ("header", "query", "cookie"):
        return AuthIR(kind="api_key", location=location, parameter=node.text("name"), **common)  # type: ignore[arg-type]
    if kind == "oauth2":
        flow = _client_credentials(node)
        if flow is not None:
            return AuthIR(
                kind="oauth2_client_credentials",
                token_url=flow.text("tokenUrl"),
                scopes=tuple(key for key, _ in flow.get("scopes").items()),
                **common,
            )
    if kind in ("oauth2", "openIdConnect"):
        findings.note(node, "auth", _reason(node, kind, scheme))
        return AuthIR(kind="bearer", **common)
    findings.gap(node, "auth", _reason(node, kind, scheme))
    return AuthIR(kind="custom", **common)


def _client_credentials(node: Node) -> Node | None:
    if node.text("flow") == "application":
        return node
    found = node.get("flows").get("clientCredentials")
    return found if found.is_object else None


def _reason(node: Node, kind: str, scheme: str) -> str:
    if kind == "oauth2":
        flows = [key for key, _ in node.get("flows").items()] or [node.text("flow") or "none"]
        return f"the OAuth2 flow {', '.join(flows)} needs a person; get a token elsewhere, use BearerAuth"
    if kind == "openIdConnect":
        return "an OpenID Connect provider issues the token; get one there, use BearerAuth"
    if kind == "http":
        return f"the HTTP scheme {scheme!r} has no class; give an Auth object of your own"
    return f"the security type {kind!r} has no class; give an Auth object of your own"


def requirement(node: Node, known: set[str], findings: Findings) -> tuple[str, ...] | None:
    """The scheme names that an operation's `security` asks for; () for none; None when it says nothing.

    Of several alternatives the first counts that names a scheme; the others are noted.
    """
    listed = node.get("security")
    if not listed.is_array:
        return None
    alternatives = [list(entry.value) for entry in listed.each() if entry.is_object]
    named = [names for names in alternatives if names]
    if len(named) < len(alternatives) and named:
        findings.note(listed, "auth", "authentication is optional here; it is sent when the client has it")
    if len(named) > 1:
        others = ", ".join(" with ".join(names) for names in named[1:])
        findings.note(listed, "auth", f"{' with '.join(named[0])} is used; the alternatives are {others}")
    if named and len(named[0]) > 1:
        reason = f"{' and '.join(named[0])} are wanted together; give an Auth object that sends all of them"
        findings.note(listed, "auth", reason)
    for entry in listed.each():
        for name in entry.value if entry.is_object else ():
            if name not in known:
                reason = f"the security scheme {name!r} is not defined; add it or correct the name"
                findings.gap(entry, "auth", reason)
    return tuple(name for name in named[0] if name in known) if named else ()
