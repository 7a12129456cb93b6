"""One thin method: its signature, its docstring and the statement that hands it to the runtime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from codegen.ir import BodyIR, ListOf, Nullable, OperationIR, ParameterIR, Ref, Scalar
from codegen.ir.walk import bare
from codegen.render.described import field_notes, provenance_notes, sentence, source_line
from codegen.render.plan import Argument, MethodPlan, in_call_order
from codegen.render.quoting import (
    WIDTH,
    docstring,
    identifier,
    one_line,
    paragraphs,
    section,
    string,
    tuple_text,
)
from codegen.render.responses import return_type
from codegen.render.scope import Scope
from codegen.render.type_text import type_text, union_text

# The statuses for which `trunkline.errors` has a class of its own.
_ERRORS: Final = {
    "400": "BadRequestError",
    "401": "AuthError",
    "402": "RequestFailedError",
    "403": "ForbiddenError",
    "404": "NotFoundError",
    "409": "ConflictError",
    "429": "RateLimitedError",
    "503": "UnavailableError",
}


def method_context(method: MethodPlan, scope: Scope, about: Mapping[str, str]) -> dict[str, str]:
    """The template's variables for one method. about: a sentence for each class, where there is one."""
    operation = method.operation
    paged = operation.paging is not None
    returns = _return_type(operation, scope)
    call = _call(method, scope)
    statement = f"return self._client.paginate({call})" if paged else f"await self._client.call({call})"
    if not paged and returns != "None":
        statement = f"return {statement}"
    return {
        # A pager sends nothing until it is iterated, so there is nothing to await.
        "keyword": "def" if paged else "async def",
        "name": identifier(operation.method),
        "signature": _signature(method, scope),
        "returns": returns,
        "docstring": docstring(_lines(method, about), 8),
        "statement": statement,
    }


def _return_type(operation: OperationIR, scope: Scope) -> str:
    if operation.paging is None:
        return return_type(operation, scope)
    return f"{scope.name('Pager')}[{type_text(operation.paging.row_type, scope)}]"


def _signature(method: MethodPlan, scope: Scope) -> str:
    ordered = [item for item in in_call_order(method.arguments) if not _is_shared(method, item)]
    # Only a required body is positional. Everything else is by keyword, so that parameters the vendor
    # adds later do not change a call.
    leading = [item for item in ordered if item.role == "body" and item.required]
    named = [item for item in ordered if item not in leading]
    parts = ["self", *(_argument(method, item, scope) for item in leading), "*"]
    parts += [_argument(method, item, scope) for item in named]
    parts.append(f"options: {scope.name('RequestOptions')} | None = None")
    # One TypedDict instead of ten parameters in each of many methods.
    if method.query is not None:
        queries = f"{scope.name('queries', typing_only=True)}.{method.query.name}"
        generic = f"[{_fields(method, scope)}]" if method.query.generic else ""
        parts.append(f"**query: {scope.name('Unpack')}[{queries}{generic}]")
    return ", ".join(parts)


def _is_shared(method: MethodPlan, item: Argument) -> bool:
    """Whether the argument is one of the OData options that are typed once for several methods."""
    return method.query is not None and item.name in {shared.name for shared in method.query.arguments}


def _fields(method: MethodPlan, scope: Scope) -> str:
    """The class of the fields that a search filters and sorts by, as an annotation."""
    return (
        f"{scope.name('fields', typing_only=True)}.{method.field_set}"
        if method.field_set
        else scope.name("Any")
    )


def _argument(method: MethodPlan, item: Argument, scope: Scope) -> str:
    if item.parameter is not None:
        typed = item.role in ("filter", "order_by")  # asking for a name imports it
        kind = parameter_type(item, item.parameter, _fields(method, scope) if typed else "", scope)
        return f"{item.name}: {kind}" + ("" if item.required else " = None")
    body = method.operation.body
    kinds = [_patch_type(method, scope) if item.role == "patch" else _body_type(body, scope)]
    kinds += [_choice_type(other, scope) for other in body.others] if body is not None else []
    kind = " | ".join(dict.fromkeys(kinds))
    if item.required:
        return f"{item.name}: {kind}"
    # Not None: null is a JSON body, and no body is another thing.
    return f"{item.name}: {kind} | {scope.name('Unset')} = {scope.name('UNSET')}"


def parameter_type(item: Argument, parameter: ParameterIR, fields: str, scope: Scope) -> str:
    """The annotation of a parameter; fields: the class whose fields a filter and an ordering use."""
    if item.role in ("filter", "order_by"):
        if item.role == "filter":
            return f"{scope.name('Filter')}[{fields}]" + ("" if item.required else " | None")
        one = f"{scope.name('OrderBy')}[{fields}]"
        # `$orderby` takes one key or several.
        kind = f"{one} | {scope.name('Sequence')}[{one}]"
        return kind if item.required else f"{kind} | None"
    # Documents type `$select` as a text with commas; the runtime joins the names.
    value = ListOf(Scalar("string")) if item.role == "select" else parameter.type
    return union_text([value if item.required else Nullable(value)], scope, sequences=True)


def _patch_type(method: MethodPlan, scope: Scope) -> str:
    if method.patch_class:
        return f"{scope.name('patches', typing_only=True)}.{method.patch_class}"
    return f"{scope.name('Patch')} | {scope.name('Sequence')}[{_free_object(scope)}]"


def _free_object(scope: Scope) -> str:
    return f"{scope.name('Mapping')}[{scope.name('str')}, {scope.name('Any')}]"


