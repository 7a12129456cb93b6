"""Fills in what belongs to IDI services, and the lists that belong to none."""

from __future__ import annotations

from trunkline.sandbox.seed.idi_codes import COVERAGE_TYPES, CYCLES, EXEMPTIONS, PLANS, REGIONS, customer_of
from trunkline.sandbox.seed.values import INSTANTS, dice, money, person, street, town, us_number
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row, Store


def seed_reference(store: Store) -> None:
    """Write what does not depend on a service."""
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


def seed_children(store: Store, parents: list[int], seed: int, customers: list[Row]) -> None:
    """Write phone books, price points, exemptions and the like of the services at the given places."""
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


def seed_features(store: Store, parents: list[int], seed: int) -> None:
    """Write features, contracts and packages of the services at the given places."""
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
