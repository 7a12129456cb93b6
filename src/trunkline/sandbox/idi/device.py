"""Devices: create, read, search, patch, disassociate.

Source: specs/idi/openapi.yaml, tag Device.
"""

from __future__ import annotations

import re
from typing import Final

from trunkline._luhn import check_digit
from trunkline.sandbox.idi import fields, finding, search
from trunkline.sandbox.idi.patching import apply_patch
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.seed.idi_codes import (
    DEVICE_STATUSES,
    HANDSET_TECHNOLOGY,
    HANDSETS,
    SOURCE_CODES,
    TECHNOLOGIES,
    device_names,
)
from trunkline.sandbox.seed.values import unix_instant
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row
from trunkline.sandbox.vendors import idi_error

_CDMA: Final = 1
_SIM_CARD_ONLY: Final = 3
_TEXTS: Final = (
    "aKey", "alternateSerialNumber", "decimalPseudoESN", "eid", "hexPseudoESN", "hardwareVersion", "msl",
    "oneTimeSL", "pin", "referenceNumber", "serialNumber", "sid", "simCardNumber", "softwareVersion",
)  # fmt: skip
_FLAGS: Final = ("bind", "isNew", "reservedForRetail")
_INTEGERS: Final = ("blackBerryRegistrationID",)
_LARGEST_ID: Final = 2**53 - 1
"""What every JSON reader can hold; the keys given out next have to fit as well."""


def get(call: Call) -> bytes:
    """Get a Device."""
    return finding.body(call, e.DEVICE, "Device")


def find(call: Call) -> bytes:
    """Search Devices."""
    return search.page(call, e.DEVICE)


def create(call: Call) -> Row:
    """Create a Device."""
    body = fields.whole_body(call)
    device_id = fields.integer(body, "deviceID")
    if device_id is not None and not 0 < device_id <= _LARGEST_ID:
        raise idi_error(400, "deviceID", f"deviceID must be between 1 and {_LARGEST_ID}.")
    if device_id is not None and call.store.body(e.DEVICE, device_id) is not None:
        raise idi_error(409, "deviceID", f"Device ID {device_id} already exists.")
    row: Row = {"aKey": None, "bind": False, "isNew": True, "reservedForRetail": False}
    row |= {name: body[name] for name in (*_TEXTS, *_FLAGS, *_INTEGERS) if body.get(name) is not None}
    row |= {
        name: body.get(name)
        for name in ("deviceStatusID", "handsetCatalogID", "sourceCodeID", "technologyTypeID")
    }
    if device_id is not None:
        # The next key that the store gives out must not be this one.
        call.store.reserve(e.DEVICE, device_id)
    row["deviceID"] = call.store.next_id(e.DEVICE) if device_id is None else device_id
    finished = complete(call, row)
    finished["lastBoundStateChangeDate"] = finished["lastModifiedDate"]
    call.store.add(e.DEVICE, finished)
    return finished


# Create and update share these rules: a patch must not lead to a device that could not be created.
def complete(call: Call, row: Row) -> Row:
    """The whole device after the rules of Create a Device, which an update must keep too.

    serialNumber outranks alternateSerialNumber, handsetCatalogID outranks technologyTypeID; of each pair one
    is required. simCardNumber is ignored for CDMA, eid for CDMA and where only SIM cards fit.

    Raises:
        RefusedError: 400, or 409 for a serial number that another device has.
    """
    _check_types(row)
    status = fields.one_of(row, "deviceStatusID", DEVICE_STATUSES)
    handset = fields.one_of(row, "handsetCatalogID", HANDSETS)
    technology = fields.one_of(row, "technologyTypeID", TECHNOLOGIES)
    source = fields.one_of(row, "sourceCodeID", SOURCE_CODES)
    _require_one(row, "serialNumber", "alternateSerialNumber")
    _require_one(row, "handsetCatalogID", "technologyTypeID")
    technology = HANDSET_TECHNOLOGY[handset] if handset is not None else technology
    serial = row.get("serialNumber") or row["alternateSerialNumber"]
    row |= {
        "deviceStatusID": status,
        "handsetCatalogID": handset,
        "technologyTypeID": technology,
        "sourceCodeID": source,
    }
    row |= {"serialNumber": serial, "displayName": f"{HANDSETS.get(handset or 0, 'Device')} {serial[-6:]}"}
    digits = re.sub("[^0-9]", "", serial) or "0"
    row["alternateSerialNumberCheckDigit"] = check_digit(digits)
    row["serialNumberTypeID"] = 2 if technology == _CDMA else 3
    sim_class = row.get("simClassID") or (2 if fields.is_given(row, "eid") else _SIM_CARD_ONLY)
    row |= {"simClassID": sim_class, "supportedSIMClassID": sim_class}
    if technology == _CDMA:
        row.pop("simCardNumber", None)
    if technology == _CDMA or sim_class == _SIM_CARD_ONLY:
        row.pop("eid", None)
    row |= {"lastModifiedDate": unix_instant(call.now), "lastModifiedUserID": call.user}
    _refuse_twin(call, row)
    row |= device_names(row)
    # `aKey` is null in the vendor's sample; other fields without a value are left out.
    return {name: value for name, value in row.items() if value is not None or name == "aKey"}


