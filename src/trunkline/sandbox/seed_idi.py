"""Fills the store with an IDI operator: devices, SIMs, services of customers, and what hangs on them.

Identifiers begin at 1 (devices at 1000), so the vendor's own examples find something. Every one of the first
200 services has each kind of child; after that one service in ten, which keeps large stores quick to fill.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from trunkline.sandbox import entities as e
from trunkline.sandbox.seed_values import (
    INSTANTS,
    check_digit,
    company,
    dice,
    iccid,
    imei,
    key_text,
    money,
    person,
    street,
    town,
    us_number,
)
from trunkline.sandbox.store import Row, Store

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


def seed_idi(store: Store, *, rows: int, seed: int) -> None:
    """Write every IDI row.

    Args:
        rows: how many devices, SIMs and services there will be.
    """
    customers = _customers(rows, seed)
    store.add_many(e.CUSTOMER, customers)
    store.add_many(e.DEVICE, devices(rows, seed))
    store.add_many(e.SIM, sims(rows, seed))
    store.add_many(e.SERVICE, services(rows, seed, customers))
    store.add_many(e.SUMMARY, _summaries(rows, seed, customers))
    parents = [i for i in range(rows) if i < 200 or i % 10 == 0]
    _reference(store)
    _service_children(store, parents, seed, customers)
    _features(store, parents, seed)


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


def devices(rows: int, seed: int) -> Iterator[Row]:
    """Every device."""
    roll, handsets, sources = dice(seed, "device"), tuple(HANDSETS), tuple(SOURCE_CODES)
    for i in range(rows):
        bits = roll(i)
        serial, used = imei(i), i % 5 != 4
        handset = handsets[bits % 5]
        sim_class = 1 + (bits >> 4) % 3
        row: Row = {
            "aKey": None,
            "alternateSerialNumber": f"A{i:013d}",
            "alternateSerialNumberCheckDigit": check_digit(serial[-6:]),
            "bind": used,
            "blackBerryRegistrationID": 1 + (bits >> 6) % 9000,
            "decimalPseudoESN": f"{128 * 16777216 + (bits >> 8) % 16777216:011d}",
            "deviceID": FIRST_DEVICE + i,
            "deviceStatusID": 3 if used else (1, 2, 4, 5, 6)[(bits >> 9) % 5],
            "displayName": f"{HANDSETS[handset]} {serial[-6:]}",
            "handsetCatalogID": handset,
            "hexPseudoESN": f"80{(bits >> 8) % 16777216:06X}",
            "hardwareVersion": f"{1 + (bits >> 12) % 4}x",
            "isNew": (bits >> 16) % 4 == 0,
            "lastBoundStateChangeDate": INSTANTS[(bits >> 20) % 4096],
            "lastModifiedDate": INSTANTS[(bits >> 32) % 4096],
            "lastModifiedUserID": "sandbox",
            "msl": f"{(bits >> 24) % 1000000:06d}",
            "oneTimeSL": f"{(bits >> 28) % 1000000:06d}",
            "pin": f"{(bits >> 30) % 10000:04d}",
            "referenceNumber": f"{(bits >> 34) % 100:02d}-{(bits >> 36) % 1000:03d}",
            "reservedForRetail": not used and bits % 3 == 0,
            "serialNumber": serial,
            "serialNumberTypeID": 2 if handset == 10061 else 3,
            "sid": f"{(bits >> 40) % 100000:06d}",
            "simCardNumber": iccid("8901000", i),
            "simClassID": sim_class,
            "sourceCodeID": sources[(bits >> 44) % 4],
            "softwareVersion": f"{(bits >> 46) % 9}.{(bits >> 50) % 20}",
            "supportedSIMClassID": sim_class,
            "technologyTypeID": HANDSET_TECHNOLOGY[handset],
        }
        if sim_class != 3:
            row["eid"] = f"89001000{i:012d}"
        row |= device_names(row)
        yield row


def sims(rows: int, seed: int) -> Iterator[Row]:
    """Every SIM; the first four in five are in the devices of the services."""
    roll = dice(seed, "sim")
    for i in range(rows):
        bits = roll(i)
        secret = key_text(bits)
        sim_class = (3, 1, 2)[bits % 3]
        yield {
            "admPIN": secret[:8],
            "authenticationKey": secret,
            "caveAuthKey": secret[8:24],
            "hexEUIMID": secret[4:18],
            "hexPseudoUIMID": secret[6:14],
            "hrpdSecret": secret[2:18],
            "imsi": f"00101{i:010d}",
            "kappli": secret[12:28],
            "kKey": secret[::-1],
            "mipAAASecret": secret[1:17],
            "mipHASecret": secret[3:19],
            "pin1": f"{(bits >> 8) % 10000:04d}",
            "pin2": f"{(bits >> 16) % 10000:04d}",
            "profileName": f"profile-{bits % 7}",
            "puk1": f"{(bits >> 20) % 100000000:08d}",
            "puk2": f"{(bits >> 30) % 100000000:08d}",
            "simClass": SIM_CLASSES[sim_class],
            "simClassID": sim_class,
            "simID": 1 + i,
            "simNumber": iccid("8901000", i),
            "sipSecret": secret[5:21],
        }


def _customers(rows: int, seed: int) -> list[Row]:
    roll = dice(seed, "customer")
    return [
        {"customerID": 1 + i, "customerName": company(roll(i)), "accountNumber": f"ACC{1 + i:07d}"}
        for i in range(max(12, rows // 4))
    ]


def customer_of(service: int, customers: int) -> int:
    """The place of the customer who owns the service at this place; each owns about four."""
    return service // 4 % customers


def services(rows: int, seed: int, customers: list[Row]) -> Iterator[Row]:
    """Every service; four in five are active with a device and a SIM."""
    roll, catalog = dice(seed, "service"), tuple(SERVICE_CATALOG)
    for i in range(rows):
        bits = roll(i)
        customer = customers[customer_of(i, len(customers))]
        kind = catalog[bits % 4]
        number = us_number(i)
        row: Row = {
            "accountNumber": customer["accountNumber"],
            "customerID": customer["customerID"],
            "customerName": customer["customerName"],
            "disconnectDate": None if i % 5 != 4 else INSTANTS[3000 + (bits >> 8) % 1000],
            "min": number,
            "phoneBookAccountID": 2900 + i,
            "serviceCatalog": SERVICE_CATALOG[kind],
            "serviceCatalogID": kind,
            "serviceID": 1 + i,
            "serviceName": person(bits >> 20),
            "serviceNumber": number,
            "startDate": INSTANTS[(bits >> 32) % 3000],
        }
        if i % 5 != 4:
            row["handsetSerialNumber"] = imei(i)
            row["handsetAlternateSerialNumber"] = f"A{i:013d}"
            row["imsi"] = f"00101{i:010d}"
            row["simCardSerialNumber"] = iccid("8901000", i)
            row["eid"] = f"89001000{i:012d}"
        yield row


def _reference(store: Store) -> None:
    store.add_many(
        e.COVERAGE_TYPE,
        ({"coverageTypeID": key, "coverageType": name} for key, name in COVERAGE_TYPES.items()),
    )
    store.add_many(e.REGION, ({"regionID": key, "region": name} for key, name in REGIONS.items()))
    store.add_many(e.EXEMPTION_KIND, EXEMPTIONS.values())
    store.add_many(
        e.SPECIAL_NUMBER,
        (
            {
                "enabled": i % 4 != 3,
                "description": ("Urgent Assistance", "Customer Care", "Voice Mail", "Directory")[i % 4],
                "phoneBookSpecialNumber": f"55511102{i:02d}",
                "phoneBookSpecialNumberID": 2931 + i,
            }
            for i in range(24)
        ),
    )
    indicators = [
        {
            "coverageIndicator": f"{town(i)} {COVERAGE_TYPES[kind]}",
            "coverageIndicatorID": 1000 + i,
            "coverageType": COVERAGE_TYPES[kind],
            "coverageTypeID": kind,
        }
        for i, kind in enumerate((1000, 7, 8, 9, 7, 7, 8, 9, 7, 8))
    ]
    store.add_many(e.COVERAGE_INDICATOR, indicators)
    regions = tuple(REGIONS.items())
    store.add_many(
        e.COVERAGE_AREA,
        (
            {
                "zip": f"{12345 + i:05d}",
                "coverageIndicatorID": indicators[i % 10]["coverageIndicatorID"],
                "coverageIndicator": indicators[i % 10]["coverageIndicator"],
                "csa": f"CSA {town(i)}",
                "region": regions[i % 4][1],
                "regionID": regions[i % 4][0],
            }
            for i in range(250)
        ),
    )


def _service_children(store: Store, parents: list[int], seed: int, customers: list[Row]) -> None:
    roll = dice(seed, "child")
    owner = {i: customers[customer_of(i, len(customers))] for i in parents}
    store.add_many(e.ADVANCE_PAY, (_advance_pay(i, roll(i), owner[i]) for i in parents))
    store.add_many(
        e.PHONE_BOOK,
        ({"phoneBookAccountID": 2900 + i, "phoneBookID": 115 + i, "_serviceID": 1 + i} for i in parents),
    )
    store.add_many(e.PHONE_BOOK_ENTRY, (_entry(i, n, roll(i * 3 + n)) for i in parents for n in range(3)))
    store.add_many(e.PRICE_POINT, (_price_point(i, n, roll(i * 2 + n)) for i in parents for n in range(2)))
    store.add_many(
        e.EXEMPTION,
        (
            {"_id": 1 + i, "_serviceID": 1 + i, "applyTaxesExceptTaxTypeExemptGroup": i % 2 == 0}
            | EXEMPTIONS[1 + i % 12]
            for i in parents
        ),
    )
    store.add_many(e.STARTING_CODE, (_starting_code(i, roll(i)) for i in parents))
    store.add_many(e.EQUIPMENT, (_equipment(i, n) for i in parents for n in range(2)))
    store.add_many(e.PLAN_HISTORY, (_plan(i, n, roll(i), owner[i]) for i in parents for n in range(2)))
    store.add_many(e.WARRANTY, (_warranty(i, roll(i), owner[i]) for i in parents))
    store.add_many(e.SERVICE_ADDRESS, (_address(i, roll(i), owner[i]) for i in parents))
    store.add_many(
        e.SERVICE_E911,
        (
            {
                "serviceID": 1 + i,
                "e911ClassOfServiceID": 1,
                "e911ServiceAddressID": 1 + i,
                "e911TypeOfServiceID": 1,
            }
            for i in parents
        ),
    )


def _summaries(rows: int, seed: int, customers: list[Row]) -> Iterator[Row]:
    """The summary of every service, agreeing with `services`."""
    roll, catalog = dice(seed, "service"), tuple(SERVICE_CATALOG)
    for i in range(rows):
        bits = roll(i)
        yield {
            "catalogID": catalog[bits % 4],
            "endDate": None if i % 5 != 4 else INSTANTS[3000 + (bits >> 8) % 1000],
            "isPrimaryService": i % 4 == 0,
            "serviceID": 1 + i,
            "serviceNumber": us_number(i),
            "startDate": INSTANTS[(bits >> 32) % 3000],
            "_customerID": customers[customer_of(i, len(customers))]["customerID"],
        }


def _advance_pay(i: int, bits: int, owner: Row) -> Row:
    plan = tuple(PLANS)[bits % 3]
    return {
        "advancePayPricePointDefinition": ("30 Days", "90 Days", "Annual")[bits % 3],
        "advancePayPricePointDefinitionID": 1 + bits % 3,
        "autoRenewAdvancePay": bits % 2 == 0,
        "charge": PLANS[plan][2],
        "customerID": owner["customerID"],
        "duration": (30, 90, 365)[bits % 3],
        "planDescription": PLANS[plan][1],
        "planID": plan,
        "serviceID": 1 + i,
        "serviceName": person(bits >> 20),
        "serviceNumber": us_number(i),
        "servicetype": "Advance Pay",
    }


def _entry(i: int, n: int, bits: int) -> Row:
    row: Row = {
        "extension": "" if n else f"{bits % 900 + 100}",
        "ice": n == 0,
        "name": person(bits),
        "phone": us_number(bits % 80_000),
        "phoneBookAccountID": 2900 + i,
        "phoneBookEntryID": 1 + i * 3 + n,
        "rank": 1 + n,
        "ringtoneID": bits % 12,
        "_serviceID": 1 + i,
    }
    if n == 2:
        row["phoneBookSpecialNumberID"] = 2931 + bits % 24
    return row


def _price_point(i: int, n: int, bits: int) -> Row:
    return {
        "advancePayPricePointDefinition": ("30 Days", "90 Days")[n],
        "advancePayPricePointDefinitionID": 1 + n,
        "catalogID": 501 + bits % 4,
        "description": f"{('30 Days', '90 Days')[n]} of {PLANS[777 + bits % 3][1]}",
        "featureID": 1 + i,
        "sku": f"APP-{1 + n}-{777 + bits % 3}",
        "startDate": INSTANTS[(bits >> 12) % 4096],
        "_id": 1 + i * 2 + n,
        "_serviceID": 1 + i,
    }


def _starting_code(i: int, bits: int) -> Row:
    return {
        "billingOrderID": 1 + i,
        "duplicateCount": bits % 3,
        "entryDate": INSTANTS[bits % 4096],
        "receiptNumber": f"R{1 + i:08d}",
        "startingCode": f"{(bits >> 12) % 10**12:012d}",
        "startingCodeID": 1 + i,
        "transactionStatusID": 1 + bits % 4,
        "_serviceID": 1 + i,
    }


def _equipment(i: int, n: int) -> Row:
    return {
        "equipmentID": 9000 + i * 2 + n,
        "equipmentName": f"{('Router', 'Set-top box')[n]} {i:05d}",
        "equipmentType": ("Router", "Set-top box")[n],
        "equipmentTypeID": 21 + n,
        "serviceID": 1 + i,
        "serviceNumber": us_number(i),
        "_id": 1 + i * 2 + n,
    }


def _plan(i: int, n: int, bits: int, owner: Row) -> Row:
    plan = 777 + (bits + n) % 3
    cycle = 1 + bits % 3
    return {
        "billingCycleType": CYCLES[cycle],
        "billingCycleTypeID": cycle,
        "charge": PLANS[plan][2],
        "customerID": owner["customerID"],
        "description": PLANS[plan][1],
        "endDate": INSTANTS[2000 + i % 2000] if n == 0 else None,
        "featureID": 1 + i * 2 + n,
        "sku": PLANS[plan][0],
        "startDate": INSTANTS[(bits >> 20) % 2000] if n == 0 else INSTANTS[2000 + i % 2000],
        "_id": 1 + i * 2 + n,
        "_serviceID": 1 + i,
    }


def _warranty(i: int, bits: int, owner: Row) -> Row:
    return {
        "finalizedDate": INSTANTS[bits % 3000],
        "receiptNumber": f"R{1 + i:08d}",
        "retailProductCatalogID": 10058 + bits % 5,
        "retailProductID": 400 + bits % 50,
        "serviceID": 1 + i,
        "serviceNumber": us_number(i),
        "sku": f"WAR-{12 * (1 + bits % 3)}",
        "warrantyDescription": f"{12 * (1 + bits % 3)} month limited warranty",
        "warrantyExpirationDate": INSTANTS[3000 + bits % 1000],
        "warrantyID": 1 + i,
        "warrantyTerm": 12 * (1 + bits % 3),
        "_customerID": owner["customerID"],
    }


def _address(i: int, bits: int, owner: Row) -> Row:
    return {
        "serviceAddressID": 1 + i,
        "customerID": owner["customerID"],
        "houseNumber": str(1 + bits % 900),
        "streetName": street(bits >> 10),
        "streetSuffix": "Rd",
        "communityName": town(bits >> 14),
        "countyID": f"{1 + bits % 62:03d}",
        "state": "NY",
        "zipCode": f"{12345 + bits % 250:05d}",
        "zipPlus4": f"{(bits >> 18) % 10000:04d}",
    }


def _features(store: Store, parents: list[int], seed: int) -> None:
    roll = dice(seed, "feature")
    store.add_many(e.FEATURE, (_feature(i, roll(i)) for i in parents))
    store.add_many(e.CONTRACT, (_contract(i, roll(i)) for i in parents))
    store.add_many(
        e.PACKAGE,
        (
            {
                "packageID": 1 + i,
                "serviceID": 1 + i,
                "onePrice": i % 5 != 3,
                "taxByComponent": i % 5 != 4,
                "children": [10_000_000 + i * 2, 10_000_001 + i * 2],
            }
            for i in parents
        ),
    )
    store.add_many(
        e.ALLOCATION,
        (
            {
                "chargeOverride": money(roll(i * 2 + n)) if n == 0 else None,
                "startDate": "2020-01-01",
                "endDate": "2030-12-31",
                "featureID": 10_000_000 + i * 2 + n,
                "_id": 1 + i * 2 + n,
                "_packageID": 1 + i,
            }
            for i in parents
            for n in range(2)
        ),
    )


def _feature(i: int, bits: int) -> Row:
    """One in five each: retail plan, not configured for installments, quantity 2, already billed, open."""
    kind = i % 5
    return {
        "featureID": 1 + i,
        "serviceID": 1 + i,
        "charge": round(120.0 + money(bits), 2),
        "billedCharge": round(120.0 + money(bits), 2),
        "quantity": 2 if kind == 3 else 1,
        "billed": kind == 4,
        "retailInstallmentPlan": kind == 1,
        "installmentsAllowed": kind != 2,
        "payInInstallments": False,
        "numberOfInstallments": 0,
    }


def _contract(i: int, bits: int) -> Row:
    return {
        "contractID": 1 + i,
        "serviceID": 1 + i,
        "startDate": f"{2019 + bits % 3}-{1 + bits % 12:02d}-01",
        "termMonths": None if i % 5 == 4 else 12 * (1 + bits % 3),
        "penalty": ("Fixed Fee", "Prorated Fee")[i % 2],
        "fee": round(90.0 + money(bits), 2),
        "disconnectDate": "2021-01-01",
    }
