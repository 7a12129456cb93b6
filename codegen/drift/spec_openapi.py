"""An OpenAPI spec kept by hand into facts: references resolved, `x-trunkline` words applied."""

from __future__ import annotations

from typing import Any, Final

from codegen.drift.spec_facts import SpecBody, SpecFacts, SpecField, SpecOperation
from codegen.read.source.node import Node, Source, unescape
from codegen.vendor.document import At, ListedName, Location, Route

_METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
_LISTS: Final = ("filterable", "sortable", "patchable")
_LOCATIONS: Final[dict[str, Location]] = {
    "path": "path",
    "query": "query",
    "header": "header",
    "cookie": "cookie",
}


def read_spec(source: Source) -> SpecFacts:
    """All facts of an OpenAPI 3 document."""
    root = source.root
    info = root.get("info")
    facts = SpecFacts(
        file=source.name,
        kind="openapi",
        title=info.text("title"),
        title_at=at(info.get("title")),
        version=info.text("version"),
        version_at=at(info.get("version")),
        servers_at=at(root.get("servers")),
        paths_at=at(root.get("paths")),
    )
    for index, server in enumerate(root.get("servers").each()):
        name = server.text("description") or str(index)
        facts.servers[name] = (server.text("url").rstrip("/"), at(server.get("url")))
    for path, item in root.get("paths").items():
        for method, operation in item.items():
            if method in _METHODS:
                found = _Operation(root, path, method, item, operation).read()
                facts.operations[found.title] = found
    return facts


def at(node: Node) -> At:
    """The place of a node."""
    return At(node.place.line, node.pointer)


def resolve(root: Node, node: Node) -> Node:
    """Follow local references; a reference that leads nowhere stays as it is."""
    for _ in range(50):
        reference = node.get("$ref").value if node.is_object else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return node
        target = root
        for token in reference[2:].split("/"):
            target = target.get(unescape(token))
        node = target
    return node


def words_of(node: Node) -> Node:
    """The `x-trunkline` words of a node."""
    return node.get("x-trunkline")


