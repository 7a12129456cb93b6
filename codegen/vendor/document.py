"""The neutral form of a vendor document: its facts, each with the place that states it.

Every reader in this package produces a `VendorDocument`; the comparison and the import read nothing else.
A facet that a kind of document cannot speak of is left out of `VendorDocument.tells`.
"""

from __future__ import annotations

from typing import Final, Literal

from attrs import define, field, frozen

Location = Literal["path", "query", "header", "cookie"]
Kind = Literal["redoc-text", "redoc-html", "openapi", "postman-page", "postman-collection"]


class VendorError(Exception):
    """A vendor document that cannot be read as a whole. line: what could not be placed, from 1."""

    def __init__(self, file: str, line: int | None, message: str) -> None:
        where = file if line is None else f"{file}:{line}"
        super().__init__(f"{where}: {message}")
        self.file = file
        self.line = line


@frozen
class At:
    """A place in a document. line: from 1; pointer: RFC 6901, or a spot in words where lines do not help."""

    line: int | None = None
    pointer: str = ""


NOWHERE: Final = At()


@frozen
class Unplaced:
    """Text that no rule of the reader accounts for."""

    at: At
    text: str
    reason: str


@define(kw_only=True)
class Shape:
    """The shape of one JSON value of a sample. An empty object or array is collapsed: it tells nothing.

    kind: object, array, string, integer, number, boolean or null; text: of a string; declared: what a schema
    says of it, where the shape is that of a schema and not of a sample.
    """

    kind: str
    at: At
    text: str | None = None
    members: dict[str, Shape] = field(factory=dict)
    items: list[Shape] = field(factory=list)
    declared: VendorField | None = None

    @property
    def row(self) -> Shape | None:
        """The first item of an array that shows what it holds."""
        return next((item for item in self.items if item.members or item.kind != "object"), None)


@define(kw_only=True)
class VendorField:
    """A parameter or a body field. type: the JSON type as printed; items: of an array.

    page_size, page_limit: rows in a page by default and at most, where the text of `$top` gives them.
    """

    name: str
    type: str
    at: At
    format: str | None = None
    items: str | None = None
    nullable: bool = False
    required: bool = False
    enum: tuple[str, ...] | None = None
    since: str | None = None
    location: Location | None = None
    page_size: int | None = None
    page_limit: int | None = None


@frozen
class ListedName:
    """A name in a list of filterable, sortable or patchable fields; verbs for the last only."""

    name: str
    at: At
    since: str | None = None
    verbs: tuple[str, ...] = ()


@define(kw_only=True)
class NameList:
    """One list of names. An empty one says that there are none."""

    at: At
    names: dict[str, ListedName] = field(factory=dict)


@define(kw_only=True)
class VendorBody:
    """A request body: its media type, whether it is an array of the fields, and the fields."""

    media_type: str
    at: At
    is_array: bool = False
    fields: dict[str, VendorField] = field(factory=dict)


@frozen
class Route:
    """An HTTP method and a path without the first slash. at: what prints it."""

    method: str
    path: str
    at: At

    @property
    def text(self) -> str:
        """As people write it."""
        return f"{self.method} {self.path}"


@define(kw_only=True)
class VendorOperation:
    """One operation of the page. lists: "filterable", "sortable", "patchable", where the page has them.

    deprecated: None where the document cannot say; answers_nothing: it says that no body comes back.
    """

    title: str
    at: At
    section: str = ""
    since: str | None = None
    since_at: At | None = None
    parameters: dict[tuple[str, str], VendorField] = field(factory=dict)
    body: VendorBody | None = None
    lists: dict[str, NameList] = field(factory=dict)
    request_sample: Shape | None = None
    response_sample: Shape | None = None
    response_fields: dict[str, VendorField] = field(factory=dict)
    statuses: tuple[str, ...] = ()
    authorizations: tuple[str, ...] | None = None
    route: Route | None = None
    deprecated: bool | None = None
    answers_nothing: bool = False
    broken_sample: bool = False


@frozen
class Statement:
    """What one sentence of the release notes says.

    verb: added, updated, removed, renamed, none (no change) or unknown; facet: operation, route, query, path,
    header, body, response, filterable, sortable, patchable, type, or "" where the sentence does not say.
    """

    version: str
    verb: str
    facet: str
    names: tuple[str, ...]
    title: str
    route: Route | None
    at: At
    text: str = ""
    detail: str = ""

    @property
    def canonical(self) -> str:
        """The fact in one line that no reflow or bullet changes."""
        names = ", ".join(sorted(self.names))
        where = self.route.text if self.route else self.title
        return " ".join(filter(None, (self.verb, self.facet, names, self.detail, where and f"@ {where}")))


@define(kw_only=True)
class Release:
    """One entry of the release notes."""

    version: str
    at: At
    statements: list[Statement] = field(factory=list)


@frozen
class Named:
    """A method, or another name, that a page mentions. role: method, route, parameter or name."""

    name: str
    role: str
    at: At
    version: str = ""


@frozen
class Rename:
    """A page's word that something has a new name. role: method, or parameter with its method in `of`."""

    old: str
    new: str
    role: str
    at: At
    of: str = ""
    version: str = ""


@define(kw_only=True)
class VendorDocument:
    """A vendor document, read. tells: the facets that this kind of document is able to state."""

    file: str
    kind: Kind
    tells: frozenset[str]
    title: str = ""
    version: str = ""
    version_at: At = NOWHERE
    end_at: At = NOWHERE
    servers: dict[str, tuple[str, At]] = field(factory=dict)
    sections: list[str] = field(factory=list)
    operations: dict[str, VendorOperation] = field(factory=dict)
    releases: list[Release] = field(factory=list)
    statuses: dict[str, tuple[str, At]] = field(factory=dict)
    error_keys: dict[str, At] = field(factory=dict)
    auth: dict[str, At] = field(factory=dict)
    named: list[Named] = field(factory=list)
    renames: list[Rename] = field(factory=list)
    unplaced: list[Unplaced] = field(factory=list)
    repeated: list[VendorOperation] = field(factory=list)

    @property
    def statements(self) -> list[Statement]:
        """All statements of all releases."""
        return [statement for release in self.releases for statement in release.statements]
