"""What each operation of a document takes and gives, in one form for all kinds of documents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from attrs import define, field, frozen

from tests.codegen.smoke.raw import At, Book
from tests.codegen.smoke.sample import Sampler
from tests.codegen.smoke.schemas import Schemas

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@frozen(kw_only=True)
class Taken:
    """A parameter or a form field. at: where it is declared; schema: of its value."""

    name: str
    location: str
    required: bool
    schema: At
    at: At
    separator: str | None = None
    """Between the values of a list that is sent as one text."""
    json: bool = False
    value: Any = None


@frozen(kw_only=True)
class Given:
    """One response in one media type, with the values to play."""

    status: str
    media_type: str
    schema: At | None
    values: tuple[Any, ...]
    raw: bytes | None = None
    """A body that is played as it is, for what is not JSON."""


@define(kw_only=True)
class Deal:
    """One operation."""

    pointer: str
    method: str
    path: str
    parameters: list[Taken] = field(factory=list)
    bodies: dict[str, At] = field(factory=dict)
    body_required: bool = False
    body_values: list[Any] = field(factory=list)
    responses: list[Given] = field(factory=list)

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one of this operation."""
        pieces = re.split(r"\{[^{}]*\}", self.path.partition("#")[0].partition("?")[0])
        rule = "[^/]+".join(re.escape(p) for p in pieces)
        return method == self.method and re.fullmatch(f"/?{rule}/?", path) is not None


def openapi_deals(book: Book, schemas: Schemas) -> Iterator[Deal]:
    """All operations of a Swagger 2.0 or OpenAPI 3 document."""
    for method, path, operation, item in book.operations():
        reader = _Reader(book, operation, schemas, Sampler(schemas, "request"), Sampler(schemas, "response"))
        deal = Deal(pointer=operation.pointer, method=method, path=path)
        merged = {}
        for holder in (item, operation):
            for entry in holder.get("parameters").each():
                at = entry.follow()
                merged[at.value["name"], at.value["in"]] = at
        for at in merged.values():
            reader.parameter(deal, at)
        deal.parameters += _of_path(path, operation, deal.parameters)
        reader.body(deal)
        deal.responses = list(reader.responses())
        yield deal


def _of_path(path: str, operation: At, declared: list[Taken]) -> Iterator[Taken]:
    """The query parameters that only the text of the path names."""
    query = path.partition("#")[0].partition("?")[2]
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in {t.name for t in declared}:
            yield Taken(
                name=name, location="query", required=True, schema=operation, at=operation, value=value
            )


