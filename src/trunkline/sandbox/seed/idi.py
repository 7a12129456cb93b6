"""Fills the store with an IDI operator: devices, SIMs, services of customers, and what belongs to them.

Identifiers begin at 1 (devices at 1000), so the vendor's own examples find something. Every one of the first
200 services has each kind of child; after that one service in ten, and of more than
20,000 about 2,000 in all, which keeps large stores quick to fill.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from trunkline.sandbox.seed.idi_children import seed_children, seed_features, seed_reference
from trunkline.sandbox.seed.idi_codes import (
    DEVICE_STATUSES,
    FIRST_DEVICE,
    HANDSET_TECHNOLOGY,
    HANDSETS,
    SERVICE_CATALOG,
    SIM_CLASSES,
    SOURCE_CODES,
    customer_of,
    device_names,
)
from trunkline.sandbox.seed.values import (
    INSTANTS,
    check_digit_of_number,
    company,
    dice,
    iccid,
    imei,
    key_text,
    person,
    us_number,
)
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row, Store

_PINS: Final = tuple(f"{pin:04d}" for pin in range(10_000))
_HARDWARE: Final = ("1x", "2x", "3x", "4x")
_SOFTWARE: Final = tuple(tuple(f"{major}.{minor}" for minor in range(20)) for major in range(9))


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
    stride = max(10, rows // 2000)
    parents = [i for i in range(rows) if i < 200 or i % stride == 0]
    seed_reference(store)
    seed_children(store, parents, seed, customers)
    seed_features(store, parents, seed)


def devices(rows: int, seed: int) -> Iterator[Row]:
    """Every device."""
    roll, named = dice(seed, "device"), _named_devices()
    for i in range(rows):
        bits = roll(i)
        used = i % 5 != 4
        status = 3 if used else (1, 2, 4, 5, 6)[(bits >> 9) % 5]
        sim_class, pseudo = 1 + (bits >> 4) % 3, (bits >> 8) % 16777216
        row = {
            **named[bits % 5, status, sim_class, (bits >> 44) % 4],
            "aKey": None,
            "alternateSerialNumber": f"A{i:013d}",
            "alternateSerialNumberCheckDigit": check_digit_of_number(i),
            "bind": used,
            "blackBerryRegistrationID": 1 + (bits >> 6) % 9000,
            "decimalPseudoESN": f"{128 * 16777216 + pseudo:011d}",
            "deviceID": FIRST_DEVICE + i,
            "hexPseudoESN": f"80{pseudo:06X}",
            "hardwareVersion": _HARDWARE[(bits >> 12) % 4],
            "isNew": (bits >> 16) % 4 == 0,
            "lastBoundStateChangeDate": INSTANTS[(bits >> 20) % 4096],
            "lastModifiedDate": INSTANTS[(bits >> 32) % 4096],
            "lastModifiedUserID": "sandbox",
            "msl": f"{(bits >> 24) % 1000000:06d}",
            "oneTimeSL": f"{(bits >> 28) % 1000000:06d}",
            "pin": _PINS[(bits >> 30) % 10000],
            "referenceNumber": f"{(bits >> 34) % 100:02d}-{(bits >> 36) % 1000:03d}",
            "reservedForRetail": not used and bits % 3 == 0,
            "serialNumber": imei(i),
            "sid": f"{(bits >> 40) % 100000:06d}",
            "simCardNumber": iccid("8901000", i),
            "softwareVersion": _SOFTWARE[(bits >> 46) % 9][(bits >> 50) % 20],
        }
        row["displayName"] += row["serialNumber"][-6:]
        if sim_class != 3:
            row["eid"] = f"89001000{i:012d}"
        yield row


def _named_devices() -> dict[tuple[int, int, int, int], Row]:
    """The identifiers of a device and their names, once for each of their combinations.

    Key: place of the handset, status, SIM class, place of the source code.
    """
    found: dict[tuple[int, int, int, int], Row] = {}
    for (place, handset), status, sim_class, (origin, source) in product(
        enumerate(HANDSETS), DEVICE_STATUSES, SIM_CLASSES, enumerate(SOURCE_CODES)
    ):
        row: Row = {
            "deviceStatusID": status,
            "displayName": f"{HANDSETS[handset]} ",
            "handsetCatalogID": handset,
            "serialNumberTypeID": 2 if handset == 10061 else 3,
            "simClassID": sim_class,
            "sourceCodeID": source,
            "supportedSIMClassID": sim_class,
            "technologyTypeID": HANDSET_TECHNOLOGY[handset],
        }
        found[place, status, sim_class, origin] = row | device_names(row)
    return found


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
            "pin1": _PINS[(bits >> 8) % 10000],
            "pin2": _PINS[(bits >> 16) % 10000],
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
