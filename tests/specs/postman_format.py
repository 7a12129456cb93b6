"""The Postman Collection Format v2.1.0, as far as our collections use it, as a JSON Schema of our own."""

from __future__ import annotations

from typing import Any


def closed_object(required: str, **properties: Any) -> dict[str, Any]:
    """A JSON Schema object that knows these properties alone; `required` lists names, separated by spaces."""
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


STRING = {"type": "string", "minLength": 1}
STRINGS = {"type": "array", "items": {"type": "string"}}
PAIR = closed_object(
    "key value", key=STRING, value={"type": "string"}, type={"const": "string"}, description=STRING
)
# The part of the Postman Collection Format v2.1.0 that this collection uses, closed where the format is open,
# so that a misspelt key is an error here while Postman would ignore it.
COLLECTION_FORMAT: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    **closed_object(
        "info item auth variable",
        info=closed_object(
            "name description schema version",
            name=STRING,
            description=STRING,
            version=STRING,
            schema={"const": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
        ),
        auth=closed_object("type basic", type={"const": "basic"}, basic={"type": "array", "items": PAIR}),
        variable={"type": "array", "items": PAIR},
        item={"type": "array", "items": {"$ref": "#/definitions/folder"}},
    ),
    "definitions": {
        "folder": closed_object(
            "name description item",
            name=STRING,
            description=STRING,
            item={"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/request"}},
        ),
        "request": closed_object(
            "name request response",
            name=STRING,
            request=closed_object(
                "method header url description",
                method={"enum": ["GET", "POST", "PUT", "PATCH", "DELETE"]},
                description=STRING,
                header={"type": "array", "items": PAIR},
                url=closed_object(
                    "raw host path",
                    raw=STRING,
                    host=STRINGS,
                    path=STRINGS,
                    query={"type": "array", "minItems": 1, "items": PAIR},
                    variable={"type": "array", "minItems": 1, "items": PAIR},
                ),
                body=closed_object(
                    "mode raw options",
                    mode={"const": "raw"},
                    raw=STRING,
                    options={"const": {"raw": {"language": "json"}}},
                ),
            ),
            response={"type": "array", "items": {"$ref": "#/definitions/response"}},
        ),
        "response": closed_object(
            "name status code header cookie body _postman_previewlanguage",
            name=STRING,
            status=STRING,
            code={"type": "integer", "minimum": 100, "maximum": 599},
            header={"type": "array", "items": PAIR},
            cookie={"type": "array", "maxItems": 0},
            body=STRING,
            _postman_previewlanguage={"const": "json"},
        ),
    },
}
