"""Names of a package that the reader does not decide: constants, classes, modules; and argument order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import Final, Literal

from attrs import define, field, frozen

from codegen.ir import BodyIR, Document, OperationIR, ParameterIR, Ref
from codegen.read.schema.names import pascal_case, unique
from codegen.render.quoting import identifier

SPLIT_ABOVE: Final = 60
"""With more operations than this, resources become a package with one module each."""

CLIENT_NAMES: Final = frozenset(
    {
        *(
            "aclose",
            "auth",
            "auth_schemes",
            "base_url",
            "call",
            "close",
            "drift",
            "failure_keys",
            "from_env",
            "headers",
            "hint",
            "identity",
            "pages_cut_at_hundreds",
            "poll",
            "reset",
        ),
        *("hooks", "limits", "link_scope", "operations", "paginate", "reports_failure", "retry", "routes"),
        *("servers", "stats", "timeouts", "transport"),
    }
)
"""Attributes of `trunkline.client.BaseClient`; a resource of such a name gets an underscore."""

_CONTROL_NAMES: Final = frozenset({"self", "options", "body", "patch"})
_SEARCH_VERBS: Final = ("search", "list", "find", "query", "get_all", "get")


_PATCH_VERB: Final = re.compile(r"^(?:update|patch|modify|change)(?:_|$)")
Role = Literal["parameter", "filter", "order_by", "select", "body", "patch"]
_ODATA: Final[dict[str, Role]] = {"$filter": "filter", "$orderby": "order_by", "$select": "select"}


@frozen
class Argument:
    """One argument of a generated method. parameter None: the body or patch."""

    name: str
    role: Role
    required: bool
    parameter: ParameterIR | None = None


@define(kw_only=True)
class MethodPlan:
    """One operation with all its Python names."""

    operation: OperationIR
    resource: tuple[str, ...]
    constant: str
    arguments: list[Argument]
    field_set: str | None = None
    patch_class: str | None = None
    query: QuerySet | None = None
    """The OData options that are typed once, for this and other methods."""

    @property
    def id(self) -> str:
        """The key of the operation, "device.get"."""
        return ".".join((*self.resource, self.operation.method))

    def sent_in(self, location: str) -> list[Argument]:
        """The arguments of one location, in the order of the operation's parameters."""
        return [item for item in self.arguments if item.parameter and item.parameter.location == location]


@define(kw_only=True)
class QuerySet:
    """OData options that several methods take, typed and documented once.

    arguments: of the first of these methods; generic: whether filter or order_by is among them.
    """

    name: str
    arguments: list[Argument]
    generic: bool


@define(kw_only=True)
class ResourcePlan:
    """One resource class: its methods, and the resources below it by attribute name."""

    path: tuple[str, ...]
    class_name: str
    attribute: str
    module: str
    methods: list[MethodPlan] = field(factory=list)
    children: list[ResourcePlan] = field(factory=list)

    def walk(self) -> list[ResourcePlan]:
        """This resource and all below it, parents first."""
        return [self, *(item for child in self.children for item in child.walk())]


@define(kw_only=True)
class Plan:
    """All decisions about one package."""

    document: Document
    api: str
    methods: list[MethodPlan]
    roots: list[ResourcePlan]
    split: bool
    queries: list[QuerySet]


def plan_package(document: Document, api: str) -> Plan:
    """Name everything, in document order, so that the same document gives the same names."""
    constants = {"OPERATIONS"}
    # In document order throughout: an operation that is added at the end renames nothing before it.
    methods = [_method(operation, constants) for operation in document.operations]
    split = len(methods) > SPLIT_ABOVE
    roots = _tree(methods, split=split)
    _name_field_sets(methods)
    _name_patches(methods)
    queries = share_queries(methods)
    return Plan(document=document, api=api, methods=methods, roots=roots, split=split, queries=queries)


def pascal(*names: str) -> str:
    """PascalCase of snake_case names; nothing for none."""
    return pascal_case("_".join(filter(None, names)), fallback="")


def _method(operation: OperationIR, constants: set[str]) -> MethodPlan:
    resource = tuple(map(identifier, operation.resource)) or ("api",)
    # A check only: a wrong name is the reader's fault, and is better found here than as a syntax error.
    identifier(operation.method)
    constant = unique("_".join((*resource, operation.method)).upper(), constants)
    return MethodPlan(
        operation=operation,
        resource=resource,
        constant=identifier(constant),
        arguments=_arguments(operation),
    )


def _arguments(operation: OperationIR) -> list[Argument]:
    taken = set(_CONTROL_NAMES)
    arguments = [
        Argument(
            identifier(unique(item.name, taken, f"{item.name}_", f"{item.name}_{item.location}")),
            _role(item),
            # A fixed value is written by the method itself.
            (item.required or item.location == "path") and item.fixed is None,
            item,
        )
        for item in operation.parameters
    ]
    if operation.body is not None and operation.body.kind != "none":
        role: Role = "patch" if operation.body.is_json_patch else "body"
        arguments.append(Argument(role, role, body_required(operation.body)))
    return arguments


def _role(item: ParameterIR) -> Role:
    return _ODATA.get(item.wire, "parameter") if item.location == "query" else "parameter"


def body_required(body: BodyIR) -> bool:
    """Whether a body is required. A JSON Patch always is, since without operations it means nothing."""
    return body.required or body.is_json_patch


def in_call_order(arguments: list[Argument]) -> list[Argument]:
    """Path, required query and header, body or patch, then what may be left out."""

    def rank(item: Argument) -> int:
        if item.parameter is None:
            return 2 if item.required else 3
        if item.parameter.location == "path":
            return 0
        return 1 if item.required else 4

    return sorted(arguments, key=rank)


