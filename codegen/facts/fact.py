"""The one form that every document is read into: facts about subjects, each with the place that states it.

A reader (one for each kind of document) gives a `FactSet`; the comparison, the import and the changelog read
nothing else. Values are plain: text, a number, a flag, or a tuple of texts, in one spelling for all readers:

    name                 value
    exists               True; the subject is there
    title                the vendor's own name of an operation or of the API
    route                `GET api/device/{deviceID}`: no slash in front, no base URL
    operation-id         as the document spells it; of our specs `resource.method`
    section              tag or folder of an operation, nested ones joined by " / "
    description          text with runs of white space as one space
    revision             since when, `2.20`
    deprecated           True
    type                 string, integer, number, boolean, object, array, file, null; several sorted, " | "
    seen-type            the same, but of a sample or of observed responses: one value that it may take
    model                name of the schema that a type refers to, where the document has names
    format, pattern      as printed
    nullable, required, read-only, write-only, sensitive, unique-items, exclusive-minimum …: a flag; False is
                         never stated (absence is the default), but for `required` of a body
    enum                 tuple of texts; a string without quotes, other values as JSON
    minimum, maximum, min-length, max-length, min-items, max-items, multiple-of …: number
    default, example, constant   JSON text, `"abc"`, `10`
    sample               of a field: the value that a sample of the whole shows, JSON text; of rows all values
    alternatives         tuple of the names of `oneOf`/`anyOf` branches
    verbs                tuple of JSON Patch verbs
    page-size, page-limit   of `$top`: rows by default and at most
    media-types          tuple, the chosen one first
    security             tuple of schemes that an operation asks for, each `A + B` where it needs both
    servers              tuple of the URLs that an operation has of its own
    url                  of a server, `{name}` for variables
    status               of the response "success": its status as printed
    documented-type      of our specs: the type as the vendor prints it, where ours differs
    page-name            of our specs: the name as the vendor prints it, where ours differs
    version              of the API
    idempotency, paging, bulk, encoding   as our specs decide them
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal, get_args

from attrs import define, field, frozen

from codegen.facts.evidence import Evidence
from codegen.ir import Place

Provenance = Literal["documented", "release-notes", "observed", "inferred"]
"""Where a fact comes from, the surest first. `observed`: seen in responses, said by no document."""
PROVENANCES: Final[tuple[Provenance, ...]] = ("documented", "release-notes", "observed", "inferred")

SubjectKind = Literal[
    "api",
    "server",
    "scheme",
    "status",
    "error-field",
    "operation",
    "parameter",
    "request",
    "request-field",
    "response",
    "response-field",
    "filterable",
    "sortable",
    "patchable",
    "model",
    "release",
    "sentence",
    "former-name",
]
Constraint = Literal[
    "pattern",
    "minimum",
    "maximum",
    "exclusive-minimum",
    "exclusive-maximum",
    "multiple-of",
    "min-length",
    "max-length",
    "min-items",
    "max-items",
    "unique-items",
    "min-properties",
    "max-properties",
]
Aspect = (
    Constraint
    | Literal[
        "exists",
        "title",
        "route",
        "operation-id",
        "section",
        "description",
        "revision",
        "deprecated",
        "type",
        "seen-type",
        "model",
        "format",
        "nullable",
        "required",
        "read-only",
        "write-only",
        "sensitive",
        "enum",
        "constant",
        "default",
        "example",
        "sample",
        "alternatives",
        "verbs",
        "page-size",
        "page-limit",
        "media-types",
        "security",
        "servers",
        "url",
        "version",
        "status",
        "documented-type",
        "page-name",
        "encoding",
        "idempotency",
        "paging",
        "bulk",
        "text",
    ]
)
CONSTRAINTS: Final[tuple[Constraint, ...]] = get_args(Constraint)
QUIET: Final[tuple[Aspect, ...]] = ("description", "example", "sample", "model", "operation-id")
"""Aspects of a class of their own: compared and listed apart, never a reason for anybody to act."""
FIELDS: Final[tuple[SubjectKind, ...]] = ("parameter", "request-field", "response-field")
Value = str | int | float | bool | tuple[str, ...]


@frozen(order=True, cache_hash=True)
class Subject:
    """What a fact is about, by its names in its own document.

    kind: see `SubjectKind`. operation: key of an operation in its `FactSet` ("" for the API as a whole).
    where: of a parameter its location (path, query, header, cookie); of a response and its fields "success"
    for the first that means success, "errors" for a list of errors shown as the only sample, else the status
    (`404`, `default`); of a request field "".
    path: names from the outside in. A parameter or field has its name, nested ones the way down; `[]` is
    the items of an array, `{}` the values of free keys, `<Name>` one of several alternatives; the body or
    response itself is the empty path. A server, scheme, status, filterable … name has one step.

        Subject("parameter", "searchDevices", "query", ("$top",))
        Subject("request-field", "createSIM", "", ("details", "[]", "pin"))
        Subject("response-field", "searchDevices", "success", ("value", "[]", "deviceID"))
        Subject("patchable", "updateSIM", "", ("pin",))
    """

    kind: SubjectKind
    operation: str = ""
    where: str = ""
    path: tuple[str, ...] = ()

    def at(self, *steps: str) -> Subject:
        """What stands these steps below: `value.at("[]")` is its items."""
        return Subject(self.kind, self.operation, self.where, (*self.path, *steps))

    @property
    def name(self) -> str:
        """The last step that is a name; "" for a subject without one."""
        return next((step for step in reversed(self.path) if step not in ("[]", "{}")), "")

    @property
    def parent(self) -> Subject | None:
        """What this stands in: the container of a field, then the body, then the operation, then the API."""
        if self.kind in ("request-field", "response-field"):
            if self.path:
                return Subject(self.kind, self.operation, self.where, self.path[:-1])
            holder: SubjectKind = "request" if self.kind == "request-field" else "response"
            return Subject(holder, self.operation, self.where)
        if self.kind == "api":
            return None
        if self.operation and self.kind != "operation":
            return Subject("operation", self.operation)
        return API

    def ancestors(self) -> Iterator[Subject]:
        """All of the parents, from the inside out."""
        above = self.parent
        while above is not None:
            yield above
            above = above.parent

    @property
    def dotted(self) -> str:
        """The path in words: `value[].deviceID`."""
        text = ""
        for step in self.path:
            text += step if step == "[]" else f".{step}" if text else step
        return text


API: Final = Subject("api")


@frozen
class Fact:
    """One thing that a document states. place: file, pointer and line of the statement."""

    subject: Subject
    aspect: Aspect
    value: Value
    place: Place
    provenance: Provenance = "documented"


@frozen
class Unread:
    """Text of a document that no rule of its reader accounts for. It is always reported, never dropped."""

    place: Place
    text: str
    reason: str


DocumentKind = Literal[
    "redoc-text",
    "redoc-html",
    "openapi",
    "postman-collection",
    "postman-metadata",
    "spec-openapi",
    "spec-postman",
    "observed",
]


@define(kw_only=True)
class FactSet:
    """All facts of one document.

    tells: for each kind of subject the aspects that this kind of document can state at all. What is not in
        it is unknown, never absent: the comparison asks `can_tell` before it calls anything removed.
    partial: subjects whose parts are not all shown (a collapsed object, a sample that leaves things out, an
        operation without a sample): nothing below them is missed.
    assumed: subjects whose parts are a guess of ours as a whole, whatever each part by itself is known from:
        a document that does not show them takes nothing back.
    evidence: what is said in sentences: release notes, names in prose.
    """

    file: str
    kind: DocumentKind
    tells: dict[SubjectKind, frozenset[Aspect]] = field(factory=dict)
    partial: set[Subject] = field(factory=set)
    assumed: set[Subject] = field(factory=set)
    unread: list[Unread] = field(factory=list)
    evidence: Evidence = field(factory=Evidence)
    end: Place | None = None
    _facts: dict[Subject, dict[Aspect, Fact]] = field(factory=dict)
    _by_operation: dict[str, dict[Subject, None]] = field(factory=dict)
    """The subjects of each operation in their order: every reader asks for them again and again."""

    def add(self, fact: Fact) -> None:
        """Take a fact in. The first statement of an aspect stays; a second one is ignored."""
        self._own(fact.subject).setdefault(fact.aspect, fact)

    def replace(self, fact: Fact) -> None:
        """Take a fact in, in place of what is there."""
        self._own(fact.subject)[fact.aspect] = fact

    def _own(self, subject: Subject) -> dict[Aspect, Fact]:
        own = self._facts.get(subject)
        if own is None:
            own = self._facts[subject] = {}
            self._by_operation.setdefault(subject.operation, {})[subject] = None
        return own

    def drop(self, subject: Subject) -> None:
        """Take a subject out with all its facts."""
        if self._facts.pop(subject, None) is not None:
            del self._by_operation[subject.operation][subject]

    def forget(self, subject: Subject, aspect: Aspect) -> None:
        """Take one fact out."""
        self._facts.get(subject, {}).pop(aspect, None)

    def get(self, subject: Subject, aspect: Aspect) -> Fact | None:
        """The fact, None where the document does not state it."""
        return self._facts.get(subject, {}).get(aspect)

    def value(self, subject: Subject, aspect: Aspect) -> Value | None:
        """The value of a fact, None where the document does not state it."""
        fact = self.get(subject, aspect)
        return None if fact is None else fact.value

    def text(self, subject: Subject, aspect: Aspect) -> str:
        """The value of a fact that is a text, "" where the document does not state it."""
        value = self.value(subject, aspect)
        return "" if value is None else str(value)

    def of(self, subject: Subject) -> dict[Aspect, Fact]:
        """All facts about exactly this subject."""
        return self._facts.get(subject, {})

    def __contains__(self, subject: object) -> bool:
        return subject in self._facts

    def __iter__(self) -> Iterator[Fact]:
        for aspects in self._facts.values():
            yield from aspects.values()

    def subjects(self, kind: SubjectKind | None = None, operation: str | None = None) -> Iterator[Subject]:
        """Subjects in the order of the document; of one kind, of one operation."""
        held = self._facts if operation is None else self._by_operation.get(operation, {})
        return (subject for subject in held if kind is None or subject.kind == kind)

    def below(self, subject: Subject) -> Iterator[Subject]:
        """Every subject that stands in this one, at any depth, in the order of the document."""
        for other in self.subjects(operation=subject.operation or None):
            if other != subject and any(above == subject for above in other.ancestors()):
                yield other

    def can_tell(self, subject: Subject, aspect: Aspect) -> bool:
        """Whether the document would state this if it were so."""
        if aspect not in self.tells.get(subject.kind, frozenset()):
            return False
        return subject not in self.partial or aspect != "exists"

    def lists(self, container: Subject) -> bool:
        """Whether the parts of a subject are all shown, so that one that is not there is gone."""
        return container not in self.partial and not any(
            above in self.partial for above in container.ancestors()
        )

    def is_assumed(self, subject: Subject) -> bool:
        """Whether this is a guess that no document is expected to show."""
        fact = self.get(subject, "exists")
        if fact is not None and fact.provenance in ("inferred", "observed"):
            return True
        return subject in self.assumed or any(above in self.assumed for above in subject.ancestors())

    def extend(self, facts: Iterable[Fact]) -> None:
        """Take many facts in."""
        for fact in facts:
            self.add(fact)
