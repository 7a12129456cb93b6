"""The neutral form of a spec kept by hand: what it states, with the hand-made decisions beside it."""

from __future__ import annotations

from attrs import define, field

from codegen.vendor.document import NOWHERE, At, ListedName, Location, Route


@define(kw_only=True)
class SpecField:
    """A parameter, a body field or a property of an answer.

    name: as the page prints it (`page_name`); type: as the page prints it (`documented_type`); own_type: as
    the spec has it; "" is any type. use: the entry of the operation, which may refer to a shared one at `at`;
    own_name: the name on the wire; page_size, page_limit: of `$top`.
    """

    name: str
    at: At
    type: str = ""
    own_type: str = ""
    format: str | None = None
    items: str | None = None
    nullable: bool = False
    required: bool = False
    enum: tuple[str, ...] | None = None
    since: str | None = None
    provenance: str = "documented"
    location: Location | None = None
    members: dict[str, SpecField] = field(factory=dict)
    use: At = NOWHERE
    own_name: str = ""
    page_size: int | None = None
    page_limit: int | None = None

    @property
    def page_type(self) -> str:
        """The type in words."""
        return type_text(self.type, self.items, self.format)


def type_text(kind: str, items: str | None, form: str | None) -> str:
    """A type as a page prints it."""
    text = f"array of {items}s" if kind == "array" and items else kind or "any"
    return f"{text} <{form}>" if form else text


@define(kw_only=True)
class SpecBody:
    """A request body."""

    at: At
    media_type: str
    is_array: bool
    fields: dict[str, SpecField]


@define(kw_only=True)
class SpecOperation:
    """One operation of the spec. answer: the successful one, None without a body; rows: of a collection.

    authorizations: those that the page shows; schemes: those that the client uses, shown or not.
    """

    title: str
    at: At
    route: Route
    section: str = ""
    since: str | None = None
    since_at: At = NOWHERE
    provenance: dict[str, str] = field(factory=dict)
    parameters: dict[tuple[str, str], SpecField] = field(factory=dict)
    body: SpecBody | None = None
    lists: dict[str, dict[str, ListedName]] = field(factory=dict)
    lists_at: dict[str, At] = field(factory=dict)
    answer: SpecField | None = None
    rows: SpecField | None = None
    content_type_header: bool = False
    authorizations: tuple[str, ...] | None = None
    schemes: tuple[str, ...] = ()
    errors_shown: bool = False
    deprecated: bool = False
    statuses: frozenset[str] = frozenset()


@define(kw_only=True)
class SpecFacts:
    """A whole spec. servers: base URLs by name; a `{variable}` in one stands for any segment."""

    file: str
    kind: str
    title: str
    title_at: At
    version: str
    version_at: At
    servers: dict[str, tuple[str, At]] = field(factory=dict)
    servers_at: At = NOWHERE
    operations: dict[str, SpecOperation] = field(factory=dict)
    paths_at: At = NOWHERE
