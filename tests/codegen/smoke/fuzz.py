"""Random valid documents: odd names, nested schemas, references, compositions, parameters, responses.

Made from a seed: drawing every choice from hypothesis takes far longer than reading and rendering the result.
"""

from __future__ import annotations

import random
from typing import Any

Json = dict[str, Any]
ODD = (
    *("class", "None", "self", "list", "str", "dict", "Any", "type", "import", "datetime", "field", "models"),
    *("9lives", "1", "$ref", "@odata.type", "a-b", "a_b", "aB", "AB", "ab", "", " ", "-", "+", "é", "電話"),
    *(
        "__init__",
        "_x",
        "extra",
        "Model",
        "Client",
        "operations",
        "options",
        "body",
        "UNSET",
        "a.b/c~d",
        "{x}",
    ),
    *('quote"d', "back\\slash", "new\nline", "'''", "mro", "name", "value", "ß", "\u017f", "İ", "x" * 120),
)
TEXTS = ('"""', "\\", "{{ x }}", "*/", "ends with \\", "a\nb", "\u2028", "fine")
FORMATS = ("date", "date-time", "time", "duration", "byte", "binary", "uuid", "int64", "decimal", "odd")
KINDS = ("string", "integer", "number", "boolean", "null")
MEDIA = (
    "application/json",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
    "text/plain",
    "image/png",
)


