"""The overlay: facts that a document cannot express, keyed by request name or operationId."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

from codegen.ir import OperationIR
from codegen.read.operation.words import WORDS
from codegen.read.schema.facts import facts_of, provenance_of
from codegen.read.source.findings import Findings
from codegen.read.source.node import ABSENT, Node, Source

_TOP: Final = frozenset({"api", "requests", "models", "renames", "parameter_renames"})
_API: Final = frozenset({"title", "version", "servers", "auth", "errors", "failure_keys"})
_REQUEST: Final = WORDS | {"parameters", "body", "response", "description", "title"}
_TOLD: Final = frozenset({"provenance", "sensitive", "since"})
_SCHEMA: Final = frozenset(
    [
        "type",
        "format",
        "enum",
        "nullable",
        "items",
        "model",
        "properties",
        "additionalProperties",
        "description",
        "default",
        "required",
        "readOnly",
        "writeOnly",
        "example",
        "minimum",
        "maximum",
        "pattern",
    ]
)
_PARAMETER: Final = _TOLD | _SCHEMA | {"style", "explode", "key"}
_MODEL: Final = frozenset({"description", "fields", "provenance"})
_BODY: Final = frozenset({"model", "fields", "required", "provenance", "many"})
_RESPONSE: Final = frozenset({"model", "many", "provenance"})


class Overlay:
    """An overlay file, or nothing. Unknown words and names are problems of its own lines."""

    def __init__(self, source: Source | None, findings: Findings, fallback: Node) -> None:
        self._findings = findings
        # An empty overlay behaves like a file without entries, so no reader has to ask whether there is
        # one.
        self._root = source.root if source is not None else Node(fallback.source, (), ABSENT)
        if source is not None:
            self._check()

    @property
    def api(self) -> Node:
        """The overlay's entry for the API as a whole."""
        return self._root.get("api")

    @property
    def title(self) -> str:
        """The API's title, "" where the overlay has none."""
        return self.api.text("title")

    @property
    def version(self) -> str:
        """The API's version, "" where the overlay has none."""
        return self.api.text("version")

    @property
    def servers(self) -> dict[str, str]:
        """Base URLs by name, without a slash at the end."""
        return {name: node.spelled().rstrip("/") for name, node in self.api.get("servers").items()}

    def request(self, name: str) -> Node:
        """The overlay's entry for one request."""
        return self._root.get("requests").get(name)

    def models(self) -> Iterable[tuple[str, Node]]:
        """Every model that the overlay describes."""
        return self._root.get("models").items()

    def model(self, name: str) -> Node:
        """The overlay's entry for one model."""
        return self._root.get("models").get(name)

    def former_names(self, name: str) -> tuple[Node, ...]:
        """The former names of a request."""
        return tuple(self._root.get("renames").get(name).each())

    def check_used(self, names: Iterable[str]) -> None:
        """Report every request of the overlay that the document lacks."""
        known = list(names)
        for name, node in self._root.get("requests").items():
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                advice = f"did you mean {close[0]!r}?" if close else "remove it, or correct the name"
                self._findings.problem(node, f"the document has no request {name!r}; {advice}")
        for name, node in self._root.get("renames").items():
            if name not in known:
                self._findings.problem(node, f"`renames`: the document has no request {name!r}; remove it")

    def correct_parameters(self, operation: OperationIR) -> None:
        """Apply the overlay's entries for the parameters of an OpenAPI operation."""
        node = self.request(operation.operation_id)
        by_wire = {p.wire: p for p in operation.parameters}
        for wire, said in node.get("parameters").items():
            parameter = by_wire.get(wire)
            if parameter is None:
                self._findings.problem(said, f"the operation has no parameter {wire!r}")
                continue
            facts = facts_of(told(said))
            parameter.description = facts.description or parameter.description
            parameter.sensitive = parameter.sensitive or facts.sensitive
            parameter.provenance = provenance_of(told(said)) or parameter.provenance
            parameter.since = facts.since or parameter.since
            # A path parameter is always required; a URL has no place for a missing one.
            if parameter.location != "path":
                parameter.required = said.flag("required", parameter.required)

    # -- checks ----------------------------------------------------------------------------------

    def _check(self) -> None:
        self._words(self._root, _TOP, "overlay")
        self._words(self.api, _API, "`api`")
        for request in self._root.get("requests").values():
            self._words(request, _REQUEST, "a request")
            for parameter in request.get("parameters").values():
                self._words(parameter, _PARAMETER, "a parameter")
            self._words(request.get("body"), _BODY, "`body`")
            self._fields(request.get("body"))
            self._words(request.get("response"), _RESPONSE, "`response`")
            self._known_model(request.get("response").get("model"))
        for model in self._root.get("models").values():
            self._words(model, _MODEL, "a model")
            self._fields(model)

    def _fields(self, holder: Node) -> None:
        for member in holder.get("fields").values():
            self._words(member, _TOLD | _SCHEMA, "a field")
            if member.get("provenance").present and provenance_of(told(member)) is None:
                message = "`provenance` must be one of documented, inferred, observed, release-notes"
                self._findings.problem(member.get("provenance"), message)
            model = member.get("model") if member.has("model") else member.get("items").get("model")
            self._known_model(model)

    def _known_model(self, model: Node) -> None:
        if model.present and not self.model(model.spelled()).present:
            self._findings.problem(model, f"no model {model.value!r} is described under `models`")

    def _words(self, node: Node, known: frozenset[str], what: str) -> None:
        if not node.present or node.value is None:
            return
        if not node.is_object:
            self._findings.problem(node, f"{what} must be a mapping")
        for word, child in node.items():
            # An overlay is written by hand. An unknown word is a misspelling, and ignoring it would drop a
            # decision.
            if word not in known:
                close = difflib.get_close_matches(word, known, n=1)
                advice = (
                    f"did you mean {close[0]!r}?" if close else f"known words: {', '.join(sorted(known))}"
                )
                self._findings.problem(child, f"{what} has the unknown word {word!r}; {advice}")


def told(node: Node) -> Node:
    """An overlay entry as a schema: its trunkline words below `x-trunkline`, `model` as a reference."""
    if not node.is_object:
        return node
    # In an overlay the words are siblings, which is shorter to write. Readers know them as in an
    # OpenAPI document.
    value = {k: v for k, v in node.value.items() if k not in _TOLD and k not in ("model", "required")}
    # A list is JSON Schema's `required` of an object; a boolean belongs to the entry itself.
    if isinstance(node.value.get("required"), list):
        value["required"] = node.value["required"]
    value["x-trunkline"] = {k: v for k, v in node.value.items() if k in _TOLD}
    return Node(node.source, node.path, value)
