"""Bodies and saved responses of Postman requests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from attrs import frozen

from codegen.ir import BodyKind, EncodingIR
from codegen.read.operation.media import kind_of
from codegen.read.postman.jsonish import parse
from codegen.read.postman.url import Entry, entries_of
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node

_NONE: Final = object()
_GRAPHQL: Final = ({"query": ""}, {"query": "", "variables": None, "operationName": ""})
"""The smallest and the fullest GraphQL request over HTTP; the variables are any JSON."""


@frozen(kw_only=True)
class RawPostmanBody:
    """A request body. values: JSON examples; entries: the fields of a form."""

    media_type: str
    kind: BodyKind
    node: Node
    values: tuple[Any, ...] = ()
    entries: tuple[Entry, ...] = ()

    def is_json_patch(self, http_method: str) -> bool:
        """Whether it is a JSON Patch (RFC 6902), by its media type or by the shape of all examples."""
        if self.kind != "json":
            return False
        changes = [
            change for value in self.values for change in (value if isinstance(value, list) else [None])
        ]
        alike = changes and all(isinstance(each, dict) and {"op", "path"} <= each.keys() for each in changes)
        return "json-patch" in self.media_type or (http_method == "PATCH" and bool(alike))

    @property
    def encoding(self) -> dict[str, EncodingIR]:
        """The media types that single parts of a form are given."""
        if self.kind != "multipart":
            return {}
        told = ((entry.key, entry.node.text("contentType")) for entry in self.entries)
        return {key: EncodingIR(content_type=media) for key, media in told if media and "{{" not in media}


@frozen(kw_only=True)
class SavedResponse:
    """A saved response. value: its JSON, only when `kind` is "json" and `readable`."""

    status: str
    media_type: str
    kind: BodyKind
    node: Node
    description: str = ""
    readable: bool = False
    value: Any = None


def read_body(request: Node, examples: Iterable[Node], findings: Findings) -> RawPostmanBody | None:
    """The body of a request; the requests of its saved responses are further examples of it."""
    body = request.get("body")
    if not body.is_object or body.flag("disabled"):
        # Postman keeps a body that is switched off; its author did not want it sent.
        if body.is_object:
            findings.note(body, "body", "the body is disabled in the collection; none is sent", dropped=True)
        return None
    mode = body.text("mode")
    if mode == "raw":
        return _raw(request, body, examples, findings)
    if mode in ("formdata", "urlencoded"):
        entries = entries_of(body.get(mode))
        media = "multipart/form-data" if mode == "formdata" else "application/x-www-form-urlencoded"
        kind: BodyKind = "multipart" if mode == "formdata" else "form"
        return RawPostmanBody(media_type=media, kind=kind, node=body, entries=entries) if entries else None
    if mode == "file":
        return RawPostmanBody(media_type="application/octet-stream", kind="binary", node=body)
    if mode == "graphql":
        return RawPostmanBody(media_type="application/json", kind="json", node=body, values=_GRAPHQL)
    if mode and mode != "none":
        findings.gap(body, "body", f"the body mode {mode!r} is not known; no body is sent", dropped=True)
    return None


def _raw(request: Node, body: Node, examples: Iterable[Node], findings: Findings) -> RawPostmanBody | None:
    texts = [body.text("raw")] if body.text("raw").strip() else []
    if not texts:
        return None
    texts += [t for n in examples if (t := n.get("body").text("raw")).strip()]
    media = _content_type(entries_of(request.get("header")) or entries_of(request.get("headers")))
    # The language chosen in Postman's editor. It sets the Content-Type only if no header does, so the
    # header is asked first.
    language = body.get("options").get("raw").text("language")
    values = [v for t in texts if (v := _parsed(t)) is not _NONE]
    said_json = language == "json" or (media != "" and kind_of(media) == "json")
    # A bare number or word parses as JSON too, but is more likely a text.
    if said_json or (values and isinstance(values[0], dict | list) and not media):
        if not values or len(values) < len(texts):
            reason = "a JSON example cannot be read as JSON" + ("" if values else "; any JSON value is sent")
            findings.gap(body.get("raw"), "example", reason, severity="note" if values else "gap")
        return RawPostmanBody(
            media_type=media or "application/json", kind="json", node=body, values=tuple(values)
        )
    media = media or {"xml": "application/xml", "html": "text/html"}.get(language, "text/plain")
    kind = kind_of(media)
    return RawPostmanBody(
        media_type=media, kind=kind if kind in ("text", "binary", "json") else "text", node=body
    )


def read_responses(item: Node, findings: Findings) -> list[SavedResponse]:
    """The saved responses of a request."""
    return [_response(n, findings) for n in saved(item) if n.is_object]


def saved(item: Node) -> Iterable[Node]:
    """The saved responses as nodes, also under the older key."""
    return item.get("response").each() if item.has("response") else item.get("responses").each()


def _response(node: Node, findings: Findings) -> SavedResponse:
    text = node.text("body")
    status = node.text("code") or "200"
    media = _content_type(entries_of(node.get("header")))
    common: dict[str, Any] = {"status": status, "node": node, "description": node.text("name")}
    if not text.strip():
        return SavedResponse(media_type="", kind="none", **common)
    value = _parsed(text)
    # Saved responses often lack headers, or have a server's wrong ones: a body that reads as an object
    # is JSON whatever its label.
    looks_json = text.lstrip()[:1] in ("{", "[")
    kind = kind_of(media) if media else "json" if looks_json or value is not _NONE else "text"
    if kind != "json" and looks_json and value is not _NONE:
        kind, media = "json", "application/json"
    if kind == "json" and value is _NONE:
        if not looks_json:
            kind, media = "text", media if media and kind_of(media) == "text" else "text/plain"
        else:
            findings.note(
                node.get("body"), "example", "the saved response is not readable as JSON; it is left out"
            )
    media = media or ("application/json" if kind == "json" else "text/plain")
    readable = kind == "json" and value is not _NONE
    return SavedResponse(
        media_type=media,
        kind=kind if kind in ("json", "text", "binary") else "text",
        readable=readable,
        value=value if readable else None,
        **common,
    )


def _content_type(headers: Iterable[Entry]) -> str:
    found = next((h.value for h in headers if h.key.lower() == "content-type" and not h.disabled), None)
    # A Content-Type from a variable is not known.
    return "" if found is None or "{{" in found else found.partition(";")[0].strip()


def _parsed(text: str) -> Any:
    try:
        return parse(text)
    except ValueError:
        return _NONE
