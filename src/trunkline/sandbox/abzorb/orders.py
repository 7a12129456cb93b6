"""Orders: draft, mobiles with bundles and bars, submission, and what the network makes of them.

Draft → Submitted → In Progress → Completed, each after `order_seconds` of the clock; a completed order has
opened or ended its connections. Source: specs/abzorb/collection.json, folder Orders.
"""

from __future__ import annotations

import re
from typing import Any, Final

from trunkline.sandbox import entities as e
from trunkline.sandbox.abzorb import progress, reading
from trunkline.sandbox.abzorb.catalogue import bundle_for, network
from trunkline.sandbox.abzorb.connections import open_connection
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.seed_abzorb import BARS, DIARY_TYPES, NETWORKS, STATUS_IDS, bar
from trunkline.sandbox.seed_values import unix_date, unix_seconds
from trunkline.sandbox.store import Row
from trunkline.sandbox.vendors import abzorb_error, abzorb_invalid

_NEXT: Final = {"Submitted": "In Progress", "In Progress": "Completed"}
_NUMBERED: Final = (1, 2)
_VODAFONE: Final = 1
_PAC: Final = re.compile(r"[A-Z]{3}\d{6}\Z")
_STAC: Final = re.compile(r"\d{6}[A-Z]{3}\Z")


def create(call: Call) -> Row:
    """CreateOrder."""
    body = reading.form(call, customerId=int, orderReference_=str, notes_=str)
    customer = reading.customer(call, body["customerId"])
    row: Row = {
        "orderId": call.store.next_id(e.AB_ORDER),
        "customerId": customer["customerId"],
        "orderReference": body.get("orderReference") or "",
        "statusId": STATUS_IDS["Draft"],
        "status": "Draft",
        "createdAt": unix_seconds(call.now),
        "submittedAt": None,
        "mobiles": [],
    }
    call.store.add(e.AB_ORDER, row)
    return row


def get(call: Call) -> bytes:
    """GetOrderDetails."""
    body = call.store.body(e.AB_ORDER, reading.path_number(call, "No such order."))
    if body is None:
        raise abzorb_error(404, "No such order.")
    return body


def for_customer(call: Call) -> bytes:
    """GetOrdersForCustomer."""
    customer = reading.customer(call, reading.number(call, "customerId"))
    table = e.AB_ORDER.table.c
    return reading.array(call.store.bodies(e.AB_ORDER, table.customerId == customer["customerId"]))


def _order(call: Call, order_id: int) -> Row:
    row = call.store.row(e.AB_ORDER, order_id)
    if row is None:
        raise abzorb_invalid(f"No order {order_id} on this account.")
    return row


def _draft(call: Call, order_id: int) -> Row:
    row = _order(call, order_id)
    if row["status"] != "Draft":
        raise abzorb_invalid("The order is not a draft.")
    return row


def _mobile(order: Row, mobile_id: int) -> Row:
    for mobile in order["mobiles"]:
        if mobile["orderMobileId"] == mobile_id:
            found: Row = mobile
            return found
    raise abzorb_invalid(f"No mobile {mobile_id} on this order.")


def add_mobile(call: Call) -> Row:
    """AddMobileToOrder."""
    body = reading.form(
        call, orderId=int, connectionType=str, networkId=int, tariffId=int, cli_=str, simNumber_=str,
        esim_=bool, userName_=str, costCentre_=str, pac_=str, stac_=str, portDate_=str, billCapOffered_=bool,
        enableBillCap_=bool, billCapValue_=float,
    )  # fmt: skip
    order = _draft(call, body["orderId"])
    if body["networkId"] not in NETWORKS:
        raise abzorb_invalid(f"No network {body['networkId']}.")
    tariff = reading.tariff(call, body["tariffId"])
    if tariff["networkId"] != body["networkId"]:
        raise abzorb_invalid("The tariff belongs to another network.")
    if body.get("esim") and body["networkId"] != _VODAFONE:
        raise abzorb_invalid("eSIM is offered on Vodafone connections only.")
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
    elif body["networkId"] not in _NUMBERED:
        raise abzorb_invalid("New numbers are allocated for Vodafone and O2 only.")
    found = call.store.first(e.AB_NUMBER, *conditions)
    if found is None:
        raise abzorb_invalid("The number is not available." if wanted else "No number is available.")
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
    return cli


