"""Twenty differences each, planted into what the vendors would publish, with what the changelog must say."""

from __future__ import annotations

import json
from typing import Any

Planted = dict[str, str]
"""What was planted, to what the changelog must mention of it."""


def plant_idi(document: dict[str, Any]) -> Planted:
    """Change the download of IDI's page in place."""
    paths = document["paths"]
    by_title = {op["summary"]: op for entry in paths.values() for op in entry.values()}
    search, create, update = (
        by_title["Search Devices"],
        by_title["Create a Device"],
        by_title["Update a Device"],
    )
    body = create["requestBody"]["content"]["application/json"]["schema"]

    paths["/api/devices/search"] = {"get": paths["/api/device"].pop("get")}
    paths["/api/service/{serviceId}/favoritePricePoint"] = {
        "get": paths.pop("/api/service/{serviceId}/favoriteAdvancePayPricePoint")["get"]
    }
    moved = paths.pop("/api/package/{id}/taxByComponentAllocation")
    paths["/api/package/{id}/taxByComponentAllocation"] = {"get": moved["get"], "post": moved["put"]}
    by_title["Validate MSAG"]["summary"] = "Validate Street Address"
    paths["/api/sim/{simID}/history"] = {"get": _history()}

    search["parameters"].append({"name": "includeRetired", "in": "query", "schema": {"type": "boolean"}})
    _parameter(by_title["Search SIM"], "$inlinecount", remove=True)
    _parameter(update, "validateReservedForRetail")["required"] = True
    _parameter(by_title["Get Service Phone Book"], "id")["schema"] = {"type": "string"}
    _parameter(update, "updateAssociatedServices")["schema"]["default"] = True

    body["properties"]["purchaseOrder"] = {"type": "string", "maxLength": 40}
    body["required"].append("serialNumber")
    del body["properties"]["referenceNumber"]
    body["properties"]["technologyTypeID"]["type"] = "string"
    body["properties"]["sourceCodeID"]["enum"] = [1, 2, 3]

    for response in _responses(document, "isNew"):
        response["isNew"] = {"type": "string"}
        response["batchNumber"] = {"type": "string"}
    for response in _responses(document, "profileName"):
        del response["profileName"]
    search["description"] = search["description"].replace("* Filterable: ", "* Filterable: batchNumber, ")
    update["description"] = update["description"].replace(
        "* pin : add, remove, replace", "* pin : add, replace"
    )
    return {
        "route of a search": "device.search",
        "route of the price points": "list_favorite_advance_pay_price_points",
        "method of the allocation": "set_tax_by_component_allocation",
        "renamed operation": "Validate Street Address",
        "new operation": "history",
        "new query parameter": "include_retired",
        "removed query parameter": "inlinecount",
        "parameter became required": "validate_reserved_for_retail",
        "type of a path parameter": "get_phone_book",
        "default of a parameter": "update_associated_services",
        "new body field": "purchase_order",
        "body field became required": "serial_number",
        "removed body field": "reference_number",
        "type of a body field": "technology_type_id",
        "values of a body field": "source_code_id",
        "new response field": "batch_number",
        "type of a response field": "is_new",
        "removed response field": "profile_name",
        "new filterable name": "batchNumber",
        "lost patch verb": "pin",
    }


def _responses(node: Any, name: str) -> list[dict[str, Any]]:
    """The properties of every response that has a field."""
    if isinstance(node, list):
        return [found for item in node for found in _responses(item, name)]
    if not isinstance(node, dict):
        return []
    own = node.get("properties")
    here = [own] if isinstance(own, dict) and name in own else []
    return here + [f for key, child in node.items() if key != "requestBody" for f in _responses(child, name)]


def _history() -> dict[str, Any]:
    rows = {"type": "array", "items": {"type": "object", "properties": {"changedDate": {"type": "string"}}}}
    return {
        "tags": ["SIM"],
        "summary": "List SIM History",
        "description": "Lists what became of a SIM. [Rev 2.38]",
        "parameters": [{"name": "simID", "in": "path", "required": True, "schema": {"type": "integer"}}],
        "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": rows}}}},
        "security": [{"SWT": []}],
    }


