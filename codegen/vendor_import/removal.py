"""Components that nothing refers to any more, after operations or fields went."""

from __future__ import annotations

from typing import Any, Final

from codegen.vendor_import.written import Written

_KINDS: Final = ("schemas", "parameters", "responses", "requestBodies")


class Unused:
    """Remembers what nothing used before an edit, so that only what the edit left behind is removed."""

    def __init__(self, data: Any) -> None:
        self._data = data
        self._before = unused_components(data)

    def drop(self, written: Written) -> None:
        """Remove what became unused."""
        for kind, name in sorted(unused_components(self._data) - self._before):
            del self._data["components"][kind][name]
            written.done.append(f"{_WORDS[kind]} {name} is used by nothing any more: removed")


_WORDS: Final = {
    "schemas": "schema",
    "parameters": "parameter",
    "responses": "response",
    "requestBodies": "request body",
}


def unused_components(data: Any) -> set[tuple[str, str]]:
    """Kind and name of what neither a reference nor a `patch_model` uses, followed to the end."""
    components = data.get("components", {})
    known = {(kind, name): node for kind in _KINDS for name, node in (components.get(kind) or {}).items()}
    rest = {key: value for key, value in components.items() if key not in _KINDS}
    gone: set[tuple[str, str]] = set()
    while True:
        kept = {key: node for key, node in known.items() if key not in gone}
        used = set(_references([data.get("paths"), rest, *kept.values()]))
        more = {key for key in kept if key not in used}
        if not more:
            return gone
        gone |= more


def _references(node: Any) -> list[tuple[str, str]]:
    if isinstance(node, list):
        return [name for item in node for name in _references(item)]
    if not isinstance(node, dict):
        return []
    found = [name for value in node.values() for name in _references(value)]
    reference = node.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/components/"):
        kind, _, name = reference.removeprefix("#/components/").partition("/")
        found.append((kind, name))
    if isinstance(node.get("patch_model"), str):
        found.append(("schemas", node["patch_model"]))
    return found