def _ended_number(call: Call, order: Row, body: Row) -> str:
    cli = reading.valid_cli(body.get("cli"))
    if not _STAC.match(body.get("stac") or ""):
        raise abzorb_invalid("A Disconnection needs a stac of six digits and three letters.")
    table = e.AB_CONNECTION.table.c
    owned = (table.cli == cli, table.customerId == order["customerId"], table.status != "Ceased")
    if not call.store.count(e.AB_CONNECTION, *owned):
        raise abzorb_invalid("The customer has no connection with this cli.")
    return cli


def remove_mobile(call: Call) -> Row:
    """RemoveMobileFromOrder; a number that was allocated is free again."""
    body = reading.form(call, orderId=int, orderMobileId=int)
    order = _draft(call, body["orderId"])
    mobile = _mobile(order, body["orderMobileId"])
    order["mobiles"].remove(mobile)
    if mobile["connectionType"] == "New":
        call.store.add(e.AB_NUMBER, {name: mobile[name] for name in ("cli", "networkId", "network")})
    call.store.put(e.AB_ORDER, order)
    return order


def add_bundle(call: Call) -> Row:
    """AddBundleToMobileOrder."""
    body = reading.form(call, orderId=int, orderMobileId=int, tariffOptionId=int)
    order = _draft(call, body["orderId"])
    mobile = _mobile(order, body["orderMobileId"])
    bundle = bundle_for(call, body["tariffOptionId"], reading.tariff(call, mobile["tariffId"]))
    if any(found["tariffOptionId"] == bundle["tariffOptionId"] for found in mobile["bundles"]):
        raise abzorb_invalid("The bundle is on this mobile already.")
    mobile["bundles"].append(bundle)
    call.store.put(e.AB_ORDER, order)
    return mobile


def remove_bundle(call: Call) -> Row:
    """RemoveBundleFromMobileOrder."""
    body = reading.form(call, orderId=int, orderMobileId=int, tariffOptionId=int)
    order = _draft(call, body["orderId"])
    mobile = _mobile(order, body["orderMobileId"])
    kept = [found for found in mobile["bundles"] if found["tariffOptionId"] != body["tariffOptionId"]]
    if len(kept) == len(mobile["bundles"]):
        raise abzorb_invalid("The bundle is not on this mobile.")
    mobile["bundles"] = kept
    call.store.put(e.AB_ORDER, order)
    return mobile


def add_bar(call: Call) -> Row:
    """AddBarToMobileOrder: a bar that stands already stays as it is."""
    body = reading.form(call, orderId=int, orderMobileId=int, barSuffix=str)
    order = _draft(call, body["orderId"])
    mobile = _mobile(order, body["orderMobileId"])
    if body["barSuffix"] not in BARS:
        raise abzorb_invalid(f"No bar {body['barSuffix']}.")
    if all(found["barSuffix"] != body["barSuffix"] for found in mobile["bars"]):
        mobile["bars"].append(bar(body["barSuffix"], unix_seconds(call.now)))
    call.store.put(e.AB_ORDER, order)
    return mobile


def remove_bar(call: Call) -> Row:
    """RemoveBarFromMobileOrder: removing what is not there changes nothing."""
    body = reading.form(call, orderId=int, orderMobileId=int, barSuffix=str)
    order = _draft(call, body["orderId"])
    mobile = _mobile(order, body["orderMobileId"])
    if body["barSuffix"] not in BARS:
        raise abzorb_invalid(f"No bar {body['barSuffix']}.")
    mobile["bars"] = [found for found in mobile["bars"] if found["barSuffix"] != body["barSuffix"]]
    call.store.put(e.AB_ORDER, order)
    return mobile