class _Operation:
    def __init__(self, root: Node, path: str, method: str, item: Node, node: Node) -> None:
        self._root = root
        self._item = item
        self._node = node
        self._words = words_of(node)
        title = node.text("summary") or f"{method.upper()} {path}"
        self._found = SpecOperation(
            title=title, at=at(node), route=Route(method.upper(), path.lstrip("/"), at(node))
        )

    def read(self) -> SpecOperation:
        found, node, words = self._found, self._node, self._words
        tags = [tag.value for tag in node.get("tags").each()]
        found.section = str(tags[0]) if tags else ""
        since = words.get("since")
        found.since = str(since.value) if since.present else None
        found.since_at = at(since) if since.present else at(node)
        provenance = words.get("provenance")
        found.provenance = {key: str(value.value) for key, value in provenance.items()}
        found.content_type_header = words.flag("content_type_header")
        found.deprecated = node.flag("deprecated")
        found.errors_shown = words.flag("errors_shown")
        found.schemes = self._schemes()
        if words.flag("authorizations_shown", True):
            found.authorizations = found.schemes
        self._parameters()
        self._body()
        self._lists()
        self._answers()
        return found

    def _schemes(self) -> tuple[str, ...]:
        security = self._node.get("security") if self._node.has("security") else self._root.get("security")
        return tuple(dict.fromkeys(name for entry in security.each() for name, _ in entry.items()))

    def _parameters(self) -> None:
        for owner in (self._item, self._node):
            for entry in owner.get("parameters").each():
                node = resolve(self._root, entry)
                location = _LOCATIONS.get(node.text("in"))
                if location is None:
                    continue
                found = self._field(node.text("name"), node, node.get("schema"))
                found.required = node.flag("required")
                found.location, found.use = location, at(entry)
                sizes = (words_of(node).get(word).value for word in ("page_size", "page_limit"))
                found.page_size, found.page_limit = (s if isinstance(s, int) else None for s in sizes)
                self._found.parameters[location, found.name] = found

    def _body(self) -> None:
        body = resolve(self._root, self._node.get("requestBody"))
        for media, entry in body.get("content").items():
            schema = resolve(self._root, entry.get("schema"))
            is_array = schema.text("type") == "array"
            rows = resolve(self._root, schema.get("items")) if is_array else schema
            fields = self._properties(rows, depth=0)
            self._found.body = SpecBody(at=at(body), media_type=media, is_array=is_array, fields=fields)
            return

    def _lists(self) -> None:
        revisions = self._words.get("revisions")
        for which in _LISTS:
            node = self._words.get(which)
            if not node.present:
                continue
            self._found.lists_at[which] = at(node)
            names: dict[str, ListedName] = {}
            entries = node.items() if node.is_object else ((str(n.value), n) for n in node.each())
            for name, entry in entries:
                mark = revisions.get(which).get(name)
                verbs = tuple(str(verb.value) for verb in entry.each()) if entry.is_array else ()
                names[name] = ListedName(name, at(entry), str(mark.value) if mark.present else None, verbs)
            self._found.lists[which] = names

    def _answers(self) -> None:
        responses = self._node.get("responses")
        self._found.statuses = frozenset(code for code, _ in responses.items())
        for code, entry in responses.items():
            if not code.startswith("2"):
                continue
            content = resolve(self._root, entry).get("content")
            for media in (node for _, node in content.items()):
                schema = resolve(self._root, media.get("schema"))
                self._found.answer = self._field("", schema, schema)
                break
            break
        answer = self._found.answer
        if answer is None:
            return
        if answer.type == "array":
            self._found.rows = answer
        elif "value" in answer.members and answer.members["value"].type == "array":
            self._found.rows = answer.members["value"]

    # -- schemas -----------------------------------------------------------------------------------

    def _properties(self, schema: Node, depth: int) -> dict[str, SpecField]:
        """The properties of an object, allOf folded in."""
        found: dict[str, SpecField] = {}
        if depth > 6:
            return found
        for part in schema.get("allOf").each():
            found |= self._properties(resolve(self._root, part), depth + 1)
        required = {str(node.value) for node in schema.get("required").each()}
        for name, node in schema.get("properties").items():
            found[name] = self._field(name, node, node, depth + 1)
            found[name].required = name in required
        return found

    def _field(self, name: str, node: Node, schema: Node, depth: int = 0) -> SpecField:
        words, schema = words_of(node), resolve(self._root, schema)
        own = kinds(schema)
        documented = words.text("documented_type")
        items = resolve(self._root, schema.get("items"))
        since = words.get("since")
        enum = schema.get("enum")
        found = SpecField(
            name=words.text("page_name") or name,
            own_name=name,
            at=at(node),
            type=documented or own,
            own_type=own,
            format=schema.text("format") or None,
            nullable=isinstance(kind := schema.get("type").value, list) and "null" in kind,
            items=kinds(items) or None if own == "array" else None,
            enum=tuple(_spelled(value) for value in enum.each()) if enum.present else None,
            since=str(since.value) if since.present else None,
            provenance=words.text("provenance") or "documented",
        )
        if own == "array":
            found.members = self._properties(items, depth + 1)
        elif own in ("object", ""):
            found.members = self._properties(schema, depth + 1)
        return found


def kinds(schema: Node) -> str:
    """The JSON type without null; "" for any."""
    kind: Any = schema.get("type").value
    if isinstance(kind, list):
        named = [str(entry) for entry in kind if entry != "null"]
        return named[0] if len(named) == 1 else ""
    if isinstance(kind, str):
        return kind
    return "object" if schema.has("properties") or schema.has("allOf") else ""


def _spelled(node: Node) -> str:
    return node.value if isinstance(node.value, str) else node.spelled()
