"""Every IDI method, called as a user would, against the sandbox."""

from __future__ import annotations

import datetime
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.contract.calling import called, check, filled, patch
from trunkline import idi
from trunkline.idi import models as m
from trunkline.idi import patches as p
from trunkline.idi.security_token import OPERATIONS as LOGIN
from trunkline.idi.security_token._generated.models import LoginRequest
from trunkline.sandbox import Sandbox
from trunkline.testing import mock_api

DAY = datetime.date(2021, 1, 1)
LATER = datetime.date(2021, 2, 15)
E911 = {
    "customer_id": 1, "e911_class_of_service_id": 1, "e911_type_of_service_id": 1, "function_code": "C",
    "service_address_id": 1, "service_number": "2005550100",
}  # fmt: skip
MSAG = {
    "msag_community": "Valid Community", "msag_county": "County", "state": "New York", "street_name": "Main",
    "street_number": 1, "msag_provider_id": 3,
}  # fmt: skip
DEVICE = {"device_status_id": "2", "handset_catalog_id": 10058, "serial_number": "99000012345678"}
SIM = {"imsi": "001019999999999", "sim_number": "8901999", "sim_class_id": 3}

CALLS: dict[str, Callable[[idi.Client], Awaitable[Any]]] = {
    "system.health_check": (lambda c: called(c, "system.health_check")),
    "auxiliary.search_phone_book_special_numbers": (
        lambda c: called(c, "auxiliary.search_phone_book_special_numbers")
    ),
    "contract.calculate_early_termination_fee": (
        lambda c: called(
            c,
            "contract.calculate_early_termination_fee",
            filled(m.EarlyTerminationFeeRequest, date=DAY),
            id=1,
        )
    ),
    "coverage_service_area.list_types": (lambda c: called(c, "coverage_service_area.list_types")),
    "coverage_service_area.search_indicators": (
        lambda c: called(c, "coverage_service_area.search_indicators")
    ),
    "coverage_service_area.add_indicator": (
        lambda c: called(
            c,
            "coverage_service_area.add_indicator",
            filled(m.CoverageIndicatorCreate, coverage_indicator="Wide", coverage_type_id=7),
        )
    ),
    "coverage_service_area.get_indicator": (
        lambda c: called(c, "coverage_service_area.get_indicator", id=1000)
    ),
    "coverage_service_area.update_indicator": (
        lambda c: called(
            c,
            "coverage_service_area.update_indicator",
            id=1000,
            patch=patch(p.CoverageServiceAreaIndicatorPatch, replace_coverage_indicator="Wider"),
        )
    ),
    "coverage_service_area.search": (lambda c: called(c, "coverage_service_area.search")),
    "coverage_service_area.delete": (lambda c: area_then_delete(c)),
    "coverage_service_area.add_or_update": (lambda c: add_area(c)),
    "customer.list_retail_warranties": (lambda c: called(c, "customer.list_retail_warranties", id=1)),
    "customer.list_service_summaries": (lambda c: called(c, "customer.list_service_summaries", id="1")),
    "customer.list_service_details": (lambda c: called(c, "customer.list_service_details", id="1")),
    "device.create": (lambda c: called(c, "device.create", filled(m.DeviceCreate, **DEVICE))),
    "device.search": (lambda c: called(c, "device.search")),
    "device.update": (
        lambda c: called(
            c,
            "device.update",
            device_id=1000,
            patch=patch(p.DevicePatch, replace_bind=False, remove_pin=None),
        )
    ),
    "device.get": (lambda c: called(c, "device.get", device_id=1000)),
    "device.disassociate": (
        lambda c: called(
            c,
            "device.disassociate",
            filled(m.DeviceDisassociate, allow_on_active_services=True),
            device_id=1000,
        )
    ),
    "e911.add_batch_detail": (
        lambda c: called(c, "e911.add_batch_detail", filled(m.E911BatchDetailCreate, **E911))
    ),
    "feature.update": (
        lambda c: called(
            c,
            "feature.update",
            id=1,
            patch=patch(p.FeaturePatch, replace_pay_in_installments=True, add_number_of_installments=12),
        )
    ),
    "package.list_tax_by_component_allocations": (
        lambda c: called(c, "package.list_tax_by_component_allocations", id=1)
    ),
    "package.set_tax_by_component_allocation": (lambda c: set_allocation(c)),
    "service.search_for_advance_pay": (lambda c: called(c, "service.search_for_advance_pay")),
    "service.get_phone_book": (lambda c: called(c, "service.get_phone_book", id=1)),
    "service.list_favorite_advance_pay_price_points": (
        lambda c: called(c, "service.list_favorite_advance_pay_price_points", service_id=1)
    ),
    "service.list_extended_tax_exemptions": (
        lambda c: called(c, "service.list_extended_tax_exemptions", id=1)
    ),
    "service.update_extended_tax_exemptions": (
        lambda c: called(
            c,
            "service.update_extended_tax_exemptions",
            [filled(m.ExtendedTaxExemptionUpdate, tax_type_exempt_id=2, remove=False)],
            id=1,
        )
    ),
    "service.list_starting_codes": (lambda c: called(c, "service.list_starting_codes")),
    "service.search_equipment_associations": (
        lambda c: called(c, "service.search_equipment_associations", service_id=1)
    ),
    "service.search_plan_history": (lambda c: called(c, "service.search_plan_history")),
    "service.reverse_contract_penalties": (
        lambda c: called(
            c,
            "service.reverse_contract_penalties",
            filled(
                m.ContractPenaltyReversal, adjustment_type_id=1, disconnect_date=DAY, reconnect_date=LATER
            ),
            service_id=1,
        )
    ),
    "service.reverse_installment_plans": (
        lambda c: called(
            c,
            "service.reverse_installment_plans",
            filled(
                m.InstallmentPlanReversal, adjustment_type_id=2, disconnect_date=DAY, reconnect_date=LATER
            ),
            service_id=1,
        )
    ),
    "service.search_phone_book_entries": (lambda c: called(c, "service.search_phone_book_entries", id=1)),
    "service.search": (lambda c: called(c, "service.search")),
    "service.validate_msag": (lambda c: called(c, "service.validate_msag", filled(m.MsagAddress, **MSAG))),
    "service.update_e911_information": (
        lambda c: called(
            c,
            "service.update_e911_information",
            service_id=1,
            patch=patch(p.ServiceE911InformationPatch, replace_e911_class_of_service_id=2),
        )
    ),
    "service.update": (
        lambda c: called(
            c,
            "service.update",
            service_id=1,
            patch=patch(p.ServicePatch, replace_auto_renew_advance_pay=True),
        )
    ),
    "sim.create": (lambda c: called(c, "sim.create", filled(m.SimCreate, **SIM))),
    "sim.search": (lambda c: called(c, "sim.search")),
    "sim.get": (lambda c: called(c, "sim.get", sim_id=1)),
    "sim.get_available_esim": (lambda c: called(c, "sim.get_available_esim")),
}


