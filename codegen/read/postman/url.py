"""Postman URLs: strings or objects, with `{{variables}}` and `:path` segments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Any, Final
from urllib.parse import unquote_plus

from attrs import field, frozen

from codegen.read.operation.addresses import without_user
from codegen.read.source.findings import Findings
from codegen.read.source.node import ABSENT, Node

VARIABLE: Final = re.compile(r"\{\{\s*+((?:[^{}\s]|\s++(?!\}\}))*+)\s*+\}\}")
_BASE: Final = re.compile(r"(?:[a-zA-Z][\w+.-]*|\{\{[^{}]*\}\})://[^/?#]*|\{\{[^{}]*\}\}[^/?#]*")
_HOST: Final = re.compile(r"(?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d+)?(?=/|\?|$)")
_TAG: Final = re.compile(r"<[^<>]*>")
_BREAK: Final = re.compile(r"<(?:br|/p|/li|/h[1-6]|/tr|/div)\s*/?>", re.IGNORECASE)
_HTML: Final = re.compile(
    r"</?(?:p|br|ul|ol|li|strong|em|code|h[1-6]|table|a|span|div)\b[^<>]*>", re.IGNORECASE
)
_LONGEST: Final = 2_000
"""Characters of a base URL; no server takes more."""
_SEGMENT: Final = re.compile(r":([\w-]+)(.*)", re.DOTALL)


@frozen(kw_only=True)
class Entry:
    """A key and value of a URL or header list. node: its position; value: as text, None for none."""

    key: str
    value: str | None
    node: Node
    disabled: bool = False
    description: str = ""
    kind: str = ""


@frozen(kw_only=True)
class Url:
    """A parsed URL.

    base: scheme and host, variables filled in; None when a variable is not known. host: the same as it is
    written, variables and all. glued: variables of the path that follow the host without a slash.
    has_user: whether a user name or password was cut off.
    """

    base: str | None
    path: str
    host: str = ""
    variables: Mapping[str, Entry] = field(factory=dict)
    query: tuple[Entry, ...] = ()
    glued: frozenset[str] = frozenset()
    has_user: bool = False


def parse_url(node: Node, values: Mapping[str, str], parts: Node | None = None) -> Url:
    """Read the `url` of a request.

    values: the collection's variables. parts: the `urlObject` that documentation sites add to a URL that is
        text; it holds the descriptions of query keys and path variables.
    """
    # `raw` is what the author typed; host and path are Postman's own parse of it, which breaks on
    # variables.
    raw = node.value if isinstance(node.value, str) else node.text("raw") or _assembled(node)
    described_in = parts if parts is not None and parts.is_object else node
    base, glued, path, query = _pieces(raw, values)
    filled = _fill(base, values)
    return Url(
        base=None if filled is None else without_user(filled),
        path=_template(glued + path),
        host=base,
        glued=frozenset(VARIABLE.findall(glued)),
        has_user=filled is not None and without_user(filled) != filled,
        variables={e.key: e for e in entries_of(described_in.get("variable"))},
        # Collections that a program wrote may hold an empty list next to the query's text.
        query=entries_of(described_in.get("query")) or tuple(_raw_query(query, node)),
    )


def base_of(raw: str, values: Mapping[str, str]) -> str | None:
    """The address that the text of a URL begins with, without a user; None where a variable has no value."""
    filled = _fill(_pieces(raw, values)[0], values)
    return None if filled is None else without_user(filled)


def _pieces(raw: str, values: Mapping[str, str]) -> tuple[str, str, str, str]:
    """The base, the part of the path that is glued to it, the rest of the path, and the query."""
    # Not `urlsplit`: braces, unset variables and `:name` segments are not a URL by RFC 3986.
    before, _, query = raw.partition("#")[0].partition("?")
    base, path = _split(before.strip())
    base, glued = _unglued(base, values)
    if glued and path and not path.startswith("/"):
        path = f"/{path}"
    return base, glued, path, query


def _unglued(base: str, values: Mapping[str, str]) -> tuple[str, str]:
    """The base, and the text after its host from the first variable without a slash and without a value.

    In `{{baseUrl}}{{version}}/users` an unset `version` is the first part of the path. Text that belongs to a
    host name (after a dot, a colon or a hyphen) stays in the base.
    """
    scheme, found, rest = base.rpartition("://")
    position, host = 0, ""
    for match in VARIABLE.finditer(rest):
        host += rest[position : match.start()]
        joined = host == "" or host[-1] in ".:-@" or host.endswith("://")
        if not joined and match.group(1) not in values:
            return scheme + found + rest[: match.start()], rest[match.start() :]
        # A variable that only holds a scheme is followed by the host, not by a path.
        host += "://" if values.get(match.group(1), "").endswith("://") else match.group()
        position = match.end()
    return base, ""


def entries_of(node: Node) -> tuple[Entry, ...]:
    """The entries of a list of keys and values; "Key: value" lines in the oldest collections."""
    # The format allows headers as one text, as v1 wrote them.
    if isinstance(node.value, str):
        lines = (line.partition(":") for line in node.value.splitlines() if ":" in line)
        return tuple(Entry(key=k.strip(), value=v.strip(), node=node) for k, _, v in lines)
    found = []
    for child in node.each():
        key = _key(child)
        if key:
            found.append(
                Entry(
                    key=key,
                    value=child.text("value") if child.get("value").value is not None else None,
                    node=child,
                    # v1 wrote `enabled`, later versions write `disabled`.
                    disabled=child.flag("disabled") or not child.flag("enabled", True),
                    description=described(child),
                    kind=child.text("type"),
                )
            )
    return tuple(found)


def _key(entry: Node) -> str:
    return entry.text("key") or entry.text("id")


def note_nameless(findings: Findings, *lists: Node) -> None:
    """Note which entries cannot be sent by name."""
    for child in (child for listed in lists for child in listed.each()):
        if child.is_object and not _key(child):
            findings.note(child, "entry", "an entry without a key; it is not in the package")


def described(node: Node) -> str:
    """A description, which Postman also writes as an object with `content`."""
    text = node.text("description") or node.get("description").text("content")
    # Descriptions are Markdown in an export and HTML on a documentation site. A text with a lone "<" is
    # neither cut nor unescaped.
    return _plain_text(text) if _HTML.search(text) else text


def _plain_text(html: str) -> str:
    """The text of the HTML that documentation sites serve."""
    # Tags first: an escaped "&lt;id&gt;" must not become a tag that is then removed.
    lines = unescape(_TAG.sub("", _BREAK.sub("\n", html))).splitlines()
    return "\n".join(filter(None, map(str.strip, lines)))


def variables_of(root: Node) -> dict[str, str]:
    """The collection's own variables that have a value."""
    return {e.key: e.value for e in entries_of(root.get("variable")) if e.value and not e.disabled}


