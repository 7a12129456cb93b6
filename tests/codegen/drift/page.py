"""A page in the layout of the vendor's, rendered from a spec: full size, none of its prose.

`frozen` holds the specs as they once were: tests that change one thing need a page that stays, whatever the
vendors change. The shipped specs have their own tests.
"""

from __future__ import annotations

import re
from pathlib import Path

from codegen.drift.baseline import load_baseline
from codegen.drift.spec_facts import SpecField, SpecOperation
from codegen.drift.spec_openapi import read_spec
from codegen.read.source.findings import Findings
from codegen.read.source.load import load

SHIPPED = Path(__file__).resolve().parents[3] / "specs" / "idi" / "openapi.yaml"
FROZEN = Path(__file__).resolve().parents[1] / "changes" / "frozen"
IDI = FROZEN / "openapi.yaml"
_VALUES = {"integer": "7", "number": "1.5", "boolean": "true", "string": '"text"', "": '"text"'}
_LINK = (
    "\"https://api.idibilling.com/OrderManagement/2X/anenvironment/api/odataquery?$filter=a eq 'b'&$skip=50\""
)


def page_text(of: Path = IDI) -> str:
    """The page that says exactly what the spec says."""
    findings = Findings()
    source = load(of, str(of), findings)
    findings.raise_problems()
    assert source is not None
    spec, baseline = read_spec(source), load_baseline(of)
    lines = [f"{spec.title} ({spec.version})", "", "Download OpenAPI specification:Download", ""]
    lines += [f"{spec.title} Concepts", "", "What this is about, in a sentence that ends.", ""]
    noted = {
        route for marks in baseline.releases.values() for mark in marks for route in [mark.split(" @ ")[-1]]
    }
    section = ""
    for operation in spec.operations.values():
        if operation.provenance["request"] == "inferred":
            continue
        if operation.section != section:
            section = operation.section
            lines += [section, "", f"Resources that have to do with {section.lower()}.", ""]
        marked = not any(operation.route.text in text for text in noted) or operation.since not in (
            "1.00",
            "1.03",
        )
        lines += _operation(operation, baseline.sample_omits.get(operation.title, []), marked=marked)
    lines += ["Release Notes", ""]
    for version, marks in baseline.releases.items():
        lines += [f"Release Notes {version}", ""]
        lines += [f"  • {_sentence(mark)}" for mark in marks]
        lines += [""] if marks else []
    return "\n".join(lines)


def _operation(operation: SpecOperation, omits: list[str], *, marked: bool) -> list[str]:
    mark = f" [Rev {operation.since}]" if operation.since and marked else ""
    lines = [operation.title, "", f"One sentence on what this does.{mark}", ""]
    if "filterable" in operation.lists and (operation.lists["filterable"] or operation.lists["sortable"]):
        lines += ["Available Fields", "", "The following is a list of fields.", ""]
        for which in ("filterable", "sortable"):
            lines.append(f"  • {which.capitalize()} : {_names(operation, which)}")
    if "patchable" in operation.lists:
        lines += ["Patchable Fields", "", "Allowed operations for each field.", ""]
        for name, entry in operation.lists["patchable"].items():
            since = f" [Rev {entry.since}]" if entry.since else ""
            lines += [f"  • {name} : {', '.join(entry.verbs)}{since}", ""]
    if operation.authorizations:
        lines += ["Authorizations:", *operation.authorizations]
    for where in ("path", "query"):
        fields = [known for (at, _), known in operation.parameters.items() if at == where]
        lines += [f"{where} Parameters", *_fields(fields)] if fields else []
    if operation.content_type_header:
        lines += ["header Parameters", "Content-Type", "required", "string", "Example: application/json"]
    if operation.body is not None:
        lines += [f"Request Body schema: {operation.body.media_type}"]
        lines += ["Array"] if operation.body.is_array else []
        lines += _fields(list(operation.body.fields.values()))
    return [*lines, "", "Responses", "", *_samples(operation, omits)]


def _names(operation: SpecOperation, which: str) -> str:
    entries = operation.lists[which].values()
    names = [f"{entry.name} [Rev {entry.since}]" if entry.since else entry.name for entry in entries]
    return ", ".join(names) if names else f"No fields are {which}."


def _fields(fields: list[SpecField]) -> list[str]:
    lines = []
    for known in fields:
        lines += [known.name, *(["required"] if known.required else [])]
        lines.append(f"string <{known.format}>" if known.format == "date" else known.type)
        lines += ["Enum: " + " ".join(f'"{value}"' for value in known.enum)] if known.enum else []
        lines += ["", f"What this one means.{f' [Rev {known.since}]' if known.since else ''}", ""]
    return lines


def _samples(operation: SpecOperation, omits: list[str]) -> list[str]:
    lines = []
    if operation.body is not None and not operation.body.is_array:
        members = [(name, known.own_type) for name, known in operation.body.fields.items()]
        lines += ["Request samples", "", "Content type", "application/json", *_object(members), ""]
    if operation.errors_shown:
        return [
            *lines,
            "Response samples",
            "",
            "Content type",
            "application/json",
            "{",
            '  • "errors": [',
            "    ]",
            "}",
            "",
        ]
    answer = operation.answer
    if answer is None:
        return lines
    known = {k: f for k, f in answer.members.items() if f.provenance == "documented" and k not in omits}
    if not known and operation.rows is not None:
        known = {k: f for k, f in operation.rows.members.items() if f.provenance == "documented"}
    members = [(name, found.own_type) for name, found in known.items()]
    return [*lines, "Response samples", "", "Content type", "application/json", *_object(members), ""]


def _object(members: list[tuple[str, str]]) -> list[str]:
    lines = ["{"]
    for index, (name, kind) in enumerate(members):
        comma = "," if index < len(members) - 1 else ""
        if kind == "array":
            lines += [f'  • "{name}": [', f"    ]{comma}"]
        else:
            value = _LINK if name.endswith("nextLink") else _VALUES[kind]
            lines.append(f'  • "{name}": {value}{comma}')
    return [*lines, "}"]


def _sentence(mark: str) -> str:
    """A sentence that states a fact of the baseline."""
    fact, _, where = mark.partition(" @ ")
    verb, _, rest = fact.partition(" ")
    if verb == "updated" and (made := re.match(r"(\S+) (non-\S+)\Z", rest)):
        return f"Updated {where} to make {made[1]} {made[2]}."
    if verb == "updated":
        facet, names, detail = re.match(r"(\w+) (.+?) (be .+)\Z", rest).groups()  # type: ignore[union-attr]
        detail = detail.replace("array strings", "array of strings")
        on = "on the Response for" if facet == "response" else "of"
        return f"Updated {names.replace(', ', ' and ')} to {detail} {on} {where}."
    if rest == "operation":
        return f"Added {where}"
    facet, _, names = rest.partition(" ")
    if facet == "response":
        return f"Added {names} to Response of {where}"
    if facet in ("query", "patchable"):
        word = "Query Parameter" if facet == "query" else "Patchable Field"
        return f"Added the following to {where}\n    • {word} {names}"
    return f"Added {rest} to {where}"
