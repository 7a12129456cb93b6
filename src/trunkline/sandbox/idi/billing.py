"""Adjustments that reverse what a service was charged between its disconnection and its reconnection.

Source: specs/idi/openapi.yaml#/paths/~1api~1service~1{serviceID}~1reverseContractPenalties/post and
reverseInstallmentPlans.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

from trunkline.sandbox.idi import fields, finding
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.seed.idi_codes import ADJUSTMENT_TYPES
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row
from trunkline.sandbox.vendors import idi_error

Charges = Callable[[Call, int, datetime.date, datetime.date], float]


def _penalties(call: Call, service_id: int, first: datetime.date, last: datetime.date) -> float:
    """Fees of the contracts of the service that ended in the time."""
    contracts = call.store.rows(e.CONTRACT, e.CONTRACT.table.c.serviceID == service_id)
    fees: list[float] = [
        row["fee"]
        for row in contracts
        if row["termMonths"]
        and row["disconnectDate"]
        and first <= datetime.date.fromisoformat(row["disconnectDate"]) <= last
    ]
    return sum(fees)


def _installments(call: Call, service_id: int, first: datetime.date, last: datetime.date) -> float:
    """Charges of the features of the service that are paid in installments."""
    features = call.store.rows(e.FEATURE, e.FEATURE.table.c.serviceID == service_id)
    charges: list[float] = [row["billedCharge"] for row in features if row["payInInstallments"]]
    return sum(charges)


def _reversal(kind: str, charges: Charges) -> Handler:
    def reverse(call: Call) -> Row:
        service_id = finding.key(call, e.SERVICE, "Service")
        body = fields.whole_body(call)
        fields.required(body, "adjustmentTypeID", "disconnectDate", "reconnectDate")
        type_id = fields.one_of(body, "adjustmentTypeID", ADJUSTMENT_TYPES)
        first, last = fields.date(body, "disconnectDate"), fields.date(body, "reconnectDate")
        if first >= last:
            raise idi_error(400, "disconnectDate", "disconnectDate must be less than reconnectDate.")
        amount = -round(charges(call, service_id, first, last), 2)
        if not amount:
            return {"amount": 0, "skipReason": f"The service has no {kind} to reverse in this time."}
        # specs/README.md has this call as unsafe; the sandbox still refuses to pay the
        # same charge back twice.
        if _was_reversed(call, service_id, kind):
            return {"amount": 0, "skipReason": f"The {kind} of this service was reversed before."}
        adjustment: Row = {
            "adjustmentID": call.store.next_id(e.ADJUSTMENT),
            "adjustmentTypeID": type_id,
            "serviceID": service_id,
            "kind": kind,
            "amount": amount,
        }
        call.store.add(e.ADJUSTMENT, adjustment)
        return {"amount": amount, "skipReason": None}

    return reverse


def _was_reversed(call: Call, service_id: int, kind: str) -> bool:
    made = call.store.rows(e.ADJUSTMENT, e.ADJUSTMENT.table.c.serviceID == service_id)
    return any(row["kind"] == kind for row in made)


HANDLERS: dict[str, Handler] = {
    "service.reverse_contract_penalties": _reversal("contract penalty", _penalties),
    "service.reverse_installment_plans": _reversal("installment plan charge", _installments),
}
