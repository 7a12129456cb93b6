"""Every Abzorb method, called as a user would, against the sandbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import pytest

from trunkline import abzorb
from trunkline.abzorb import models as m
from trunkline.sandbox import Sandbox

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
    order = await client.orders.create(m.CreateOrderRequest(customer_id=CUSTOMER))
    mobile = await client.orders.add_mobile(
        m.AddMobileToOrderRequest(
            order_id=order.order_id,
            connection_type=m.OrderMobileConnectionType("New"),
            network_id=1,
            tariff_id=TARIFF,
            cli="",
            bill_cap_offered=True,
        )
    )
    return order.order_id, mobile.order_mobile_id


async def submitted(client: abzorb.Client) -> int:
    order_id, _ = await draft(client)
    await client.orders.submit(m.SubmitOrderRequest(order_id=order_id))
    return order_id


async def with_bundle(client: abzorb.Client, *, then_remove: bool) -> m.OrderMobile:
    order_id, mobile_id = await draft(client)
    ids = {"order_id": order_id, "order_mobile_id": mobile_id, "tariff_option_id": OPTION}
    added = await client.orders.add_bundle(m.AddBundleToMobileOrderRequest(**ids))
    if not then_remove:
        return added
    return await client.orders.remove_bundle(m.RemoveBundleFromMobileOrderRequest(**ids))


async def with_bar(client: abzorb.Client, *, then_remove: bool) -> m.OrderMobile:
    order_id, mobile_id = await draft(client)
    ids = {"order_id": order_id, "order_mobile_id": mobile_id, "bar_suffix": "INTL"}
    added = await client.orders.add_bar(m.AddBarToMobileOrderRequest(**ids))
    if not then_remove:
        return added
    return await client.orders.remove_bar(m.RemoveBarFromMobileOrderRequest(**ids))


async def bundle(client: abzorb.Client, then_remove_from: Sandbox | None) -> m.RequestResult:
    cli = await client.connections.get_by_cli(cli=CLI)
    option = (await client.catalogue.bundles_for_tariff(tariff_id=cli.tariff_id))[0].tariff_option_id
    ids = {"contract_id": CONTRACT, "tariff_option_id": option}
    result = await client.connections.add_bundle(m.AddBundleRequest(**ids))
    if then_remove_from is None:
        return result
    then_remove_from.clock.advance(86_400)  # until the request has been carried out
    return await client.connections.remove_bundle(m.RemoveBundleRequest(**ids))


async def abz_contract(client: abzorb.Client) -> int:
    made = await client.connections.create_abz(
        m.CreateAbzConnectionRequest(customer_id=CUSTOMER, tariff_id=TARIFF, sim_number=SIM)
    )
    return made.contract_id


async def abz_bar(client: abzorb.Client) -> m.RequestResult:
    body = m.CreateAbzBarRequestBody(contract_id=await abz_contract(client), bar_suffix="INTL", action=ADD)
    return await client.connections.create_abz_bar_request(body)


async def abz_sim(client: abzorb.Client) -> m.RequestResult:
    body = m.CreateAbzSimRequestBody(contract_id=await abz_contract(client), new_sim="8944100888888888888")
    return await client.connections.create_abz_sim_request(body)


async def change_sim(client: abzorb.Client) -> m.RequestResult:
    old = (await client.connections.get_by_cli(cli=CLI)).sim_number
    return await client.connections.change_sim(m.ChangeSimRequest(cli=CLI, new_sim=f"{old[:7]}999999999999"))


async def change_tariff(client: abzorb.Client) -> m.RequestResult:
    for row in range(30):
        tariffs = await client.connections.tariffs(contract_id=CONTRACT + row)
        if tariffs:
            body = m.ChangeTariffRequest(contract_id=CONTRACT + row, tariff_id=tariffs[0].tariff_id)
            return await client.connections.change_tariff(body)
    raise AssertionError("no connection may change its tariff")


async def esim(client: abzorb.Client) -> m.EsimRequestResult:
    for row in await client.connections.get_by_customer_id(customer_id=CUSTOMER):
        if str(row.network) == "Vodafone":
            return await client.connections.create_esim_request(m.CreateEsimRequestBody(cli=row.cli))
    raise AssertionError("no Vodafone connection")


async def back_to_draft(client: abzorb.Client) -> m.Order:
    body = m.ReturnOrderToDraftRequest(order_id=await submitted(client))
    return await client.orders.return_to_draft(body)


async def submit(client: abzorb.Client) -> m.Order:
    return await client.orders.get(order_id=await submitted(client))


async def remove_mobile(client: abzorb.Client) -> m.Order:
    order_id, mobile_id = await draft(client)
    body = m.RemoveMobileFromOrderRequest(order_id=order_id, order_mobile_id=mobile_id)
    return await client.orders.remove_mobile(body)


async def add_mobile(client: abzorb.Client) -> m.OrderMobile:
    order_id, _ = await draft(client)
    return (await client.orders.get(order_id=order_id)).mobiles[0]


CALLS: dict[str, tuple[type, Callable[[abzorb.Client, Sandbox], Awaitable[Any]]]] = {
    "connections.get_by_cli": (m.Connection, lambda c, s: c.connections.get_by_cli(cli=CLI)),
    "connections.get_by_customer_id": (
        m.Connection, lambda c, s: c.connections.get_by_customer_id(customer_id=CUSTOMER)),
    "connections.change_sim": (m.RequestResult, lambda c, s: change_sim(c)),
    "connections.create_esim_request": (m.EsimRequestResult, lambda c, s: esim(c)),
    "connections.add_or_remove_bar": (
        m.RequestResult,
        lambda c, s: c.connections.add_or_remove_bar(
            m.AddOrRemoveBarRequest(contract_id=CONTRACT + 1, bar_suffix="ROAM", action=ADD))),
    "connections.add_bundle": (m.RequestResult, lambda c, s: bundle(c, None)),
    "connections.remove_bundle": (m.RequestResult, lambda c, s: bundle(c, s)),
    "connections.change_tariff": (m.RequestResult, lambda c, s: change_tariff(c)),
    "connections.tariffs": (m.Tariff, lambda c, s: c.connections.tariffs(contract_id=CONTRACT)),
    "connections.usage": (m.UsageInformation, lambda c, s: c.connections.usage(cli=CLI)),
    "connections.create_abz": (
        m.RequestResult,
        lambda c, s: c.connections.create_abz(
            m.CreateAbzConnectionRequest(customer_id=CUSTOMER, tariff_id=TARIFF, sim_number=SIM))),
    "connections.create_abz_bar_request": (m.RequestResult, lambda c, s: abz_bar(c)),
    "connections.create_abz_sim_request": (m.RequestResult, lambda c, s: abz_sim(c)),
    "alerting.bar_status": (m.AlertingBarStatus, lambda c, s: c.alerting.bar_status(cli=CLI)),
    "customers.create": (
        m.Customer,
        lambda c, s: c.customers.create(m.CreateCustomerRequest(
            customer_name="Example Ltd", contact_name="Ada Example", email="ada@example.example",
            telephone="01632960123", address=m.Address(**ADDRESS)))),
    "customers.get_all": (m.Customer, lambda c, s: c.customers.get_all()),
    "customers.get": (m.Customer, lambda c, s: c.customers.get(customer_id=CUSTOMER)),
    "orders.create": (m.Order, lambda c, s: c.orders.create(m.CreateOrderRequest(customer_id=CUSTOMER))),
    "orders.submit": (m.Order, lambda c, s: submit(c)),
    "orders.get": (m.Order, lambda c, s: c.orders.get(order_id=ORDER)),
    "orders.for_customer": (m.Order, lambda c, s: c.orders.for_customer(customer_id=CUSTOMER)),
    "orders.return_to_draft": (m.Order, lambda c, s: back_to_draft(c)),
    "orders.add_mobile": (m.OrderMobile, lambda c, s: add_mobile(c)),
    "orders.remove_mobile": (m.Order, lambda c, s: remove_mobile(c)),
    "orders.add_bundle": (m.OrderMobile, lambda c, s: with_bundle(c, then_remove=False)),
    "orders.remove_bundle": (m.OrderMobile, lambda c, s: with_bundle(c, then_remove=True)),
    "orders.add_bar": (m.OrderMobile, lambda c, s: with_bar(c, then_remove=False)),
    "orders.remove_bar": (m.OrderMobile, lambda c, s: with_bar(c, then_remove=True)),
    "orders.monitor": (m.OrderMonitor, lambda c, s: c.orders.monitor(order_id=ORDER)),
    "orders.monitor_bulk": (m.OrderMonitor, lambda c, s: c.orders.monitor_bulk(order_ids=[ORDER, ORDER + 1])),
    "orders.tickets": (m.Ticket, lambda c, s: tickets(c, many=False)),
    "orders.tickets_bulk": (m.Ticket, lambda c, s: tickets(c, many=True)),
    "orders.available_numbers": (m.AvailableNumber, lambda c, s: c.orders.available_numbers(network_id=1)),
    "catalogue.tariffs_for_network": (m.Tariff, lambda c, s: c.catalogue.tariffs_for_network(network_id=1)),
    "catalogue.bundles_for_tariff": (m.Bundle, lambda c, s: c.catalogue.bundles_for_tariff(tariff_id=TARIFF)),
    "catalogue.bundles_for_network": (m.Bundle, lambda c, s: c.catalogue.bundles_for_network(network_id=1)),
    "catalogue.bill_cap_eligible_tariffs": (
        m.Tariff, lambda c, s: c.catalogue.bill_cap_eligible_tariffs(network_id=1)),
    "tasks.create": (
        m.Task,
        lambda c, s: c.tasks.create(m.CreateTaskRequest(
            customer_id=CUSTOMER, diary_type_id=14, diary_task_id=203, subject="Swap", description="SIM"))),
    "tasks.for_customer": (m.Task, lambda c, s: c.tasks.for_customer(customer_id=CUSTOMER)),
    "tasks.comments": (m.TaskComment, lambda c, s: c.tasks.comments(task_id=TASK)),
    "tasks.comments_bulk": (m.TaskComment, lambda c, s: c.tasks.comments_bulk(task_ids=[TASK, TASK + 1])),
    "tasks.status": (m.TaskState, lambda c, s: c.tasks.status(task_id=TASK)),
    "tasks.status_bulk": (m.TaskState, lambda c, s: c.tasks.status_bulk(task_ids=[TASK, TASK + 1])),
    "switching.create_pac_request": (
        m.SwitchingRequest, lambda c, s: c.switching.create_pac_request(m.CreatePacRequestBody(cli=CLI))),
    "switching.create_stac_request": (
        m.SwitchingRequest, lambda c, s: c.switching.create_stac_request(m.CreateStacRequestBody(cli=CLI))),
    "switching.create_info_request": (
        m.SwitchingRequest, lambda c, s: c.switching.create_info_request(m.CreateInfoRequestBody(cli=CLI))),
    "switching.requests": (m.SwitchingRequest, lambda c, s: switching(c)),
    "reference.diary_types": (m.DiaryType, lambda c, s: c.reference.diary_types()),
    "reference.diary_tasks": (m.DiaryTask, lambda c, s: c.reference.diary_tasks()),
    "reference.bar_suffixes": (m.BarSuffix, lambda c, s: c.reference.bar_suffixes()),
    "reference.statuses": (m.StatusReference, lambda c, s: c.reference.statuses()),
    "reference.networks": (m.NetworkReference, lambda c, s: c.reference.networks()),
}  # fmt: skip


async def tickets(client: abzorb.Client, *, many: bool) -> list[m.Ticket]:
    order_id = await submitted(client)
    if many:
        return await client.orders.tickets_bulk(order_ids=[order_id])
    return await client.orders.tickets(order_id=order_id)


async def switching(client: abzorb.Client) -> list[m.SwitchingRequest]:
    await client.switching.create_pac_request(m.CreatePacRequestBody(cli=CLI))
    return await client.switching.requests(customer_id=CUSTOMER)


def test_every_operation_is_called() -> None:
    assert set(CALLS) == set(abzorb.OPERATIONS)
    assert len(CALLS) >= 49


@pytest.mark.parametrize("operation_id", CALLS)
async def test_answer_is_typed(abzorb_client: abzorb.Client, sandbox: Sandbox, operation_id: str) -> None:
    """The answer is the model that the spec names, with something in it and nothing beyond it."""
    kind, call = CALLS[operation_id]
    answer = await call(abzorb_client, sandbox)
    if isinstance(answer, list):
        assert answer, "no rows"
        answer = answer[0]
    assert type(answer) is kind
    assert not answer.extra, f"the sandbox sends fields that the spec lacks: {sorted(answer.extra)}"
    assert any(value is not None for value in attrs.astuple(answer, recurse=False))


async def test_former_and_present_words_mean_the_same_customer(abzorb_client: abzorb.Client) -> None:
    """The page: customerId is found by looking at a CLI."""
    connection = await abzorb_client.connections.get_by_cli(cli=CLI)
    owned = await abzorb_client.connections.get_by_customer_id(customer_id=connection.customer_id)
    assert connection.contract_id in {row.contract_id for row in owned}
