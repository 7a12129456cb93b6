"""Every Abzorb method, called as a user would, against the sandbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.contract.calling import called, check, filled
from trunkline import abzorb
from trunkline.abzorb import models as m
from trunkline.sandbox import Sandbox
from trunkline.testing import mock_api

CLI, CONTRACT, CUSTOMER, ORDER, TASK, TARIFF, OPTION = (
    "07700900000",
    104110,
    20000,
    500100,
    812001,
    5120,
    9127,
)
SIM = "8944100999999999999"
ADD, REMOVE = m.AddOrRemoveBarRequestAction("Add"), m.AddOrRemoveBarRequestAction("Remove")
ADDRESS = {"line1": "1 Example Road", "town": "Matlock", "postcode": "ZZ1 1AB", "country": "United Kingdom"}


async def draft(client: abzorb.Client) -> tuple[int, int]:
    """A draft order with one mobile: order and mobile id."""
    order = await called(client, "orders.create", filled(m.CreateOrderRequest, customer_id=CUSTOMER))
    mobile = await called(
        client,
        "orders.add_mobile",
        filled(
            m.AddMobileToOrderRequest,
            order_id=order.order_id,
            connection_type=m.OrderMobileConnectionType("New"),
            network_id=1,
            tariff_id=TARIFF,
            cli="",
            bill_cap_offered=True,
        ),
    )
    return order.order_id, mobile.order_mobile_id


async def submitted(client: abzorb.Client) -> int:
    order_id, _ = await draft(client)
    await called(client, "orders.submit", filled(m.SubmitOrderRequest, order_id=order_id))
    return order_id


async def with_bundle(client: abzorb.Client, *, then_remove: bool) -> m.OrderMobile:
    order_id, mobile_id = await draft(client)
    ids = {"order_id": order_id, "order_mobile_id": mobile_id, "tariff_option_id": OPTION}
    added = await called(client, "orders.add_bundle", filled(m.AddBundleToMobileOrderRequest, **ids))
    if not then_remove:
        return added
    return await called(client, "orders.remove_bundle", filled(m.RemoveBundleFromMobileOrderRequest, **ids))


async def with_bar(client: abzorb.Client, *, then_remove: bool) -> m.OrderMobile:
    order_id, mobile_id = await draft(client)
    ids = {"order_id": order_id, "order_mobile_id": mobile_id, "bar_suffix": "INTL"}
    added = await called(client, "orders.add_bar", filled(m.AddBarToMobileOrderRequest, **ids))
    if not then_remove:
        return added
    return await called(client, "orders.remove_bar", filled(m.RemoveBarFromMobileOrderRequest, **ids))


async def bundle(client: abzorb.Client, then_remove_from: Sandbox | None) -> m.RequestResult:
    cli = await called(client, "connections.get_by_cli", cli=CLI)
    option = (await called(client, "catalogue.list_bundles_for_tariff", tariff_id=cli.tariff_id))[
        0
    ].tariff_option_id
    ids = {"contract_id": CONTRACT, "tariff_option_id": option}
    result = await called(client, "connections.add_bundle", filled(m.AddBundleRequest, **ids))
    if then_remove_from is None:
        return result
    then_remove_from.clock.advance(86_400)  # until the request has been carried out
    return await called(client, "connections.remove_bundle", filled(m.RemoveBundleRequest, **ids))


async def abz_contract(client: abzorb.Client) -> int:
    made = await called(
        client,
        "connections.create_abz",
        filled(m.CreateAbzConnectionRequest, customer_id=CUSTOMER, tariff_id=TARIFF, sim_number=SIM),
    )
    return made.contract_id


async def abz_bar(client: abzorb.Client) -> m.RequestResult:
    body = filled(
        m.CreateAbzBarRequestBody, contract_id=await abz_contract(client), bar_suffix="INTL", action=ADD
    )
    return await called(client, "connections.create_abz_bar_request", body)


async def abz_sim(client: abzorb.Client) -> m.RequestResult:
    body = filled(
        m.CreateAbzSimRequestBody, contract_id=await abz_contract(client), new_sim="8944100888888888888"
    )
    return await called(client, "connections.create_abz_sim_request", body)


async def change_sim(client: abzorb.Client) -> m.RequestResult:
    old = (await called(client, "connections.get_by_cli", cli=CLI)).sim_number
    return await called(
        client,
        "connections.change_sim",
        filled(m.ChangeSimRequest, cli=CLI, new_sim=f"{old[:7]}999999999999"),
    )


async def change_tariff(client: abzorb.Client) -> m.RequestResult:
    for row in range(30):
        tariffs = await called(client, "connections.list_tariffs", contract_id=CONTRACT + row)
        if tariffs:
            body = filled(m.ChangeTariffRequest, contract_id=CONTRACT + row, tariff_id=tariffs[0].tariff_id)
            return await called(client, "connections.change_tariff", body)
    raise AssertionError("no connection may change its tariff")


async def esim(client: abzorb.Client) -> m.EsimRequestResult:
    for row in await called(client, "connections.list_for_customer", customer_id=CUSTOMER):
        if str(row.network) == "Vodafone":
            return await called(
                client, "connections.create_esim_request", filled(m.CreateEsimRequestBody, cli=row.cli)
            )
    raise AssertionError("no Vodafone connection")


async def back_to_draft(client: abzorb.Client) -> m.Order:
    body = filled(m.ReturnOrderToDraftRequest, order_id=await submitted(client))
    return await called(client, "orders.return_to_draft", body)


async def submit(client: abzorb.Client) -> m.Order:
    return await called(client, "orders.get", order_id=await submitted(client))


async def remove_mobile(client: abzorb.Client) -> m.Order:
    order_id, mobile_id = await draft(client)
    body = filled(m.RemoveMobileFromOrderRequest, order_id=order_id, order_mobile_id=mobile_id)
    return await called(client, "orders.remove_mobile", body)


async def add_mobile(client: abzorb.Client) -> m.OrderMobile:
    order_id, _ = await draft(client)
    return (await called(client, "orders.get", order_id=order_id)).mobiles[0]


CALLS: dict[str, Callable[[abzorb.Client, Sandbox], Awaitable[Any]]] = {
    "connections.get_by_cli": (lambda c, s: called(c, "connections.get_by_cli", cli=CLI)),
    "connections.list_for_customer": (
        lambda c, s: called(c, "connections.list_for_customer", customer_id=CUSTOMER)
    ),
    "connections.change_sim": (lambda c, s: change_sim(c)),
    "connections.create_esim_request": (lambda c, s: esim(c)),
    "connections.add_or_remove_bar": (
        lambda c, s: called(
            c,
            "connections.add_or_remove_bar",
            filled(m.AddOrRemoveBarRequest, contract_id=CONTRACT + 1, bar_suffix="ROAM", action=ADD),
        )
    ),
    "connections.add_bundle": (lambda c, s: bundle(c, None)),
    "connections.remove_bundle": (lambda c, s: bundle(c, s)),
    "connections.change_tariff": (lambda c, s: change_tariff(c)),
    "connections.list_tariffs": (lambda c, s: called(c, "connections.list_tariffs", contract_id=CONTRACT)),
    "connections.usage": (lambda c, s: called(c, "connections.usage", cli=CLI)),
    "connections.create_abz": (
        lambda c, s: called(
            c,
            "connections.create_abz",
            filled(m.CreateAbzConnectionRequest, customer_id=CUSTOMER, tariff_id=TARIFF, sim_number=SIM),
        )
    ),
    "connections.create_abz_bar_request": (lambda c, s: abz_bar(c)),
    "connections.create_abz_sim_request": (lambda c, s: abz_sim(c)),
    "alerting.bar_status": (lambda c, s: called(c, "alerting.bar_status", cli=CLI)),
    "customers.create": (
        lambda c, s: called(
            c,
            "customers.create",
            filled(
                m.CreateCustomerRequest,
                customer_name="Example Ltd",
                contact_name="Ada Example",
                email="ada@example.example",
                telephone="01632960123",
                address=m.Address(**ADDRESS),
            ),
        )
    ),
    "customers.list_all": (lambda c, s: called(c, "customers.list_all")),
    "customers.get": (lambda c, s: called(c, "customers.get", customer_id=CUSTOMER)),
    "orders.create": (
        lambda c, s: called(c, "orders.create", filled(m.CreateOrderRequest, customer_id=CUSTOMER))
    ),
    "orders.submit": (lambda c, s: submit(c)),
    "orders.get": (lambda c, s: called(c, "orders.get", order_id=ORDER)),
    "orders.list_for_customer": (lambda c, s: called(c, "orders.list_for_customer", customer_id=CUSTOMER)),
    "orders.return_to_draft": (lambda c, s: back_to_draft(c)),
    "orders.add_mobile": (lambda c, s: add_mobile(c)),
    "orders.remove_mobile": (lambda c, s: remove_mobile(c)),
    "orders.add_bundle": (lambda c, s: with_bundle(c, then_remove=False)),
    "orders.remove_bundle": (lambda c, s: with_bundle(c, then_remove=True)),
    "orders.add_bar": (lambda c, s: with_bar(c, then_remove=False)),
    "orders.remove_bar": (lambda c, s: with_bar(c, then_remove=True)),
    "orders.monitor": (lambda c, s: called(c, "orders.monitor", order_id=ORDER)),
    "orders.monitor_bulk": (lambda c, s: called(c, "orders.monitor_bulk", order_ids=[ORDER, ORDER + 1])),
    "orders.list_tickets": (lambda c, s: tickets(c, many=False)),
    "orders.list_tickets_bulk": (lambda c, s: tickets(c, many=True)),
    "orders.list_available_numbers": (lambda c, s: called(c, "orders.list_available_numbers", network_id=1)),
    "catalogue.list_tariffs_for_network": (
        lambda c, s: called(c, "catalogue.list_tariffs_for_network", network_id=1)
    ),
    "catalogue.list_bundles_for_tariff": (
        lambda c, s: called(c, "catalogue.list_bundles_for_tariff", tariff_id=TARIFF)
    ),
    "catalogue.list_bundles_for_network": (
        lambda c, s: called(c, "catalogue.list_bundles_for_network", network_id=1)
    ),
    "catalogue.list_bill_cap_eligible_tariffs": (
        lambda c, s: called(c, "catalogue.list_bill_cap_eligible_tariffs", network_id=1)
    ),
    "tasks.create": (
        lambda c, s: called(
            c,
            "tasks.create",
            filled(
                m.CreateTaskRequest,
                customer_id=CUSTOMER,
                diary_type_id=14,
                diary_task_id=203,
                subject="Swap",
                description="SIM",
            ),
        )
    ),
    "tasks.list_for_customer": (lambda c, s: called(c, "tasks.list_for_customer", customer_id=CUSTOMER)),
    "tasks.list_comments": (lambda c, s: called(c, "tasks.list_comments", task_id=TASK)),
    "tasks.list_comments_bulk": (
        lambda c, s: called(c, "tasks.list_comments_bulk", task_ids=[TASK, TASK + 1])
    ),
    "tasks.status": (lambda c, s: called(c, "tasks.status", task_id=TASK)),
    "tasks.status_bulk": (lambda c, s: called(c, "tasks.status_bulk", task_ids=[TASK, TASK + 1])),
    "switching.create_pac_request": (
        lambda c, s: called(c, "switching.create_pac_request", filled(m.CreatePacRequestBody, cli=CLI))
    ),
    "switching.create_stac_request": (
        lambda c, s: called(c, "switching.create_stac_request", filled(m.CreateStacRequestBody, cli=CLI))
    ),
    "switching.create_info_request": (
        lambda c, s: called(c, "switching.create_info_request", filled(m.CreateInfoRequestBody, cli=CLI))
    ),
    "switching.list_requests": (lambda c, s: switching(c)),
    "reference.list_diary_types": (lambda c, s: called(c, "reference.list_diary_types")),
    "reference.list_diary_tasks": (lambda c, s: called(c, "reference.list_diary_tasks")),
    "reference.list_bar_suffixes": (lambda c, s: called(c, "reference.list_bar_suffixes")),
    "reference.list_statuses": (lambda c, s: called(c, "reference.list_statuses")),
    "reference.list_networks": (lambda c, s: called(c, "reference.list_networks")),
}


async def tickets(client: abzorb.Client, *, many: bool) -> list[m.Ticket]:
    order_id = await submitted(client)
    if many:
        return await called(client, "orders.list_tickets_bulk", order_ids=[order_id])
    return await called(client, "orders.list_tickets", order_id=order_id)


async def switching(client: abzorb.Client) -> list[m.SwitchingRequest]:
    await called(client, "switching.create_pac_request", filled(m.CreatePacRequestBody, cli=CLI))
    return await called(client, "switching.list_requests", customer_id=CUSTOMER)


async def test_operations_that_no_call_is_written_for_are_callable() -> None:
    """A new one of the spec: its client, body and response fit each other. The sandbox learns of it later."""
    with mock_api(abzorb.Client):
        async with abzorb.Client(user="someone", password="word") as client:
            for operation_id in abzorb.OPERATIONS.keys() - CALLS.keys():
                await called(client, operation_id)


@pytest.mark.parametrize("operation_id", [id_ for id_ in CALLS if id_ in abzorb.OPERATIONS])
async def test_response_is_typed(abzorb_client: abzorb.Client, sandbox: Sandbox, operation_id: str) -> None:
    """The response is the model that the spec names, with something in it and nothing beyond it."""
    await check(
        abzorb_client, operation_id, lambda: CALLS[operation_id](abzorb_client, sandbox), abzorb.Client
    )


async def test_former_and_present_words_mean_the_same_customer(abzorb_client: abzorb.Client) -> None:
    """The page: customerId is found by looking at a CLI."""
    connection = await abzorb_client.connections.get_by_cli(cli=CLI)
    owned = await abzorb_client.connections.list_for_customer(customer_id=connection.customer_id)
    assert connection.contract_id in {row.contract_id for row in owned}
