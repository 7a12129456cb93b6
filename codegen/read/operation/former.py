"""Former names of methods: a renamed method keeps its old name for a release.

Names change in the vendor's document or in the spec, and a program that calls the old method must not break
on an upgrade. The overlay's `renames` list the former names of an operation, as a request name or an
operationId ("SIMChange"), or as the method itself ("connections.sim_change"); in an OpenAPI document the
operation's own `x-trunkline: {formerly: […]}` lists them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from codegen.ir import OperationIR
from codegen.read.operation.names import NameWish, candidates
from codegen.read.operation.overlay import Overlay
from codegen.read.operation.words import Words
from codegen.read.schema.names import METHOD_RESERVED, legal, snake_case
from codegen.read.source.findings import Findings


def keep_former_names(
    operations: Sequence[OperationIR],
    names: Iterable[str],
    words: Iterable[Words],
    overlay: Overlay,
    findings: Findings,
) -> None:
    """Fill `OperationIR.former`; a former name that is in use again, or occurs twice, is noted and left out.

    Args:
        names: request names or operationIds, in the order of the operations.
    """
    taken = {(operation.resource, operation.method) for operation in operations}
    # A resource is an attribute of its parent, next to the parent's methods.
    taken |= {
        (operation.resource[:depth], operation.resource[depth])
        for operation in operations
        for depth in range(len(operation.resource))
    }
    for operation, name, word in zip(operations, names, words, strict=True):
        listed = {node.spelled(): node for node in (*overlay.former_names(name), *word.formerly)}
        for former, node in listed.items():
            method = _method(operation, former, fixed=word.method is not None)
            if method == operation.method or method in operation.former:
                continue  # the vendor's spelling changed, ours did not
            # The old name must not shadow a real method: a program would call another operation than the
            # one it means.
            if (operation.resource, method) in taken:
                reason = f"the former name {former!r} is the name of something else now; it is not kept"
                findings.note(node, "operation name", reason)
                continue
            taken.add((operation.resource, method))
            operation.former = (*operation.former, method)


def _method(operation: OperationIR, former: str, *, fixed: bool) -> str:
    """The method's name under its former name; fixed: its present one is ours and not the document's."""
    resource, _, method = former.rpartition(".")
    if resource == ".".join(operation.resource):
        return legal(snake_case(method), METHOD_RESERVED)
    # The spec's author chose the method's name, so rules that shorten operationIds did not apply to the
    # old one either.
    if fixed:
        return legal(snake_case(former, fallback="call"), METHOD_RESERVED)
    wish = NameWish(
        http_method=operation.http_method,
        path=operation.path,
        operation_id=former,
        resource=operation.resource,
    )
    # The old method was named by the same rules as today's, so they find its name again.
    return legal(candidates(wish)[0], METHOD_RESERVED)
