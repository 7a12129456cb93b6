"""Collections that are only read: auxiliary data, phone books, price points, equipment, plans, codes."""

from __future__ import annotations

from trunkline.sandbox.idi import fields, finding, search
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Entity
from trunkline.sandbox.vendors import idi_error, idi_missing


def health_check(call: Call) -> None:
    """Health Check: no content is documented."""


def _of_service(entity: Entity, column: str = "_serviceID") -> Handler:
    def find(call: Call) -> bytes:
        # The page shows these two without a path parameter, so the rows of every service are searched.
        if not call.path:
            return search.page(call, entity)
        service_id = finding.key(call, e.SERVICE, "Service")
        return search.page(call, entity, entity.table.c[column] == service_id)

    return find


def _everywhere(entity: Entity) -> Handler:
    def find(call: Call) -> bytes:
        return search.page(call, entity)

    return find


def phone_book(call: Call) -> bytes:
    """Get Service Phone Book."""
    service_id = fields.key(call, "Service")
    found = call.store.bodies(e.PHONE_BOOK, e.PHONE_BOOK.table.c["_serviceID"] == service_id, limit=1)
    # The page documents no empty phone book, so a service without one is a missing service.
    if not found:
        raise idi_missing("Service", service_id)
    return found[0]


def plan_history(call: Call) -> bytes:
    """Search Plan History: a collection, or the one bare object of the vendor's sample when so configured."""
    if call.config.plan_history == "collection":
        return search.page(call, e.PLAN_HISTORY)
    order = e.PLAN_HISTORY.table.c.startDate.desc()
    found = call.store.bodies(e.PLAN_HISTORY, order=[order], limit=1)
    if not found:
        raise idi_error(404, "Service", "No plan is associated with a service.")
    return found[0]


HANDLERS: dict[str, Handler] = {
    "system.health_check": health_check,
    "auxiliary.search_phone_book_special_numbers": _everywhere(e.SPECIAL_NUMBER),
    "service.search": _everywhere(e.SERVICE),
    "service.search_for_advance_pay": _everywhere(e.ADVANCE_PAY),
    "service.get_phone_book": phone_book,
    "service.search_phone_book_entries": _of_service(e.PHONE_BOOK_ENTRY),
    "service.list_favorite_advance_pay_price_points": _of_service(e.PRICE_POINT),
    "service.list_extended_tax_exemptions": _of_service(e.EXEMPTION),
    "service.list_starting_codes": _of_service(e.STARTING_CODE),
    "service.search_equipment_associations": _of_service(e.EQUIPMENT, "serviceID"),
    "service.search_plan_history": plan_history,
}