def _assembled(node: Node) -> str:
    """The text of a URL object that has no `raw`."""
    # The format allows a text or a list for both.
    host = _joined(node.get("host"), ".")
    path = _joined(node.get("path"), "/")
    scheme = node.text("protocol")
    port = f":{node.text('port')}" if node.text("port") else ""
    prefix = f"{scheme}://" if scheme and host else ""
    return f"{prefix}{host}{port}/{path.removeprefix('/')}" if host or path else ""


def _joined(node: Node, separator: str) -> str:
    if isinstance(node.value, str):
        return node.value
    parts: Iterable[Any] = (n.value if isinstance(n.value, str) else n.text("value") for n in node.each())
    return separator.join(str(p) for p in parts)


def _split(text: str) -> tuple[str, str]:
    match = _BASE.match(text)
    if match is not None:
        return match.group(), text[match.end() :]
    match = _HOST.match(text)
    # A host without a scheme gets https, never http: credentials go there.
    return (f"https://{match.group()}", text[match.end() :]) if match else ("", text)


def _fill(base: str, values: Mapping[str, str]) -> str | None:
    # Variables may hold variables; the number of rounds ends a circle of them.
    for _ in range(5):
        base = VARIABLE.sub(lambda m: values.get(m.group(1), m.group()), base)
        if len(base) > _LONGEST:  # variables that hold each other many times over
            return None
    if not base or VARIABLE.search(base):
        return None
    base = base if "://" in base else f"https://{base}"
    return base.rstrip("/")


def _template(path: str) -> str:
    segments = []
    for segment in path.removeprefix("/").split("/"):
        # `:id` is a path variable; `:id.json` keeps its ending.
        match = _SEGMENT.match(segment)
        text = f"{{{match.group(1)}}}{match.group(2)}" if match else segment
        segments.append(VARIABLE.sub(lambda m: f"{{{m.group(1) or 'value'}}}", text).replace(" ", "%20"))
    return "/" + "/".join(segments)


def _raw_query(text: str, node: Node) -> Iterable[Entry]:
    place = Node(node.source, node.path, ABSENT)
    for part in text.split("&"):
        key, _, value = part.partition("=")
        if key:
            yield Entry(key=unquote_plus(key), value=unquote_plus(value), node=place)
