"""The IDI operator's own lists: statuses, classes, catalogs and plans, with the names of their numbers."""

from __future__ import annotations

from typing import Final

from trunkline.sandbox.store.store import Row

FIRST_DEVICE: Final = 1000
DEVICE_STATUSES: Final = {1: "Stolen", 2: "Available", 3: "In Use", 4: "Returned", 5: "Lost", 6: "In Repair"}
SERIAL_TYPES: Final = {1: "ESN", 2: "MEID", 3: "IMEI"}
SIM_CLASSES: Final = {1: "eSIM Only", 2: "eSIM or SIM Card", 3: "SIM Card Only"}
SOURCE_CODES: Final = {16: "Source Code 1", 17: "Warehouse", 18: "Retail Store", 19: "Customer Owned"}
TECHNOLOGIES: Final = {1: "CDMA", 2: "GSM", 3: "LTE", 4: "NR"}
HANDSETS: Final = {
    10058: "LG",
    10059: "Northline N2",
    10060: "Castor 5",
    10061: "Pollux Mini",
    10062: "Halcyon X",
}
HANDSET_TECHNOLOGY: Final = {10058: 2, 10059: 3, 10060: 3, 10061: 1, 10062: 4}
SERVICE_CATALOG: Final = {
    501: "Mobile Voice",
    502: "Mobile Data",
    503: "Fixed Wireless",
    504: "Connected Device",
}
COVERAGE_TYPES: Final = {7: "Full Coverage", 8: "Partial Coverage", 9: "Roaming Only", 1000: "No Coverage"}
REGIONS: Final = {4: "Finger Lakes", 5: "Lake Plains", 6: "Southern Tier", 7: "North Country"}
PLANS: Final = {
    777: ("PLAN-BASE", "Base Plan", 19.99),
    778: ("PLAN-PLUS", "Plus Plan", 34.99),
    779: ("PLAN-MAX", "Max Plan", 59.0),
}
CYCLES: Final = {1: "Monthly", 2: "Quarterly", 3: "Annual"}
ADJUSTMENT_TYPES: Final = {1: "Contract Penalty Reversal", 2: "Installment Plan Reversal"}
EXEMPTIONS: Final = {
    number: {
        "taxTypeExemptID": number,
        "taxTypeExempt": f"{tax} exempt for {category}",
        "taxExemptionCategoryID": 10 + place % 3,
        "taxExemptionCategory": category,
        "taxTypeID": 30 + place // 3,
        "taxType": tax,
        "taxTypeExemptGroupID": 50 + place // 3,
        "taxTypeExemptGroup": f"{tax} group",
    }
    for place, (number, tax, category) in enumerate(
        (
            1 + i,
            ("Federal Excise", "State Sales", "County 911", "Utility")[i // 3],
            ("Schools", "Charities", "Government")[i % 3],
        )
        for i in range(12)
    )
}


def device_names(row: Row) -> Row:
    """The names that go with the identifiers of a device."""
    handset = row.get("handsetCatalogID")
    named = {
        "deviceStatus": DEVICE_STATUSES.get(row["deviceStatusID"], ""),
        "handsetCatalog": HANDSETS.get(handset or 0),
        "sourceCode": SOURCE_CODES.get(row.get("sourceCodeID") or 0),
        "technologyType": TECHNOLOGIES.get(row.get("technologyTypeID") or 0),
        "serialNumberType": SERIAL_TYPES[row["serialNumberTypeID"]],
        "simClass": SIM_CLASSES[row["simClassID"]],
        "supportedSIMClass": SIM_CLASSES[row["supportedSIMClassID"]],
    }
    return {name: value for name, value in named.items() if value is not None}


def customer_of(service: int, customers: int) -> int:
    """The place of the customer who owns the service at this place; each owns about four."""
    return service // 4 % customers
