"""Every IDI method, called as a user would, against the sandbox."""

from __future__ import annotations

import datetime
from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import pytest

from trunkline import idi
from trunkline.client import Pager
from trunkline.idi import models as m
from trunkline.idi import patches as p
from trunkline.idi.security_token import OPERATIONS as LOGIN
from trunkline.idi.security_token._generated.models import LoginRequest
from trunkline.sandbox import Sandbox

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

CALLS: dict[str, tuple[type | None, Callable[[idi.Client], Awaitable[Any]]]] = {
    "system.health_check": (None, lambda c: c.system.health_check()),
    "auxiliary.search_phone_book_special_numbers": (
        m.PhoneBookSpecialNumber, lambda c: c.auxiliary.search_phone_book_special_numbers()),
    "contract.calculate_early_termination_fee": (
        m.EarlyTerminationFee,
        lambda c: c.contract.calculate_early_termination_fee(m.EarlyTerminationFeeRequest(date=DAY), id=1)),
    "coverage_service_area.list_types": (m.CoverageType, lambda c: c.coverage_service_area.list_types()),
    "coverage_service_area.search_indicators": (
        m.CoverageIndicator, lambda c: c.coverage_service_area.search_indicators()),
    "coverage_service_area.add_indicator": (
        m.CoverageIndicator,
        lambda c: c.coverage_service_area.add_indicator(
            m.CoverageIndicatorCreate(coverage_indicator="Wide", coverage_type_id=7))),
    "coverage_service_area.get_indicator": (
        m.CoverageIndicator, lambda c: c.coverage_service_area.get_indicator(id=1000)),
    "coverage_service_area.update_indicator": (
        None,
        lambda c: c.coverage_service_area.update_indicator(
            id=1000, patch=p.CoverageServiceAreaIndicatorPatch().replace_coverage_indicator("Wider"))),
    "coverage_service_area.search": (m.CoverageArea, lambda c: c.coverage_service_area.search()),
    "coverage_service_area.delete": (None, lambda c: area_then_delete(c)),
    "coverage_service_area.add_or_update": (None, lambda c: add_area(c)),
    "customer.list_retail_warranties": (
        m.RetailWarranty, lambda c: c.customer.list_retail_warranties(id=1)),
    "customer.service_summary": (m.ServiceSummary, lambda c: c.customer.service_summary(id="1")),
    "customer.service_detail": (m.ServiceDetail, lambda c: c.customer.service_detail(id="1")),
    "device.create": (m.Device, lambda c: c.device.create(m.DeviceCreate(**DEVICE))),
    "device.search": (m.Device, lambda c: c.device.search()),
    "device.update": (
        None,
        lambda c: c.device.update(device_id=1000, patch=p.DevicePatch().replace_bind(False).remove_pin())),
    "device.get": (m.Device, lambda c: c.device.get(device_id=1000)),
    "device.disassociate": (
        m.DeviceDisassociation,
        lambda c: c.device.disassociate(m.DeviceDisassociate(allow_on_active_services=True), device_id=1000)),
    "e911.add_batch_detail": (
        m.E911BatchDetail, lambda c: c.e911.add_batch_detail(m.E911BatchDetailCreate(**E911))),
    "feature.update": (
        None,
        lambda c: c.feature.update(
            id=1, patch=p.FeaturePatch().replace_pay_in_installments(True).add_number_of_installments(12))),
    "package.list_tax_by_component_allocations": (
        m.TaxByComponentAllocation, lambda c: c.package.list_tax_by_component_allocations(id=1)),
    "package.set_tax_by_component_allocation": (None, lambda c: set_allocation(c)),
    "service.search_for_advance_pay": (m.AdvancePayService, lambda c: c.service.search_for_advance_pay()),
    "service.get_phone_book": (m.PhoneBook, lambda c: c.service.get_phone_book(id=1)),
    "service.list_favorite_advance_pay_price_points": (
        m.FavoritePricePoint, lambda c: c.service.list_favorite_advance_pay_price_points(service_id=1)),
    "service.list_extended_tax_exemptions": (
        m.ExtendedTaxExemption, lambda c: c.service.list_extended_tax_exemptions(id=1)),
    "service.update_extended_tax_exemptions": (
        None,
        lambda c: c.service.update_extended_tax_exemptions(
            [m.ExtendedTaxExemptionUpdate(tax_type_exempt_id=2, remove=False)], id=1)),
    "service.list_starting_codes": (m.StartingCode, lambda c: c.service.list_starting_codes()),
    "service.search_equipment_associations": (
        m.EquipmentAssociation, lambda c: c.service.search_equipment_associations(service_id=1)),
    "service.search_plan_history": (m.PlanHistory, lambda c: c.service.search_plan_history()),
    "service.reverse_contract_penalties": (
        m.Reversal,
        lambda c: c.service.reverse_contract_penalties(
            m.ContractPenaltyReversal(adjustment_type_id=1, disconnect_date=DAY, reconnect_date=LATER),
            service_id=1)),
    "service.reverse_installment_plans": (
        m.Reversal,
        lambda c: c.service.reverse_installment_plans(
            m.InstallmentPlanReversal(adjustment_type_id=2, disconnect_date=DAY, reconnect_date=LATER),
            service_id=1)),
    "service.search_phone_book_entries": (
        m.PhoneBookEntry, lambda c: c.service.search_phone_book_entries(id=1)),
    "service.search": (m.Service, lambda c: c.service.search()),
    "service.validate_msag": (m.MsagValidation, lambda c: c.service.validate_msag(m.MsagAddress(**MSAG))),
    "service.update_e911_information": (
        None,
        lambda c: c.service.update_e911_information(
            service_id=1, patch=p.ServiceE911InformationPatch().replace_e911_class_of_service_id(2))),
    "service.update": (
        None,
        lambda c: c.service.update(
            service_id=1, patch=p.ServicePatch().replace_auto_renew_advance_pay(True))),
    "sim.create": (m.Sim, lambda c: c.sim.create(m.SimCreate(**SIM))),
    "sim.search": (m.Sim, lambda c: c.sim.search()),
    "sim.get": (m.Sim, lambda c: c.sim.get(sim_id=1)),
    "sim.get_available_esim": (m.Sim, lambda c: c.sim.get_available_esim()),
}  # fmt: skip


