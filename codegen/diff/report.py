"""A comparison as text, JSON or Markdown."""

from __future__ import annotations

import json
import textwrap
from typing import Any, Final

from codegen.diff.finding import LEVELS, Comparison, Finding
from codegen.diff.version import VersionStep
from codegen.ir import Place

_SHOWN: Final = 4
"""Operations that are named before the rest is counted: a shared model may concern every one of them."""
_WIDTH: Final = 100


def called(api: str, operations: tuple[str, ...], *, shown: int = _SHOWN) -> str:
    """The Python names of operations: "`idi.device.get` and 3 more"."""
    names = [f"`{api}.{name}`" for name in operations[:shown]]
    more = len(operations) - shown
    if more > 0:
        return f"{', '.join(names)} and {more} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def sentence(item: Finding, api: str, *, shown: int = _SHOWN) -> str:
    """One finding in words. shown: operations named before the rest is counted."""
    if not item.operations:
        return f"`{api}`: {item.text}."
    return f"{called(api, item.operations, shown=shown)}: {item.text}."


def as_text(comparison: Comparison, step: VersionStep) -> str:
    """For a terminal: worst first, each with its places."""
    lines: list[str] = []
    for item in comparison.findings:
        lines.append(f"{item.rule.level:<9} {item.rule.id}  [{item.stable_id}]")
        lines += textwrap.wrap(
            sentence(item, comparison.api).replace("`", ""),
            _WIDTH,
            initial_indent="  ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines += [
            f"  {side}: {_place(place)}" for side, place in (("old", item.old), ("new", item.new)) if place
        ]
    return "\n".join([*lines, *([""] if lines else []), _summary(comparison), step.text()])


def as_markdown(comparison: Comparison, step: VersionStep) -> str:
    """For a review: one table a level."""
    lines = [f"# {comparison.api}: what changed for callers", "", f"{_summary(comparison)}; {step.text()}."]
    lines += ["", f"Compared: `{comparison.old}` with `{comparison.new}`."]
    for level in LEVELS:
        found = comparison.at(level)
        if found:
            lines += [
                "",
                f"## {level.capitalize()}",
                "",
                "| rule | change | old | new |",
                "|---|---|---|---|",
            ]
            lines += [
                f"| `{item.rule.id}` | {_cell(sentence(item, comparison.api))} "
                f"| {_code(item.old)} | {_code(item.new)} |"
                for item in found
            ]
    return "\n".join(lines)


def as_json(comparison: Comparison, step: VersionStep) -> str:
    """For programs."""
    return json.dumps(
        {
            "old": comparison.old,
            "new": comparison.new,
            "api": comparison.api,
            "level": comparison.level or "none",
            "counts": {level: len(comparison.at(level)) for level in LEVELS},
            "version": {"change": step.change, "current": step.current, "next": step.next},
            "findings": [_json(item) for item in comparison.findings],
        },
        indent=2,
        ensure_ascii=False,
    )


def _json(item: Finding) -> dict[str, Any]:
    return {
        "id": item.stable_id,
        "rule": item.rule.id,
        "level": item.rule.level,
        "operations": list(item.operations),
        "subject": item.subject,
        "text": item.text,
        "renamed_to": item.now,
        "old": _json_place(item.old),
        "new": _json_place(item.new),
    }


def _json_place(place: Place | None) -> dict[str, Any] | None:
    return None if place is None else {"file": place.file, "line": place.line, "pointer": place.pointer}


def _summary(comparison: Comparison) -> str:
    if not comparison.findings:
        return "nothing changed for callers"
    return ", ".join(f"{len(comparison.at(level))} {level}" for level in LEVELS)


def _place(place: Place) -> str:
    line = "" if place.line is None else f":{place.line}"
    return f"{place.file}{line} #{place.pointer}"


def _code(place: Place | None) -> str:
    return "" if place is None else f"`{_cell(_place(place))}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
