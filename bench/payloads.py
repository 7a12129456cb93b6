"""The responses that the static server gives and the large document that generators are timed on."""

from __future__ import annotations

import json
from typing import Any

SERVICE = "ServiceAndFeatureManagement"
ENVIRONMENT = "acme"
BASE_PATH = f"/{SERVICE}/2X/{ENVIRONMENT}"
LOGIN_PATH = f"/securitytoken/1xa/{ENVIRONMENT}/api/login"
EXPIRES = 4_102_444_800
TOKEN = f"Issuer=bench&Environment={ENVIRONMENT}&UserName=bench&ExpiresOn={EXPIRES}&HMACSHA256=c2lnbmF0dXJl"
AUTHORIZATION = f'WRAP access_token="{TOKEN}"'
PAGE_ROWS = 500
PAGES = 10


def device(number: int) -> dict[str, Any]:
    """One device as the API returns it: all 38 fields, two dates."""
    return {
        "aKey": None,
        "alternateSerialNumber": f"{number:018d}",
        "alternateSerialNumberCheckDigit": number % 10,
        "bind": number % 2 == 0,
        "blackBerryRegistrationID": 0,
        "decimalPseudoESN": f"128{number:08d}",
        "deviceID": number,
        "deviceStatus": "Available",
        "deviceStatusID": 1,
        "displayName": f"Handset {number} \u2013 black, 128 GB",
        "eid": f"8904903200700888260{number:013d}",
        "handsetCatalog": "Smartphone 5G",
        "handsetCatalogID": 40 + number % 7,
        "hexPseudoESN": f"{number:08X}",
        "hardwareVersion": "1.4",
        "isNew": True,
        "lastBoundStateChangeDate": "2024-07-16T09:18:05.605937-04:00",
        "lastModifiedDate": "2016-09-09T17:35:09.156Z",
        "lastModifiedUserID": "warehouse",
        "msl": "000000",
        "oneTimeSL": "000000",
        "pin": "0000",
        "referenceNumber": f"REF-{number}",
        "reservedForRetail": False,
        "serialNumber": f"3590{number:011d}",
        "serialNumberType": "IMEI",
        "serialNumberTypeID": 3,
        "sid": "4139",
        "simCardNumber": f"8901{number:015d}",
        "simClass": "Nano",
        "simClassID": 2,
        "sourceCode": "Purchase",
        "sourceCodeID": 5,
        "softwareVersion": "17.1.2",
        "supportedSIMClass": "Nano",
        "supportedSIMClassID": 2,
        "technologyType": "GSM",
        "technologyTypeID": 6,
    }


def dump(value: Any) -> bytes:
    """JSON as servers write it: no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def page(number: int, origin: str) -> bytes:
    """Page `number` (from 0) of a collection of `PAGES` pages, with the link to the next."""
    body: dict[str, Any] = {"@odata.count": PAGES * PAGE_ROWS}
    if number + 1 < PAGES:
        body["@odata.nextLink"] = f"{origin}{BASE_PATH}/api/device?$top={PAGE_ROWS}&$skiptoken={number + 1}"
    body["value"] = [device(number * PAGE_ROWS + row + 1) for row in range(PAGE_ROWS)]
    return dump(body)


def large_document(resources: int = 120, fields: int = 25) -> dict[str, Any]:
    """An OpenAPI 3.0 document as large as vendors' largest: by default 600 operations, 361 schemas."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {
        "Problem": {
            "type": "object",
            "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
        }
    }
    for index in range(resources):
        name = f"Thing{index}"
        schemas |= _schemas(name, index, resources, fields)
        paths[f"/things{index}"] = {
            "get": _operation(f"list{name}s", name, f"{name}List", query=True),
            "post": _operation(f"create{name}", name, name, body=f"{name}Create"),
        }
        paths[f"/things{index}/{{id}}"] = {
            "get": _operation(f"get{name}", name, name, path=True),
            "put": _operation(f"replace{name}", name, name, path=True, body=f"{name}Create"),
            "delete": _operation(f"delete{name}", name, None, path=True),
        }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Synthetic", "version": "1.0"},
        "servers": [{"url": "https://things.example/v1"}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _schemas(name: str, index: int, count: int, fields: int) -> dict[str, Any]:
    kinds: list[dict[str, Any]] = [
        {"type": "string"},
        {"type": "integer"},
        {"type": "boolean"},
        {"type": "number"},
        {"type": "string", "format": "date-time"},
        {"type": "string", "enum": ["new", "active", "on-hold", "closed"]},
        {"type": "array", "items": {"type": "string"}},
        {"$ref": f"#/components/schemas/Thing{(index + 1) % count}"},
    ]
    properties = {f"{name.lower()}Field{number}": kinds[number % len(kinds)] for number in range(fields)}
    return {
        name: {"type": "object", "description": f"One {name}.", "properties": properties},
        f"{name}Create": {
            "type": "object",
            "required": list(properties)[:3],
            "properties": dict(list(properties.items())[: fields // 2 or 1]),
        },
        f"{name}List": {
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}},
                "next": {"type": "string"},
            },
        },
    }


def _operation(
    operation: str, tag: str, response: str | None, *, path: bool = False, query: bool = False, body: str = ""
) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = []
    if path:
        parameters.append({"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}})
    if query:
        parameters += [
            {"name": name, "in": "query", "schema": {"type": kind}}
            for name, kind in (("filter", "string"), ("limit", "integer"), ("offset", "integer"))
        ]
    problem = {"description": "Problem", "content": _json("Problem")}
    success = {"description": "OK", **({"content": _json(response)} if response else {})}
    made: dict[str, Any] = {
        "operationId": operation,
        "tags": [tag],
        "summary": operation,
        "parameters": parameters,
        "responses": {"200" if response else "204": success, "default": problem},
    }
    if body:
        made["requestBody"] = {"required": True, "content": _json(body)}
    return made


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
