"""The responses of an operation: `ResponseSpec` values, and what a call returns."""

from __future__ import annotations

import re

from codegen.ir import ContentIR, OperationIR, ResponseIR, Scalar, Type
from codegen.render.quoting import call, string
from codegen.render.scope import Scope
from codegen.render.shared_tuples import Arguments, SharedTuples, TupleText
from codegen.render.type_text import type_text, union_text


def success_types(operation: OperationIR) -> list[Type | None]:
    """The types that a call can return. `default` counts only where no success is documented."""
    documented = [response for response in operation.responses if response.status.startswith("2")]
    documented = documented or [response for response in operation.responses if response.status == "default"]
    return [python_type(content) for response in documented for content in response.contents if content.asked]


def python_type(response: ResponseIR | ContentIR) -> Type | None:
    """The Python side of a response: text is str, binary is bytes, whatever the schema says."""
    match response.kind:
        case "none":
            return None
        case "text":
            return Scalar("string")
        case "binary":
            return Scalar("bytes")
    return response.type


def return_type(operation: OperationIR, scope: Scope) -> str:
    """The return annotation of a call that is not paged; `Any` where the document says nothing."""
    kinds = success_types(operation)
    return union_text(kinds, scope) if kinds else scope.name("Any")


def response_specs(
    operation: OperationIR, code: Scope, text_scope: Scope, shared: SharedTuples
) -> list[TupleText]:
    """The responses: those of success, which differ, and the errors, which many operations share."""
    good = [response for response in operation.responses if response.status.startswith("2")]
    if not good and not any(response.status == "default" for response in operation.responses):
        good = [_undocumented(operation)]
    errors = [response for response in operation.responses if not response.status.startswith("2")]
    wish = "_".join(["_ERRORS", *(re.sub(r"\W", "", response.status).upper() for response in errors)])
    return [
        TupleText(tuple(text for response in good for text in _specs_of(response, code, text_scope))),
        shared.tuple_of(
            [text for response in errors for text in _specs_of(response, code, text_scope)], wish
        ),
    ]


def _undocumented(operation: OperationIR) -> ResponseIR:
    """The success of an operation that documents none: the body is returned as it came."""
    return ResponseIR(status="2XX", media_type="", kind="any", type=Scalar("any"), place=operation.place)


def _specs_of(response: ResponseIR, code: Scope, text: Scope) -> list[str]:
    """A response for each of its media types."""
    return [_content(response.status, content, code, text) for content in response.contents]


def _content(status: str, response: ContentIR, code: Scope, text: Scope) -> str:
    arguments: Arguments = []
    if status != "200":
        arguments.append(("status", string(status)))
    if response.media_type != "application/json":
        arguments.append(("media_type", string(response.media_type)))
    if response.kind != "json":
        arguments.append(("kind", string(response.kind)))
    if (kind := python_type(response)) is not None:
        arguments.append(("type", string(type_text(kind, text))))
    if not response.asked:
        arguments.append(("asked", "False"))
    return call(code.name("ResponseSpec"), arguments)
