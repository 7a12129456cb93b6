"""Connections and alerting: reading them.

Source: specs/abzorb/collection.json, folders Connections and Alerting.
"""

from __future__ import annotations

import calendar
from datetime import UTC, datetime

from trunkline.sandbox.abzorb import connection_requests, reading
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.seed.abzorb import BARS
from trunkline.sandbox.seed.values import dice
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row


def get_by_cli(call: Call) -> bytes:
    """GetConnectionByCLI."""
    return reading.connection_body(call, reading.valid_cli(call.query.get("cli")))


def get_by_customer(call: Call) -> bytes:
    """GetConnectionByCustomerId."""
    customer = reading.customer(call, reading.number(call, "customerId"))
    table = e.AB_CONNECTION.table.c
    return reading.array(call.store.bodies(e.AB_CONNECTION, table.customerId == customer["customerId"]))


def usage(call: Call) -> Row:
    """GetUsageInformationForCli: the month of the clock, consistent with the alerting figures."""
    row = reading.connection_by_cli(call, call.query.get("cli"))
    today = datetime.fromtimestamp(call.now, UTC)
    last = calendar.monthrange(today.year, today.month)[1]
    # Derived from contract and month and not stored: two reads within a month agree, and a million
    # connections cost no storage.
    bits = dice(call.config.seed, "usage")(row["contractId"] * 12 + today.month)
    minutes, texts = bits % 4000 / 2, (bits >> 12) % 400
    data, allowance = row["alerting"]["dataUsedMb"], row["alerting"]["dataAllowanceMb"]
    extra = round(((bits >> 20) % 600) / 100, 2)
    return {
        "contractId": row["contractId"],
        "cli": row["cli"],
        "periodStart": f"{today:%Y-%m}-01",
        "periodEnd": f"{today:%Y-%m}-{last:02d}",
        "updatedAt": f"{today:%Y-%m-%d}T05:30:00Z",
        "voiceMinutes": minutes,
        "textsSent": texts,
        "dataUsedMb": data,
        "roamingDataMb": data // 40,
        "outOfBundleCost": extra,
        "totalCost": round(row["lineRental"] + extra + sum(b["retailCost"] for b in row["bundles"]), 2),
        "allowances": [
            _allowance(row["tariffName"], "Voice", "Minutes", 5000.0, minutes),
            _allowance(row["tariffName"], "Text", "Texts", 5000.0, texts),
            _allowance(row["tariffName"], "Data", "MB", float(allowance), data),
        ],
    }


def _allowance(name: str, kind: str, unit: str, included: float, used: float) -> Row:
    left = max(0.0, included - used)
    return {
        "allowanceName": name,
        "usageType": kind,
        "unit": unit,
        "included": included,
        "used": used,
        "remaining": left,
    }


def bar_status(call: Call) -> Row:
    """GetCliAlertingBarStatus: barred once the allowance is used up, if the connection is set to be."""
    row = reading.connection_by_cli(call, call.query.get("cli"))
    alerting = row["alerting"]
    barred = bool(
        alerting["enabled"]
        and alerting["barAtLimit"]
        and alerting["dataUsedMb"] >= alerting["dataAllowanceMb"]
    )
    today = datetime.fromtimestamp(call.now, UTC)
    # The first day of the next month; in December the year goes up by one.
    lifts = f"{today.year + today.month // 12}-{today.month % 12 + 1:02d}-01T00:00:00Z"
    return {
        "contractId": row["contractId"],
        "cli": row["cli"],
        "isBarred": barred,
        "barSuffix": "DATA" if barred else "",
        "barName": BARS["DATA"][0] if barred else "",
        "barReason": "Data allowance used up" if barred else "",
        "barredAt": alerting["lastAlertAt"] if barred else None,
        "liftsAt": lifts if barred else None,
    }


HANDLERS: dict[str, Handler] = {
    **connection_requests.HANDLERS,
    "connections.get_by_cli": get_by_cli,
    "connections.list_for_customer": get_by_customer,
    "connections.usage": usage,
    "alerting.bar_status": bar_status,
}
STEPS = connection_requests.STEPS
