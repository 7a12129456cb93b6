"""Coverage types, indicators and areas.

Source: specs/idi/openapi.yaml, tag Coverage Service Area.
"""

from __future__ import annotations

import re

from trunkline.sandbox.idi import fields, finding, search
from trunkline.sandbox.idi.patching import apply_patch
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row
from trunkline.sandbox.vendors import idi_error, idi_missing

_ZIP = re.compile(r"[0-9]{5}(-[0-9]{4})?\Z")


def list_types(call: Call) -> bytes:
    """List Coverage Types."""
    return search.page(call, e.COVERAGE_TYPE)


def find_indicators(call: Call) -> bytes:
    """Search Coverage Indicators."""
    return search.page(call, e.COVERAGE_INDICATOR)


def get_indicator(call: Call) -> bytes:
    """Get a Coverage Indicator."""
    return finding.body(call, e.COVERAGE_INDICATOR, "Coverage Indicator")


def add_indicator(call: Call) -> Row:
    """Add Coverage Indicators."""
    body = fields.whole_body(call)
    fields.required(body, "coverageIndicator")
    row: Row = {"coverageIndicator": body["coverageIndicator"], "coverageTypeID": body.get("coverageTypeID")}
    row["coverageIndicatorID"] = call.store.next_id(e.COVERAGE_INDICATOR)
    row = _checked_indicator(call, row)
    call.store.add(e.COVERAGE_INDICATOR, row)
    return row


def update_indicator(call: Call) -> None:
    """Update a Coverage Indicator; the areas that carry it show its new name."""
    row = finding.row(call, e.COVERAGE_INDICATOR, "Coverage Indicator")
    apply_patch(call, row)
    row = _checked_indicator(call, row)
    call.store.put(e.COVERAGE_INDICATOR, row)
    same = e.COVERAGE_AREA.table.c.coverageIndicatorID == row["coverageIndicatorID"]
    areas = call.store.rows(e.COVERAGE_AREA, same)
    for area in areas:
        # Areas carry a copy of the name, as the vendor's rows show it.
        call.store.put(e.COVERAGE_AREA, area | {"coverageIndicator": row["coverageIndicator"]})


def _checked_indicator(call: Call, row: Row) -> Row:
    fields.required(row, "coverageIndicator")
    fields.typed(row, str, "coverageIndicator")
    table = e.COVERAGE_INDICATOR.table.c
    # Names are unique among indicators, the row itself excepted.
    same = (
        table.coverageIndicator == row["coverageIndicator"],
        table.coverageIndicatorID != row["coverageIndicatorID"],
    )
    if call.store.count(e.COVERAGE_INDICATOR, *same):
        raise idi_error(409, "coverageIndicator", "A coverage indicator with this name already exists.")
    type_id = fields.integer(row, "coverageTypeID")
    kept = {name: row[name] for name in ("coverageIndicator", "coverageIndicatorID")}
    if type_id is None:
        return kept
    kind = call.store.row(e.COVERAGE_TYPE, type_id)
    if kind is None:
        raise idi_error(400, "coverageTypeID", f"coverageTypeID {type_id} does not exist.")
    return kept | kind


def find_areas(call: Call) -> bytes:
    """Search Coverage Areas."""
    return search.page(call, e.COVERAGE_AREA)


def put_area(call: Call) -> None:
    """Add or Update Coverage Areas."""
    zip_code = _zip(call)
    body = fields.whole_body(call)
    fields.required(body, "coverageIndicatorID", "csa")
    fields.typed(body, str, "csa")
    indicator_id, region_id = fields.integer(body, "coverageIndicatorID"), fields.integer(body, "regionID")
    indicator = call.store.row(e.COVERAGE_INDICATOR, indicator_id)
    if indicator is None:
        raise idi_error(400, "coverageIndicatorID", f"coverageIndicatorID {indicator_id} does not exist.")
    row: Row = {
        "zip": zip_code,
        "coverageIndicatorID": indicator_id,
        "coverageIndicator": indicator["coverageIndicator"],
        "csa": body["csa"],
    }
    if region_id is not None:
        region = call.store.row(e.REGION, region_id)
        if region is None:
            raise idi_error(400, "regionID", "regionID must be a location of type region.")
        row |= region
    # PUT creates or replaces (RFC 9110 section 9.3.4).
    if call.store.body(e.COVERAGE_AREA, zip_code) is None:
        call.store.add(e.COVERAGE_AREA, row)
    else:
        call.store.put(e.COVERAGE_AREA, row)


def delete_area(call: Call) -> None:
    """Delete Coverage Areas."""
    zip_code = _zip(call)
    if not call.store.remove(e.COVERAGE_AREA, e.COVERAGE_AREA.table.c.zip == zip_code):
        raise idi_missing("Coverage Area", zip_code)


def _zip(call: Call) -> str:
    if not _ZIP.match(call.path[0]):
        raise idi_error(400, "zip", "zip must be a zip code of five digits.")
    return call.path[0]


HANDLERS: dict[str, Handler] = {
    "coverage_service_area.list_types": list_types,
    "coverage_service_area.search_indicators": find_indicators,
    "coverage_service_area.get_indicator": get_indicator,
    "coverage_service_area.add_indicator": add_indicator,
    "coverage_service_area.update_indicator": update_indicator,
    "coverage_service_area.search": find_areas,
    "coverage_service_area.add_or_update": put_area,
    "coverage_service_area.delete": delete_area,
}