def _body_type(body: BodyIR | None, scope: Scope) -> str:
    if body is None:
        return scope.name("Any")
    match body.kind:
        case "text":
            return scope.name("str")
        case "binary":
            raw = [scope.name("bytes"), scope.name("File")]
            # OData batches and the like are texts with a boundary of the caller's own.
            return " | ".join([scope.name("str"), *raw] if body.media_type.startswith("multipart/") else raw)
        case "form" | "multipart":
            if body.type is None:
                return _free_object(scope)
            return union_text([body.type], scope, more=lambda: [_free_object(scope)])
    return type_text(body.type, scope) if body.type else scope.name("Any")


def _choice_type(body: BodyIR, scope: Scope) -> str:
    """The annotation of a further media type of a body."""
    kind = _body_type(body, scope)
    return f"{scope.name('Patch')} | {kind}" if body.is_json_patch else kind


def _call(method: MethodPlan, scope: Scope) -> str:
    parts = [f"{scope.name('operations')}.{method.constant}"]
    for location, keyword in (
        ("path", "path"),
        ("query", "query"),
        ("header", "headers"),
        ("cookie", "cookies"),
    ):
        names = [item.name for item in method.sent_in(location)]
        if location == "query" and method.query is not None:
            own = [item for item in method.sent_in(location) if not _is_shared(method, item)]
            named = [f"{string(item.name)}: {item.name}" for item in own]
            parts.append(f"query={{{', '.join([*named, '**query'])}}}" if own else "query=query")
        elif names:
            parts.append(f"{keyword}={tuple_text(names)}")
    parts += [f"body={item.role}" for item in method.arguments if item.parameter is None]
    return ", ".join([*parts, "options=options"])


def _lines(method: MethodPlan, about: Mapping[str, str]) -> list[str]:
    """The docstring: title, description, deprecation, provenance, arguments, errors, source."""
    operation = method.operation
    width = WIDTH - 8
    title = one_line(operation.title) or one_line(operation.operation_id) or method.id
    lines = paragraphs(title if title[-1] in ".!?" else f"{title}.", width=width)
    known = " ".join(filter(None, (provenance_notes(operation), _history(operation))))
    for text in (operation.description, _headers(operation), known):
        # Many documents repeat the title as the description.
        if text.strip() and one_line(text).rstrip(".") != title.rstrip("."):
            lines += ["", *paragraphs(text, width=width)]
    lines += section("Args", _argument_notes(method, about), width=width)
    lines += section("Raises", _error_notes(operation), width=width)
    return [*lines, "", source_line(operation.place)]


def _headers(operation: OperationIR) -> str:
    """The documented headers of responses, and how to get them."""
    if operation.headers is None:
        return ""
    names = dict.fromkeys(one_line(h.wire) for response in operation.responses for h in response.headers)
    way = f"`models.{operation.headers}.of(info)` reads them from the info of `RequestOptions(info=…)`"
    return f"Headers of the response: {', '.join(names)}; {way}."


def _history(operation: OperationIR) -> str:
    notes = [f"Since revision {one_line(operation.since)}."] if operation.since else []
    notes += ["Deprecated by the vendor."] if operation.deprecated else []
    notes += [f"Sent to {one_line(operation.server)}."] if operation.server else []
    return " ".join(notes)


def _argument_notes(method: MethodPlan, about: Mapping[str, str]) -> list[tuple[str, str]]:
    """The documented arguments: those of which more is known than their name and type."""
    entries = []
    for item in in_call_order(method.arguments):
        if _is_shared(method, item):
            continue
        if item.parameter is not None:
            text = field_notes(item.parameter)
            if item.role in ("filter", "order_by"):
                text = " ".join(filter(None, (text, _built_from(method))))
        else:
            text = _body_notes(method, item, about)
        if text:
            entries.append((item.name, text))
    if method.query is not None:
        built = _built_from(method) if method.query.generic else ""
        entries.append(("query", " ".join(filter(None, (f"See `queries.{method.query.name}`.", built)))))
    return entries


def _built_from(method: MethodPlan) -> str:
    return f"Filter and order are built from `fields.{method.field_set}`." if method.field_set else ""


def _body_notes(method: MethodPlan, item: Argument, about: Mapping[str, str]) -> str:
    """A sentence on the body: the document's, else its class's, else its media type."""
    body = method.operation.body
    if body is None:
        return ""
    if body.description.strip():
        return sentence(body.description)
    if item.role == "patch":
        return (
            f"The changes, built with `patches.{method.patch_class}`."
            if method.patch_class
            else "The changes."
        )
    held = bare(body.type) if body.type else None
    if isinstance(held, Ref) and about.get(held.name):
        return about[held.name]
    return f"Sent as {one_line(body.media_type)}."


def _error_notes(operation: OperationIR) -> list[tuple[str, str]]:
    """The documented error responses, by the error that the runtime raises for them."""
    entries: list[tuple[str, str]] = []
    for response in operation.responses:
        if response.status.startswith("2") or response.status == "default":
            continue
        error = _ERRORS.get(response.status) or (
            "ServerError" if response.status.startswith("5") else "StatusError"
        )
        text = one_line(response.description)
        entries.append((error, f"Status {response.status}{f': {text}' if text else ''}".rstrip(".") + "."))
    return entries


def arguments_taken(methods: list[MethodPlan]) -> set[str]:
    """Every name that the methods of a class bind: they hide imported names of the same spelling."""
    names: set[str] = set()
    for method in methods:
        names.add(method.operation.method)
        names.update(item.name for item in method.arguments)
    return names
