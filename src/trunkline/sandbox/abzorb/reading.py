"""Reading the parameters and fields of an Abzorb request, and finding what they name.

A parameter that is missing or names nothing on the account is a failed validation (`response_message`); a
number or a path that leads nowhere is 404 with an `error`, as the spec's examples have it.
"""

from __future__ import annotations

import datetime
import re
from typing import Any

import sqlalchemy as sa

from trunkline.sandbox.reading import whole_number
from trunkline.sandbox.routing import Call
from trunkline.sandbox.seed.abzorb import SIM_PREFIXES
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Entity, Row
from trunkline.sandbox.vendors import abzorb_error, abzorb_invalid

# A UK mobile number in national form: 07 and nine more digits.
_CLI = re.compile(r"07[0-9]{9}\Z")

_CONNECTION = e.AB_CONNECTION.table.c
# A number that was ceased and bought again has two connections; the later contract is meant.
_BY_CLI = (
    sa.select(_CONNECTION.body)
    .where(_CONNECTION.cli == sa.bindparam("cli"))
    .order_by(_CONNECTION.contractId.desc())
    .limit(1)
)


def number(call: Call, name: str) -> int:
    """A required query parameter that is a number."""
    text = call.query.get(name, "")
    if not text:
        raise abzorb_invalid(f"{name} is missing.")
    found = whole_number(text)
    if found is None:
        raise abzorb_invalid(f"{name} must be a number.")
    return found


def numbers(call: Call, name: str) -> list[int]:
    """A required query parameter that holds several numbers, separated by commas."""
    text = call.query.get(name, "")
    parts = [whole_number(part.strip()) for part in text.split(",") if part.strip()]
    if not parts:
        raise abzorb_invalid(f"{name} is missing.")
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        raise abzorb_invalid(f"{name} must be numbers separated by commas.")
    # Repeated ids give one row, and the order of the request is kept.
    return list(dict.fromkeys(found))


def path_number(call: Call, message: str) -> int:
    """A path parameter that is a number; anything else names nothing."""
    found = whole_number(call.path[0])
    if found is None:
        raise abzorb_error(404, message)
    return found


def form(call: Call, **wanted: type) -> Row:
    """The request body, with the named fields required and of the given types.

    Args:
        wanted: wire name to type; a name that ends in an underscore is optional.
    """
    body = call.body
    if not isinstance(body, dict):
        raise abzorb_error(400, "A JSON object is required.")
    for marked, kind in wanted.items():
        name = marked.rstrip("_")
        value = body.get(name)
        if value is None or (value == "" and marked == name):
            if marked == name:
                raise abzorb_invalid(f"{name} is missing.")
            continue
        # In Python True is an int, so a boolean would pass as a number.
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        # JSON does not distinguish 10 from 10.0, so an integer is fine where a float is expected.
        if not fits and not (kind is float and isinstance(value, int) and not isinstance(value, bool)):
            raise abzorb_invalid(f"{name} is not valid.")
    return body


def date(body: Row, name: str) -> datetime.date | None:
    """An optional date."""
    text = body.get(name)
    if text in (None, ""):
        return None
    try:
        return datetime.datetime.fromisoformat(str(text)).date()
    except ValueError as error:
        raise abzorb_invalid(f"{name} is not a date.") from error


def valid_cli(cli: Any) -> str:
    """A mobile number in national form; spaces are forgiven."""
    if not cli:
        raise abzorb_invalid("The cli is missing.")
    text = str(cli).replace(" ", "")
    if not _CLI.match(text):
        raise abzorb_invalid(f"The cli {text} is not a valid mobile number.")
    return text


def connection_body(call: Call, cli: str) -> bytes:
    """The newest connection with the number, ready to be sent."""
    found = call.store.scalar(_BY_CLI, cli=cli)
    if found is None:
        raise abzorb_error(404, "No connection has this cli.")
    return bytes(found)


def connection_by_cli(call: Call, cli: Any) -> Row:
    """The connection that a `cli` names."""
    table = e.AB_CONNECTION.table.c
    found = call.store.first(e.AB_CONNECTION, table.cli == valid_cli(cli), order=[table.contractId.desc()])
    if found is None:
        raise abzorb_error(404, "No connection has this cli.")
    return found


def named(call: Call, entity: Entity, key: int, message: str) -> Row:
    """The row that a field of the request names; a failed validation with the message when there is none."""
    found = call.store.row(entity, key)
    if found is None:
        raise abzorb_invalid(message)
    return found


def connection(call: Call, contract_id: int) -> Row:
    """The connection that a `contractId` names."""
    return named(call, e.AB_CONNECTION, contract_id, f"No contract {contract_id} on this account.")


def customer(call: Call, customer_id: int) -> Row:
    """The customer that a `customerId` names."""
    return named(call, e.AB_CUSTOMER, customer_id, f"No customer {customer_id} on this account.")


def tariff(call: Call, tariff_id: int) -> Row:
    """A tariff of the catalogue."""
    return named(call, e.AB_TARIFF, tariff_id, f"No tariff {tariff_id}.")


def valid_sim(call: Call, sim: str, network_id: int) -> None:
    """Refuse a SIM number that is not one of the network, or that a connection has."""
    digits = sim.isascii() and sim.isdigit() and 19 <= len(sim) <= 20
    if not digits or not sim.startswith(SIM_PREFIXES.get(network_id, "no such network")):
        raise abzorb_invalid("The SIM number is not valid for this network.")
    if call.store.count(e.AB_CONNECTION, e.AB_CONNECTION.table.c.simNumber == sim):
        raise abzorb_invalid("The SIM is in use on another connection.")


def is_live(call: Call, cli: str, *where: sa.ColumnElement[bool]) -> bool:
    """Whether a connection that has not ceased has the number, under further conditions."""
    live = (_CONNECTION.cli == cli, _CONNECTION.status != "Ceased", *where)
    return call.store.count(e.AB_CONNECTION, *live) > 0


def array(bodies: list[bytes]) -> bytes:
    """A JSON list of objects that are encoded already."""
    return b"[" + b",".join(bodies) + b"]"
