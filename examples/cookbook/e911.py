"""Validate addresses against the MSAG, then update the E911 class of each service whose address is good."""

from __future__ import annotations

import asyncio

from trunkline import bulk, idi
from trunkline.idi.models import MsagAddress
from trunkline.idi.patches import ServiceE911InformationPatch

ADDRESSES = {
    1: MsagAddress(
        msag_community="Valid Community",
        msag_county="Any",
        state="TX",
        street_name="Main",
        street_number=100,
    ),
    2: MsagAddress(
        msag_community="Nowhere",
        msag_county="Any",
        state="TX",
        street_name="Main",
        street_number=100,
    ),
}
"""Service id to its address, as it would come out of a file."""


async def main() -> None:
    async with idi.Client.from_env() as billing:

        async def validate(service_id: int) -> bool:
            found = await billing.service.validate_msag(ADDRESSES[service_id])
            return not found.msag_error

        valid = [
            outcome.key
            async for outcome in bulk.lookup(validate, ADDRESSES)
            if outcome.error is None and outcome.value
        ]
        rows = [
            {"service_id": one, "patch": ServiceE911InformationPatch().replace_e911_class_of_service_id(2)}
            for one in valid
        ]
        report = await bulk.apply(billing.service.update_e911_information, rows, journal="e911.journal")
    print(f"{len(valid)} of {len(ADDRESSES)} addresses are valid, {report.done} services updated")


if __name__ == "__main__":
    asyncio.run(main())
