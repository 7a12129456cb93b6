"""Resource and method names of operations, unique within a package."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import define

from codegen.read.schema.names import METHOD_RESERVED, RESOURCE_RESERVED, legal, snake_case, unique, words

_VERBS = {
    "get": "get",
    "post": "create",
    "put": "replace",
    "patch": "update",
    "delete": "delete",
    "head": "head",
    "options": "options",
    "trace": "trace",
    "query": "query",
}
_LONGEST = 60
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_VERSION = re.compile(r"v?[0-9]+([._][0-9]+)*")


@define(kw_only=True)
class NameWish:
    """The names an operation asks for. resource and method are final once `settle` has run."""

    http_method: str
    path: str
    tag: str = ""
    operation_id: str = ""
    title: str = ""
    resource: tuple[str, ...] = ()
    method: str = ""
    fixed: bool = False
    """Whether the document itself gives the method's Python name; it goes before derived names."""


def settle(wishes: Sequence[NameWish]) -> None:
    """Give every operation a resource and a method; no pair occurs twice, no method has a resource's name."""
    for wish in wishes:
        if not wish.resource:
            wish.resource = (_resource(wish),)
        wish.resource = tuple(legal(part, RESOURCE_RESERVED) for part in wish.resource)
    children: dict[tuple[str, ...], set[str]] = {}
    for wish in wishes:
        for depth in range(len(wish.resource)):
            children.setdefault(wish.resource[:depth], set()).add(wish.resource[depth])
    taken: dict[tuple[str, ...], set[str]] = {}
    # Names that a person chose are placed first; derived ones give way to them.
    for wish in sorted(wishes, key=lambda w: not (w.method or w.fixed)):
        # A nested resource and a method of one name would be the same attribute.
        used = taken.setdefault(wish.resource, set(children.get(wish.resource, ())))
        names = [legal(_short(n), METHOD_RESERVED) for n in candidates(wish)]
        free = next((n for n in names if n not in used), None)
        wish.method = unique(free or names[0], used)


def _short(name: str) -> str:
    """A name that fits a line: an overlong one keeps its first word, a verb, and as many last ones as fit."""
    if len(name) <= _LONGEST:
        return name
    verb, *rest = name.split("_")
    kept: list[str] = []
    for word in reversed(rest):
        if len("_".join([verb, word, *kept])) > _LONGEST:
            break
        kept.insert(0, word)
    return "_".join([verb, *kept])[:_LONGEST].strip("_")


def _resource(wish: NameWish) -> str:
    # The document's own grouping is the best; without tags, the first fixed part of the path that means
    # something.
    if words(wish.tag):
        return snake_case(wish.tag, fallback="resource")
    parts = [p for p in wish.path.split("/") if p and "{" not in p]
    plain = [p for p in parts if p.lower() not in ("api", "rest") and not _VERSION.fullmatch(p.lower())]
    # OData writes keys and functions in parentheses: `/Orders(1)`.
    return snake_case((plain or parts or ["root"])[0].partition("(")[0] or "root", fallback="resource")


def candidates(wish: NameWish) -> list[str]:
    """The names of a method, the best one first."""
    if wish.method:
        return [wish.method, path_name(wish.http_method, wish.path)]
    # Never only one candidate: verb and path are unique in a document where operationIds are not.
    by_path = path_name(wish.http_method, wish.path)
    if not words(wish.operation_id):
        return [by_path]
    full = snake_case(wish.operation_id, fallback="call")
    short = _without_prefix(words(wish.operation_id), words(wish.tag or wish.resource[-1]))
    return [short or full, full, by_path]


def _without_prefix(name: list[str], prefix: list[str]) -> str:
    """The words of an operationId without the tag's words before them; "" when nothing would be left."""
    # `orders_list` below the resource `orders` is `orders.list`, in singular and plural.
    for form in (prefix, [*prefix[:-1], f"{prefix[-1]}s"] if prefix else [], _singular(prefix)):
        if form and name[: len(form)] == form and len(name) > len(form):
            return snake_case("_".join(name[len(form) :]), fallback="call")
    return ""


def _singular(parts: list[str]) -> list[str]:
    return [*parts[:-1], parts[-1][:-1]] if parts and parts[-1].endswith("s") else []


def path_name(http_method: str, path: str) -> str:
    """A name from verb and path: GET /pets/{petId}/toys -> get_pets_toys_by_pet_id."""
    verb = _VERBS.get(http_method.lower(), http_method.lower())
    plain = [w for part in _PLACEHOLDER.sub(" ", path).split("/") for w in words(part)]
    keys = [snake_case(name, fallback="key") for name in _PLACEHOLDER.findall(path)]
    tail = f"by {' and '.join(keys)}" if keys else ""
    return snake_case(" ".join([verb, *plain, tail]).replace("_", " "), fallback="call")
