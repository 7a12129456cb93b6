"""Security schemes and security requirements."""

from __future__ import annotations

from typing import Any

from codegen.ir import AuthIR, Requirement
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node


def read_scheme(name: str, node: Node, findings: Findings) -> AuthIR:
    """One security scheme of Swagger 2.0 or OpenAPI 3; one without an Auth class is "custom" and reported.

    A token that needs a person (OAuth2 with a browser, OpenID Connect) is a bearer token for the client.
    """
    # Names of HTTP schemes are case-insensitive (RFC 9110, section 11.1).
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
    # Swagger 2.0 names the flow `application` and puts its fields next to it.
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


def requirement(node: Node, known: set[str], findings: Findings) -> Requirement | None:
    """The schemes that an operation's `security` requires; () for none; None without `security`.

    An empty alternative makes the others optional: it comes last, as an empty tuple.
    """
    listed = node.get("security")
    if not listed.is_array:
        return None
    found: list[str | tuple[str, ...]] = []
    optional = False
    for entry in listed.each():
        if not entry.is_object:
            continue
        names = list(entry.value)
        optional = optional or not names
        for name in names:
            if name not in known:
                reason = f"the security scheme {name!r} is not defined; add it or correct the name"
                findings.gap(entry, "auth", reason)
        defined = tuple(name for name in names if name in known)
        # An alternative needs all of its schemes; with an unknown one it cannot be met, and half of it
        # must not be sent as if it were enough.
        if defined and len(defined) == len(names):
            found.append(defined[0] if len(defined) == 1 else defined)
    if found and optional:
        found.append(())
    # Scopes are dropped, so two alternatives may have become equal.
    return tuple(dict.fromkeys(found))