def _tree(methods: list[MethodPlan], *, split: bool) -> list[ResourcePlan]:
    """The resources of all methods; a folder without requests of its own still gets a class."""
    class_names = {"Resource"}
    found: dict[tuple[str, ...], ResourcePlan] = {}
    roots: list[ResourcePlan] = []
    for method in methods:
        for depth in range(1, len(method.resource) + 1):
            path = method.resource[:depth]
            if path in found:
                continue
            found[path] = ResourcePlan(
                path=path,
                class_name=unique(f"{pascal(*path)}Resource", class_names),
                attribute=path[-1],
                module=f"resources.{path[0]}" if split else "resources",
            )
            # Parents come first in the loop over depths, so the parent exists.
            (found[path[:-1]].children if depth > 1 else roots).append(found[path])
        found[method.resource].methods.append(method)
    _name_attributes(roots, CLIENT_NAMES)
    return roots


def _name_attributes(resources: list[ResourcePlan], taken: Collection[str]) -> None:
    """A child resource yields to a method of the same name."""
    for item in resources:
        # A leading underscore would make the resource private.
        while item.attribute in taken or item.attribute.startswith("_"):
            item.attribute = f"{item.attribute.lstrip('_')}_"
        _name_attributes(item.children, {method.operation.method for method in item.methods})


def _name_field_sets(methods: list[MethodPlan]) -> None:
    taken = {"FieldSet", "FilterField", "SortField", "FilterSortField", "Final"}
    for method in methods:
        if method.operation.filterable or method.operation.sortable:
            first, *instead = _entity_names(method)
            method.field_set = unique(first, taken, *instead)


def _name_patches(methods: list[MethodPlan]) -> None:
    """`service.update` takes a ServicePatch, `service.update_address` a ServiceAddressPatch."""
    taken = {"Patch"}
    for method in methods:
        body = method.operation.body
        if method.operation.patchable and body is not None and body.is_json_patch:
            rest = _PATCH_VERB.sub("", method.operation.method)
            method.patch_class = unique(
                f"{pascal(method.resource[-1], rest)}Patch",
                taken,
                f"{pascal(*method.resource, rest)}Patch",
                f"{pascal(*method.resource, method.operation.method)}Patch",
            )


def share_queries(methods: list[MethodPlan]) -> list[QuerySet]:
    """Group the OData options that are declared alike in several searches; each method gets its group."""
    described: dict[str, dict[object, Argument]] = {
        method.id: {_option_key(item): item for item in method.arguments if _is_option(item)}
        for method in methods
    }
    # Only searches count: an option of a single download would not make a group.
    counts = Counter(key for method in methods if method.operation.paging for key in described[method.id])
    groups: dict[tuple[object, ...], list[MethodPlan]] = {}
    for method in methods:
        shared = tuple(key for key in described[method.id] if counts[key] > 1)
        if method.operation.paging is not None and len(shared) > 1:
            groups.setdefault(shared, []).append(method)
    found = []
    taken = {"TypedDict", "Generic", "TypeVar", "F"}
    plain: dict[str, set[str]] = {}
    # The largest group gets the plain name; the sort is stable, so equal groups keep the document's
    # order.
    for keys, members in sorted(groups.items(), key=lambda group: -len(group[1])):
        if len(members) < 2:
            continue
        arguments = [described[members[0].id][key] for key in keys]
        roles = {item.role for item in arguments}
        kind = "SearchQuery" if "filter" in roles else "PageQuery"
        more = [item.name for item in arguments if item.name not in plain.get(kind, ())]
        plain.setdefault(kind, {item.name for item in arguments})
        name = unique(kind, taken, f"{pascal(*more)}{kind}", f"{pascal(*members[0].resource)}{kind}")
        found.append(QuerySet(name=name, arguments=arguments, generic=bool(roles & {"filter", "order_by"})))
        for member in members:
            member.query = found[-1]
    return found


_OPTIONS: Final = frozenset(
    {
        "$count",
        "$expand",
        "$filter",
        "$inlinecount",
        "$orderby",
        "$search",
        "$select",
        "$skip",
        "$skiptoken",
        "$top",
    }
)


def _is_option(item: Argument) -> bool:
    parameter = item.parameter
    return (
        parameter is not None
        and parameter.location == "query"
        and not item.required
        and parameter.wire.lower() in _OPTIONS
        and item.name not in ("options", "query")
    )


def _option_key(item: Argument) -> tuple[object, ...]:
    """A key that is equal for options that can be declared once."""
    parameter = item.parameter
    assert parameter is not None  # noqa: S101 - the caller looked
    told = (parameter.description, repr(parameter.default), parameter.since, parameter.provenance)
    return (item.name, item.role, parameter.wire, parameter.type, *told)


def _entity_names(method: MethodPlan) -> tuple[str, ...]:
    """Names for the rows of a search: their schema, else the resource, else the rest of the method's name."""
    rest = method.operation.method
    for verb in _SEARCH_VERBS:
        if rest == verb or rest.startswith(f"{verb}_"):
            rest = rest[len(verb) :].strip("_")
            break
    entity = method.resource[-1]
    full = pascal(*method.resource, method.operation.method)
    paging = method.operation.paging
    rows = (paging.row_type.name,) if paging and isinstance(paging.row_type, Ref) else ()
    return (*rows, pascal(entity, rest), pascal(*method.resource, rest), full)
