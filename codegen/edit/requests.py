"""Requests of a vendor's collection in the form of ours: URL, body and examples, without credentials."""

from __future__ import annotations

import http.client
import json
import re
from typing import Any, Final
from urllib.parse import unquote_plus

from attrs import frozen

from codegen.edit.wording import field_text
from codegen.read.postman.jsonish import parse

_KEPT_HEADERS: Final = ("Accept", "Content-Type")
_SECRET: Final = re.compile(r"auth|token|secret|password|cookie|api[-_]?key|signature", re.IGNORECASE)
_SETTINGS: Final = ("key", "in", "grant_type", "accessTokenUrl", "scope")
_CREDENTIALS: Final = {"basic": ("username", "password"), "bearer": ("token",), "apikey": ("value",)}
_BASE: Final = "{{baseUrl}}"


@frozen
class ContradictionError(Exception):
    """A URL whose text and target differ: nobody but the vendor knows which one is meant."""

    text: str
    target: str


def items_of(node: Any) -> list[Any]:
    """The requests of a folder or collection, at any depth."""
    found = []
    for item in node.get("item") or []:
        found += items_of(item) if isinstance(item.get("item"), list) else [item]
    return found


def holder_of(node: Any, wanted: Any) -> Any | None:
    """The folder that holds a request or another folder."""
    for item in node.get("item") or []:
        if item is wanted:
            return node
        if isinstance(item.get("item"), list) and (found := holder_of(item, wanted)) is not None:
            return found
    return None


def auth_of(holder: Any) -> dict[str, Any] | None:
    """How a collection, a folder or a request authenticates, with variables for the credentials in it.

    None where it has nothing of its own.
    """
    auth = holder.get("auth") if isinstance(holder, dict) else None
    if not isinstance(auth, dict) or not auth.get("type") or auth.get("isInherited"):
        return None
    kind = str(auth["type"])
    if kind == "noauth":
        return {"type": kind}
    listed = auth.get(kind) or []
    if isinstance(listed, dict):  # as v2.0 writes it
        listed = [{"key": key, "value": value, "type": "string"} for key, value in listed.items()]
    entries = [e for e in listed if isinstance(e, dict) and e.get("key") in _SETTINGS]
    entries += [{"key": k, "value": f"{{{{{k}}}}}", "type": "string"} for k in _CREDENTIALS.get(kind, ())]
    return {"type": kind, kind: entries}


def own_auth(collection: Any, wanted: Any) -> dict[str, Any] | None:
    """How a request authenticates by itself or by the nearest folder around it, not by the collection."""
    found = auth_of(wanted.get("request"))
    holder = holder_of(collection, wanted)
    while found is None and holder is not None and holder is not collection:
        found = auth_of(holder)
        holder = holder_of(collection, holder)
    return found


def url_of(
    route: str, request: Any, ours: Any, names: dict[str, str], host: str | None = None
) -> dict[str, Any]:
    """The URL of a request.

    Args:
        route: `GET Orders/{orderId}` with our names.
        names: of path variables, theirs to ours.
        host: the address that this request is sent to; by default that of the collection.
    Raises:
        ContradictionError: the printed URL and its parts lead to different places.
    """
    path = route.partition(" ")[2].strip("/")
    trailing = "/" if route.endswith("/") else ""
    # An empty part in the middle is a slash that is sent, as `2.0//events`.
    parts = [f":{p[1:-1]}" if re.fullmatch(r"\{[^{}]*\}", p) else p for p in path.split("/")] if path else []
    query = [_entry(entry, _known(ours, "query")) for entry in query_of(request)]
    text = "&".join(f"{entry['key']}={entry['value']}" for entry in query)
    url: dict[str, Any] = {
        "raw": f"{host or _BASE}/{'/'.join(parts)}{trailing}" + (f"?{text}" if text else ""),
        "host": [host or _BASE],
        "path": [*parts, *([""] if trailing else [])],
    }
    if query:
        url["query"] = query
    values = {
        names.get(str(entry.get("key")), str(entry.get("key"))): entry for entry in variables_of(request)
    }
    variables = [part[1:] for part in parts if part.startswith(":")]
    if variables:
        known = _known(ours, "variable")
        url["variable"] = [_entry({**values.get(name, {}), "key": name}, known) for name in variables]
    return url


def url_text(request: Any) -> str:
    """The URL of a vendor's request as its author typed it; "" where only its parts are there."""
    url = request.get("url") if isinstance(request, dict) else request
    return url if isinstance(url, str) else str((url or {}).get("raw") or "")


def query_of(request: Any) -> list[Any]:
    """The query of a vendor's request, from its parts or from its text, entries switched off included."""
    url = request.get("url")
    parts = url if isinstance(url, dict) else request.get("urlObject") or {}
    raw = [
        {"key": unquote_plus(key), "value": value}
        for key, _, value in (pair.partition("=") for pair in url_text(request).partition("?")[2].split("&"))
        if key
    ]
    listed = [entry for entry in parts.get("query") or [] if entry.get("key")]
    on = [str(entry["key"]) for entry in listed if not entry.get("disabled")]
    if listed and raw and on != [entry["key"] for entry in raw]:
        raise ContradictionError(", ".join(entry["key"] for entry in raw), ", ".join(on))
    return listed or raw


