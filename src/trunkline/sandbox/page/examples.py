"""Values with which every operation of a freshly filled sandbox can be tried at once."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen

_CLI, _CONTRACT, _CUSTOMER, _ORDER, _TASK, _TARIFF = "07700900000", 104110, 20000, 500100, 812001, 5120
_ABZ: Final = 104124
_MOBILE: Final = {"orderId": _ORDER, "orderMobileId": 730551}
_HAS_MOBILE: Final = ("orders.add_mobile",)


@frozen(kw_only=True)
class Example:
    """values: by the wire names of parameters. body: as JSON.

    unique: fields of the body that no two requests may share; the page counts them up after a success.
    after: operations whose examples have to be sent before. wait: then the clock must move by a day, until
    the request that they left has been carried out.
    """

    values: Mapping[str, Any] = MappingProxyType({})
    body: Any = None
    after: tuple[str, ...] = ()
    wait: bool = False
    unique: tuple[str, ...] = ()


def _with(
    body: Any = None,
    after: tuple[str, ...] = (),
    *,
    wait: bool = False,
    unique: tuple[str, ...] = (),
    **values: Any,
) -> Example:
    return Example(values=values, body=body, after=after, wait=wait, unique=unique)


_PAGE: Final = Example(values={"$top": 5})
_REVERSAL: Final = {"disconnectDate": "2021-01-01", "reconnectDate": "2021-02-15"}

_IDI: Final[Mapping[str, Example]] = {
    "auxiliary.search_phone_book_special_numbers": _PAGE,
    "contract.calculate_early_termination_fee": _with({"date": "2021-01-01"}, id=1),
    "coverage_service_area.list_types": _PAGE,
    "coverage_service_area.search_indicators": _PAGE,
    "coverage_service_area.add_indicator": _with({"coverageIndicator": "Wide", "coverageTypeID": 7}),
    "coverage_service_area.get_indicator": _with(id=1000),
    "coverage_service_area.update_indicator": _with(
        [{"op": "replace", "path": "/coverageIndicator", "value": "Wider"}], id=1000
    ),
    "coverage_service_area.search": _PAGE,
    "coverage_service_area.delete": _with(
        after=("coverage_service_area.add_or_update",), zip="00501"
    ),
    "coverage_service_area.add_or_update": _with(
        {"coverageIndicatorID": 1000, "csa": "Rural", "regionID": 4}, zip="00501"
    ),
    "customer.list_retail_warranties": _with(id=1),
    "customer.list_service_summaries": _with(id="1"),
    "customer.list_service_details": _with(id="1"),
    "device.create": _with(
        {"deviceStatusID": "2", "handsetCatalogID": 10058, "serialNumber": "99000012345678"},
        unique=("serialNumber",),
    ),
    "device.search": Example(
        values={"$filter": "deviceID ge 1010 and deviceID lt 1030", "$orderby": "serialNumber", "$top": 5}
    ),
    "device.update": _with(
        [{"op": "replace", "path": "/bind", "value": False}, {"op": "remove", "path": "/pin"}], deviceID=1000
    ),
    "device.get": _with(deviceID=1000),
    "device.disassociate": _with({"allowOnActiveServices": True}, deviceID=1000),
    "e911.add_batch_detail": _with(
        {
            "CustomerID": 1, "E911ClassOfServiceID": 1, "E911TypeOfServiceID": 1, "FunctionCode": "C",
            "ServiceAddressID": 1, "ServiceNumber": "2005550100",
        }
    ),
    "feature.update": _with(
        [
            {"op": "replace", "path": "/payInInstallments", "value": True},
            {"op": "add", "path": "/numberOfInstallments", "value": 12},
        ],
        id=1,
    ),
    "package.list_tax_by_component_allocations": _with(id=1),
    "package.set_tax_by_component_allocation": _with([{"featureID": 10000000, "chargeOverride": None}], id=1),
    "service.search_for_advance_pay": _PAGE,
    "service.get_phone_book": _with(id=1),
    "service.list_favorite_advance_pay_price_points": _with(serviceId=1),
    "service.list_extended_tax_exemptions": _with(id=1),
    "service.update_extended_tax_exemptions": _with([{"taxTypeExemptID": 2, "remove": False}], id=1),
    "service.list_starting_codes": _PAGE,
    "service.search_equipment_associations": _with(serviceId=1),
    "service.search_plan_history": _PAGE,
    "service.reverse_contract_penalties": _with({"adjustmentTypeID": 1, **_REVERSAL}, serviceID=1),
    "service.reverse_installment_plans": _with({"adjustmentTypeID": 2, **_REVERSAL}, serviceID=1),
    "service.search_phone_book_entries": _with(id=1),
    "service.search": _PAGE,
    "service.validate_msag": _with(
        {
            "MSAGCommunity": "Valid Community", "MSAGCounty": "County", "State": "New York",
            "StreetName": "Main", "StreetNumber": 1, "MSAGProviderID": 3,
        }
    ),
    "service.update_e911_information": _with(
        [{"op": "replace", "path": "/e911ClassOfServiceID", "value": 2}], serviceID=1
    ),
    "service.update": _with([{"op": "replace", "path": "/autoRenewAdvancePay", "value": True}], serviceID=1),
    "sim.create": _with(
        {"imsi": "001019990000001", "simNumber": "89019990001", "simClassID": 3},
        unique=("imsi", "simNumber"),
    ),
    "sim.search": _PAGE,
    "sim.get": _with(simID=1),
}  # fmt: skip

_ABZORB: Final[Mapping[str, Example]] = {
    "connections.get_by_cli": _with(cli=_CLI),
    "connections.list_for_customer": _with(customerId=_CUSTOMER),
    "connections.change_sim": _with({"cli": _CLI, "newSim": "8944110999999000001"}, unique=("newSim",)),
    "connections.create_esim_request": _with({"cli": "07700900002"}),
    "connections.add_or_remove_bar": _with(
        {"contractId": _CONTRACT + 1, "barSuffix": "ROAM", "action": "Add"}
    ),
    "connections.add_bundle": _with({"contractId": _CONTRACT, "tariffOptionId": 9142}),
    "connections.remove_bundle": _with(
        {"contractId": _CONTRACT, "tariffOptionId": 9142},
        ("connections.add_bundle",),
        wait=True,
    ),
    "connections.change_tariff": _with({"contractId": _CONTRACT, "tariffId": 5344}),
    "connections.list_tariffs": _with(contractId=_CONTRACT),
    "connections.usage": _with(cli=_CLI),
    "connections.create_abz": _with(
        {"customerId": _CUSTOMER, "tariffId": _TARIFF, "simNumber": "8944100999999000001"},
        unique=("simNumber",),
    ),
    "connections.create_abz_bar_request": _with(
        {"contractId": _ABZ, "barSuffix": "ROAM", "action": "Add"}
    ),
    "connections.create_abz_sim_request": _with(
        {"contractId": _ABZ, "newSim": "8944100888888000001"}, unique=("newSim",)
    ),
    "alerting.bar_status": _with(cli=_CLI),
    "customers.create": _with(
        {
            "customerName": "Example Ltd", "contactName": "Ada Example", "email": "ada@example.com",
            "telephone": "01632960123",
            "address": {
                "line1": "1 Example Road", "town": "Matlock", "postcode": "ZZ1 1AB",
                "country": "United Kingdom",
            },
        }
    ),
    "customers.get": _with(customerId=_CUSTOMER),
    "orders.create": _with({"customerId": _CUSTOMER, "orderReference": "EXAMPLE-1"}),
    "orders.submit": _with({"orderId": _ORDER}, _HAS_MOBILE),
    "orders.get": _with(orderId=_ORDER),
    "orders.list_for_customer": _with(customerId=_CUSTOMER),
    "orders.return_to_draft": _with({"orderId": _ORDER}, ("orders.submit",)),
    "orders.add_mobile": _with(
        {"orderId": _ORDER, "connectionType": "New", "networkId": 1, "tariffId": _TARIFF, "cli": ""}
    ),
    "orders.remove_mobile": _with(_MOBILE, _HAS_MOBILE),
    "orders.add_bundle": _with({**_MOBILE, "tariffOptionId": 9127}, _HAS_MOBILE),
    "orders.remove_bundle": _with(
        {**_MOBILE, "tariffOptionId": 9127}, ("orders.add_bundle",)
    ),
    "orders.add_bar": _with({**_MOBILE, "barSuffix": "INTL"}, _HAS_MOBILE),
    "orders.remove_bar": _with(
        {**_MOBILE, "barSuffix": "INTL"}, ("orders.add_bar",)
    ),
    "orders.monitor": _with(orderId=_ORDER),
    "orders.monitor_bulk": _with(orderIds=[_ORDER, _ORDER + 1]),
    "orders.list_tickets": _with(orderId=_ORDER),
    "orders.list_tickets_bulk": _with(orderIds=[_ORDER, _ORDER + 1]),
    "orders.list_available_numbers": _with(networkId=1),
    "catalogue.list_tariffs_for_network": _with(networkId=1),
    "catalogue.list_bundles_for_tariff": _with(tariffId=_TARIFF),
    "catalogue.list_bundles_for_network": _with(networkId=1),
    "catalogue.list_bill_cap_eligible_tariffs": _with(networkId=1),
    "tasks.create": _with(
        {
            "customerId": _CUSTOMER, "diaryTypeId": 14, "diaryTaskId": 203, "subject": "SIM swap",
            "description": "Lost telephone",
        }
    ),
    "tasks.list_for_customer": _with(customerId=_CUSTOMER),
    "tasks.list_comments": _with(taskId=_TASK),
    "tasks.list_comments_bulk": _with(taskIds=[_TASK, _TASK + 1]),
    "tasks.status": _with(taskId=_TASK),
    "tasks.status_bulk": _with(taskIds=[_TASK, _TASK + 1]),
    "switching.create_pac_request": _with({"cli": _CLI}),
    "switching.create_stac_request": _with({"cli": _CLI}),
    "switching.create_info_request": _with({"cli": _CLI}),
    "switching.list_requests": _with(customerId=_CUSTOMER),
}  # fmt: skip

EXAMPLES: Final[Mapping[str, Example]] = {
    "security_token.login": _with({"userName": "sandbox", "password": "sandbox-password"}),
    **_IDI,
    **_ABZORB,
}
"""By operation id."""

__all__ = ["EXAMPLES", "Example"]
