"""Customers: create and read.

Source: specs/abzorb/collection.json, folder Customers.
"""

from __future__ import annotations

import re

from trunkline.sandbox.abzorb import reading
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.seed.abzorb import account_number
from trunkline.sandbox.seed.values import unix_date, unix_seconds
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row
from trunkline.sandbox.vendors import abzorb_error, abzorb_invalid

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
_REGISTRATION = re.compile(r"[A-Z0-9]{8}\Z")
_ADULT = 18
_ADDRESS = ("line1", "town", "postcode")


def create(call: Call) -> Row:
    """CreateCustomer; bank details are accepted and never returned."""
    body = reading.form(
        call, customerName=str, contactName=str, email=str, telephone=str, address=dict, coRegNumber_=str,
        bankAccountName_=str, sortCode_=str, bankAccountNumber_=str,
    )  # fmt: skip
    if not _EMAIL.match(body["email"]):
        raise abzorb_invalid("The email address is not valid.")
    for name in _ADDRESS:
        if not isinstance(body["address"].get(name), str) or not body["address"][name]:
            raise abzorb_invalid(f"address {name} is missing.")
    born = reading.date(body, "dateOfBirth")
    today = unix_date(call.now)
    # ISO dates sort as text, and so does 29 February of a year that has none.
    if born is not None and born.isoformat() > f"{int(today[:4]) - _ADULT:04d}{today[4:]}":
        raise abzorb_invalid("dateOfBirth is not that of an adult.")
    registration = body.get("coRegNumber") or ""
    if registration and not _REGISTRATION.match(registration):
        raise abzorb_invalid("coRegNumber must have eight characters.")
    if registration and call.store.count(e.AB_CUSTOMER, e.AB_CUSTOMER.table.c.coRegNumber == registration):
        raise abzorb_error(409, "A customer with this coRegNumber exists.")
    customer_id = call.store.next_id(e.AB_CUSTOMER)
    lines = {name: _line(body["address"], name) for name in ("line1", "line2", "town", "county", "postcode")}
    row: Row = {
        "customerId": customer_id,
        "customerName": body["customerName"],
        "accountNumber": account_number(body["customerName"], customer_id),
        "coRegNumber": registration,
        "status": "Active",
        "contactName": body["contactName"],
        "email": body["email"],
        "telephone": body["telephone"],
        "address": lines | {"country": _line(body["address"], "country") or "United Kingdom"},
        "createdAt": unix_seconds(call.now),
    }
    call.store.add(e.AB_CUSTOMER, row)
    return row


def _line(address: Row, name: str) -> str:
    text = address.get(name) or ""
    if not isinstance(text, str):
        raise abzorb_invalid(f"address {name} is not valid.")
    return text


def get_all(call: Call) -> bytes:
    """GetCustomers."""
    return reading.array(call.store.bodies(e.AB_CUSTOMER))


def get(call: Call) -> bytes:
    """GetCustomerDetails."""
    body = call.store.body(e.AB_CUSTOMER, reading.path_number(call, "No such customer."))
    if body is None:
        raise abzorb_error(404, "No such customer.")
    return body


HANDLERS: dict[str, Handler] = {
    "customers.create": create,
    "customers.list_all": get_all,
    "customers.get": get,
}
