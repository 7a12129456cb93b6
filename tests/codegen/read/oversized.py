"""Documents that take long, or all memory, wherever reading is not linear in their size; each by its kind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
DEEP = 25


def openapi(schemas: Json, paths: Json | None = None) -> str:
    head = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths or {}}
    return json.dumps({**head, "components": {"schemas": schemas}})


def to(number: int) -> Json:
    return {"$ref": f"#/components/schemas/A{number}"}


def levels(step: Callable[[int], Json], count: int = DEEP) -> str:
    """Schemas that each refer to the next one, and an object at the end."""
    end = {"type": "object", "properties": {"end": {"type": "string"}}}
    return openapi({**{f"A{number}": step(number) for number in range(count)}, f"A{count}": end})


def unions_with_properties(number: int) -> Json:
    own = {"properties": {f"q{number}": {"type": "string"}}, "allOf": [to(number + 1)]}
    other = {"properties": {f"r{number}": {"type": "string"}}, "anyOf": [to(number + 1)]}
    return {"type": "object", "properties": {f"p{number}": {"type": "string"}}, "anyOf": [own, other]}


def unions_of_containers(number: int) -> Json:
    held = to(number + 1)
    return {"anyOf": [{"type": "array", "items": held}, {"type": "object", "additionalProperties": held}]}


def collection(url: str, body: str = "", **more: Any) -> str:
    request: Json = {"method": "POST", "url": url, "description": more.pop("description", "")}
    if body:
        request["body"] = {"mode": "raw", "raw": body}
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    return json.dumps(
        {"info": {"name": "n", "schema": schema}, "item": [{"name": "a", "request": request}], **more}
    )


def aliases(lines: str, count: int) -> str:
    head = 'openapi: 3.1.0\ninfo: {title: t, version: "1"}\npaths: {}\n'
    return head + "".join(lines.replace("@", str(n)).replace("~", str(n - 1)) for n in range(1, count))


def one_path(path: str) -> str:
    return openapi({}, {path: {"get": {"responses": {}}}})


def enums(values: list[Any]) -> str:
    return openapi({"E": {"enum": values}})


def broken() -> str:
    known = {f"Component{number:05}": {"type": "object"} for number in range(900)}
    wrong = {f"B{number}": {"$ref": f"#/components/schemas/Compnent{number:05}"} for number in range(3000)}
    return openapi({**known, **wrong})


def families() -> str:
    kind = {"k": {"type": "string"}}
    found: Json = {f"B{n}": {"discriminator": {"propertyName": "k"}, "properties": kind} for n in range(300)}
    for number in range(1500):
        base = {"$ref": f"#/components/schemas/B{number % 300}"}
        found[f"C{number}"] = {"allOf": [base, {"properties": {f"x{number}": {}}}]}
        both = [{"$ref": f"#/components/schemas/C{n}"} for n in (number, (number + 300) % 1500)]
        found[f"U{number}"] = {"oneOf": both}
    return openapi(found)


VARIABLES = [{"key": k, "value": f"{{{{{n}}}}}" * 200} for k, n in zip("abcdefgh", "bcdefgha", strict=True)]

OVERSIZED: dict[str, Callable[[], str]] = {
    # -- unions, references, names
    "25 unions with properties": lambda: levels(unions_with_properties),
    "25 unions of containers": lambda: levels(unions_of_containers),
    "25 inline unions": lambda: openapi({"A": _inline(DEEP)}),
    "4000 references": lambda: openapi(
        {**{f"A{n}": to(n + 1) for n in range(4000)}, "A4000": {"type": "string"}}
    ),
    "4000 references to nothing": lambda: openapi({f"A{n}": to(n + 1) for n in range(4000)}),
    "4000 references in a ring": lambda: openapi({f"A{n}": to((n + 1) % 4000) for n in range(4000)}),
    "4000 bases": lambda: levels(lambda n: {"allOf": [to(n + 1), {"properties": {"z": {}}}]}, 4000),
    "4000 lists": lambda: levels(lambda n: {"type": "array", "items": to(n + 1)}, 4000),
    "60 lists": lambda: levels(lambda n: {"type": "array", "items": to(n + 1)}, 60),
    "3000 wrong references": broken,
    "families": families,
    "200000 values": lambda: enums([f"v{n}" for n in range(200_000)]),
    "200000 values of one name": lambda: enums(
        [chr(0x4E00 + n % 20_000) + " " * (n // 20_000) for n in range(200_000)]
    ),
    "4900 values of one name": lambda: enums(["a" + "-" * (n + 1) for n in range(4900)]),
    "5000 properties of one name": lambda: openapi(
        {"A": {"properties": {"a" + "-" * n: {} for n in range(5000)}}}
    ),
    # -- open tags and brackets
    "open tags": lambda: collection("https://a.example", description="<p>" * 400_000),
    "half tags": lambda: collection("https://a.example", description="<p>" + "<p " * 400_000),
    "open lists": lambda: "[" * 1_200_000,
    "open objects": lambda: '{"a":' * 240_000,
    "closed objects": lambda: '{"a":' * 100_000 + "1" + "}" * 100_000,
    "YAML lists": lambda: "- " * 600_000,
    "YAML flow": lambda: "openapi: " + "[" * 1_200_000,
    "YAML keys": lambda: "? " * 600_000,
    "XML": lambda: "<a>" * 400_000,
    # -- size
    "55 MB of numbers": lambda: '{"a": [' + "0," * 27_000_000 + "0]}",
    "55 MB of YAML": lambda: "a:\n" + "- b: c\n" * 7_900_000,
    "aliases of aliases": lambda: aliases("a@: &a@ [*a~, *a~]\n", 40).replace("*a0", "x"),
    "aliases of texts": lambda: (
        f't: &t "{"lorem " * 100_000}"\n' + "".join(f"a{n}: *t\n" for n in range(3000))
    ),
    "wide aliases of schemas": lambda: (
        aliases("a@: &a@ {properties: {" + ", ".join(f"p{n}: *a~" for n in range(10)) + "}}\n", 6).replace(
            "*a0", "{}"
        )
        + "components: {schemas: {A: *a5}}\n"
    ),
    "aliases of schemas": lambda: aliases("a@: &a@ {properties: {p: *a~, q: *a~}}\n", 25).replace(
        "*a0", "{}"
    ),
    # -- patterns
    "questions in a path": lambda: one_path("/" + "?" * 1_000_000),
    "hashes in a path": lambda: one_path("/" + "#" * 1_000_000),
    "braces in a path": lambda: one_path("/" + "{" * 1_000_000),
    "quotes in JSON": lambda: '{"a": "' + '\\"' * 600_000,
    "comments in JSON": lambda: '{"a": ' + "/*" * 600_000,
    "blanks in a variable": lambda: collection("{{" + " " * 500_000 + "x"),
    "slashes in a body": lambda: collection("https://a.example", '{"a": 1,' + "//" * 400_000),
    "comments in a body": lambda: collection("https://a.example", '{"a": 1' + ",/*" * 300_000),
    "variables of variables": lambda: collection("{{a}}/x", variable=VARIABLES),
    "a name of a megabyte": lambda: openapi(
        {"A" * 1_000_000: {"properties": {"Ab" * 500_000: {}, "-" * 1_000_000: {}}}}
    ),
}


def _inline(depth: int) -> Json:
    schema: Json = {"type": "string"}
    for number in range(depth):
        other = {"type": "object", "properties": {f"q{number}": {"type": "integer"}}}
        schema = {"properties": {f"p{number}": {"type": "string"}}, "anyOf": [schema, other]}
    return schema
