"""Findings of a published introduction written into a Postman collection and its overlay."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from codegen.drift.finding import Finding
from codegen.drift.running import Drift
from codegen.vendor_import.wording import operation_text, snake, words_of
from codegen.vendor_import.written import Written
from codegen.vendor_import.yaml_text import YamlText, flow_list, flow_map

_READS: Final = ("Get", "List", "View", "Monitor", "Find", "Search")


class PostmanEdits:
    """Applies findings to a loaded collection and its overlay."""

    def __init__(self, collection: Any, overlay: YamlText, drift: Drift, written: Written) -> None:
        self._collection = collection
        self._overlay = overlay.data
        self._drift = drift
        self._written = written

    def apply(self, findings: list[Finding]) -> None:
        """Write what can be written; the rest stays a difference."""
        rules = {
            "version": self._version,
            "base URL": self._base_url,
            "status code": self._status,
            "method": self._method,
            "former name": self._former,
        }
        for finding in findings:
            rule = rules.get(finding.facet)
            if rule is not None and rule(finding):
                where = f"{finding.operation}: " if finding.operation else ""
                self._written.done.append(f"{where}{finding.kind} {finding.text}")

    def _version(self, finding: Finding) -> bool:
        self._overlay["api"]["version"] = DoubleQuotedScalarString(finding.new)
        info = self._collection["info"]
        for key in ("name", "version", "description"):
            if isinstance(info.get(key), str):
                info[key] = re.sub(
                    rf"(?<![\d.]){re.escape(finding.old)}(?!\d)", finding.new, info[key], count=1
                )
        return True

    def _base_url(self, finding: Finding) -> bool:
        servers = self._overlay["api"]["servers"]
        if finding.kind == "removed":
            servers.pop(finding.name, None)
        else:
            servers[finding.name] = finding.new
        for variable in self._collection.get("variable", []):
            if finding.old and variable.get("value") == finding.old and finding.new:
                variable["value"] = finding.new
        if finding.kind == "changed":
            self._ports(finding)
        return True

    def _ports(self, finding: Finding) -> None:
        """The introduction of the collection names the ports in words."""
        old, new = (re.search(r":(\d+)(?:/|\Z)", url) for url in (finding.old, finding.new))
        if old and new and old[1] != new[1]:
            info = self._collection["info"]
            info["description"] = (
                info["description"]
                .replace(f"port {old[1]}", f"port {new[1]}")
                .replace(f"on {old[1]}", f"on {new[1]}")
            )

    def _status(self, finding: Finding) -> bool:
        """A row of the table in the introduction, in the order of the codes."""
        info = self._collection["info"]
        lines = info["description"].split("\n")
        rows = [i for i, line in enumerate(lines) if re.match(r"\| *[1-5]\d\d\b", line)]
        own = [i for i in rows if finding.name in re.split(r"[,\s]+", lines[i].split("|")[1])]
        if not rows:
            return False
        if finding.kind == "added":
            spot = next((i for i in rows if lines[i].split("|")[1].strip() > finding.name), rows[-1] + 1)
            lines.insert(spot, f"| {finding.name} | {finding.new} | {finding.new}, as its name says |")
            self._written.open.append(
                f"status {finding.name}: say in the collection's introduction what it means here"
            )
        elif not own:
            return False
        else:
            cells = lines[own[0]].split("|")
            if finding.kind == "changed":
                cells[2] = f" {finding.new} "
                lines[own[0]] = "|".join(cells)
            else:
                codes = [code for code in re.split(r"[,\s]+", cells[1].strip()) if code != finding.name]
                cells[1] = f" {', '.join(codes)} "
                lines[own[0] : own[0] + 1] = ["|".join(cells)] if codes else []
        info["description"] = "\n".join(lines)
        return True

    # -- methods -----------------------------------------------------------------------------------

    def _former(self, finding: Finding) -> bool:
        self._overlay["renames"].setdefault(finding.operation, flow_list([])).append(finding.name)
        return True

    def _method(self, finding: Finding) -> bool:
        if finding.kind == "removed":
            entry = self._overlay["requests"].get(finding.operation)
            if entry is None:
                return False
            entry["provenance"]["name"] = "inferred"
            self._written.open.append(
                f"{finding.operation}: the page no longer names it; remove it if it is gone"
            )
            return True
        return self._rename(finding) if finding.kind == "changed" else self._add(finding)

    def _rename(self, finding: Finding) -> bool:
        """The new name in both files; the old one is kept among the former ones."""
        old, new = finding.old, finding.new
        requests = self._overlay["requests"]
        if new in requests or old not in requests:
            return False
        spot = list(requests).index(old)
        requests.insert(spot, new, requests.pop(old))
        for owner in (self._overlay.get("renames", {}), self._overlay.get("parameter_renames", {})):
            if old in owner:
                owner.insert(list(owner).index(old), new, owner.pop(old))
        self._overlay["renames"].setdefault(new, flow_list([])).append(old)
        item = _item(self._collection, old)
        if item is not None:
            item["name"] = new
            text = json.dumps(item["request"]["url"])
            item["request"]["url"] = json.loads(re.sub(rf"(?<=[/\"]){old}(?=[\"?/])", new, text))
        for entry in requests.values():
            self._references(entry, old, new)
        self._written.open.append(f"{new}: was {old}; the Python name is kept, rename it if it misleads")
        return True

    def _references(self, entry: Any, old: str, new: str) -> None:
        if isinstance(entry, dict):
            for key, value in entry.items():
                if isinstance(value, str) and re.search(rf"\b{old}\b", value):
                    entry[key] = type(value)(re.sub(rf"\b{old}\b", new, value))
                else:
                    self._references(value, old, new)

    def _add(self, finding: Finding) -> bool:
        """A request with an inferred route, in the folder of the method most like it."""
        name = finding.name
        reads = name.startswith(_READS)
        folder = _folder(self._collection, name)
        version = (
            finding.note.removeprefix("version ") if finding.note.startswith("version ") else ""
        ) or str(self._overlay["api"]["version"])
        controller = _controller(folder)
        url = {
            "raw": f"{{{{baseUrl}}}}/{controller}/{name}",
            "host": ["{{baseUrl}}"],
            "path": [controller, name],
        }
        request: dict[str, Any] = {
            "method": "GET" if reads else "POST",
            "header": [{"key": "Accept", "value": "application/json"}],
            "url": url,
            "description": f"{operation_text(words_of(name).capitalize())}\n\n"
            "Name documented; route inferred; response inferred.",
        }
        if not reads:
            request["header"].append({"key": "Content-Type", "value": "application/json"})
        folder["item"].append({"name": name, "request": request, "response": _examples()})
        entry = CommentedMap({"resource": snake(folder["name"]), "method": snake(name)})
        entry["since"] = DoubleQuotedScalarString(version)
        entry["provenance"] = flow_map(
            {"name": "documented", "route": "inferred", "request": "inferred", "response": "inferred"}
        )
        entry["idempotency"] = "safe" if reads else "unsafe"
        entry["paging"] = "none"
        entry["response"] = flow_map({"model": "ValidationMessage", "many": False})
        requests = self._overlay["requests"]
        before = [item["name"] for item in folder["item"][:-1]]
        spots = [list(requests).index(known) for known in before if known in requests]
        requests.insert(max(spots) + 1 if spots else len(requests), name, entry)
        self._written.open.append(
            f"{name}: new; its route {request['method']} /{controller}/{name} is inferred, its parameters "
            "and its answer are not known yet: complete the request and its entry in the overlay"
        )
        return True


def _examples() -> list[dict[str, Any]]:
    """One answer of each kind, as far as the page tells them for every method."""
    header = [{"key": "Content-Type", "value": "application/json"}]

    def example(name: str, status: str, code: int, body: dict[str, str]) -> dict[str, Any]:
        return {
            "name": name,
            "status": status,
            "code": code,
            "_postman_previewlanguage": "json",
            "header": header,
            "cookie": [],
            "body": json.dumps(body, indent=2),
        }

    return [
        example("Success", "OK", 200, {}),
        example("Unauthorized", "Unauthorized", 401, {"error": "Invalid credentials."}),
    ]


def _items(node: Any) -> list[Any]:
    found = []
    for item in node.get("item", []):
        found += _items(item) if "item" in item else [item]
    return found


def _item(collection: Any, name: str) -> Any | None:
    return next((item for item in _items(collection) if item["name"] == name), None)


def _folder(collection: Any, name: str) -> Any:
    """The folder whose requests share the most words with a name."""
    words = set(words_of(name).lower().split()) - {"get", "list", "for", "add", "create", "view"}

    def likeness(folder: Any) -> int:
        known = [set(words_of(item["name"]).lower().split()) for item in _items(folder)]
        titled = set(words_of(folder["name"]).lower().rstrip("s").split())
        return 3 * len(words & titled) + max((len(words & other) for other in known), default=0)

    folders = [item for item in collection["item"] if "item" in item]
    return max(folders, key=likeness)


def _controller(folder: Any) -> str:
    """The first path segment that most requests of a folder have."""
    segments = [str(item["request"]["url"]["path"][0]) for item in _items(folder)]
    return max(set(segments), key=segments.count)