async def add_area(client: idi.Client) -> None:
    await client.coverage_service_area.add_or_update(
        m.CoverageAreaUpdate(coverage_indicator_id=1000, csa="Rural", region_id=4), zip="00501"
    )


async def area_then_delete(client: idi.Client) -> None:
    await add_area(client)
    await client.coverage_service_area.delete(zip="00501")


async def set_allocation(client: idi.Client) -> None:
    row = (await client.package.list_tax_by_component_allocations(id=1)).rows[0]
    await client.package.set_tax_by_component_allocation(
        [m.TaxByComponentAllocationUpdate(feature_id=row.feature_id, charge_override=None)], id=1
    )


def test_every_operation_is_called() -> None:
    assert set(CALLS) == set(idi.OPERATIONS)
    assert len(CALLS) == 42


@pytest.mark.parametrize("operation_id", CALLS)
async def test_answer_is_typed(idi_client: idi.Client, operation_id: str) -> None:
    """One request each; the answer is the documented model with something in it."""
    kind, call = CALLS[operation_id]
    made = call(idi_client)
    answer = await made
    if isinstance(made, Pager):
        assert answer.rows, "no rows"
        answer = answer.rows[0]
    if kind is None:
        assert answer is None
        return
    assert type(answer) is kind
    assert not answer.extra, f"the sandbox sends fields that the spec lacks: {sorted(answer.extra)}"
    assert any(value is not None for value in attrs.astuple(answer, recurse=False))


async def test_login_is_an_operation_too(idi_client: idi.Client, sandbox: Sandbox) -> None:
    assert list(LOGIN) == ["security_token.login"]
    user = sandbox.credentials
    token = await idi_client.security_token.login(LoginRequest(user_name=user.name, password=user.password))
    assert "ExpiresOn=" in str(token)
