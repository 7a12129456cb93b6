"""The introduction of a collection, edited: version, addresses, statuses; and where a new method belongs."""

from __future__ import annotations

import json
import re
from typing import Any

from codegen.edit.requests import items_of
from codegen.edit.wording import words_of


def set_version(collection: Any, old: str, new: str) -> None:
    """The first mention of the version in each text of `info`."""
    info = collection["info"]
    for key in ("name", "version", "description"):
        if isinstance(info.get(key), str) and old:
            info[key] = re.sub(rf"(?<![\d.]){re.escape(old)}(?!\d)", new, info[key], count=1)


def set_address(collection: Any, old: str, new: str) -> None:
    """The variables that hold an address, and the port that the text names."""
    for variable in collection.get("variable") or []:
        if old and variable.get("value") == old:
            variable["value"] = new
    ports = [re.search(r":(\d+)(?:/|\Z)", url) for url in (old, new)]
    info = collection["info"]
    if ports[0] and ports[1] and ports[0][1] != ports[1][1] and isinstance(info.get("description"), str):
        info["description"] = re.sub(
            rf"\b(port|on) {ports[0][1]}\b", rf"\1 {ports[1][1]}", info["description"]
        )


def set_status(collection: Any, code: str, name: str | None) -> bool:
    """A row of the status table in the order of the codes; None takes the code out. False without a table."""
    info = collection["info"]
    lines = str(info.get("description") or "").split("\n")
    rows = [i for i, line in enumerate(lines) if re.match(r"\| *[1-5]\d\d\b", line)]
    if not rows:
        return False
    own = next((i for i in rows if code in re.split(r"[,\s]+", lines[i].split("|")[1])), None)
    if own is None:
        if name is None:
            return False
        spot = next((i for i in rows if lines[i].split("|")[1].strip() > code), rows[-1] + 1)
        lines.insert(spot, f"| {code} | {name} | {name}, as its name says |")
    else:
        cells = lines[own].split("|")
        if name is not None:
            cells[2] = f" {name} "
            lines[own] = "|".join(cells)
        else:
            codes = [other for other in re.split(r"[,\s]+", cells[1].strip()) if other != code]
            cells[1] = f" {', '.join(codes)} "
            lines[own : own + 1] = ["|".join(cells)] if codes else []
    info["description"] = "\n".join(lines)
    return True


def controller(folder: Any) -> str:
    """The first path segment that most requests of a folder have."""
    paths = [(item.get("request") or {}).get("url") for item in items_of(folder)]
    segments = [str(url["path"][0]) for url in paths if isinstance(url, dict) and url.get("path")]
    return max(sorted(set(segments)), key=segments.count) if segments else str(folder.get("name", ""))


def likeness(folder: Any, name: str) -> int:
    """How many words a name shares with a folder and its requests."""
    words = set(words_of(name).lower().split()) - {"get", "list", "for", "add", "create", "view"}
    known = [set(words_of(item["name"]).lower().split()) for item in items_of(folder)]
    titled = set(words_of(folder["name"]).lower().rstrip("s").split())
    return 3 * len(words & titled) + max((len(words & other) for other in known), default=0)


def examples() -> list[dict[str, Any]]:
    """One response of each kind, as far as an introduction tells them for every method."""

    def example(name: str, status: str, code: int, body: dict[str, str]) -> dict[str, Any]:
        return {
            "name": name,
            "status": status,
            "code": code,
            "_postman_previewlanguage": "json",
            "header": [{"key": "Content-Type", "value": "application/json"}],
            "cookie": [],
            "body": json.dumps(body, indent=2),
        }

    return [
        example("Success", "OK", 200, {}),
        example("Unauthorized", "Unauthorized", 401, {"error": "Invalid credentials."}),
    ]
