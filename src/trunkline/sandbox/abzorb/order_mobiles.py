"""The mobiles of a draft order: adding and removing them, and their bundles and bars.

Source: specs/abzorb/collection.json, folder Orders.
"""

from __future__ import annotations

import re
from typing import Final

from trunkline.sandbox.abzorb import reading
from trunkline.sandbox.abzorb.catalogue import bundle_for, known_bar
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.seed.abzorb import NETWORKS, bar
from trunkline.sandbox.seed.values import unix_date, unix_seconds
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row
from trunkline.sandbox.vendors import abzorb_invalid

NUMBERED: Final = (1, 2)
"""The networks that new numbers are allocated for."""

_VODAFONE: Final = 1
_PAC: Final = re.compile(r"[A-Z]{3}[0-9]{6}\Z")
_STAC: Final = re.compile(r"[0-9]{6}[A-Z]{3}\Z")


def find(call: Call, order_id: int) -> Row:
    """The order with this number."""
    return reading.named(call, e.AB_ORDER, order_id, f"No order {order_id} on this account.")


def draft(call: Call, order_id: int) -> Row:
    """The order with this number, which must still be a draft."""
    row = find(call, order_id)
    if row["status"] != "Draft":
        raise abzorb_invalid("The order is not a draft.")
    return row


def _drafted(call: Call, **wanted: type) -> tuple[Row, Row, Row]:
    """The request body, the draft order that it names, and that order's mobile."""
    body = reading.form(call, orderId=int, orderMobileId=int, **wanted)
    order, mobile_id = draft(call, body["orderId"]), body["orderMobileId"]
    for mobile in order["mobiles"]:
        if mobile["orderMobileId"] == mobile_id:
            return body, order, mobile
    raise abzorb_invalid(f"No mobile {mobile_id} on this order.")


def add_mobile(call: Call) -> Row:
    """AddMobileToOrder."""
    body = reading.form(
        call, orderId=int, connectionType=str, networkId=int, tariffId=int, cli_=str, simNumber_=str,
        esim_=bool, userName_=str, costCentre_=str, pac_=str, stac_=str, portDate_=str, billCapOffered_=bool,
        enableBillCap_=bool, billCapValue_=float,
    )  # fmt: skip
    order = draft(call, body["orderId"])
    tariff = _checked_tariff(call, body)
    kind = body["connectionType"]
    numbers = {"New": _new_number, "Port": _ported_number, "Disconnection": _ended_number}
    if kind not in numbers:
        raise abzorb_invalid("connectionType must be New, Port or Disconnection.")
    mobile: Row = {
        "orderMobileId": call.store.next_id(e.AB_MONITOR) + 730_550,
        "orderId": order["orderId"],
        "connectionType": kind,
        "cli": numbers[kind](call, order, body),
        "networkId": tariff["networkId"],
        "network": tariff["network"],
        "tariffId": tariff["tariffId"],
        "tariffName": tariff["tariffName"],
        "simNumber": body.get("simNumber") or "",
        "esim": bool(body.get("esim")),
        "userName": body.get("userName") or "",
        "costCentre": body.get("costCentre") or "",
        "pac": body["pac"] if kind == "Port" else None,
        "stac": body["stac"] if kind == "Disconnection" else None,
        "portDate": str(reading.date(body, "portDate")) if kind == "Port" else None,
        **_bill_cap(body, tariff),
        "bars": [],
        "bundles": [],
    }
    order["mobiles"].append(mobile)
    call.store.put(e.AB_ORDER, order)
    return mobile


def _checked_tariff(call: Call, body: Row) -> Row:
    """The tariff of a new mobile, after the rules of its network."""
    if body["networkId"] not in NETWORKS:
        raise abzorb_invalid(f"No network {body['networkId']}.")
    tariff = reading.tariff(call, body["tariffId"])
    if tariff["networkId"] != body["networkId"]:
        raise abzorb_invalid("The tariff belongs to another network.")
    if body.get("esim") and body["networkId"] != _VODAFONE:
        raise abzorb_invalid("eSIM is offered on Vodafone connections only.")
    if body.get("simNumber"):
        reading.valid_sim(call, body["simNumber"], body["networkId"])
    return tariff


def _bill_cap(body: Row, tariff: Row) -> Row:
    """The three bill cap fields: an enabled cap needs an eligible tariff, the offer, and an amount."""
    enabled, value = bool(body.get("enableBillCap")), body.get("billCapValue")
    if enabled and not tariff["billCapEligible"]:
        raise abzorb_invalid("The tariff is not eligible for a bill cap.")
    if enabled and not body.get("billCapOffered"):
        raise abzorb_invalid("A bill cap can be enabled only when it was offered.")
    if enabled and (value is None or value <= 0):
        raise abzorb_invalid("billCapValue is missing.")
    return {
        "billCapOffered": bool(body.get("billCapOffered")),
        "enableBillCap": enabled,
        "billCapValue": value if enabled else None,
    }


