"""PAC, STAC and INFO requests under the UK's text-to-switch rules.

A code is good for 30 days, and while it is good no second one of its kind is issued.
Source: specs/abzorb/collection.json, folder Switching.
"""

from __future__ import annotations

import datetime
from typing import Any, Final

from trunkline.sandbox.abzorb import progress, reading
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.seed.values import dice, unix_date, unix_seconds
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row
from trunkline.sandbox.vendors import abzorb_error, abzorb_invalid

_DAYS: Final = 30
# Without I, O and Q, which are easily taken for digits.
_LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"


def _request(kind: str) -> Handler:
    def create(call: Call) -> Row:
        connection = reading.connection_by_cli(call, reading.form(call, cli=str)["cli"])
        if connection["status"] == "Ceased":
            raise abzorb_error(402, "The request could not be processed: the connection has ceased.")
        table = e.AB_SWITCHING.table.c
        valid = (
            table.contractId == connection["contractId"],
            table.requestType == kind,
            table.status == "Issued",
        )
        # INFO only reports the charge and issues no code, so it may be asked for at any time.
        if kind != "INFO" and call.store.count(e.AB_SWITCHING, *valid):
            raise abzorb_invalid("A code for this number is still valid.")
        number = call.store.next_id(e.AB_SWITCHING)
        row: Row = {
            "switchingRequestId": number,
            "requestType": kind,
            "contractId": connection["contractId"],
            "cli": connection["cli"],
            "switchingCode": _code(kind, dice(call.config.seed, kind)(number)),
            "codeExpiryDate": None if kind == "INFO" else unix_date(call.now, _DAYS),
            "earlyTerminationCharge": _charge(connection, unix_date(call.now)),
            "status": "Issued",
            "requestedAt": unix_seconds(call.now),
            "_customerId": connection["customerId"],
        }
        call.store.add(e.AB_SWITCHING, row)
        if kind != "INFO":
            # The last day counts in full.
            progress.later(call, "switching", number, at=call.now + (_DAYS + 1) * 86_400)
        # The store keeps the customer for `list_requests`; the response has no such field.
        del row["_customerId"]
        return row

    return create


def _code(kind: str, bits: int) -> str | None:
    letters = "".join(_LETTERS[(bits >> shift) % len(_LETTERS)] for shift in (0, 8, 16))
    digits = f"{(bits >> 24) % 1_000_000:06d}"
    return {"PAC": letters + digits, "STAC": digits + letters}.get(kind)


def _charge(connection: Row, today: str) -> float:
    """The line rental of the months that are left of the minimum term."""
    end, now = datetime.date.fromisoformat(connection["endDate"]), datetime.date.fromisoformat(today)
    months = max(0, (end - now).days) / 30
    return round(float(connection["lineRental"]) * months, 2)


def expire(call: Call, number: Any, at: float) -> None:
    """The step that ends the life of a code."""
    row = call.store.row(e.AB_SWITCHING, number)
    if row is not None and row["status"] == "Issued":
        call.store.put(e.AB_SWITCHING, row | {"status": "Expired"})


def find(call: Call) -> bytes:
    """GetSwitchingRequests."""
    customer = reading.customer(call, reading.number(call, "customerId"))
    table = e.AB_SWITCHING.table.c
    return reading.array(call.store.bodies(e.AB_SWITCHING, table["_customerId"] == customer["customerId"]))


HANDLERS: dict[str, Handler] = {
    "switching.create_pac_request": _request("PAC"),
    "switching.create_stac_request": _request("STAC"),
    "switching.create_info_request": _request("INFO"),
    "switching.list_requests": find,
}
STEPS = {"switching": expire}