def submit(call: Call) -> Row:
    """SubmitOrder: checks the draft, then hands it to the network."""
    order = _draft(call, reading.form(call, orderId=int)["orderId"])
    if not order["mobiles"]:
        raise abzorb_invalid("The order has no mobiles.")
    for mobile in order["mobiles"]:
        if mobile["connectionType"] == "Port" and mobile["portDate"] < unix_date(call.now):
            raise abzorb_invalid(f"The port date of mobile {mobile['orderMobileId']} has passed.")
    customer = reading.customer(call, order["customerId"])
    if customer["status"] != "Active":
        raise abzorb_error(402, "The order could not be submitted: the customer is not active.")
    order["submittedAt"] = unix_seconds(call.now)
    _set_status(call, order, "Submitted", call.now)
    for mobile in order["mobiles"]:
        _watch(call, order, mobile)
    _raise_ticket(call, order)
    progress.soon(call, "order", order["orderId"])
    return order


def _set_status(call: Call, order: Row, status: str, at: float) -> None:
    order |= {"status": status, "statusId": STATUS_IDS[status]}
    call.store.put(e.AB_ORDER, order)
    for row in call.store.rows(e.AB_MONITOR, e.AB_MONITOR.table.c["_orderId"] == order["orderId"]):
        row |= {"status": status, "statusId": STATUS_IDS[status], "updatedAt": unix_seconds(at)}
        call.store.put(e.AB_MONITOR, row)


def _watch(call: Call, order: Row, mobile: Row) -> None:
    row = {name: mobile[name] for name in ("orderMobileId", "cli", "network", "connectionType")}
    row |= {"contractId": 0, "statusId": STATUS_IDS["Submitted"], "status": "Submitted"}
    row |= {"updatedAt": unix_seconds(call.now), "_orderId": order["orderId"]}
    table = e.AB_CONNECTION.table.c
    if mobile["connectionType"] == "Disconnection":
        owned = (
            table.cli == mobile["cli"],
            table.customerId == order["customerId"],
            table.status != "Ceased",
        )
        ending = call.store.first(e.AB_CONNECTION, *owned)
        row["contractId"] = ending["contractId"] if ending else 0
    else:
        row["contractId"] = _open(call, order, mobile)
    call.store.add(e.AB_MONITOR, row)


def _open(call: Call, order: Row, mobile: Row) -> int:
    """The pending connection of a new or ported number."""
    customer = reading.customer(call, order["customerId"])
    tariff = reading.tariff(call, mobile["tariffId"])
    made = open_connection(
        call, customer, tariff, sim=mobile["simNumber"], cli=mobile["cli"], status="Pending"
    )
    made |= {name: mobile[name] for name in ("userName", "costCentre", "bars", "bundles", "billCapValue")}
    made |= {"isEsim": mobile["esim"], "billCapEnabled": mobile["enableBillCap"]}
    call.store.put(e.AB_CONNECTION, made)
    return int(made["contractId"])


def _raise_ticket(call: Call, order: Row) -> None:
    call.store.add(
        e.AB_TICKET,
        {
            "diaryEntryId": call.store.next_id(e.AB_TICKET) + 912_000,
            "orderId": order["orderId"],
            "diaryTypeId": 14,
            "diaryType": DIARY_TYPES[14],
            "subject": f"Provision {len(order['mobiles'])} mobiles",
            "statusId": STATUS_IDS["Open"],
            "status": "Open",
            "raisedAt": unix_seconds(call.now),
            "closedAt": None,
        },
    )


