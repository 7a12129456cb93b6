"""Collections of one customer: service summary, service detail, retail warranties.

Source: specs/idi/openapi.yaml, tag Customer.
"""

from __future__ import annotations

from trunkline.sandbox.idi import fields, search
from trunkline.sandbox.reading import whole_number
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Entity
from trunkline.sandbox.vendors import idi_missing


def _of_customer(entity: Entity) -> Handler:
    def find(call: Call) -> bytes:
        customer_id = _key(call)
        if call.store.body(e.CUSTOMER, customer_id) is None:
            raise idi_missing("Customer", customer_id)
        return search.page(call, entity, entity.table.c["_customerID"] == customer_id)

    return find


def _key(call: Call) -> int:
    # The page types the key of the summaries as text: what is not a number is a customer that is missing.
    if call.operation.path_params[0].type == "str" and whole_number(call.path[0]) is None:
        raise idi_missing("Customer", call.path[0])
    return fields.key(call, "Customer")


HANDLERS: dict[str, Handler] = {
    "customer.list_service_summaries": _of_customer(e.SUMMARY),
    # The release notes name the route alone; the summary's fields are the best guess at its rows.
    "customer.list_service_details": _of_customer(e.SUMMARY),
    "customer.list_retail_warranties": _of_customer(e.WARRANTY),
}
