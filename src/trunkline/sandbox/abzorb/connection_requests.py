"""The requests that change connections.

The response to a change is a pending request; the change takes effect when the clock has moved on.
Source: specs/abzorb/collection.json, folder Connections.
"""

from __future__ import annotations

import calendar
from typing import Any, Final

from trunkline.sandbox.abzorb import progress, reading
from trunkline.sandbox.abzorb.catalogue import bundle_for, known_bar
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.seed.abzorb import SIM_PREFIXES, bar, new_connection
from trunkline.sandbox.seed.values import dice, key_text, uk_number, unix_date, unix_seconds
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row
from trunkline.sandbox.vendors import abzorb_error, abzorb_invalid

_VODAFONE: Final = 1
# Far above the numbers of the seeded connections, so a new number never meets one of them.
_FIRST_NEW_NUMBER: Final = 6_000_000
_DIARY_BASE: Final = 912_000


def tariffs(call: Call) -> list[Row]:
    """GetTariffsForContract: the tariffs that ChangeTariff would accept."""
    row = reading.connection(call, reading.number(call, "contractId"))
    # The list and the change share one rule, so every tariff that is listed is also accepted.
    found = call.store.rows(e.AB_TARIFF, e.AB_TARIFF.table.c.networkId == row["networkId"])
    return [tariff for tariff in found if _tariff_refusal(call, row, tariff) is None]


def _tariff_refusal(call: Call, row: Row, tariff: Row) -> str | None:
    if tariff["networkId"] != row["networkId"]:
        return "The tariff belongs to another network."
    if tariff["tariffId"] == row["tariffId"]:
        return "The connection has this tariff already."
    if row["endDate"] > unix_date(call.now) and tariff["retailCost"] < row["lineRental"]:
        return "A change to this tariff is not allowed during the minimum term."
    return None


def change_tariff(call: Call) -> Row:
    """ChangeTariff."""
    body = reading.form(call, contractId=int, tariffId=int, effectiveDate_=str)
    row = _live(call, reading.connection(call, body["contractId"]))
    tariff = reading.tariff(call, body["tariffId"])
    refusal = _tariff_refusal(call, row, tariff)
    if refusal is not None:
        raise abzorb_invalid(refusal)
    day = reading.date(body, "effectiveDate")
    if day is None:
        return request(call, row, "TariffChange", {"tariffId": tariff["tariffId"]})
    if day.isoformat() < unix_date(call.now):
        raise abzorb_invalid("effectiveDate has passed.")
    # `timegm` reads the day as UTC. `time.mktime` would shift it by the time zone of the machine.
    due = float(calendar.timegm(day.timetuple()))
    return request(call, row, "TariffChange", {"tariffId": tariff["tariffId"]}, at=max(due, call.now))


def change_sim(call: Call) -> Row:
    """ChangeSIM."""
    body = reading.form(call, cli=str, newSim=str)
    row = _live(call, reading.connection_by_cli(call, body["cli"]))
    reading.valid_sim(call, body["newSim"], row["networkId"])
    return request(call, row, "SimChange", {"simNumber": body["newSim"], "isEsim": False})


def create_esim(call: Call) -> Row:
    """CreateEsimRequest: Vodafone only."""
    body = reading.form(call, cli=str, deliveryEmail_=str)
    row = _live(call, reading.connection_by_cli(call, body["cli"]))
    if row["networkId"] != _VODAFONE:
        raise abzorb_invalid("eSIM is offered on Vodafone connections only.")
    # The number of the request is needed first: the SIM number and the code are derived from it, so
    # they are the same in every run.
    number = call.store.next_id(e.AB_REQUEST)
    sim = f"{SIM_PREFIXES[_VODAFONE]}{900_000_000_000 + number}"
    made = request(call, row, "Esim", {"simNumber": sim, "isEsim": True}, number=number)
    code = key_text(dice(call.config.seed, "esim")(number))
    made.pop("requestType")
    return made | {"simNumber": sim, "activationCode": f"LPA:1$esim.example${code[:4]}-{code[4:8]}"}


def add_or_remove_bar(call: Call) -> Row:
    """AddOrRemoveBar."""
    body = reading.form(call, contractId=int, barSuffix=str, action=str)
    row = _live(call, reading.connection(call, body["contractId"]))
    return _bar_request(call, row, body, "BarChange")


