"""Former names of methods: what was renamed keeps its old name for a release.

A document's names change, by the vendor's hand or by ours, and a program that calls the old method must not
break on an upgrade. The overlay's `renames` say what an operation was called, as a request name or an
operationId ("SIMChange"), or as the method itself ("connections.sim_change"); in an OpenAPI document the
operation's own `x-trunkline: {formerly: […]}` does.
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
    """Fill `OperationIR.former`; a former name that is in use again, or stands twice, is noted and left out.

    Args:
        names: request names or operationIds, in the order of the operations.
    """
    taken = {(operation.resource, operation.method) for operation in operations}
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
    if fixed:
        return legal(snake_case(former, fallback="call"), METHOD_RESERVED)
    wish = NameWish(
        http_method=operation.http_method,
        path=operation.path,
        operation_id=former,
        resource=operation.resource,
    )
    return legal(candidates(wish)[0], METHOD_RESERVED)
