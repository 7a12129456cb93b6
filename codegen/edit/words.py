"""The `x-trunkline` words of an operation, each at its place among the others."""

from __future__ import annotations

from typing import Any, Final

from ruamel.yaml.comments import CommentedMap

from codegen.edit.nodes import flow_map, place_key, quoted

WORDS: Final = (
    *("resource", "method", "filterable", "sortable", "patchable", "patch_model", "revisions", "since"),
    *("provenance", "idempotency", "paging", "content_type_header", "authorizations_shown", "errors_shown"),
)


def words_of(node: Any) -> Any:
    """The words of an entry; made where it has none."""
    return node.setdefault("x-trunkline", CommentedMap())


def before(word: str) -> tuple[str, ...]:
    """The words that stand before one."""
    return WORDS[: WORDS.index(word)]


def flag(node: Any, key: str, value: bool, after: tuple[str, ...], *, keep_false: bool = False) -> bool:
    """Set a word that is true, take out one that is not."""
    if value or keep_false:
        place_key(node, key, value, after)
    else:
        node.pop(key, None)
    return True


def mark(words: Any, which: str, name: str, version: str) -> None:
    """The revision mark of a listed name."""
    if "revisions" not in words:
        if not version:
            return
        place_key(words, "revisions", CommentedMap(), before("revisions"))
    marks = words["revisions"].setdefault(which, flow_map({}))
    if version:
        marks[name] = quoted(version)
    else:
        marks.pop(name, None)
    if not marks:
        del words["revisions"][which]
    if not words["revisions"]:
        del words["revisions"]