def _new_number(call: Call, order: Row, body: Row) -> str:
    table = e.AB_NUMBER.table.c
    wanted = body.get("cli")
    conditions = [table.networkId == body["networkId"]]
    if wanted:
        conditions.append(table.cli == reading.valid_cli(wanted))
    elif body["networkId"] not in NUMBERED:
        raise abzorb_invalid("New numbers are allocated for Vodafone and O2 only.")
    found = call.store.first(e.AB_NUMBER, *conditions)
    if found is None:
        raise abzorb_invalid("The number is not available." if wanted else "No number is available.")
    # The number leaves the list at once, before the order is submitted: two drafts cannot
    # hold the same number.
    call.store.remove(e.AB_NUMBER, table.cli == found["cli"])
    return str(found["cli"])


def _ported_number(call: Call, order: Row, body: Row) -> str:
    cli = reading.valid_cli(body.get("cli"))
    if not _PAC.match(body.get("pac") or ""):
        raise abzorb_invalid("A Port needs a pac of three letters and six digits.")
    day = reading.date(body, "portDate")
    if day is None:
        raise abzorb_invalid("portDate is missing.")
    if day.isoformat() < unix_date(call.now):
        raise abzorb_invalid("portDate has passed.")
    if reading.is_live(call, cli):
        raise abzorb_invalid("The number is on this account already.")
    return cli


def _ended_number(call: Call, order: Row, body: Row) -> str:
    cli = reading.valid_cli(body.get("cli"))
    if not _STAC.match(body.get("stac") or ""):
        raise abzorb_invalid("A Disconnection needs a stac of six digits and three letters.")
    if not reading.is_live(call, cli, e.AB_CONNECTION.table.c.customerId == order["customerId"]):
        raise abzorb_invalid("The customer has no connection with this cli.")
    return cli


def remove_mobile(call: Call) -> Row:
    """RemoveMobileFromOrder; a number that was allocated is free again."""
    _, order, mobile = _drafted(call)
    order["mobiles"].remove(mobile)
    # Ported and ending numbers belong to the customer and never were in the list.
    if mobile["connectionType"] == "New":
        call.store.add(e.AB_NUMBER, {name: mobile[name] for name in ("cli", "networkId", "network")})
    call.store.put(e.AB_ORDER, order)
    return order


def add_bundle(call: Call) -> Row:
    """AddBundleToMobileOrder."""
    body, order, mobile = _drafted(call, tariffOptionId=int)
    bundle = bundle_for(call, body["tariffOptionId"], reading.tariff(call, mobile["tariffId"]))
    if any(found["tariffOptionId"] == bundle["tariffOptionId"] for found in mobile["bundles"]):
        raise abzorb_invalid("The bundle is on this mobile already.")
    mobile["bundles"].append(bundle)
    call.store.put(e.AB_ORDER, order)
    return mobile


def remove_bundle(call: Call) -> Row:
    """RemoveBundleFromMobileOrder."""
    body, order, mobile = _drafted(call, tariffOptionId=int)
    kept = [found for found in mobile["bundles"] if found["tariffOptionId"] != body["tariffOptionId"]]
    if len(kept) == len(mobile["bundles"]):
        raise abzorb_invalid("The bundle is not on this mobile.")
    mobile["bundles"] = kept
    call.store.put(e.AB_ORDER, order)
    return mobile


def add_bar(call: Call) -> Row:
    """AddBarToMobileOrder: a bar that is already set stays as it is."""
    body, order, mobile = _drafted(call, barSuffix=str)
    suffix = known_bar(body["barSuffix"])
    # specs/README.md has this call as idempotent, so a repeat must not add a second bar.
    if all(found["barSuffix"] != suffix for found in mobile["bars"]):
        mobile["bars"].append(bar(suffix, unix_seconds(call.now)))
    call.store.put(e.AB_ORDER, order)
    return mobile


def remove_bar(call: Call) -> Row:
    """RemoveBarFromMobileOrder: removing what is not there changes nothing."""
    body, order, mobile = _drafted(call, barSuffix=str)
    suffix = known_bar(body["barSuffix"])
    mobile["bars"] = [found for found in mobile["bars"] if found["barSuffix"] != suffix]
    call.store.put(e.AB_ORDER, order)
    return mobile


HANDLERS: dict[str, Handler] = {
    "orders.add_mobile": add_mobile,
    "orders.remove_mobile": remove_mobile,
    "orders.add_bundle": add_bundle,
    "orders.remove_bundle": remove_bundle,
    "orders.add_bar": add_bar,
    "orders.remove_bar": remove_bar,
}
