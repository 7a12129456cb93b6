"""What operations rely on in a row, with the value that a row of the user's own has when it leaves it out.

Rows are sent as they were given; only what carries an operation out reads them with these values filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_MOBILE: Final = {
    "orderMobileId": 0, "connectionType": "New", "cli": "", "networkId": 1, "network": "Vodafone",
    "tariffId": 5120, "simNumber": "", "esim": False, "userName": "", "costCentre": "", "portDate": None,
    "billCapValue": None, "enableBillCap": False, "bars": [], "bundles": [],
}  # fmt: skip

NEEDED: Final[Mapping[str, Mapping[str, Any]]] = {
    "device": {
        "bind": False, "reservedForRetail": False, "deviceStatusID": 2, "technologyTypeID": 3,
        "simClassID": 3, "serialNumber": "",
    },
    "service": {"customerID": 0, "serviceNumber": "", "disconnectDate": None},
    "customer": {"customerName": "", "accountNumber": ""},
    "coverage_indicator": {"coverageIndicator": ""},
    "coverage_type": {"coverageType": ""},
    "feature": {
        "charge": 0.0, "billedCharge": 0.0, "quantity": 1, "billed": False, "retailInstallmentPlan": False,
        "installmentsAllowed": True, "payInInstallments": False, "numberOfInstallments": 0,
    },
    "contract": {
        "startDate": "2020-01-01", "disconnectDate": "", "termMonths": None, "penalty": "Fixed Fee",
        "fee": 0.0,
    },
    "package": {"onePrice": True, "taxByComponent": True, "children": []},
    "service_address": {
        "customerID": 0, "houseNumber": "", "streetName": "", "streetSuffix": "", "communityName": "",
        "countyID": "", "state": "", "zipCode": "", "zipPlus4": "",
    },
    "ab_customer": {"status": "Active", "customerName": "", "accountNumber": "", "email": ""},
    "ab_connection": {
        "customerId": 0, "cli": "", "status": "Active", "networkId": 1, "tariffId": 5120, "tariffName": "",
        "lineRental": 0.0, "endDate": "2020-01-01", "bars": [{"barSuffix": "", "active": False}],
        "bundles": [{"tariffOptionId": 0, "retailCost": 0.0}],
        "alerting": {
            "enabled": False, "barAtLimit": False, "dataUsedMb": 0, "dataAllowanceMb": 0, "lastAlertAt": None,
        },
    },
    "ab_tariff": {
        "tariffName": "", "networkId": 1, "network": "Vodafone", "retailCost": 0.0, "contractTermMonths": 1,
        "billCapEligible": False,
    },
    "ab_bundle": {"bundleName": "", "retailCost": 0.0},
    "ab_order": {
        "customerId": 0, "statusId": 1, "status": "Draft", "submittedAt": None, "mobiles": [_MOBILE],
    },
    "ab_task": {"statusId": 3, "status": "Open", "updatedAt": None},
    "ab_number": {"networkId": 1, "network": "Vodafone"},
}  # fmt: skip
"""By kind of row. A list holds what each of its elements needs."""


def fill(row: dict[str, Any], needed: Mapping[str, Any]) -> dict[str, Any]:
    """The row, changed: what it lacks, or has as null, is put in, within objects and lists as well."""
    for name, default in needed.items():
        given = row.get(name)
        if isinstance(default, Mapping):
            row[name] = fill(dict(given or {}), default)
        elif isinstance(default, list):
            # A list of its own: a default that handlers appended to would be shared by all rows.
            elements = default[0] if default else {}
            row[name] = [fill(each, elements) if isinstance(each, dict) else each for each in given or []]
        elif given is None:
            row[name] = default
    return row


__all__ = ["NEEDED", "fill"]
