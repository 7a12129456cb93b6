"""Facts of a property or parameter other than its type: description, default, sensitivity, provenance."""

from __future__ import annotations

from typing import Any, get_args

from attrs import frozen

from codegen.ir import Provenance
from codegen.read.source.node import Node

PROVENANCES: frozenset[str] = frozenset(get_args(Provenance))


@frozen(kw_only=True)
class FieldFacts:
    """Everything but name and type; see `codegen.ir.FieldIR`."""

    description: str = ""
    default: Any = None
    sensitive: bool = False
    read_only: bool = False
    write_only: bool = False
    provenance: Provenance = "documented"
    since: str | None = None


def facts_of(*nodes: Node, target: Node | None = None) -> FieldFacts:
    """The facts of a property that is declared in these places; the last one has precedence.

    target: the schema that the last one refers to; it is used where the property itself has no such fact.
    """
    order = [*reversed(nodes), *([target] if target is not None else [])]
    told: list[Provenance] = [p for n in order if (p := provenance_of(n)) is not None]
    provenance: Provenance = told[0] if told else "documented"
    return FieldFacts(
        description=next((t for n in order if (t := n.text("description"))), ""),
        # By presence, not by truth: `false`, 0 and "" are defaults.
        default=next((n.get("default").value for n in order if n.has("default")), None),
        # By any of them: a secret that one place marks must not be shown because another place forgot
        # to. OpenAPI names `format: password` a hint to obscure a value.
        sensitive=any(
            n.get("x-trunkline").flag("sensitive") or n.text("format") == "password" for n in order
        ),
        read_only=any(n.flag("readOnly") for n in order),
        write_only=any(n.flag("writeOnly") for n in order),
        provenance=provenance,
        since=next((s for n in order if (s := n.get("x-trunkline").text("since"))), None),
    )


def provenance_of(node: Node) -> Provenance | None:
    """The word `x-trunkline: {provenance: …}` of a property, parameter or schema."""
    found = node.get("x-trunkline").text("provenance")
    for known in get_args(Provenance):
        if found == known:
            return known  # type: ignore[no-any-return]
    return None
