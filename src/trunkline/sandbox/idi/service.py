"""Changes to a service: advance pay renewal and extended tax exemptions.

Source: specs/idi/openapi.yaml, tag Service.
"""

from __future__ import annotations

from trunkline.sandbox.idi import fields, finding
from trunkline.sandbox.idi.patching import apply_patch
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row
from trunkline.sandbox.vendors import idi_error


def update(call: Call) -> None:
    """Update a Service: whether its advance pay renews by itself."""
    service_id = finding.key(call, e.SERVICE, "Service")
    row = call.store.row(e.ADVANCE_PAY, service_id)
    if row is None:
        raise idi_error(400, "autoRenewAdvancePay", "The service is not an advance pay service.")
    apply_patch(call, row)
    fields.typed(row, bool, "autoRenewAdvancePay")
    fields.required(row, "autoRenewAdvancePay")
    call.store.put(e.ADVANCE_PAY, row)


def update_exemptions(call: Call) -> None:
    """Update Service Extended Tax Exemptions: add, update and remove in one request, all or nothing."""
    service_id = finding.key(call, e.SERVICE, "Service")
    if not isinstance(call.body, list) or not call.body:
        raise idi_error(400, "Request", "A list of exemptions is required.")
    seen: set[int] = set()
    for entry in call.body:
        exempt_id = _exempt_id(fields.checked(call, entry))
        # Two entries for one exemption have no defined order.
        if exempt_id in seen:
            raise idi_error(
                400, "taxTypeExemptID", f"taxTypeExemptID {exempt_id} is in the request more than once."
            )
        seen.add(exempt_id)
        _change(call, service_id, exempt_id, entry)


def _exempt_id(entry: Row) -> int:
    fields.required(entry, "taxTypeExemptID")
    fields.typed(entry, bool, "remove", "applyTaxesExceptTaxTypeExemptGroup")
    return fields.integer(entry, "taxTypeExemptID") or 0


def _change(call: Call, service_id: int, exempt_id: int, entry: Row) -> None:
    table = e.EXEMPTION.table.c
    gone = call.store.remove(
        e.EXEMPTION, table["_serviceID"] == service_id, table.taxTypeExemptID == exempt_id
    )
    if entry.get("remove"):
        if not gone:
            raise idi_error(400, "taxTypeExemptID", f"taxTypeExemptID {exempt_id} is not on the service.")
        return
    kind = call.store.row(e.EXEMPTION_KIND, exempt_id)
    if kind is None:
        raise idi_error(400, "taxTypeExemptID", f"taxTypeExemptID {exempt_id} does not exist.")
    applies = bool(entry.get("applyTaxesExceptTaxTypeExemptGroup"))
    row = kind | {"applyTaxesExceptTaxTypeExemptGroup": applies}
    call.store.add(e.EXEMPTION, row | {"_id": call.store.next_id(e.EXEMPTION), "_serviceID": service_id})


HANDLERS: dict[str, Handler] = {
    "service.update": update,
    "service.update_extended_tax_exemptions": update_exemptions,
}
