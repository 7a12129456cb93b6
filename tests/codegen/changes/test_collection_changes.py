"""A vendor's collection against the collection kept by hand: what a request gained is seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codegen.changes.change import Change as Found
from codegen.changes.running import find_drift
from codegen.changes.words import facet, name_of
from tests.codegen.changes.metadata import copied

Change = Callable[[dict[str, Any]], object]


def first(collection: dict[str, Any]) -> dict[str, Any]:
    request: dict[str, Any] = collection["item"][0]["item"][0]["request"]
    return request


def changing(collection: dict[str, Any]) -> dict[str, Any]:
    """The first request with a body."""
    requests = (item["request"] for folder in collection["item"] for item in folder["item"])
    return next(request for request in requests if request.get("body"))


def drift(change: Change, folder: Path) -> list[Found]:
    """The findings but those that a guess of ours is documented now."""
    spec, document = copied(folder), folder / "vendor" / "collection.json"
    collection = json.loads(spec.read_text(encoding="utf-8"))
    change(collection)
    document.parent.mkdir()
    document.write_text(json.dumps(collection, indent=1), encoding="utf-8")
    return [c for c in find_drift(spec, document).changes if c.kind != "documented"]


def as_form(collection: dict[str, Any]) -> None:
    fields = json.loads(changing(collection)["body"]["raw"])
    form = [{"key": name, "value": str(value)} for name, value in fields.items()]
    changing(collection)["body"] = {"mode": "urlencoded", "urlencoded": form}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda c: None, []),
        (lambda c: c["item"].reverse(), []),
        (lambda c: first(c)["header"].append({"key": "User-Agent", "value": "x"}), []),
        (
            lambda c: first(c)["header"].append({"key": "X-Trace", "value": "1"}),
            [("added", "header parameter", "X-Trace")],
        ),
        (
            lambda c: first(c).update(header="Accept: */*\nX-Trace: 1"),
            [("added", "header parameter", "X-Trace")],
        ),
        (
            lambda c: first(c)["url"]["query"].append({"key": "more", "value": "1", "disabled": True}),
            [("added", "query parameter", "more")],
        ),
        (lambda c: c.update(auth={"type": "bearer"}), [("changed", "authentication", "basic")]),
        (as_form, [("changed", "media type of request body", "")]),
        (
            lambda c: changing(c).update(body={"mode": "smoke", "smoke": {}}),
            [("unread", "text", "")],
        ),
        (lambda c: c["item"][0].update(name="Lines"), [("changed", "section", "")]),
    ],
)
def test_one_change_of_the_collection(
    change: Change, expected: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    """Each change is found, and nothing else is reported."""
    assert [(c.kind, facet(c), name_of(c)) for c in drift(change, tmp_path)] == expected
