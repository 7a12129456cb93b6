"""An OpenAPI 2.0 or 3.x document into facts: a vendor's, or a spec of ours with its `x-trunkline` words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from codegen.facts import tells
from codegen.facts.fact import API, FactSet, Provenance, Subject, SubjectKind
from codegen.facts.lists import tell_lead, tell_words
from codegen.facts.markdown import read_notes, tell_introduction
from codegen.facts.prose import tell_prose
from codegen.facts.schema import SchemaFacts, Use
from codegen.facts.shapes import Shape, shape_of, shape_of_node, tell_shape
from codegen.facts.writer import Writer, json_text, one_line, route_text
from codegen.read.openapi.dialect import Dialect, RawContent, RawOperation, RawParameter, RawResponse
from codegen.read.openapi.openapi3 import OpenApi3
from codegen.read.openapi.paths import operations_of
from codegen.read.openapi.swagger2 import Swagger2
from codegen.read.operation.parameters import identity
from codegen.read.postman.jsonish import parse
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node
from codegen.read.source.references import Resolver

SIMPLE: Final = frozenset({"application/json", ""})


def read_openapi(root: Node) -> FactSet:
    """All facts of a document. One with `x-trunkline` on its operations is a spec of ours."""
    findings = Findings()
    resolver = Resolver(root.source, findings)
    dialect: Dialect = (
        Swagger2(root, resolver, findings) if root.has("swagger") else OpenApi3(root, resolver, findings)
    )
    raw = list(operations_of(root, resolver, findings))
    ours = any(operation.node.has("x-trunkline") for operation in raw)
    facts = FactSet(
        file=root.source.name,
        kind="spec-openapi" if ours else "openapi",
        tells=tells.own_openapi() if ours else tells.openapi(),
    )
    writer = Writer(facts)
    _document(writer, root, dialect, ours=ours)
    schemas = SchemaFacts(resolver, findings)
    for operation in raw:
        _Operation(writer, root, dialect, schemas, operation, ours=ours).tell()
    for problem in findings.problems:
        writer.unread(problem.place, "", problem.message)
    for gap in findings.gaps:
        if gap.reason.startswith("$ref "):
            writer.unread(gap.place, "", gap.reason)
    return facts


def _document(writer: Writer, root: Node, dialect: Dialect, *, ours: bool) -> None:
    info = root.get("info")
    writer.there(API, info.place if info.present else root.place)
    writer.say(API, "title", info.text("title"), info.get("title").place)
    writer.say(API, "version", info.text("version"), info.get("version").place)
    listed = root.get("servers")
    for number, template in enumerate(dialect.servers(root)):
        place = next((n.place for n in listed.each() if n.text("url") == template.url), root.place)
        server = Subject("server", path=(template.name if listed.present else str(number),))
        writer.say(writer.there(server, place), "url", template.url.rstrip("/"), place)
    if not any(True for _ in writer.facts.subjects("server")):
        writer.facts.tells.pop("server", None)
    for scheme in dialect.security_schemes():
        subject = writer.there(Subject("scheme", path=(scheme.name,)), scheme.place)
        writer.say(subject, "type", scheme.kind, scheme.place)
        sent = " ".join(filter(None, (scheme.location, scheme.parameter, scheme.token_url)))
        writer.say(subject, "encoding", sent, scheme.place)
    if not ours:
        tell_introduction(writer, info.get("description"))
    read_notes(writer, info.get("description"))
    for tag in root.get("tags").each():
        read_notes(writer, tag.get("description"), tag.text("name"))
    if not writer.facts.evidence.releases:
        writer.facts.tells.pop("release", None)


class _Operation:
    def __init__(
        self,
        writer: Writer,
        root: Node,
        dialect: Dialect,
        schemas: SchemaFacts,
        raw: RawOperation,
        *,
        ours: bool,
    ) -> None:
        self._root = root
        self._dialect = dialect
        self._schemas = schemas
        self._raw = raw
        self._node = raw.node
        self._words = raw.node.get("x-trunkline")
        self._ours = ours
        title = one_line(self._node.text("summary")) or raw.operation_id
        route = route_text(raw.http_method, raw.path)
        self._writer = writer.about(title or route, route, raw.node.place)

    def _given(self, part: str) -> Provenance:
        said = self._words.get("provenance").text(part)
        return said or "documented"  # type: ignore[return-value]

    def tell(self) -> None:
        """State all that the operation says."""
        writer, node, itself = self._writer, self._node, self._writer.itself
        facts = writer.facts
        route, request = facts.get(itself, "route"), facts.get(itself, "exists")
        if route is not None and request is not None:
            facts.replace(evolve(route, provenance=self._given("route")))
            facts.replace(evolve(request, provenance=self._given("request")))
        if self._given("request") == "inferred":
            facts.assumed.add(itself)
        own_name = ".".join(filter(None, (self._words.text("resource"), self._words.text("method"))))
        writer.say(itself, "operation-id", own_name or self._raw.operation_id, node.place)
        sections = [str(tag.value) for tag in node.get("tags").each()]
        writer.say(itself, "section", sections[0] if sections else "", node.get("tags").place)
        writer.say(itself, "deprecated", node.flag("deprecated"), node.get("deprecated").place)
        self._security()
        self._servers()
        writer.say(itself, "idempotency", self._words.text("idempotency"), self._words.place)
        paging = self._words.get("paging")
        own = (
            paging.value if isinstance(paging.value, str) else json_text(paging.value) if paging.value else ""
        )
        writer.say(itself, "paging", own, paging.place)
        bulk = self._words.get("bulk")
        writer.say(itself, "bulk", json_text(bulk.value) if bulk.present else "", bulk.place)
        if self._words.present:
            tell_words(writer, self._words)
            tell_prose(writer, itself, [node], ours=True)
        else:
            tell_lead(writer, node.get("description"))
        self._parameters()
        self._body()
        self._responses()

    def _security(self) -> None:
        holder = self._node if self._node.has("security") else self._root
        asked = holder.get("security")
        names = tuple(" + ".join(sorted(name for name, _ in entry.items())) for entry in asked.each())
        shown = self._words.flag("authorizations_shown", True)
        place = asked.place if asked.present else self._node.place
        names = tuple(name for name in names if name)
        self._writer.say(self._writer.itself, "security", names, place, "documented" if shown else "inferred")

    def _servers(self) -> None:
        """Addresses of the operation or of its path come before the document's (OpenAPI 3.1, 4.8.10)."""
        for holder in (self._node, self._raw.path_item):
            if templates := self._dialect.servers(holder):
                urls = tuple(template.url.rstrip("/") for template in templates)
                self._writer.say(self._writer.itself, "servers", urls, holder.get("servers").place)
                return

    def _parameters(self) -> None:
        writer = self._writer
        # Those of the path come first; one of the operation takes the place of the path's.
        listed = {identity(raw.name, raw.location): raw for raw in self._dialect.parameters(self._raw)}
        for raw in listed.values():
            subject = Subject("parameter", writer.operation, raw.location, (raw.name,))
            self._schemas.tell(
                writer, subject, raw.schema, Use(raw.node, raw.required, self._given("request"))
            )
            writer.say(subject, "encoding", _encoding(raw), raw.node.place)
        for name, fixed in self._raw.query:
            subject = Subject("parameter", writer.operation, "query", (name,))
            place = self._node.place
            writer.say(writer.there(subject, place), "constant", json_text(fixed) if fixed else "", place)
        if self._words.flag("content_type_header"):
            subject = Subject("parameter", writer.operation, "header", ("Content-Type",))
            place = self._words.get("content_type_header").place
            writer.there(subject, place)
            writer.say(subject, "type", "string", place)
            writer.say(subject, "required", True, place)

    def _body(self) -> None:
        body = self._dialect.body(self._raw)
        if body is None or not body.contents:
            return
        writer = self._writer
        given = self._given("request")
        subject = writer.there(Subject("request", writer.operation), body.node.place, given)
        chosen = _chosen(body.contents)
        media = (chosen.media_type, *(c.media_type for c in body.contents if c is not chosen))
        writer.say(subject, "media-types", tuple(dict.fromkeys(media)), body.node.place)
        writer.say(subject, "required", body.required, body.node.place)
        tell_prose(writer, subject, [body.node], ours=self._ours)
        self._content("request-field", "", chosen, given)

    def _responses(self) -> None:
        writer = self._writer
        responses = list(self._dialect.responses(self._raw))
        success = _success(responses)
        given = self._given("response")
        for response in responses:
            where = "success" if response is success else response.status
            said: Provenance = "inferred" if self._ours and where == "default" else given
            if where != "success" and self._ours and where != "default":
                said = "documented"
            if not self._ours and self._shows_only_errors(response, success):
                # The only sample is that of a failed request; what success brings is not shown.
                self._content("response-field", "errors", _chosen(response.contents), said)
                errors = writer.there(Subject("response", writer.operation, "errors"), response.node.place)
                writer.say(errors, "status", response.status, response.node.place)
                if response is not success:
                    continue
            subject = writer.there(Subject("response", writer.operation, where), response.node.place, said)
            status = response.status if where == "success" else ""
            writer.say(subject, "status", status, response.node.place, "inferred" if self._ours else None)
            tell_prose(writer, subject, [response.node], ours=self._ours)
            if not response.contents or (where == "success" and _shows_errors(response)):
                continue
            chosen = _chosen(response.contents)
            media = (chosen.media_type, *(c.media_type for c in response.contents if c is not chosen))
            writer.say(subject, "media-types", tuple(dict.fromkeys(media)), response.node.place)
            self._content("response-field", where, chosen, said)
            if self._ours and said == "inferred":
                self._assume(where)
        shown = next(
            (response for response in responses if response.status == "default" and response.contents), None
        )
        if self._words.flag("errors_shown") and shown is not None:
            place = self._words.get("errors_shown").place
            writer.there(Subject("response", writer.operation, "errors"), place)
            self._content("response-field", "errors", _chosen(shown.contents), "documented")

    def _shows_only_errors(self, response: RawResponse, success: RawResponse | None) -> bool:
        """Whether a response is a list of errors in a place where no other sample is shown."""
        known = Subject("response", self._writer.operation, "errors") in self._writer.facts
        full = success is not None and success.contents and response is not success
        return not full and not known and _shows_errors(response)

    def _assume(self, where: str) -> None:
        """Rows of a response that was never shown are a guess, wherever their fields are known from.

        So is all of a response that stands for every failure.
        """
        root = Subject("response-field", self._writer.operation, where)
        parts = [root] if where == "default" else [root.at("value", "[]"), root.at("[]")]
        self._writer.facts.assumed.update(parts)

    def _content(self, kind: SubjectKind, where: str, content: RawContent, given: Provenance) -> None:
        writer = self._writer
        subject = Subject(kind, writer.operation, where)
        if content.form:
            place = content.node.place
            writer.say(writer.there(subject, place), "type", "object", place)
            for raw in content.form:
                below = evolve(subject, path=(raw.name,))
                self._schemas.tell(writer, below, raw.schema, Use(raw.node, raw.required, given))
            return
        if content.schema.present:
            self._schemas.tell(writer, subject, content.schema, Use(content.schema, False, given))
        for shape in _shapes(content):
            if shape.members or shape.items or not content.schema.present:
                tell_shape(writer, subject, shape, sure=content.schema.present)


