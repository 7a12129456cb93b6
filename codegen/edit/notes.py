"""The file beside a spec that keeps what a vendor's document says beyond it, written."""

from __future__ import annotations

from typing import Any, Final

from ruamel.yaml.comments import CommentedMap

from codegen.changes.baseline import Baseline
from codegen.edit.nodes import flow_list, flow_map, place_key, quoted
from codegen.edit.yaml_text import YamlText
from codegen.facts.fact import FactSet

_HEADER: Final = """\
# What the vendor's document says beyond the spec beside this file, as it was last looked at.
# Kept by `python -m codegen import`; `python -m codegen drift` reads it. It holds no text of the vendor.
#   source        where the vendor publishes it; `python -m codegen fetch` starts there; by hand
#   releases      version: the facts its sentences state, or a digest of a sentence that no rule reads
#   sample_omits  operation: fields of its response that its own sample leaves out
#   gone          what old notes still name and the spec has no more: routes, names of an operation
#   descriptions  operation: a digest of the vendor's description of it and of its parameters and fields
#   shown         operation: its statuses where only a failure is shown, and digests of the values in samples
#   words         names in the prose that are neither methods nor fields of the API; by hand
"""
_ORDER: Final = ("source", "releases", "sample_omits", "gone", "descriptions", "shown", "words")


def notes_text(before: str | None, seen: Baseline, document: FactSet, open_marks: set[str]) -> str | None:
    """The new content of the file; unchanged content gives the same bytes, and nothing to keep gives no file.

    Args:
        before: the content now, None where there is no file.
        seen: what to keep beside the releases.
        open_marks: sentences that a person has yet to decide; they are left out and come back.
    """
    text = YamlText(before if before is not None else f"{_HEADER}releases: {{}}\n")
    data = text.data
    if document.evidence.releases:
        _releases(data, document, open_marks)
    for key, values in (("sample_omits", seen.sample_omits), ("gone", seen.gone)):
        kept: Any = {k: v for k, v in values.items() if v} if isinstance(values, dict) else list(values)
        if kept and _plain(data.get(key)) != kept:
            place_key(data, key, kept, _ORDER[: _ORDER.index(key)])
        elif not kept:
            data.pop(key, None)
    for key, marks in (("descriptions", seen.descriptions), ("shown", seen.shown)):
        if marks is not None:
            _marks(data, key, marks)
    if before is None and not data["releases"]:
        # Notes that nobody has seen yet are not known to be empty.
        del data["releases"]
    if before is None and not data:
        return None
    return text.text()


def _releases(data: Any, document: FactSet, open_marks: set[str]) -> None:
    known = data.get("releases") or {}
    found: dict[str, list[str]] = {}
    for version in document.evidence.releases:
        marks = [s.mark for s in document.evidence.of_release(version) if s.mark]
        found[version] = list(dict.fromkeys(mark for mark in marks if mark not in open_marks))
    before = {str(version): [str(mark) for mark in marks or ()] for version, marks in known.items()}
    if before == found:
        return
    entries = CommentedMap()
    for version, marks in found.items():
        entries[quoted(version)] = marks or flow_list([])
    place_key(data, "releases", entries, _ORDER[:1])


def _marks(data: Any, key: str, marks: dict[str, dict[str, str]]) -> None:
    known = {str(operation): dict(names or {}) for operation, names in (data.get(key) or {}).items()}
    if known == marks and key in data:
        return
    entries = CommentedMap()
    for operation, names in marks.items():
        # Quoted, since eight hex digits may be a number to YAML.
        entry = {name: quoted(mark) for name, mark in names.items()}
        entries[operation] = flow_map(entry) if key == "shown" else CommentedMap(entry)
    place_key(data, key, entries, _ORDER[: _ORDER.index(key)])


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): [str(item) for item in items or ()] for key, items in value.items()}
    return [str(item) for item in value] if isinstance(value, list) else value