def _bar_request(call: Call, row: Row, body: Row, kind: str) -> Row:
    suffix, action = known_bar(body["barSuffix"]), body["action"]
    if action not in ("Add", "Remove"):
        raise abzorb_invalid("action must be Add or Remove.")
    # A removed bar stays in the list as inactive; see `_apply`.
    stands = any(found["barSuffix"] == suffix and found["active"] for found in row["bars"])
    if stands and action == "Add":
        raise abzorb_invalid(f"The bar {suffix} already stands on this connection.")
    if not stands and action == "Remove":
        raise abzorb_invalid(f"The bar {suffix} does not stand on this connection.")
    return request(call, row, kind, {"barSuffix": suffix, "add": action == "Add"})


def add_bundle(call: Call) -> Row:
    """AddBundle."""
    body = reading.form(call, contractId=int, tariffOptionId=int)
    row = _live(call, reading.connection(call, body["contractId"]))
    bundle = bundle_for(call, body["tariffOptionId"], reading.tariff(call, row["tariffId"]))
    if any(found["tariffOptionId"] == bundle["tariffOptionId"] for found in row["bundles"]):
        raise abzorb_invalid("The bundle is on this connection already.")
    return request(call, row, "BundleAdd", {"tariffOptionId": bundle["tariffOptionId"]})


def remove_bundle(call: Call) -> Row:
    """RemoveBundle."""
    body = reading.form(call, contractId=int, tariffOptionId=int)
    row = _live(call, reading.connection(call, body["contractId"]))
    if not any(found["tariffOptionId"] == body["tariffOptionId"] for found in row["bundles"]):
        raise abzorb_invalid("The bundle is not on this connection.")
    return request(call, row, "BundleRemove", {"tariffOptionId": body["tariffOptionId"]})


def create_abz(call: Call) -> Row:
    """CreateAbzConnection: a pending connection with a number of its own, active when provisioned."""
    body = reading.form(call, customerId=int, tariffId=int, simNumber=str, userName_=str, costCentre_=str)
    customer = reading.customer(call, body["customerId"])
    tariff = reading.tariff(call, body["tariffId"])
    if tariff["networkId"] != _VODAFONE or not body["simNumber"].startswith(SIM_PREFIXES[_VODAFONE]):
        raise abzorb_invalid("The SIM is not an abZ SIM.")
    reading.valid_sim(call, body["simNumber"], _VODAFONE)
    row = open_connection(call, customer, tariff, sim=body["simNumber"], status="Pending", abz=1)
    row |= {"userName": body.get("userName") or "", "costCentre": body.get("costCentre") or ""}
    call.store.put(e.AB_CONNECTION, row)
    return request(call, row, "AbzConnection", {"status": "Active"})


def abz_bar(call: Call) -> Row:
    """CreateAbzBarRequest."""
    body = reading.form(call, contractId=int, barSuffix=str, action=str)
    return _bar_request(call, _abz(call, body["contractId"]), body, "AbzBar")


def abz_sim(call: Call) -> Row:
    """CreateAbzSimRequest."""
    body = reading.form(call, contractId=int, newSim=str)
    row = _abz(call, body["contractId"])
    reading.valid_sim(call, body["newSim"], row["networkId"])
    return request(call, row, "AbzSim", {"simNumber": body["newSim"], "isEsim": False})


def _abz(call: Call, contract_id: int) -> Row:
    row = _live(call, reading.connection(call, contract_id))
    if not call.store.private(e.AB_CONNECTION, contract_id)["_abz"]:
        raise abzorb_invalid("The connection is not an abZ connection.")
    return row