def _parameter(operation: dict[str, Any], name: str, *, remove: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = next(entry for entry in operation["parameters"] if entry["name"] == name)
    if remove:
        operation["parameters"].remove(found)
    return found


def plant_abzorb(collection: dict[str, Any]) -> Planted:
    """Change the exported collection of Abzorb in place."""
    folders = {folder["name"]: folder for folder in collection["item"]}
    items = {item["name"]: item for folder in collection["item"] for item in folder["item"]}

    _route(items["GetTariffsForContract"], "GET", "Tariffs/ForContract?contractId=104233")
    _route(items["ChangeTariff"], "PUT", "Connections/Tariff")
    _route(items["GetOrderDetails"], "GET", "Orders/Details/:orderId", orderId="500123")
    _route(items["ListNetworks"], "GET", "Networks")
    _route(items["ViewTaskStatus"], "GET", "Tasks/:taskId/Status", taskId="812001")
    _query(items["GetCliAlertingBarStatus"], "connectionCli", "07700900123", instead="cli")
    _query(items["ListAvailableNumbers"], "prefix", "07700")
    _query(items["ListDiaryTasks"], "diaryTypeId", None)

    items["GetUsageInformationForCli"]["name"] = "GetUsageForCli"
    folders["Orders"]["item"].append(_cancel())

    _body(items["ChangeSIM"], add={"reason": "Lost"})
    _body(items["CreateTask"], drop="subject")
    _body(items["AddBundle"], add={"tariffOptionId": "9127"})
    _body(items["CreatePacRequest"], rename=("cli", "mobileNumber"))

    _respond(items["GetConnectionByCLI"], {"isEsim": "N", "roamingZone": "EU"}, drop="costCentre")
    _respond(items["GetConnectionByCustomerId"], {"isEsim": "N", "roamingZone": "EU"}, drop="costCentre")
    _respond(items["GetCustomerDetails"], {"vatNumber": "GB999 9999 73"})
    _respond(items["GetCustomers"], {"vatNumber": "GB999 9999 73"})
    _respond(items["CreateCustomer"], {"vatNumber": "GB999 9999 73"})
    _respond(items["MonitorOrder"], {"statusId": "4"})
    _respond(items["MonitorOrderBulk"], {"statusId": "4"})
    return {
        "route of the tariffs": "GetTariffsForContract",
        "method of the tariff change": "ChangeTariff",
        "route of an order": "/Orders/Details/{orderId}",
        "route of the networks": "ListNetworks",
        "route of a task's status": "ViewTaskStatus",
        "name of a query key": "connection_cli",
        "new query key": "prefix",
        "removed query key": "diary_type_id",
        "renamed method": "GetUsageForCli",
        "new method": "orders.cancel`",
        "new body field": "reason",
        "removed body field": "subject",
        "type of a body field": "tariff_option_id",
        "name of a body field": "mobile_number",
        "type of a response field": "is_esim",
        "new response field": "roaming_zone",
        "removed response field": "cost_centre",
        "new response field of a customer": "vat_number",
        "type of an order's status": "status_id",
        "idempotency by the new method": "change_tariff",
    }


def _route(item: dict[str, Any], method: str, text: str, **variables: str) -> None:
    path, _, query = text.partition("?")
    url: dict[str, Any] = {"raw": f"{{{{url}}}}/{text}", "host": ["{{url}}"], "path": path.split("/")}
    if query:
        url["query"] = [
            dict(zip(("key", "value"), pair.split("="), strict=True)) for pair in query.split("&")
        ]
    if variables:
        url["variable"] = [{"key": key, "value": value} for key, value in variables.items()]
    item["request"] |= {"method": method, "url": url}


def _query(item: dict[str, Any], key: str, value: str | None, *, instead: str | None = None) -> None:
    """Add a key of the query, in place of another one; None removes it."""
    url = item["request"]["url"]
    kept = [entry for entry in url.get("query", []) if entry["key"] not in (key, instead)]
    url["query"] = kept + ([] if value is None else [{"key": key, "value": value}])
    text = "&".join(f"{entry['key']}={entry['value']}" for entry in url["query"])
    url["raw"] = url["raw"].partition("?")[0] + (f"?{text}" if text else "")


def _body(
    item: dict[str, Any],
    *,
    add: dict[str, Any] | None = None,
    drop: str = "",
    rename: tuple[str, str] | None = None,
) -> None:
    value = json.loads(item["request"]["body"]["raw"]) | (add or {})
    value.pop(drop, None)
    if rename is not None:
        value = {rename[1] if key == rename[0] else key: held for key, held in value.items()}
    item["request"]["body"]["raw"] = json.dumps(value, indent=4)


def _respond(item: dict[str, Any], add: dict[str, Any], *, drop: str = "") -> None:
    example = next(response for response in item["response"] if int(response["code"]) == 200)
    value = json.loads(example["body"])
    for row in value if isinstance(value, list) else [value]:
        row |= add
        row.pop(drop, None)
    example["body"] = json.dumps(value)


def _cancel() -> dict[str, Any]:
    return {
        "name": "CancelOrder",
        "request": {
            "method": "POST",
            "header": [{"key": "Authorization", "value": "Basic c29tZW9uZTpzZWNyZXQ="}],
            "url": {
                "raw": "{{url}}/Orders/:orderId/Cancel",
                "host": ["{{url}}"],
                "path": ["Orders", ":orderId", "Cancel"],
                "variable": [{"key": "orderId", "value": "500123"}],
            },
            "body": {"mode": "raw", "raw": '{"note": "Customer changed their mind" // free text\n}'},
        },
        "response": [
            {
                "name": "Done",
                "status": "OK",
                "code": 200,
                "header": [],
                "body": '{"orderId": 500123, "cancelled": true}',
            }
        ],
    }
