"""A new mobile with a bundle, from draft to completion."""

from __future__ import annotations

import asyncio

from trunkline import abzorb
from trunkline.abzorb import models as m

DONE = (m.OrderStatus.COMPLETED, m.OrderStatus.REJECTED)


async def order(
    crm: abzorb.Client, *, customer_id: int, network_id: int, every: float = 30.0
) -> m.OrderMonitor:
    """Order the first tariff of a network with the first bundle that it takes."""
    tariff = (await crm.catalogue.list_tariffs_for_network(network_id=network_id))[0]
    bundles = await crm.catalogue.list_bundles_for_network(network_id=network_id)
    draft = await crm.orders.create(m.CreateOrderRequest(customer_id=customer_id))
    if draft.order_id is None or tariff.tariff_id is None:
        raise RuntimeError("the response lacks an id that the next step needs")
    mobile = await crm.orders.add_mobile(
        m.AddMobileToOrderRequest(
            order_id=draft.order_id,
            connection_type=m.OrderMobileConnectionType.NEW,
            cli="",
            network_id=network_id,
            tariff_id=tariff.tariff_id,
            bill_cap_offered=True,
        )
    )
    if bundles and mobile.order_mobile_id is not None and bundles[0].tariff_option_id is not None:
        await crm.orders.add_bundle(
            m.AddBundleToMobileOrderRequest(
                order_id=draft.order_id,
                order_mobile_id=mobile.order_mobile_id,
                tariff_option_id=bundles[0].tariff_option_id,
            )
        )
    await crm.orders.submit(m.SubmitOrderRequest(order_id=draft.order_id))
    order_id = draft.order_id
    return await crm.poll(
        lambda: crm.orders.monitor(order_id=order_id), until=lambda state: state.status in DONE, every=every
    )


async def main() -> None:
    async with abzorb.Client.from_env() as crm:
        state = await order(crm, customer_id=20000, network_id=1, every=0.2)
    for contract in state.contracts or []:
        print("order", state.order_id, state.status, "contract", contract.contract_id)


if __name__ == "__main__":
    asyncio.run(main())
