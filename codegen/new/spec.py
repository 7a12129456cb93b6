"""The spec for a document of any kind: the files of `specs/NAME/`."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from codegen.changes.baseline import Baseline
from codegen.changes.compare import compare
from codegen.edit import requests
from codegen.edit.collection import CollectionEdits
from codegen.edit.nodes import quoted
from codegen.edit.notes import notes_text
from codegen.edit.operation import NewOperation
from codegen.edit.schema import Schemas, Style
from codegen.errors import UnusableError
from codegen.facts.fact import API, FactSet
from codegen.facts.reading import facts_of, read_facts
from codegen.read.source.node import Source

_SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


class NoSpecError(UnusableError):
    """No spec can be made of a document; the text says why."""


def spec_files(document: Path, title: str) -> tuple[dict[str, str], list[str]]:
    """The texts by file name, and what a person should look at.

    An OpenAPI document, or an existing spec, is taken as it is. A page becomes an OpenAPI document; a
    collection or an introduction becomes a collection with its overlay.

    Raises:
        NoSpecError: the document describes no API, such as a drift report.
        DocumentError: it cannot be read.
    """
    facts = read_facts(document)
    look: list[str] = []
    if facts.kind in ("openapi", "spec-openapi"):
        text = document.read_bytes().decode("utf-8-sig")
        name = "openapi.json" if text.lstrip()[:1] == "{" else "openapi.yaml"
        files = {name: text}
    elif facts.kind.startswith("redoc"):
        name = "openapi.yaml"
        files = {name: _page(facts, title, look)}
    elif facts.kind.startswith(("postman", "spec-postman")):
        name = "collection.json"
        files = _collection(document, facts, title, look)
    else:
        raise NoSpecError(f"{document}: a drift report describes no API; give the vendor's own document")
    notes = notes_text(None, Baseline(descriptions={}), facts, set())
    if notes is not None:
        files[f"{Path(name).stem}.vendor.yaml"] = notes
    return files, look


def _page(facts: FactSet, title: str, look: list[str]) -> str:
    """An OpenAPI document of everything that a page states."""
    data = CommentedMap({"openapi": "3.1.0"})
    data["info"] = CommentedMap(
        {
            "title": facts.text(API, "title") or title,
            "version": quoted(facts.text(API, "version") or "0"),
            "description": f"{facts.text(API, 'title') or title}, as its page names it.",
        }
    )
    data["servers"] = [CommentedMap({"url": _server(facts, look)})]
    sections = dict.fromkeys(
        facts.text(s, "section").rsplit(" / ", 1)[-1] for s in facts.subjects("operation")
    )
    data["tags"] = [
        CommentedMap({"name": name, "description": f"What concerns {name}."}) for name in sections if name
    ]
    data["paths"] = CommentedMap()
    data["components"] = CommentedMap({"schemas": CommentedMap()})
    writer = NewOperation(Schemas(facts, data, Style(31, words=True)))
    guessed = [
        f"{route.text}: its route is inferred"
        for subject in list(facts.subjects("operation"))
        if not (route := writer.add(subject.operation)).printed
    ]
    if guessed:
        look.append(f"{len(guessed)} routes are inferred, since the page shows none: {guessed[0]}, …")
    _security(facts, data, look)
    if not data["components"]["schemas"]:
        del data["components"]["schemas"]
    return _yaml(data)


def _server(facts: FactSet, look: list[str]) -> str:
    """The address that the page shows, or the common start of the next links in its samples."""
    for subject in facts.subjects("server"):
        if url := facts.text(subject, "url"):
            return url
    for subject in facts.subjects("response-field"):
        link = facts.text(subject, "url")
        if link:
            look.append("the address is that of the next links in the samples; is it right?")
            return re.split(r"/api/|\?", link)[0].rstrip("/")
    look.append("the page shows no address: correct `servers` in the spec")
    return "https://api.invalid"


def _security(facts: FactSet, data: Any, look: list[str]) -> None:
    """Write the schemes that operations name; a page does not state their kind."""
    named: dict[str, None] = {}
    for subject in facts.subjects("operation"):
        value = facts.value(subject, "security")
        for entry in value if isinstance(value, tuple) else ():
            named.update(dict.fromkeys(entry.split(" + ")))
    if not named:
        return
    # A guess in a spec is visible: its description reads "Kind inferred.", and the command prints it.
    data["security"] = [CommentedMap({name: []}) for name in named]
    data["components"]["securitySchemes"] = CommentedMap(
        {
            name: CommentedMap(
                {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Kind inferred."}
            )
            for name in named
        }
    )
    look.append(f"the kind of {', '.join(named)} is inferred: a key in the Authorization header")


def _collection(document: Path, facts: FactSet, title: str, look: list[str]) -> dict[str, str]:
    """A collection with its overlay, made by adding every request to an empty one, as an update would."""
    source = json.loads(document.read_bytes().decode("utf-8-sig"))
    collection: dict[str, Any] = {
        "info": {"name": facts.text(API, "title") or title, "schema": _SCHEMA},
        "variable": [{"key": "baseUrl", "value": _base(facts, look), "type": "string"}],
        "item": [],
    }
    base = collection["variable"][0]["value"]
    known = {s.path[0]: facts.text(s, "url") for s in facts.subjects("server")}
    # One that only requests show is their own and not an environment of the whole API.
    servers = {name: url for name, url in known.items() if url and (url == base or url != name)}
    overlay = CommentedMap({"api": CommentedMap({"title": title})})
    if version := facts.text(API, "version"):
        overlay["api"]["version"] = DoubleQuotedScalarString(version)
    overlay["api"]["servers"] = CommentedMap(servers or {"production": base})
    auth = requests.auth_of(source.get("collection", source))
    if auth is not None and auth["type"] != "noauth":
        collection["auth"] = auth
    overlay["requests"] = CommentedMap()
    overlay["models"] = CommentedMap()
    empty = facts_of(Source("collection.json", document.absolute(), b"", {**collection, "item": []}, 1))
    edits = CollectionEdits(collection, overlay, source, empty, facts, compare(empty, facts))
    look += edits.apply().look[:1] and [f"{len(requests.items_of(collection))} requests: look at their names"]
    if not requests.items_of(collection):
        raise NoSpecError(f"{document}: it holds no request and names no method")
    return {
        "collection.json": json.dumps(collection, indent=2, ensure_ascii=False) + "\n",
        "overlay.yaml": _yaml(overlay),
    }


def _base(facts: FactSet, look: list[str]) -> str:
    for subject in facts.subjects("server"):
        url = facts.text(subject, "url")
        if url.startswith("http"):
            return url
    look.append("no address is known: correct `servers` in the overlay")
    return "https://api.invalid"


def _yaml(data: Any) -> str:
    writer = YAML()
    # No folding: a folded line would change with every edit of its text.
    writer.width = 4096
    writer.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    writer.dump(data, stream)
    return stream.getvalue()