class Documents:
    """Makes one document; every choice comes from the seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._names = self._distinct(3, 9)

    def document(self) -> Json:
        """A whole OpenAPI document; many schemas in one, since rendering takes longest."""
        some = self._random
        paths: Json = {}
        for number in range(some.randint(1, 5)):
            parts = some.sample(["a", "{id}", "{p-q}", "é"], some.randint(0, 3))
            methods = some.sample(["get", "post", "patch"], some.randint(1, 2))
            item = {m: self._operation() for m in methods} | self._maybe(0.2, servers=self._servers)
            placed = [self._placed(part[1:-1]) for part in parts if part.startswith("{")]
            paths["/".join(["", str(number), *parts])] = item | self._maybe(0.7, parameters=lambda: placed)  # noqa: B023
        schemas = {name: self._definition() for name in self._names}
        head = {
            "openapi": some.choice(["3.0.3", "3.1.0"]),
            "info": {"title": some.choice(TEXTS), "version": "1"},
        }
        own = {"servers": self._servers()} if some.random() < 0.5 else {}
        return {**head, **own, "paths": paths, "components": {"schemas": schemas}}

    def _servers(self) -> list[Json]:
        """Base URLs, some with variables, of a path below the host, relative, or plain http."""
        some = self._random
        urls = (
            "https://a.example/v1",
            "https://{region}.b.example",
            "/v2",
            "http://c.example",
            "{scheme}://d",
        )
        return [
            {"url": url}
            | self._maybe(0.7, variables=lambda: {"region": {"default": "eu", "enum": ["eu", "us"]}})
            for url in some.sample(urls, some.randint(1, 3))
        ]

    def _definition(self) -> Json:
        """Any schema but a bare reference: those may form a ring, which no schema is."""
        some = self._random
        kinds = [self._object, self._object, self._composed, self._array, self._map]
        return some.choice(kinds)(3) if some.random() < 0.9 else self._scalar()

    def _distinct(self, least: int, most: int) -> list[str]:
        return list(dict.fromkeys(self._name() for _ in range(self._random.randint(least, most))))

    def _name(self) -> str:
        some = self._random
        if some.random() < 0.8:
            return some.choice(ODD)
        letters = "aZ09 _-$@.é電ſ\u0301\U0001f4de"
        return "".join(some.choice(letters) for _ in range(some.randint(0, 8)))

    def _value(self) -> Any:
        some = self._random
        return some.choice([None, True, False, 0, -1, 2**40, 1.5, self._name(), self._name()])

    def _maybe(self, chance: float, **entries: Any) -> Json:
        return {name: made() for name, made in entries.items() if self._random.random() < chance}

    def _schema(self, depth: int) -> Json:
        some = self._random
        if some.random() < 0.2:
            return {"$ref": f"#/components/schemas/{_quoted(some.choice(self._names))}"}
        if some.random() < 0.1:
            return self._union()
        if depth == 0 or some.random() < 0.3:
            return self._scalar()
        return some.choice([self._object, self._object, self._composed, self._array, self._map])(depth - 1)

    def _scalar(self) -> Json:
        some = self._random
        if some.random() < 0.3:
            return {"enum": [self._value() for _ in range(some.randint(1, 5))]}
        if some.random() < 0.1:
            return some.choice([{}, {"const": self._value()}])
        kind: Any = some.choice(KINDS) if some.random() < 0.8 else some.sample(KINDS, some.randint(1, 3))
        return {"type": kind} | self._maybe(
            0.3,
            format=lambda: some.choice(FORMATS),
            description=lambda: some.choice(TEXTS),
            default=self._value,
            nullable=lambda: True,
        )

    def _properties(self, depth: int) -> Json:
        return {name: self._schema(depth) for name in self._distinct(0, 6)}

    def _object(self, depth: int) -> Json:
        some = self._random
        return {"type": "object", "properties": self._properties(depth)} | self._maybe(
            0.3,
            required=lambda: [self._name() for _ in range(3)],
            additionalProperties=lambda: some.choice([True, False, self._schema(depth)]),
            description=lambda: some.choice(TEXTS),
            title=self._name,
            nullable=lambda: True,
        )

    def _several(self, depth: int) -> list[Json]:
        return [self._schema(depth) for _ in range(self._random.randint(1, 3))]

    def _composed(self, depth: int) -> Json:
        return self._maybe(
            0.4,
            allOf=lambda: self._several(depth),
            oneOf=lambda: self._several(depth),
            anyOf=lambda: self._several(depth),
            properties=lambda: self._properties(depth),
            discriminator=lambda: {"propertyName": self._name()},
        )

    def _array(self, depth: int) -> Json:
        return {"type": "array"} | self._maybe(
            0.6, items=lambda: self._schema(depth), prefixItems=lambda: self._several(depth)
        )

    def _map(self, depth: int) -> Json:
        return {"type": "object", "additionalProperties": self._schema(depth)}

    def _contents(self) -> Json:
        media = self._random.sample(MEDIA, self._random.randint(0, 2))
        return {each: self._maybe(0.9, schema=lambda: self._schema(3)) for each in media}

    def _parameter(self) -> Json:
        some = self._random
        told = {"name": self._name() or "n", "in": some.choice(["query", "header", "cookie"])}
        return (
            told
            | {"schema": self._schema(2)}
            | self._maybe(
                0.3,
                required=lambda: True,
                description=lambda: some.choice(TEXTS),
                explode=lambda: some.choice([True, False]),
                style=lambda: some.choice(
                    ["form", "simple", "deepObject", "pipeDelimited", "spaceDelimited", "odd"]
                ),
            )
        )

    def _placed(self, name: str) -> Json:
        """A path parameter of any style."""
        style = self._random.choice(["simple", "label", "matrix"])
        schema = self._random.choice([{"type": "string"}, {"type": "array", "items": {"type": "integer"}}])
        told = {"name": name, "in": "path", "required": True, "style": style, "schema": schema}
        return told | self._maybe(0.5, explode=lambda: True)

    def _union(self) -> Json:
        """Options of the document's own schemas, with a discriminator that maps some of them."""
        some = self._random
        names = some.sample(self._names, min(len(self._names), some.randint(2, 3)))
        refs = [f"#/components/schemas/{_quoted(name)}" for name in names]
        told = {some.choice(["oneOf", "anyOf"]): [{"$ref": ref} for ref in refs]}
        mapping = {f"tag{index}": ref for index, ref in enumerate(refs[:-1])}
        return told | {"discriminator": {"propertyName": self._name() or "kind", "mapping": mapping}}

    def _operation(self) -> Json:
        some = self._random
        statuses = some.sample(["200", "201", "204", "2XX", "404", "default"], some.randint(0, 3))
        responses = {
            s: {"description": some.choice(TEXTS)} | self._maybe(0.8, content=self._contents)
            for s in statuses
        }
        return {"responses": responses} | self._maybe(
            0.5,
            operationId=self._name,
            tags=lambda: [self._name()],
            summary=lambda: some.choice(TEXTS),
            parameters=lambda: [self._parameter() for _ in range(4)],
            requestBody=lambda: {"content": self._contents()},
            servers=self._servers,
            deprecated=lambda: True,
        )


def _quoted(name: str) -> str:
    """A schema's name within a reference."""
    return name.replace("~", "~0").replace("/", "~1").replace("%", "%25")
