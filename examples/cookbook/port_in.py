"""A customer brings a number along: an order with the PAC, submitted and watched until it is done."""

from __future__ import annotations

import asyncio
import datetime

from trunkline import abzorb
from trunkline.abzorb import models as m

DONE = (m.OrderStatus.COMPLETED, m.OrderStatus.REJECTED)


async def port_in(
    crm: abzorb.Client, *, customer_id: int, cli: str, pac: str, day: datetime.date, every: float = 30.0
) -> m.OrderMonitor:
    """Order the port; returns when the order is completed or rejected."""
    tariff = (await crm.catalogue.list_tariffs_for_network(network_id=1))[0]
    order = await crm.orders.create(m.CreateOrderRequest(customer_id=customer_id))
    if order.order_id is None or tariff.tariff_id is None:
        raise RuntimeError("the response lacks an id that the next step needs")
    await crm.orders.add_mobile(
        m.AddMobileToOrderRequest(
            order_id=order.order_id,
            connection_type=m.OrderMobileConnectionType.PORT,
            cli=cli,
            pac=pac,
            port_date=day,
            network_id=1,
            tariff_id=tariff.tariff_id,
            bill_cap_offered=True,
        )
    )
    await crm.orders.submit(m.SubmitOrderRequest(order_id=order.order_id))
    order_id = order.order_id
    return await crm.poll(
        lambda: crm.orders.monitor(order_id=order_id), until=lambda state: state.status in DONE, every=every
    )


async def main() -> None:
    async with abzorb.Client.from_env() as crm:
        day = datetime.date.today() + datetime.timedelta(days=3)
        state = await port_in(crm, customer_id=20000, cli="07700999999", pac="ABC123456", day=day, every=0.2)
    print("order", state.order_id, "is", state.status)


if __name__ == "__main__":
    asyncio.run(main())
