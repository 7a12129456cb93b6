"""Orders: draft, submission, and what the network makes of them.

Draft → Submitted → In Progress → Completed, each after `order_seconds` of the clock; a completed order has
opened or ended its connections. Source: specs/abzorb/collection.json, folder Orders.
"""

from __future__ import annotations

from typing import Any, Final

from trunkline.sandbox.abzorb import order_mobiles, progress, reading
from trunkline.sandbox.abzorb.catalogue import network
from trunkline.sandbox.abzorb.connection_requests import open_connection
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.seed.abzorb import DIARY_TYPES, STATUS_IDS
from trunkline.sandbox.seed.values import unix_date, unix_seconds
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row
from trunkline.sandbox.vendors import abzorb_error, abzorb_invalid

_NEXT: Final = {"Submitted": "In Progress", "In Progress": "Completed"}


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


def submit(call: Call) -> Row:
    """SubmitOrder: checks the draft, then hands it to the network."""
    order = order_mobiles.draft(call, reading.form(call, orderId=int)["orderId"])
    if not order["mobiles"]:
        raise abzorb_invalid("The order has no mobiles.")
    for mobile in order["mobiles"]:
        _check(call, order, mobile)
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


def _check(call: Call, order: Row, mobile: Row) -> None:
    """What was right when a mobile was added may have changed since."""
    kind, cli, number = mobile["connectionType"], mobile["cli"], mobile["orderMobileId"]
    if kind == "Port" and (mobile["portDate"] or "") < unix_date(call.now):
        raise abzorb_invalid(f"The port date of mobile {number} has passed.")
    if kind == "Disconnection":
        if not reading.is_live(call, cli, e.AB_CONNECTION.table.c.customerId == order["customerId"]):
            raise abzorb_invalid(f"The customer has no connection with the cli of mobile {number}.")
        return
    if reading.is_live(call, cli) or sum(other["cli"] == cli for other in order["mobiles"]) > 1:
        raise abzorb_invalid(f"The number of mobile {number} is on this account already.")
    if mobile["simNumber"]:
        reading.valid_sim(call, mobile["simNumber"], mobile["networkId"])
        if sum(other["simNumber"] == mobile["simNumber"] for other in order["mobiles"]) > 1:
            raise abzorb_invalid(f"The SIM of mobile {number} is on the order twice.")


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
    # The order may have been returned to draft while this step waited; then there is nothing to do.
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
    order = order_mobiles.find(call, reading.form(call, orderId=int)["orderId"])
    if order["status"] == "Completed":
        raise abzorb_invalid("The order is already completed.")
    if order["status"] == "Draft":
        return order
    # The pending step would otherwise move the draft on.
    progress.cancel(call, "order", order["orderId"])
    monitors, connections = e.AB_MONITOR.table.c, e.AB_CONNECTION.table.c
    for row in call.store.rows(e.AB_MONITOR, monitors["_orderId"] == order["orderId"]):
        if row["connectionType"] != "Disconnection":
            pending = (connections.contractId == row["contractId"], connections.status == "Pending")
            # Only pending connections are removed. One that went live in the meantime
            # belongs to the customer.
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
    return _monitored(call, order_mobiles.find(call, reading.number(call, "orderId")))


def monitor_bulk(call: Call) -> list[Row]:
    """MonitorOrderBulk: orders that do not exist are left out of the response."""
    found = call.store.rows(e.AB_ORDER, e.AB_ORDER.table.c.orderId.in_(reading.numbers(call, "orderIds")))
    return [_monitored(call, order) for order in found]


def tickets(call: Call) -> bytes:
    """GetTicketsForOrder."""
    order = order_mobiles.find(call, reading.number(call, "orderId"))
    return reading.array(call.store.bodies(e.AB_TICKET, e.AB_TICKET.table.c.orderId == order["orderId"]))


def tickets_bulk(call: Call) -> bytes:
    """GetTicketsForOrderBulk."""
    wanted = reading.numbers(call, "orderIds")
    return reading.array(call.store.bodies(e.AB_TICKET, e.AB_TICKET.table.c.orderId.in_(wanted)))


def available_numbers(call: Call) -> bytes:
    """ListAvailableNumbers: Vodafone and O2 only."""
    network_id = network(call)
    if network_id not in order_mobiles.NUMBERED:
        raise abzorb_invalid("Numbers are listed for Vodafone and O2 only.")
    return reading.array(call.store.bodies(e.AB_NUMBER, e.AB_NUMBER.table.c.networkId == network_id))


HANDLERS: dict[str, Handler] = {
    **order_mobiles.HANDLERS,
    "orders.create": create,
    "orders.submit": submit,
    "orders.get": get,
    "orders.list_for_customer": for_customer,
    "orders.return_to_draft": return_to_draft,
    "orders.monitor": monitor,
    "orders.monitor_bulk": monitor_bulk,
    "orders.list_tickets": tickets,
    "orders.list_tickets_bulk": tickets_bulk,
    "orders.list_available_numbers": available_numbers,
}


STEPS = {"order": step}