def _shows_errors(response: RawResponse) -> bool:
    """Whether the sample of a successful response is a list of errors, and its schema with it."""
    if not response.contents:
        return False
    content = _chosen(response.contents)
    shapes = list(_shapes(content))
    properties = content.schema.get("properties").value
    named = set(properties) if isinstance(properties, dict) else set()
    return all(shape.is_errors for shape in shapes) if shapes else named == {"errors"}


def _chosen(contents: tuple[RawContent, ...]) -> RawContent:
    """JSON before all others, else the first one."""
    return next((c for c in contents if "json" in c.media_type), contents[0])


def _success(responses: list[RawResponse]) -> RawResponse | None:
    """The first 2xx with a body, else the first 2xx, else `default` where nothing else means success."""
    good = [response for response in responses if response.status.startswith("2")]
    full = [response for response in good if response.contents]
    others = [response for response in responses if response.status == "default"]
    return next(iter([*full, *good, *others]), None)


def _shapes(content: RawContent) -> Iterator[Shape]:
    """The examples of a media type: any of them is a value that comes, whatever their order."""
    for node in _examples(content.node):
        if not isinstance(node.value, str):
            yield shape_of_node(node)
            continue
        try:
            yield shape_of(parse(node.value), node.place)
        except ValueError:
            continue


def _examples(media: Node) -> Iterator[Node]:
    example = media.get("example")
    if example.present:
        yield example
    named = media.get("examples")
    for name, entry in sorted(named.items(), key=lambda pair: pair[0]):
        if entry.has("value"):
            yield entry.get("value")
        elif "/" in name:  # Swagger 2.0 keeps them by media type
            yield entry


def _encoding(raw: RawParameter) -> str:
    """How a parameter is written where it is not written as its place has it by default."""
    default = "simple" if raw.location in ("path", "header") else "form"
    exploded = raw.style in ("form", "deepObject")
    if (raw.style, raw.explode, raw.json) == (default, exploded, False) and not raw.allow_reserved:
        return ""
    parts = ["json"] if raw.json else [raw.style, "exploded" if raw.explode else "joined"]
    return ", ".join([*parts, *(["reserved"] if raw.allow_reserved else [])])
