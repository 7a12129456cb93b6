"""Tariffs, bundles and the reference data of the appendix.

Source: specs/abzorb/collection.json, folders Catalogue and Reference data.
"""

from __future__ import annotations

from trunkline.sandbox.abzorb import reading
from trunkline.sandbox.routing import Call, Handler
from trunkline.sandbox.seed.abzorb import BARS, DIARY_TASKS, DIARY_TYPES, NETWORKS, STATUSES
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row
from trunkline.sandbox.vendors import abzorb_invalid


def network(call: Call) -> int:
    """The network that the request asks about."""
    network_id = reading.number(call, "networkId")
    if network_id not in NETWORKS:
        raise abzorb_invalid(f"No network {network_id}.")
    return network_id


def tariffs_for_network(call: Call) -> bytes:
    """ListTariffsForNetwork."""
    return reading.array(call.store.bodies(e.AB_TARIFF, e.AB_TARIFF.table.c.networkId == network(call)))


def bill_cap_eligible(call: Call) -> bytes:
    """BillCapEligibleTariffs."""
    table = e.AB_TARIFF.table.c
    return reading.array(
        call.store.bodies(e.AB_TARIFF, table.networkId == network(call), table.billCapEligible.is_(True))
    )


def bundles_for_network(call: Call) -> bytes:
    """ListBundlesForNetwork."""
    return reading.array(call.store.bodies(e.AB_BUNDLE, e.AB_BUNDLE.table.c.networkId == network(call)))


def bundles_for_tariff(call: Call) -> bytes:
    """ListBundlesForTariff."""
    tariff = reading.tariff(call, reading.number(call, "tariffId"))
    table = e.AB_BUNDLE.table.c
    fits = table["_term"] <= tariff["contractTermMonths"]
    return reading.array(call.store.bodies(e.AB_BUNDLE, table.networkId == tariff["networkId"], fits))


def known_bar(suffix: str) -> str:
    """The suffix of a bar that exists."""
    if suffix not in BARS:
        raise abzorb_invalid(f"No bar {suffix}.")
    return suffix


# A bundle that the lists would not offer for this tariff is refused.
def bundle_for(call: Call, option_id: int, tariff: Row) -> Row:
    """The bundle of an option, if it goes with the tariff."""
    table = e.AB_BUNDLE.table.c
    found = call.store.first(
        e.AB_BUNDLE,
        table.tariffOptionId == option_id,
        table.networkId == tariff["networkId"],
        table["_term"] <= tariff["contractTermMonths"],
    )
    if found is None:
        raise abzorb_invalid("The bundle cannot be added to the present tariff.")
    return found


def diary_types(call: Call) -> list[Row]:
    """ListDiaryTypes."""
    return [{"diaryTypeId": key, "diaryType": name} for key, name in DIARY_TYPES.items()]


def diary_tasks(call: Call) -> list[Row]:
    """ListDiaryTasks, all or of one type."""
    wanted = reading.number(call, "diaryTypeId") if call.query.get("diaryTypeId") else None
    if wanted is not None and wanted not in DIARY_TYPES:
        raise abzorb_invalid(f"No diary type {wanted}.")
    return [
        {"diaryTaskId": key, "diaryTask": name, "diaryTypeId": type_id}
        for key, (name, type_id) in DIARY_TASKS.items()
        if wanted in (None, type_id)
    ]


def bar_suffixes(call: Call) -> list[Row]:
    """ListBarSuffixes of every network."""
    return [
        {"barSuffix": suffix, "barName": name, "networkId": network_id, "network": network_name}
        for network_id, network_name in NETWORKS.items()
        for suffix, (name, _) in BARS.items()
    ]


def statuses(call: Call) -> list[Row]:
    """ListStatuses."""
    return [{"statusId": key, "status": name} for key, name in STATUSES.items()]


def networks(call: Call) -> list[Row]:
    """ListNetworks."""
    return [{"networkId": key, "network": name} for key, name in NETWORKS.items()]


HANDLERS: dict[str, Handler] = {
    "catalogue.list_tariffs_for_network": tariffs_for_network,
    "catalogue.list_bill_cap_eligible_tariffs": bill_cap_eligible,
    "catalogue.list_bundles_for_network": bundles_for_network,
    "catalogue.list_bundles_for_tariff": bundles_for_tariff,
    "reference.list_diary_types": diary_types,
    "reference.list_diary_tasks": diary_tasks,
    "reference.list_bar_suffixes": bar_suffixes,
    "reference.list_statuses": statuses,
    "reference.list_networks": networks,
}
