"""Media types: how a body of each is written and read."""

from __future__ import annotations

from codegen.ir import BodyKind

_TEXTS = ("xml", "yaml", "csv", "javascript", "ndjson", "jsonl", "json-seq", "graphql", "html", "sql", "toml")


def kind_of(media_type: str) -> BodyKind:
    """How a body of this media type is written and read."""
    essence = media_type.partition(";")[0].strip().lower()
    main, _, sub = essence.partition("/")
    # Without a media type, and for a range, JSON is the best guess: it is what these APIs exchange.
    if (sub in ("json", "*") and main in ("application", "*", "text")) or sub.endswith("+json") or not sub:
        return "json"
    if essence == "application/x-www-form-urlencoded":
        return "form"
    if main == "multipart":
        return "multipart"
    # Types such as application/soap+xml and application/x-yaml are text in a suffix (RFC 6838, section
    # 4.2.8) or after an "x-".
    if main == "text" or any(sub == t or sub.endswith((f"+{t}", f"-{t}")) for t in _TEXTS):
        return "text"
    # A type such as application/vnd.api.v1.json says JSON in its own way.
    return "json" if sub.endswith(("json", ".json")) else "binary"
