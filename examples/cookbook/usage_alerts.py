"""Who has used more than 80 % of an allowance: asked for all connections of a customer at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from trunkline import abzorb, bulk
from trunkline.abzorb.models import UsageInformation


def alerts(usage: UsageInformation, share: float) -> Iterator[str]:
    """One text for each allowance that is used up to `share` or more."""
    for allowance in usage.allowances or []:
        if allowance.included and (allowance.used or 0.0) >= share * allowance.included:
            yield f"{allowance.allowance_name}: {allowance.used:g} of {allowance.included:g} {allowance.unit}"


async def main() -> None:
    async with abzorb.Client.from_env() as crm:
        connections = await crm.connections.list_for_customer(customer_id=20000)
        numbers = [one.cli for one in connections if one.cli]
        async for outcome in bulk.lookup(lambda cli: crm.connections.usage(cli=cli), numbers):
            if outcome.error is not None:
                print("no usage for contract:", outcome.error)
                continue
            assert outcome.value is not None
            for text in alerts(outcome.value, 0.8):
                print("contract", outcome.value.contract_id, text)
    print(len(numbers), "connections looked at")


if __name__ == "__main__":
    asyncio.run(main())