def variables_of(request: Any) -> list[Any]:
    """The path variables of a vendor's request, with their examples."""
    url = request.get("url")
    parts = url if isinstance(url, dict) else request.get("urlObject") or {}
    return [entry for entry in parts.get("variable") or [] if entry.get("key")]


def _known(ours: Any, kind: str) -> dict[str, Any]:
    url = ours.get("url") if isinstance(ours, dict) else None
    return {entry["key"]: entry for entry in (url or {}).get(kind) or []} if isinstance(url, dict) else {}


def _entry(entry: Any, known: dict[str, Any]) -> dict[str, Any]:
    """A key with the vendor's example; our description where there is one."""
    key = str(entry["key"])
    value = entry.get("value")
    before = known.get(key, {})
    secret = _SECRET.search(key) is not None
    text = "" if secret else str(before.get("value", "")) if value in (None, "") else str(value)
    found: dict[str, Any] = {"key": key, "value": text}
    found["description"] = before.get("description") or field_text(key)
    if entry.get("disabled"):
        found["disabled"] = True
    return found


def stated(description: str, words: Any) -> str:
    """The description of a key, ending in what the overlay says of it: `… Required; documented.`"""
    text = re.sub(r" ?(?:Required|Optional); [a-z-]+\.\Z", "", description)
    need = "Required" if words.get("required") else "Optional"
    return f"{text} {need}; {words.get('provenance', 'documented')}."


def body_of(request: Any) -> dict[str, Any] | None:
    """The body with the vendor's example: JSON without comments, or the keys and values of a form."""
    body = request.get("body")
    if not isinstance(body, dict) or not body.get("mode"):
        return None
    mode = body["mode"]
    if mode == "raw":
        text = str(body.get("raw") or "")
        if not text.strip():
            return None
        found = {"mode": "raw", "raw": pretty(text), "options": {"raw": {"language": "json"}}}
        return found if found["raw"] is not None else {"mode": "raw", "raw": text}
    if mode in ("urlencoded", "formdata"):
        entries = [entry for entry in body.get(mode) or [] if entry.get("key")]
        kept = ("key", "value", "type")
        return {"mode": mode, mode: [{k: e[k] for k in kept if k in e} for e in entries]} if entries else None
    return {"mode": mode}


def pretty(text: str) -> str | None:
    """JSON as our examples are written; None where it is no JSON."""
    try:
        return json.dumps(parse(text), indent=2, ensure_ascii=False)
    except ValueError:
        return None


def headers_of(request: Any, body: Any) -> list[dict[str, str]]:
    """Accept, the body's type, and the vendor's further headers; what carries a credential is left out."""
    found = [{"key": "Accept", "value": "application/json"}]
    kind = next((h.get("value") for h in _headers(request) if h["key"].lower() == "content-type"), None)
    if body is not None and body["mode"] == "raw":
        found.append({"key": "Content-Type", "value": str(kind or "application/json")})
    more = [h for h in _headers(request) if h["key"].title() not in _KEPT_HEADERS]
    return found + [
        {"key": h["key"], "value": str(h.get("value") or "")} for h in more if not _SECRET.search(h["key"])
    ]


def _headers(request: Any) -> list[Any]:
    headers = request.get("header")
    return (
        [h for h in headers or [] if isinstance(h, dict) and h.get("key")]
        if isinstance(headers, list)
        else []
    )


def examples_of(theirs: Any, ours: Any) -> list[Any]:
    """The vendor's examples; ours stay for success, or for errors, where the vendor has none."""
    shown = [found for example in theirs.get("response") or [] if (found := _example(example)) is not None]
    kept = list((ours or {}).get("response") or [])
    good = [e for e in shown if e["code"] < 400] or [e for e in kept if _code(e) < 400]
    bad = [e for e in shown if e["code"] >= 400] or [e for e in kept if _code(e) >= 400]
    return [*good, *bad]


def _example(example: Any) -> dict[str, Any] | None:
    """One saved response. The documenter writes its code as text, and leaves the code out of some."""
    if not isinstance(example, dict):
        return None
    body = example.get("body")
    text = pretty(body) if isinstance(body, str) and body.strip() else None
    code = _code(example)
    status = str(example.get("status") or http.client.responses.get(code, ""))
    return {
        "name": str(example.get("name") or status or "Success"),
        "status": status,
        "code": code,
        "_postman_previewlanguage": "json",
        "header": [{"key": "Content-Type", "value": "application/json"}],
        "cookie": [],
        "body": text if text is not None else (body or ""),
    }


def _code(example: Any) -> int:
    code = str(example.get("code") or "")
    if code.isdigit():
        return int(code)
    by_name = {name.lower(): number for number, name in http.client.responses.items()}
    return int(by_name.get(str(example.get("status") or "").lower(), 200))