def open_connection(
    call: Call,
    customer: Row,
    tariff: Row,
    *,
    sim: str,
    cli: str | None = None,
    status: str = "Active",
    abz: int = 0,
    since: float | None = None,
) -> Row:
    """A new connection in the store, with a number of its own unless one is given."""
    contract_id = call.store.next_id(e.AB_CONNECTION)
    start = call.now if since is None else since
    days = tariff["contractTermMonths"] * 30
    row = new_connection(
        contract_id=contract_id,
        cli=cli or uk_number(_FIRST_NEW_NUMBER + contract_id),
        customer=customer,
        tariff=tariff,
        sim=sim or f"{SIM_PREFIXES[tariff['networkId']]}{800_000_000_000 + contract_id}",
        dates=(unix_date(start), unix_date(start, days), unix_date(start, max(0, days - 90))),
        bits=dice(call.config.seed, "new connection")(contract_id),
    )
    row |= {
        "status": status,
        "isEsim": False,
        "bars": [],
        "bundles": [],
        "billCapEnabled": False,
        "billCapValue": None,
    }
    row["_abz"] = abz
    call.store.add(e.AB_CONNECTION, row)
    return row


def _live(call: Call, row: Row) -> Row:
    if row["status"] == "Ceased":
        raise abzorb_error(402, "The request could not be processed: the connection has ceased.")
    return row


def request(
    call: Call, row: Row, kind: str, change: Row, *, at: float | None = None, number: int | None = None
) -> Row:
    """Raise a pending request that will change the connection."""
    number = number or call.store.next_id(e.AB_REQUEST)
    made: Row = {
        "requestId": number,
        "requestType": kind,
        "contractId": row["contractId"],
        "cli": row["cli"],
        "status": "Pending",
        "requestedAt": unix_seconds(call.now),
        "diaryEntryId": call.store.next_id(e.AB_TICKET) + _DIARY_BASE,
    }
    call.store.add(e.AB_REQUEST, made | {"change": change})
    if at is None:
        progress.soon(call, "request", number)
    else:
        progress.later(call, "request", number, at=at)
    return made


def take_effect(call: Call, number: Any, at: float) -> None:
    """The step that completes a request, or rejects it when the world has changed since it was raised."""
    made = call.store.row(e.AB_REQUEST, number)
    row = made and call.store.row(e.AB_CONNECTION, made["contractId"])
    # The connection may be gone: an order that is returned to draft removes its pending connections.
    if made is None or row is None:
        return
    if row["status"] == "Ceased" or _is_taken(call, row, made["change"].get("simNumber")):
        call.store.put(e.AB_REQUEST, made | {"status": "Rejected"})
        return
    # The time is that at which the step was due and not that of the request which triggers it.
    _apply(call, row, made["change"], at)
    call.store.put(e.AB_CONNECTION, row)
    call.store.put(e.AB_REQUEST, made | {"status": "Completed"})


def _is_taken(call: Call, row: Row, sim: str | None) -> bool:
    # Two requests for one SIM may both be pending: the first to take effect has it.
    table = e.AB_CONNECTION.table.c
    others = (table.simNumber == sim, table.contractId != row["contractId"])
    return sim is not None and call.store.count(e.AB_CONNECTION, *others) > 0


def _apply(call: Call, row: Row, change: Row, at: float) -> None:
    match change:
        case {"tariffId": tariff_id}:
            tariff = call.store.row(e.AB_TARIFF, tariff_id) or {}
            row |= {
                "tariffId": tariff_id,
                "tariffName": tariff["tariffName"],
                "lineRental": tariff["retailCost"],
            }
        case {"barSuffix": suffix, "add": add}:
            row["bars"] = [found for found in row["bars"] if found["barSuffix"] != suffix]
            row["bars"].append(bar(suffix, unix_seconds(at) if add else None))
        case {"tariffOptionId": option_id}:
            held = [found for found in row["bundles"] if found["tariffOptionId"] != option_id]
            if len(held) == len(row["bundles"]):
                bundle = call.store.row(e.AB_BUNDLE, option_id) or {}
                held.append(bundle | {"startDate": unix_date(at)})
            row["bundles"] = held
        case _:
            row |= change


HANDLERS: dict[str, Handler] = {
    "connections.list_tariffs": tariffs,
    "connections.change_tariff": change_tariff,
    "connections.change_sim": change_sim,
    "connections.create_esim_request": create_esim,
    "connections.add_or_remove_bar": add_or_remove_bar,
    "connections.add_bundle": add_bundle,
    "connections.remove_bundle": remove_bundle,
    "connections.create_abz": create_abz,
    "connections.create_abz_bar_request": abz_bar,
    "connections.create_abz_sim_request": abz_sim,
}


STEPS = {"request": take_effect}
