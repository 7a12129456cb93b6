"""Features: installment plans, early termination fees of contracts, tax allocations of packages.

Source: specs/idi/openapi.yaml, tags Feature, Contract and Package.
"""

from __future__ import annotations

import calendar
import datetime
from typing import Final

from trunkline.sandbox.idi import fields, finding, search
from trunkline.sandbox.idi.patching import apply_patch
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row
from trunkline.sandbox.vendors import idi_error

_MOST_INSTALLMENTS: Final = 60


def update(call: Call) -> None:
    """Update a Feature: its installment plan, within the vendor's rules."""
    row = finding.row(call, e.FEATURE, "Feature")
    # The rules are about the feature as it is, so they are checked before the patch changes it.
    _refuse_unfit(row)
    apply_patch(call, row)
    if not isinstance(row["payInInstallments"], bool):
        raise idi_error(400, "payInInstallments", "payInInstallments must be a boolean.")
    if not row["payInInstallments"]:
        # Also when numberOfInstallments came along: without payInInstallments it is ignored.
        row["numberOfInstallments"] = 0
    else:
        _check_installments(row)
    call.store.put(e.FEATURE, row)


def _refuse_unfit(row: Row) -> None:
    reasons = (
        (row["retailInstallmentPlan"], "A retail installment plan feature cannot be modified."),
        (row["billed"], "The feature has been billed and its installment plan cannot be modified."),
        (
            not row["installmentsAllowed"],
            "The product catalog does not allow this feature to be paid in installments.",
        ),
        (row["quantity"] != 1, "The quantity of the feature must be 1 to allow installments."),
        (row["charge"] < 0, "The derived charge of the feature must be 0 or more."),
    )
    for applies, reason in reasons:
        if applies:
            raise idi_error(400, "payInInstallments", reason)


def _check_installments(row: Row) -> None:
    number = fields.integer(row, "numberOfInstallments") or 0
    if not 1 <= number <= _MOST_INSTALLMENTS:
        raise idi_error(
            400, "numberOfInstallments", f"numberOfInstallments must be from 1 to {_MOST_INSTALLMENTS}."
        )
    if row["billedCharge"] > 0 and round(row["billedCharge"] / number, 2) <= 0:
        raise idi_error(400, "numberOfInstallments", "The monthly installment charge must be greater than 0.")
    row["numberOfInstallments"] = number


def early_termination_fee(call: Call) -> Row:
    """Calculate Contract Early Termination Fee: fixed, or in proportion to what is left of the term."""
    row = finding.row(call, e.CONTRACT, "Contract")
    date = fields.date(fields.whole_body(call), "date")
    if not row["termMonths"]:
        raise idi_error(400, "Contract", "The contract has no Term Commitment term.")
    start = datetime.date.fromisoformat(row["startDate"])
    if date < start:
        raise idi_error(400, "date", "The date is before the start of the contract.")
    end = _months_later(start, row["termMonths"])
    left, term = max(0, (end - date).days), (end - start).days
    # A fixed fee is due in full until the last day of the term; a prorated one falls day by day.
    share = (1.0 if left else 0.0) if row["penalty"] == "Fixed Fee" else left / term
    return {"etf": round(row["fee"] * share, 2)}


def _months_later(day: datetime.date, months: int) -> datetime.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    # A term that begins on the 31st ends with the last day of a shorter month.
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def list_allocations(call: Call) -> bytes:
    """List Tax By Component Allocations."""
    package = _package(call)
    return search.page(call, e.ALLOCATION, e.ALLOCATION.table.c["_packageID"] == package["packageID"])


def set_allocations(call: Call) -> None:
    """Set Tax By Component Allocation for children of the package; a null charge removes the override."""
    package = _package(call)
    if not isinstance(call.body, list) or not call.body:
        raise idi_error(400, "Request", "A list of allocations is required.")
    table = e.ALLOCATION.table.c
    for entry in call.body:
        row = _allocation(fields.checked(call, entry), package)
        call.store.remove(
            e.ALLOCATION, table["_packageID"] == package["packageID"], table.featureID == row["featureID"]
        )
        # Removed and added anew: setting is a PUT, so a repeat leads to the same state.
        row |= {"_id": call.store.next_id(e.ALLOCATION), "_packageID": package["packageID"]}
        call.store.add(e.ALLOCATION, row)


def _allocation(entry: Row, package: Row) -> Row:
    feature_id = fields.integer(entry, "featureID")
    if feature_id not in package["children"]:
        raise idi_error(400, "featureID", "The feature is not a child of the package.")
    charge = entry.get("chargeOverride")
    if charge is not None and (not isinstance(charge, int | float) or isinstance(charge, bool)):
        raise idi_error(400, "chargeOverride", "chargeOverride must be a number or null.")
    row: Row = {"chargeOverride": charge, "featureID": feature_id}
    for name in ("startDate", "endDate"):
        if fields.is_given(entry, name):
            row[name] = fields.date(entry, name).isoformat()
    if row.get("startDate", "") > row.get("endDate", "9999"):
        raise idi_error(400, "startDate", "startDate must not be after endDate.")
    return row


def _package(call: Call) -> Row:
    row = finding.row(call, e.PACKAGE, "Package")
    if not row["onePrice"]:
        raise idi_error(400, "Package", "The package is not a one price package.")
    if not row["taxByComponent"]:
        raise idi_error(400, "Package", "The package is not marked as tax by component.")
    return row


HANDLERS: dict[str, Handler] = {
    "feature.update": update,
    "contract.calculate_early_termination_fee": early_termination_fee,
    "package.list_tax_by_component_allocations": list_allocations,
    "package.set_tax_by_component_allocation": set_allocations,
}
