"""SIMs: create, read, search, and an eSIM nobody uses.

Source: specs/idi/openapi.yaml, tag SIM.
"""

from __future__ import annotations

import sqlalchemy as sa

from trunkline.sandbox.idi import fields, finding, search
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.seed.idi_codes import SIM_CLASSES
from trunkline.sandbox.seed.values import dice
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row
from trunkline.sandbox.vendors import idi_error

_ESIM_CLASSES = (1, 2)


def get(call: Call) -> bytes:
    """Get a SIM."""
    return finding.body(call, e.SIM, "SIM")


def find(call: Call) -> bytes:
    """Search SIM."""
    return search.page(call, e.SIM)


def create(call: Call) -> Row:
    """Create a SIM: number, IMSI and a class of 1 to 3 are required, and both numbers are unique."""
    body = fields.whole_body(call)
    fields.required(body, "imsi", "simNumber", "simClassID")
    sim_class = fields.one_of(body, "simClassID", SIM_CLASSES)
    texts = [name for name in e.SIM.names if name not in ("simID", "simClassID", "simClass")]
    fields.typed(body, str, *texts)
    table = e.SIM.table.c
    if call.store.count(e.SIM, table.simNumber == body["simNumber"]):
        raise idi_error(409, "simNumber", "A SIM with this number already exists.")
    if call.store.count(e.SIM, table.imsi == body["imsi"]):
        raise idi_error(409, "imsi", "A SIM with this IMSI already exists.")
    row: Row = {name: body[name] for name in texts if body.get(name) is not None}
    # The vendor's samples return every field of the request but the activation URL.
    row.pop("activationURL", None)
    row |= {
        "simID": call.store.next_id(e.SIM),
        "simClassID": sim_class,
        "simClass": SIM_CLASSES[sim_class or 0],
    }
    call.store.add(e.SIM, row)
    return row


def available_esim(call: Call) -> bytes:
    """Get an Available eSIM: a random one that no active service has."""
    sims, services = e.SIM.table.c, e.SERVICE.table.c
    # A SIM of class 2 is an eSIM as well as a card; both fit the operation's title.
    taken = sa.exists().where(
        services.simCardSerialNumber == sims.simNumber, services.disconnectDate.is_(None)
    )
    free = (sims.simClassID.in_(_ESIM_CLASSES), sa.not_(taken))
    many = call.store.count(e.SIM, *free)
    if not many:
        raise idi_error(404, "SIM", "No eSIM is available.")
    # A new pick every millisecond, yet a run with the same clock and seed picks the same.
    place = dice(call.config.seed, "available eSIM")(int(call.now * 1000)) % many
    return call.store.bodies(e.SIM, *free, limit=1, offset=place)[0]


HANDLERS: dict[str, Handler] = {
    "sim.get": get,
    "sim.search": find,
    "sim.create": create,
    "sim.get_available_esim": available_esim,
}