async def add_area(client: idi.Client) -> None:
    await called(
        client,
        "coverage_service_area.add_or_update",
        filled(m.CoverageAreaUpdate, coverage_indicator_id=1000, csa="Rural", region_id=4),
        zip="00501",
    )


async def area_then_delete(client: idi.Client) -> None:
    await add_area(client)
    await called(client, "coverage_service_area.delete", zip="00501")


async def set_allocation(client: idi.Client) -> None:
    row = (await called(client, "package.list_tax_by_component_allocations", id=1)).rows[0]
    await called(
        client,
        "package.set_tax_by_component_allocation",
        [filled(m.TaxByComponentAllocationUpdate, feature_id=row.feature_id, charge_override=None)],
        id=1,
    )


async def test_operations_that_no_call_is_written_for_are_callable() -> None:
    """A new one of the spec: its client, body and response fit each other. The sandbox learns of it later."""
    user = {"environment": "home", "user": "someone", "password": "word"}
    with mock_api(idi.Client):
        async with idi.Client(**user) as client:
            for operation_id in idi.OPERATIONS.keys() - CALLS.keys():
                await called(client, operation_id)


@pytest.mark.parametrize("operation_id", [id_ for id_ in CALLS if id_ in idi.OPERATIONS])
async def test_response_is_typed(idi_client: idi.Client, operation_id: str) -> None:
    """One request each; the response is the model of the spec with something in it."""
    await check(idi_client, operation_id, lambda: CALLS[operation_id](idi_client), idi.Client)


async def test_login_is_an_operation_too(idi_client: idi.Client, sandbox: Sandbox) -> None:
    assert list(LOGIN) == ["security_token.login"]
    user = sandbox.credentials
    token = await idi_client.security_token.login(LoginRequest(user_name=user.name, password=user.password))
    assert "ExpiresOn=" in str(token)