def _check_types(row: Row) -> None:
    fields.required(row, "deviceStatusID")
    fields.typed(row, str, *_TEXTS)
    fields.typed(row, bool, *_FLAGS)
    for name in _INTEGERS:
        # A number that came as a text is a number in the response.
        if (number := fields.integer(row, name)) is not None:
            row[name] = number


def _require_one(row: Row, name: str, other: str) -> None:
    if not fields.is_given(row, name) and not fields.is_given(row, other):
        raise idi_error(400, name, f"{name} is required when {other} is not specified.")


def _refuse_twin(call: Call, row: Row) -> None:
    table = e.DEVICE.table.c
    twin = call.store.first(
        e.DEVICE, table.serialNumber == row["serialNumber"], table.deviceID != row["deviceID"]
    )
    if twin is not None:
        raise idi_error(409, "serialNumber", "A device with this serial number already exists.")


def update(call: Call) -> None:
    """Update a Device."""
    row = finding.row(call, e.DEVICE, "Device")
    was_bound, old_serial = row["bind"], row["serialNumber"]
    # The old serial number was read before: services are linked to the device by it, and the
    # patch may change it.
    touched = apply_patch(call, row)
    # a flag that a patch removes, or sets to null, is off
    row |= {name: False for name in _FLAGS if row.get(name) is None}
    if "serialNumber" in touched and not fields.is_given(row, "serialNumber"):
        row.pop("serialNumber", None)
    if "eid" in touched and fields.is_given(row, "eid") and row["simClassID"] == _SIM_CARD_ONLY:
        row.pop("eid")
    users = _services_with(call, old_serial)
    if (
        _flag(call, "validateReservedForRetail")
        and row["reservedForRetail"]
        and (row["bind"] or any(service["disconnectDate"] is None for service in users))
    ):
        raise idi_error(
            400, "reservedForRetail", "A bound device or one in use cannot be reserved for retail."
        )
    finished = complete(call, row)
    if finished["bind"] != was_bound:
        finished["lastBoundStateChangeDate"] = finished["lastModifiedDate"]
    call.store.put(e.DEVICE, finished)
    _follow(
        call, users, finished, sim_too="simCardNumber" in touched or _flag(call, "updateAssociatedServices")
    )


def _follow(call: Call, users: list[Row], device: Row, *, sim_too: bool) -> None:
    """Services show their device's serial numbers, and its SIM where the request or change asks for it."""
    for service in users:
        service["handsetSerialNumber"] = device["serialNumber"]
        _copy(device, "alternateSerialNumber", service, "handsetAlternateSerialNumber")
        # Without SIM information on the device the services keep theirs.
        if sim_too and fields.is_given(device, "simCardNumber"):
            service["simCardSerialNumber"] = device["simCardNumber"]
            _copy(device, "eid", service, "eid")
        call.store.put(e.SERVICE, service)


def _copy(source: Row, name: str, target: Row, as_name: str) -> None:
    target.pop(as_name, None)
    if source.get(name) is not None:
        target[as_name] = source[name]


def disassociate(call: Call) -> Row:
    """Disassociate: services get a temporary device, this one is unbound and free."""
    row = finding.row(call, e.DEVICE, "Device")
    body = call.body if isinstance(call.body, dict) else {}
    fields.typed(body, bool, "allowOnActiveServices", "reserveForRetail")
    status = fields.one_of(body, "deviceStatusID", DEVICE_STATUSES)
    source = fields.one_of(body, "sourceCodeID", SOURCE_CODES)
    users = _services_with(call, row["serialNumber"])
    if not body.get("allowOnActiveServices") and any(service["disconnectDate"] is None for service in users):
        raise idi_error(400, "allowOnActiveServices", "The device is associated with an active service.")
    for service in users:
        service["handsetSerialNumber"] = f"TEMP{service['serviceID']:010d}"
        service.pop("handsetAlternateSerialNumber", None)
        call.store.put(e.SERVICE, service)
    if row["bind"]:
        row["lastBoundStateChangeDate"] = unix_instant(call.now)
    row |= {"bind": False, "reservedForRetail": bool(body.get("reserveForRetail"))}
    row |= {
        "deviceStatusID": status or row["deviceStatusID"],
        "sourceCodeID": source or row.get("sourceCodeID"),
    }
    call.store.put(e.DEVICE, complete(call, row))
    return {"servicesDisassociated": len(users)}


def _services_with(call: Call, serial: str) -> list[Row]:
    # A device without a serial number is in no service: an empty one would match services without a device.
    where = e.SERVICE.table.c.handsetSerialNumber == serial
    return call.store.rows(e.SERVICE, where) if serial else []


def _flag(call: Call, name: str) -> bool:
    text = call.query.get(name, "false").lower()
    if text not in ("true", "false"):
        raise idi_error(400, name, f"{name} must be true or false.")
    return text == "true"


HANDLERS: dict[str, Handler] = {
    "device.get": get,
    "device.search": find,
    "device.create": create,
    "device.update": update,
    "device.disassociate": disassociate,
}