@frozen
class _Reader:
    book: Book
    operation: At
    schemas: Schemas
    request: Sampler
    response: Sampler

    def parameter(self, deal: Deal, at: At) -> None:
        where = at.value["in"]
        required = where == "path" or at.value.get("required") is True
        if where == "body":
            for media in self._consumed() or ["application/json"]:
                deal.bodies[media] = at.get("schema")
            deal.body_required = required
            return
        content = next(iter(at.get("content").items()), None)
        schema = content[1].get("schema") if content else at if self.book.is_swagger else at.get("schema")
        value = _example(at)
        if value is None or self._wrong(schema, value):
            value = self.request.value(schema)
        deal.parameters.append(
            Taken(
                name=at.value["name"],
                location=where,
                required=required,
                schema=schema,
                at=at,
                separator=self._separator(at, where),
                json=content is not None and "json" in content[0],
                value=value,
            )
        )
        if where == "formData":
            forms = [m for m in self._consumed() if m in FORMS]
            file = any(p.schema.value.get("type") == "file" for p in deal.parameters)
            deal.bodies = dict.fromkeys(forms or [FORMS[file]], at)

    def _wrong(self, schema: At, value: Any) -> bool:
        return bool(self.schemas.errors(schema, value))

    def _consumed(self) -> list[str]:
        return list(self.operation.value.get("consumes") or self.book.root.value.get("consumes") or [])

    def _separator(self, at: At, where: str) -> str | None:
        if self.book.is_swagger:
            names = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|", "multi": None}
            return names.get(at.value.get("collectionFormat", "csv"), ",")
        style = at.value.get("style") or ("form" if where in ("query", "cookie") else "simple")
        if at.value.get("explode", style == "form"):
            return None if where == "query" else ","
        return {"spaceDelimited": " ", "pipeDelimited": "|"}.get(style, ",")

    def body(self, deal: Deal) -> None:
        node = self.operation.get("requestBody").follow()
        if isinstance(node.value, dict):
            deal.body_required = node.value.get("required") is True
            for media, content in node.get("content").items():
                content = content.follow()
                deal.bodies[media] = content.get("schema")
                deal.body_values += [
                    v for v in _examples(content) if not self._wrong(content.get("schema"), v)
                ]

    def responses(self) -> Iterator[Given]:
        listed = [(s, n.follow()) for s, n in self.operation.get("responses").items()]
        good = [(s, n) for s, n in listed if s.startswith("2")] or [
            (s, n) for s, n in listed if s == "default"
        ]
        for status, node in good:
            if self.book.is_swagger:
                yield from self._answers2(status, node)
                continue
            contents = list(node.get("content").items())
            if not contents:
                yield Given(status=status, media_type="", schema=None, values=(None,))
            for media, content in contents:
                content = content.follow()
                yield self._respond(status, media, content.get("schema"), list(_examples(content)))

    def _answers2(self, status: str, node: At) -> Iterator[Given]:
        schema = node.get("schema")
        if not isinstance(schema.value, dict):
            yield Given(status=status, media_type="", schema=None, values=(None,))
            return
        examples = node.value.get("examples") or {}
        produced = self.operation.value.get("produces") or self.book.root.value.get("produces")
        for media in produced or list(examples) or ["application/json"]:
            found = [examples[media]] if media in examples else []
            yield self._respond(status, media, schema, found)

    def _respond(self, status: str, media: str, schema: At, values: list[Any]) -> Given:
        if schema.follow().value is None and not values:
            return Given(status=status, media_type=media, schema=None, values=({"any": 1},))
        if not _is_json(media):
            text = values[0] if values and isinstance(values[0], str) else "<a>text</a>"
            return Given(status=status, media_type=media, schema=schema, values=(), raw=text.encode())
        made = self.response.value(schema) if schema.value is not None else None
        return Given(status=status, media_type=media, schema=schema, values=tuple(values) or (made,))


def _is_json(media_type: str) -> bool:
    sub = media_type.partition(";")[0].strip().partition("/")[2]
    return sub in ("json", "*") or sub.endswith(("+json", ".json"))


def _example(at: At) -> Any:
    return next(iter(_examples(at)), at.value.get("x-example"))


def _examples(at: At) -> Iterator[Any]:
    """The examples of a media type or parameter object."""
    if "example" in at.value:
        yield at.value["example"]
    for entry in at.get("examples").values():
        entry = entry.follow()
        if isinstance(entry.value, dict) and "value" in entry.value:
            yield entry.value["value"]


def postman_deals(book: Book) -> Iterator[Deal]:
    """All requests of a Postman collection, with their saved responses."""
    root = book.root if "item" in book.root.value else book.root.get("collection")
    yield from _folder(root)


def _folder(folder: At) -> Iterator[Deal]:
    for item in folder.get("item").each():
        if "item" in item.value:
            yield from _folder(item)
        elif item.value.get("request"):
            request = item.value["request"]
            method = request.get("method", "GET") if isinstance(request, dict) else "GET"
            deal = Deal(pointer=item.pointer, method=method.upper(), path="")
            deal.responses = list(_saved(item)) or [
                Given(status="200", media_type="application/json", schema=None, values=({"any": [1, None]},))
            ]
            yield deal


def _saved(item: At) -> Iterator[Given]:
    for entry in item.get("response").each():
        if not isinstance(entry.value, dict):
            continue
        code = str(entry.value.get("code") or 200)
        body = entry.value.get("body")
        if not code.startswith("2"):
            continue
        listed = entry.value.get("header")
        headers = listed if isinstance(listed, list) else []
        told = {str(h["key"]).lower(): h.get("value") for h in headers if isinstance(h, dict) and "key" in h}
        media = str(told.get("content-type") or "")
        if not body:
            yield Given(status=code, media_type="", schema=None, values=(None,))
            continue
        try:
            value = json.loads(body if "json" not in media else _without_comments(body))
        except ValueError:
            yield Given(
                status=code, media_type=media or "text/plain", schema=None, values=(), raw=body.encode()
            )
        else:
            yield Given(status=code, media_type="application/json", schema=None, values=(value,))


def _without_comments(text: str) -> str:
    """JSON as a server sends it, where the saved example was commented by hand."""
    return re.sub(r"(?m)(\"(?:[^\"\\\n]|\\.)*\")|//.*$|/\*.*?\*/", lambda m: m.group(1) or "", text)
