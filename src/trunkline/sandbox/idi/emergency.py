"""E911: batch details, the E911 information of a service, and validation of service addresses (MSAG).

Source: specs/idi/openapi.yaml, tags E911 and Service.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from trunkline.sandbox.idi import fields, finding
from trunkline.sandbox.idi.patching import apply_patch
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.seed.values import TOWNS, unix_date
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row
from trunkline.sandbox.vendors import idi_error

CLASSES: Final = range(1, 10)
TYPES: Final = range(10)
PROVIDERS: Final = range(1, 6)
_REQUIRED: Final = (
    "CustomerID", "E911ClassOfServiceID", "E911TypeOfServiceID", "FunctionCode", "ServiceAddressID",
    "ServiceNumber",
)  # fmt: skip
_BATCH: Final = 100
"""Details that one batch holds; the page names no number."""
_FUNCTION_CODES: Final = ("C", "R", "U", "D")
_COMMUNITIES: Final = frozenset({"valid community", *(town.lower() for town in TOWNS)})
_STREET_NUMBERS: Final = range(1, 10_000)
_TEXTS: Final = (
    "MSAGCommunity", "MSAGCounty", "State", "StreetName", "StreetPostDirectional", "StreetPrefixDirectional",
    "StreetType",
)  # fmt: skip


def add_batch_detail(call: Call) -> Row:
    """Add E911 Batch Detail: the service and the address must belong to the customer."""
    body = fields.whole_body(call)
    fields.required(body, *_REQUIRED)
    fields.typed(body, str, "FunctionCode", "ServiceNumber")
    class_id = fields.one_of(body, "E911ClassOfServiceID", CLASSES)
    type_id = fields.one_of(body, "E911TypeOfServiceID", TYPES)
    fields.one_of(body, "E911ProviderID", PROVIDERS)
    if body["FunctionCode"] not in _FUNCTION_CODES:
        raise idi_error(400, "FunctionCode", f"FunctionCode must be one of {', '.join(_FUNCTION_CODES)}.")
    customer = _customer(call, body)
    address = _address(call, body, "ServiceAddressID", customer["customerID"])
    service = _service(call, body, customer["customerID"])
    detail_id = call.store.next_id(e.E911_BATCH)
    # The batch shows the address as it was when the detail was added.
    row: Row = {name: address[name] for name in address if name not in ("serviceAddressID", "customerID")} | {
        "companyID": "IDI",
        "createDate": unix_date(call.now),
        "customerCode": customer["accountNumber"],
        "customerID": customer["customerID"],
        "customerName": customer["customerName"],
        "e911BatchDetailID": detail_id,
        "e911BatchDetailStatusID": 1,
        "e911BatchID": 1 + (detail_id - 1) // _BATCH,
        "e911ClassOfServiceID": class_id,
        "e911FunctionCode": body["FunctionCode"],
        "e911TypeOfServiceID": type_id,
        "serviceID": service["serviceID"],
        "serviceNumber": service["serviceNumber"],
        "userID": call.user,
    }
    call.store.add(e.E911_BATCH, row)
    return row


def _customer(call: Call, body: Row) -> Row:
    customer_id = fields.integer(body, "CustomerID")
    customer = call.store.row(e.CUSTOMER, customer_id)
    if customer is None:
        raise idi_error(
            400, "Customer", f"You do not have access to Customer ID {customer_id} or it does not exist."
        )
    return customer


def _address(call: Call, body: Row, name: str, customer_id: int) -> Row:
    address = call.store.row(e.SERVICE_ADDRESS, fields.integer(body, name))
    if address is None or address["customerID"] != customer_id:
        raise idi_error(400, name, "The service address does not belong to the customer.")
    return address


def _service(call: Call, body: Row, customer_id: int) -> Row:
    table = e.SERVICE.table.c
    service = call.store.first(
        e.SERVICE, table.serviceNumber == body["ServiceNumber"], table.customerID == customer_id
    )
    if service is None:
        raise idi_error(400, "ServiceNumber", "The service number does not belong to the customer.")
    return service


def update_service(call: Call) -> None:
    """Service E911 Information: class, type and address of a service."""
    service = finding.row(call, e.SERVICE, "Service")
    stored = call.store.row(e.SERVICE_E911, service["serviceID"])
    row: Row = stored or {"serviceID": service["serviceID"]}
    apply_patch(call, row)
    fields.one_of(row, "e911ClassOfServiceID", CLASSES)
    fields.one_of(row, "e911TypeOfServiceID", TYPES)
    if fields.integer(row, "e911ServiceAddressID") is not None:
        _address(call, row, "e911ServiceAddressID", service["customerID"])
    # A service has no E911 record until the first patch.
    (call.store.add if stored is None else call.store.put)(e.SERVICE_E911, row)


def validate_msag(call: Call) -> Row:
    """Validate MSAG: the guide of the sandbox holds its own towns and the vendor's "Valid Community"."""
    body = fields.whole_body(call)
    fields.required(body, "MSAGCommunity", "MSAGCounty", "State", "StreetName", "StreetNumber")
    fields.typed(body, str, *_TEXTS)
    number = fields.integer(body, "StreetNumber") or 0
    provider = fields.one_of(body, "MSAGProviderID", PROVIDERS) or 3
    errors = []
    if body["MSAGCommunity"].lower() not in _COMMUNITIES:
        errors.append("The community is not in the Master Street Address Guide.")
    if number not in _STREET_NUMBERS:
        errors.append("The street number is out of range.")
    row: Row = {
        "MSAGCommunity": body["MSAGCommunity"],
        "MSAGCounty": body["MSAGCounty"],
        "MSAGError": errors,
        "MSAGProviderID": provider,
    }
    if not errors:
        # The one place where the vendor writes month, day, year.
        row["MSAGValidated"] = f"{datetime.fromtimestamp(call.now, UTC):%m/%d/%Y}"
    return row


HANDLERS: dict[str, Handler] = {
    "e911.add_batch_detail": add_batch_detail,
    "service.update_e911_information": update_service,
    "service.validate_msag": validate_msag,
}