def step(call: Call, order_id: Any, at: float) -> None:
    """The step that moves a submitted order on; the last one makes its connections live or ends them."""
    order = call.store.row(e.AB_ORDER, order_id)
    if order is None or order["status"] not in _NEXT:
        return
    _set_status(call, order, _NEXT[order["status"]], at)
    if order["status"] != "Completed":
        progress.soon(call, "order", order_id, since=at)
        return
    for row in call.store.rows(e.AB_MONITOR, e.AB_MONITOR.table.c["_orderId"] == order_id):
        connection = call.store.row(e.AB_CONNECTION, row["contractId"])
        if connection is not None:
            ended = row["connectionType"] == "Disconnection"
            call.store.put(e.AB_CONNECTION, connection | {"status": "Ceased" if ended else "Active"})
    for ticket in call.store.rows(e.AB_TICKET, e.AB_TICKET.table.c.orderId == order_id):
        ticket |= {"status": "Closed", "statusId": STATUS_IDS["Closed"], "closedAt": unix_seconds(at)}
        call.store.put(e.AB_TICKET, ticket)


def return_to_draft(call: Call) -> Row:
    """ReturnOrderToDraft: takes back what was submitted, unless it is completed; a draft stays one."""
    order = _order(call, reading.form(call, orderId=int)["orderId"])
    if order["status"] == "Completed":
        raise abzorb_invalid("The order is already completed.")
    if order["status"] == "Draft":
        return order
    progress.cancel(call, "order", order["orderId"])
    monitors, connections = e.AB_MONITOR.table.c, e.AB_CONNECTION.table.c
    for row in call.store.rows(e.AB_MONITOR, monitors["_orderId"] == order["orderId"]):
        if row["connectionType"] != "Disconnection":
            pending = (connections.contractId == row["contractId"], connections.status == "Pending")
            call.store.remove(e.AB_CONNECTION, *pending)
    call.store.remove(e.AB_MONITOR, monitors["_orderId"] == order["orderId"])
    order["submittedAt"] = None
    _set_status(call, order, "Draft", call.now)
    return order


def _monitored(call: Call, order: Row) -> Row:
    contracts = call.store.rows(e.AB_MONITOR, e.AB_MONITOR.table.c["_orderId"] == order["orderId"])
    shown = ("orderId", "statusId", "status", "submittedAt")
    return {name: order[name] for name in shown} | {"contracts": contracts}


def monitor(call: Call) -> Row:
    """MonitorOrder."""
    return _monitored(call, _order(call, reading.number(call, "orderId")))


def monitor_bulk(call: Call) -> list[Row]:
    """MonitorOrderBulk: orders that do not exist are left out of the answer."""
    found = call.store.rows(e.AB_ORDER, e.AB_ORDER.table.c.orderId.in_(reading.numbers(call, "orderIds")))
    return [_monitored(call, order) for order in found]


def tickets(call: Call) -> bytes:
    """GetTicketsForOrder."""
    order = _order(call, reading.number(call, "orderId"))
    return reading.array(call.store.bodies(e.AB_TICKET, e.AB_TICKET.table.c.orderId == order["orderId"]))


def tickets_bulk(call: Call) -> bytes:
    """GetTicketsForOrderBulk."""
    wanted = reading.numbers(call, "orderIds")
    return reading.array(call.store.bodies(e.AB_TICKET, e.AB_TICKET.table.c.orderId.in_(wanted)))


def available_numbers(call: Call) -> bytes:
    """ListAvailableNumbers: Vodafone and O2 only."""
    network_id = network(call)
    if network_id not in _NUMBERED:
        raise abzorb_invalid("Numbers are listed for Vodafone and O2 only.")
    return reading.array(call.store.bodies(e.AB_NUMBER, e.AB_NUMBER.table.c.networkId == network_id))


HANDLERS: dict[str, Handler] = {
    "orders.create": create,
    "orders.submit": submit,
    "orders.get": get,
    "orders.for_customer": for_customer,
    "orders.return_to_draft": return_to_draft,
    "orders.add_mobile": add_mobile,
    "orders.remove_mobile": remove_mobile,
    "orders.add_bundle": add_bundle,
    "orders.remove_bundle": remove_bundle,
    "orders.add_bar": add_bar,
    "orders.remove_bar": remove_bar,
    "orders.monitor": monitor,
    "orders.monitor_bulk": monitor_bulk,
    "orders.tickets": tickets,
    "orders.tickets_bulk": tickets_bulk,
    "orders.available_numbers": available_numbers,
}
STEPS = {"order": step}
