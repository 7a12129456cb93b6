"""operations.py: one `Operation` constant per endpoint, types as text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen

from codegen.ir import (
    AnswerIR,
    BodyIR,
    ContentIR,
    EncodingIR,
    OperationIR,
    PagingIR,
    ParameterIR,
    Scalar,
    Type,
)
from codegen.read.schema.names import unique
from codegen.render.described import source_text
from codegen.render.models import class_names
from codegen.render.plan import MethodPlan, Plan, ResourcePlan, body_required
from codegen.render.quoting import call, literal, string, tuple_text
from codegen.render.scope import Imports, Scope
from codegen.render.type_text import type_text, union_text, wire_format

Arguments = list[tuple[str, str]]


def operations_context(plan: Plan) -> dict[str, Any]:
    """What the template prints."""
    imports = Imports()
    code = Scope(imports, prefix="models")
    text = Scope(Imports(), class_names(plan.document), discriminators=True)
    where = {
        method.id: (item, method) for root in plan.roots for item in root.walk() for method in item.methods
    }
    shared = _Shared()
    values = [_operation(plan, where[method.id][0], method, code, text, shared) for method in plan.methods]
    constants = [
        {
            "name": method.constant,
            "annotation": f"{code.name('Operation')}[{_answer_type(method, code)}]",
            "value": call("_operation", shared.replaced(value)),
        }
        for method, value in zip(plan.methods, values, strict=True)
    ]
    common = [("api", string(plan.api)), ("namespace", 'f"{_PACKAGE}.models"')]
    spelled = {name.lower(): code.name(name) for name in ("Operation", "Any", "partial")}
    return {
        "mapping": code.name("dict"),
        "text": code.name("str"),
        **spelled,
        "common": ", ".join(f"{name}={value}" for name, value in common),
        "base_urls": _base_urls(plan),
        "shared": shared.constants(),
        "constants": constants,
        "table": [(string(method.id), method.constant) for method in plan.methods],
        "imports": imports.text(),
    }


def _base_urls(plan: Plan) -> str:
    """The base URLs of the document, for operations that have another; empty where there are none."""
    own = any(method.operation.server for method in plan.methods)
    return literal(plan.document.base_urls) if own else ""


def names_in_text(plan: Plan) -> list[str]:
    """The imported names that operations mention as text and models.py must therefore know."""
    found: set[str] = set()

    class Noting(Scope):
        def name(self, name: str, *, typing_only: bool = False) -> str:
            found.add(name)
            return name

    scope = Noting(Imports(), discriminators=True)
    for method in plan.methods:
        for kind in _all_types(method.operation):
            type_text(kind, scope)
        union_text(success_types(method.operation), scope)
    return sorted(found - {"str", "int", "float", "bool", "bytes", "list", "dict"} | {"Any"})


def success_types(operation: OperationIR) -> list[Type | None]:
    """What a call can return. Only an undocumented success is taken from `default`."""
    documented = [answer for answer in operation.answers if answer.status.startswith("2")]
    documented = documented or [answer for answer in operation.answers if answer.status == "default"]
    return [answer_type(content) for answer in documented for content in answer.contents if content.asked]


def answer_type(answer: AnswerIR | ContentIR) -> Type | None:
    """The Python side of an answer: text is str, binary is bytes, whatever the schema says."""
    match answer.kind:
        case "none":
            return None
        case "text":
            return Scalar("string")
        case "binary":
            return Scalar("bytes")
    return answer.type


def _all_types(operation: OperationIR) -> list[Type | None]:
    kinds: list[Type | None] = [item.type for item in operation.parameters]
    kinds += [answer_type(content) for answer in operation.answers for content in answer.contents]
    kinds += [operation.body.type] if operation.body else []
    kinds += [operation.paging.row_type] if operation.paging else []
    return kinds


def _answer_type(method: MethodPlan, scope: Scope) -> str:
    if method.operation.paging is not None:
        return scope.name("Any")
    return return_type(method.operation, scope)


def return_type(operation: OperationIR, scope: Scope) -> str:
    """The return annotation of a call that is not paged; `Any` where the document says nothing."""
    kinds = success_types(operation)
    return union_text(kinds, scope) if kinds else scope.name("Any")


class _Shared:
    """Tuples that several operations have in common, errors of responses and parameters, as constants."""

    def __init__(self) -> None:
        self._uses: Counter[tuple[str, ...]] = Counter()
        self._wishes: dict[tuple[str, ...], str] = {}
        self._names: dict[tuple[str, ...], str] = {}

    def tuple_of(self, items: Sequence[str], wish: str) -> _Tuple:
        """Take note of a tuple; wish: what to call it, if it is a constant."""
        found = _Tuple(tuple(items), errors=wish.startswith("_ERRORS"))
        self._uses[found.items] += 1
        self._wishes.setdefault(found.items, wish)
        return found

    def constants(self) -> list[tuple[str, str]]:
        """Name and value of each constant, in the order of their first use."""
        return [(name, tuple_text(items)) for items, name in self._names.items()]

    def replaced(self, arguments: Iterable[Value]) -> Arguments:
        """The arguments of an operation, with constants where a tuple has one."""
        return [(name, value if isinstance(value, str) else self._text(value)) for name, value in arguments]

    def _text(self, parts: list[_Tuple]) -> str:
        named = [(part, self._named(part)) for part in parts if part.items]
        if len(named) == 1 and named[0][1]:
            return named[0][1]
        texts = [[f"*{name}"] if name else list(part.items) for part, name in named]
        return tuple_text([text for part in texts for text in part])

    def _named(self, part: _Tuple) -> str | None:
        # A short one says more where it stands.
        if self._uses[part.items] < 2 or sum(map(len, part.items)) < (40 if part.errors else 300):
            return None
        if part.items not in self._names:
            self._names[part.items] = unique(self._wishes[part.items], set(self._names.values()))
        return self._names[part.items]


@frozen
class _Tuple:
    """The items of a tuple, as source."""

    items: tuple[str, ...]
    errors: bool = False


Value = tuple[str, str | list[_Tuple]]
"""An argument of an operation: its name, and its source or the tuples that it is made of."""


def _operation(
    plan: Plan, resource: ResourcePlan, method: MethodPlan, code: Scope, text: Scope, shared: _Shared
) -> list[Value]:
    operation = method.operation
    response = return_type(operation, text)
    arguments: list[Value] = [
        ("id", string(method.id)),
        ("title", string(operation.title)),
        ("method", string(operation.http_method.upper())),
        ("path", string(operation.path)),
    ]
    for location in ("path", "query", "header", "cookie"):
        params = [
            _param(item.parameter, item.name, code, text)
            for item in method.sent_in(location)
            if item.parameter
        ]
        if params:
            arguments.append((f"{location}_params", [shared.tuple_of(params, f"_{location.upper()}")]))
    if operation.body is not None and operation.body.kind != "none":
        arguments.append(("body", _body(operation.body, code, text)))
    if response != "None":
        arguments.append(("response", string(response)))
    arguments.append(("responses", _responses(operation, code, text, shared)))
    arguments += _behaviour(operation, code, text)
    arguments.append(("source", string(source_text(operation.place))))
    function = f":{resource.class_name}.{operation.method}"
    arguments.append(("function", f"_PACKAGE + {string('.' + resource.module + function)}"))
    return arguments


def _responses(operation: OperationIR, code: Scope, text_scope: Scope, shared: _Shared) -> list[_Tuple]:
    """The responses: those of success, which differ, and the errors, which many operations share."""
    good = [answer for answer in operation.answers if answer.status.startswith("2")]
    if not good and not any(answer.status == "default" for answer in operation.answers):
        good = [_undocumented(operation)]
    errors = [answer for answer in operation.answers if not answer.status.startswith("2")]
    wish = "_".join(["_ERRORS", *(re.sub(r"\W", "", answer.status).upper() for answer in errors)])
    return [
        _Tuple(tuple(text for answer in good for text in _answers(answer, code, text_scope))),
        shared.tuple_of([text for answer in errors for text in _answers(answer, code, text_scope)], wish),
    ]


def _behaviour(operation: OperationIR, code: Scope, text: Scope) -> Arguments:
    """Paging, filters, auth and provenance: whatever differs from the plain case."""
    arguments: Arguments = []
    if operation.paging is not None:
        arguments.append(("paging", _paging(operation.paging, code, text)))
    if operation.bulk is not None:
        bulk = operation.bulk
        values = [("single", bulk.single), ("parameter", bulk.parameter), ("key", bulk.key)]
        arguments.append(("bulk", call(code.name("Bulk"), [(name, string(value)) for name, value in values])))
    if operation.idempotency != "unsafe":
        arguments.append(("idempotency", string(operation.idempotency)))
    if operation.content_type_header and operation.body is None:
        arguments.append(("content_type", string("application/json")))
    for name in ("filterable", "sortable", "patchable"):
        if value := getattr(operation, name):
            arguments.append((name, literal(value)))
    if operation.auth is not None:
        arguments.append(("auth", literal(operation.auth)))
    if operation.server is not None:
        arguments.append(("server", f"{code.name('Server')}({string(operation.server)}, _BASE_URLS)"))
    if operation.since is not None:
        arguments.append(("since", string(operation.since)))
    if operation.deprecated:
        arguments.append(("deprecated", "True"))
    origin = [
        (part, string(getattr(operation, f"{part}_provenance")))
        for part in ("route", "request", "response")
        if getattr(operation, f"{part}_provenance") != "documented"
    ]
    if origin:
        arguments.append(("provenance", call(code.name("Origin"), origin)))
    return arguments


def _param(item: ParameterIR, name: str, code: Scope, text: Scope) -> str:
    arguments: Arguments = [("wire", string(item.wire)), ("name", string(name))]
    if (kind := type_text(item.type, text)) != "str":
        arguments.append(("type", string(kind)))
    if item.required or item.location == "path":
        arguments.append(("required", "True"))
    style = {"deep_object": "deepObject"}.get(item.style, item.style)
    if item.location in ("path", "header") and style == "form":
        style = "simple"
    if style != "form":
        arguments.append(("style", string(style)))
    if not item.explode:
        arguments.append(("explode", "False"))
    if item.default is not None:
        arguments.append(("default", literal(item.default)))
    spelling = wire_format(item.type)
    if spelling == "json":  # a text that holds JSON already; the word is for values that are written so
        spelling = None
    if (spelling := item.format or spelling) is not None:
        arguments.append(("format", string(spelling)))
    if item.fixed is not None:
        arguments.append(("fixed", literal(item.fixed)))
    for flag in ("allow_reserved", "sensitive"):
        if getattr(item, flag):
            arguments.append((flag, "True"))
    if item.provenance != "documented":
        arguments.append(("provenance", string(item.provenance)))
    if item.since is not None:
        arguments.append(("since", string(item.since)))
    return call(code.name("Param"), arguments)


def _body(body: BodyIR, code: Scope, text: Scope) -> str:
    arguments: Arguments = []
    if body.media_type != "application/json":
        arguments.append(("media_type", string(body.media_type)))
    if body.kind != "json":
        arguments.append(("kind", string(body.kind)))
    if body.is_json_patch:
        pass  # written from a Patch, which no models module knows
    elif body.kind in ("text", "binary"):
        arguments.append(("type", string("str" if body.kind == "text" else "bytes")))
    elif body.type is not None and (kind := type_text(body.type, text)) != "Any":
        arguments.append(("type", string(kind)))
    if not body_required(body):
        arguments.append(("required", "False"))
    if body.encoding:
        entries = [f"{string(name)}: {_encoding(item, code)}" for name, item in body.encoding.items()]
        arguments.append(("encoding", f"{{{', '.join(entries)}}}"))
    if body.files is not None:
        arguments.append(("files", literal(body.files)))
    return call(code.name("Body"), arguments)


def _undocumented(operation: OperationIR) -> AnswerIR:
    """The success of an operation whose document names none: what comes is handed over as it came."""
    return AnswerIR(status="2XX", media_type="", kind="any", type=Scalar("any"), place=operation.place)


def _encoding(item: EncodingIR, code: Scope) -> str:
    arguments: Arguments = []
    if item.style:
        arguments.append(("style", string(item.style)))
    if not item.explode:
        arguments.append(("explode", "False"))
    if item.allow_reserved:
        arguments.append(("allow_reserved", "True"))
    if item.content_type:
        arguments.append(("content_type", string(item.content_type)))
    return call(code.name("Encoding"), arguments)


def _answers(answer: AnswerIR, code: Scope, text: Scope) -> list[str]:
    """A response for each of its media types."""
    return [_content(answer.status, content, code, text) for content in answer.contents]


def _content(status: str, answer: ContentIR, code: Scope, text: Scope) -> str:
    arguments: Arguments = []
    if status != "200":
        arguments.append(("status", string(status)))
    if answer.media_type != "application/json":
        arguments.append(("media_type", string(answer.media_type)))
    if answer.kind != "json":
        arguments.append(("kind", string(answer.kind)))
    if (kind := answer_type(answer)) is not None:
        arguments.append(("type", string(type_text(kind, text))))
    if not answer.asked:
        arguments.append(("asked", "False"))
    return call(code.name("ResponseSpec"), arguments)


def _paging(paging: PagingIR, code: Scope, text: Scope) -> str:
    arguments: Arguments = []
    if paging.kind != "odata":
        arguments.append(("kind", string(paging.kind)))
    if paging.rows != "value":
        arguments.append(("rows", string(paging.rows)))
    arguments.append(("row_type", string(type_text(paging.row_type, text))))
    for name, plain in (
        ("next_link", ("@odata.nextLink", "@nextLink")),
        ("count", ("@odata.count", "@count")),
        ("skip_token", None),
        ("skip", None),
        ("top", None),
    ):
        if (value := getattr(paging, name)) != plain:
            arguments.append((name, literal(value)))
    return call(code.name("Paging"), arguments)
