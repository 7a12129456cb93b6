"""How a Postman collection, folder or request authenticates."""

from __future__ import annotations

from codegen.ir import AuthIR
from codegen.read.schema.names import snake_case
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node


class PostmanAuth:
    """The schemes of a collection, each once."""

    def __init__(self, findings: Findings) -> None:
        self.found: dict[str, AuthIR] = {}
        self._findings = findings

    def names(self, node: Node) -> tuple[str, ...] | None:
        """The scheme of a node's `auth`: () for "noauth", None where it has none and inherits."""
        auth = node.get("auth")
        if not auth.is_object or not auth.text("type"):
            return None
        if auth.text("type") == "noauth":
            return ()
        return (self._add(self._read(auth)),)

    def implied(self, header: str, node: Node) -> tuple[str, ...] | None:
        """The scheme of an Authorization header that somebody typed into a request."""
        # Only the scheme is read; the credentials behind it are somebody's real ones and are not
        # copied.
        word = header.partition(" ")[0].lower()
        if word == "basic":
            return (self._add(AuthIR(name="basic", kind="basic", place=node.place)),)
        if word == "bearer":
            return (self._add(AuthIR(name="bearer", kind="bearer", place=node.place)),)
        return None

    def said(self, node: Node) -> str | None:
        """The scheme that an overlay names."""
        if not node.present:
            return None
        if node.value in ("basic", "bearer"):
            return self._add(AuthIR(name=node.value, kind=node.value, place=node.place))
        self._findings.problem(
            node, "`auth` must be basic or bearer; write other schemes into the collection"
        )
        return None

    def _add(self, auth: AuthIR) -> str:
        return self.found.setdefault(auth.name, auth).name

    def _read(self, auth: Node) -> AuthIR:
        kind = auth.text("type")
        values = _values(auth.get(kind))
        if kind == "basic":
            return AuthIR(name="basic", kind="basic", place=auth.place)
        # Postman builds a JWT from a secret; for the server it is a bearer token.
        if kind in ("bearer", "jwt"):
            return AuthIR(name="bearer", kind="bearer", place=auth.place)
        if kind == "apikey":
            # Without a key the setting is unfinished; this header is the usual one.
            key = values.get("key", "") or "Authorization"
            where = values.get("in", "header")
            return AuthIR(
                name=f"api_key_{snake_case(key)}",
                kind="api_key",
                location="query" if where == "query" else "header",
                parameter=key,
                place=auth.place,
            )
        if kind == "oauth2":
            return self._oauth2(auth, values)
        self._findings.gap(auth, "auth", f"Postman's {kind!r} has no class; give an Auth object of your own")
        return AuthIR(name=snake_case(kind), kind="custom", place=auth.place)

    def _oauth2(self, auth: Node, values: dict[str, str]) -> AuthIR:
        # The one grant that needs no browser (RFC 6749, section 4.4).
        if values.get("grant_type") == "client_credentials":
            return AuthIR(
                name="oauth2",
                kind="oauth2_client_credentials",
                token_url=values.get("accessTokenUrl"),
                scopes=tuple(values.get("scope", "").split()),
                place=auth.place,
            )
        reason = "this OAuth2 flow needs a person; get a token elsewhere and give it as BearerAuth"
        self._findings.gap(auth, "auth", reason)
        return AuthIR(name="oauth2", kind="bearer", place=auth.place)


def _values(node: Node) -> dict[str, str]:
    """The settings of a scheme: an object in v2.0, a list of keys and values in v2.1."""
    if node.is_array:
        return {n.text("key"): n.text("value") for n in node.each() if n.text("key")}
    return {key: child.spelled() for key, child in node.items() if isinstance(child.value, str)}
