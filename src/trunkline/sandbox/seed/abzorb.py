"""Fills the store with an Abzorb account: customers with connections, a catalogue, orders, tasks, tickets.

Identifiers are chosen so that the examples of the spec find something: connection 104233 has the number
07700900123 when there are enough rows, tariff 5120 and bundle option 9127 exist, and so on.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from trunkline.sandbox.seed.values import (
    company,
    dice,
    person,
    street,
    town,
    uk_number,
    unix_date,
    unix_seconds,
)
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Row, Store

FIRST_CONTRACT: Final = 104_110
FIRST_CUSTOMER: Final = 20_000
FIRST_ORDER: Final = 500_100
FIRST_TASK: Final = 812_001
NETWORKS: Final = {1: "Vodafone", 2: "O2", 3: "EE"}
SIM_PREFIXES: Final = {1: "8944100", 2: "8944110", 3: "8944120"}
STATUSES: Final = {
    1: "Draft", 2: "Submitted", 3: "Open", 4: "In Progress", 5: "Completed", 6: "Rejected", 7: "On Hold",
    8: "Closed",
}  # fmt: skip
STATUS_IDS: Final = {name: key for key, name in STATUSES.items()}
DIARY_TYPES: Final = {14: "Provisioning", 15: "Billing", 16: "Faults"}
DIARY_TASKS: Final = {
    203: ("SIM swap", 14), 204: ("Number port", 14), 205: ("Tariff change", 14), 207: ("Bill query", 15),
    208: ("Credit request", 15), 211: ("No service", 16),
}  # fmt: skip
BARS: Final = {
    "INTL": ("International calls", 881),
    "ROAM": ("Roaming", 882),
    "DATA": ("Data", 883),
    "PREM": ("Premium rate calls", 884),
}
_DAY: Final = 86_400
_PLANS: Final = (
    ("Business Unlimited 24", 18.5, 24, True),
    ("Business Essential 12", 12.75, 12, False),
    ("Business Flex 30 Day", 15.0, 1, True),
    ("Business Premium 36", 31.0, 36, True),
)
_OPTIONS: Final = (
    ("Euro Data 5GB", 6.0, 1),
    ("UK Data 10GB", 8.25, 1),
    ("World Travel", 14.0, 12),
    ("Unlimited Texts", 2.5, 24),
)
_FIRST_TARIFF: Final = {1: 5120, 2: 5344, 3: 5410}
_FIRST_OPTION: Final = {1: (9127, 7301), 2: (9142, 7315), 3: (9160, 7330)}


def tariffs() -> list[Row]:
    """The catalogue's tariffs; on O2 the first one is not the unlimited one, as in the spec's example."""
    found = []
    for network, first in _FIRST_TARIFF.items():
        plans = _PLANS if network != 2 else (_PLANS[1], _PLANS[0], *_PLANS[2:])
        found += [
            {
                "tariffId": first + place,
                "tariffName": name,
                "networkId": network,
                "network": NETWORKS[network],
                "retailCost": cost,
                "contractTermMonths": term,
                "billCapEligible": capped,
            }
            for place, (name, cost, term, capped) in enumerate(plans)
        ]
    return found


def bundles() -> list[Row]:
    """The catalogue's bundles; `_term` is the shortest tariff term that a bundle goes with."""
    return [
        {
            "bundleId": _FIRST_OPTION[network][1] + place,
            "bundleName": name,
            "tariffOptionId": _FIRST_OPTION[network][0] + place,
            "networkId": network,
            "network": NETWORKS[network],
            "retailCost": cost,
            "startDate": None,
            "endDate": None,
            "_term": term,
        }
        for network in NETWORKS
        for place, (name, cost, term) in enumerate(_OPTIONS)
    ]


def bar(suffix: str, applied_at: str | None) -> Row:
    """A bar, on or off."""
    name, option = BARS[suffix]
    return {
        "barSuffix": suffix,
        "barName": name,
        "active": applied_at is not None,
        "tariffLevelOptionId": option,
        "appliedAt": applied_at,
    }


def seed_abzorb(store: Store, *, rows: int, seed: int, now: float) -> None:
    """Write every Abzorb row.

    Args:
        rows: how many connections there will be. now: Unix time that contract dates are laid around.
    """
    customers = list(_customers(max(20, rows // 5), seed))
    store.add_many(e.AB_CUSTOMER, customers)
    store.add_many(e.AB_TARIFF, tariffs())
    store.add_many(e.AB_BUNDLE, bundles())
    # Dates hang on the day, so that one seed gives the same data all day long.
    today = now // _DAY * _DAY
    store.add_many(e.AB_CONNECTION, connections(rows, seed, today, customers))
    store.add_many(
        e.AB_NUMBER,
        (
            {
                "cli": uk_number(5_000_000 + 100 * network + place),
                "networkId": network,
                "network": NETWORKS[network],
            }
            for network in (1, 2)
            for place in range(50)
        ),
    )
    # Orders and tasks do not grow with the connections beyond this; a large store stays quick to fill.
    few = min(len(customers), 2000)
    store.add_many(e.AB_ORDER, (_order(i, customers[i], today) for i in range(few)))
    store.add_many(e.AB_TASK, (_task(i, customers[i % few], today) for i in range(2 * few)))
    store.add_many(e.AB_COMMENT, (_comment(i, seed, today) for i in range(2 * few)))


def _customers(count: int, seed: int) -> Iterator[Row]:
    roll = dice(seed, "abzorb customer")
    for i in range(count):
        bits = roll(i)
        name, contact = company(bits), person(bits >> 12)
        yield {
            "customerId": FIRST_CUSTOMER + i,
            "customerName": name,
            "accountNumber": account_number(name, i),
            "coRegNumber": f"{9_000_000 + i:08d}",
            "status": "Inactive" if i % 50 == 49 else "Active",
            "contactName": contact,
            "email": f"{contact.split()[0].lower()}.{i}@{name.split()[1].lower()}.example",
            # Ofcom keeps 01632 960000 to 960999 for drama.
            "telephone": f"01632960{i % 1000:03d}",
            "address": {
                "line1": f"{1 + bits % 90} {street(bits >> 8)} Road",
                "line2": "",
                "town": town(bits >> 16),
                "county": "Derbyshire",
                # The ZZ area is not in use by the Royal Mail.
                "postcode": f"ZZ{1 + bits % 99} {bits % 9}AB",
                "country": "United Kingdom",
            },
            "createdAt": unix_seconds(1_600_000_000 + i * 3600),
        }


def account_number(name: str, index: int) -> str:
    """Three letters of the name and a number."""
    letters = "".join(filter(str.isalpha, name)).upper()[:3].ljust(3, "X")
    return f"{letters}{index % 10_000:04d}"


def connections(rows: int, seed: int, today: float, customers: list[Row]) -> Iterator[Row]:
    """Every connection; `_abz` marks those of the vendor's own abZ network offer."""
    roll = dice(seed, "connection")
    by_network = {network: [t for t in tariffs() if t["networkId"] == network] for network in NETWORKS}
    # Days are formatted once and looked up, as each connection needs three of them.
    dates = [unix_date(today, day - 1500) for day in range(3700)]
    for i in range(rows):
        bits = roll(i)
        network = (1, 1, 2, 3)[bits % 4]
        tariff = by_network[network][(bits >> 4) % 4]
        term, start = tariff["contractTermMonths"], (bits >> 8) % 1400
        end = start + term * 30
        yield new_connection(
            contract_id=FIRST_CONTRACT + i,
            cli=uk_number(i),
            customer=customers[i // 5 % len(customers)],
            tariff=tariff,
            sim=f"{SIM_PREFIXES[network]}{i:012d}",
            dates=(dates[start], dates[end], dates[max(start, end - 90)]),
            bits=bits,
        )


def _usage(place: int, share: int) -> tuple[int, int, Row]:
    """The data allowance of a connection, what is used of it, and its CapZ."""
    allowance = (5120, 10_240, 20_480)[place]
    used = allowance * share // 100
    cap = {
        "enabled": place == 0,
        "capName": "CapZ Data 20GB",
        "capType": "Data",
        "capValue": 20.0,
        "capUnit": "GB",
        "usedPercent": round(used / 204.8, 1),
        "barAtCap": True,
        "capReachedAt": None,
    }
    return allowance, used, cap


# Built once for all combinations, as every seeded connection needs such a dictionary.
_USAGE: Final = tuple(tuple(_usage(place, share) for share in range(105)) for place in range(3))


def new_connection(
    *,
    contract_id: int,
    cli: str,
    customer: Row,
    tariff: Row,
    sim: str,
    dates: tuple[str, str, str],
    bits: int,
) -> Row:
    """One connection. dates: start, end of the minimum term, first upgrade day."""
    allowance, used, cap = _USAGE[bits % 3][(bits >> 10) % 105]
    capped = tariff["billCapEligible"] and bits % 5 == 0
    applied = f"{dates[0]}T10:02:00Z"
    warned = used * 5 >= allowance * 4
    return {
        "contractId": contract_id,
        "cli": cli,
        "customerId": customer["customerId"],
        "customerName": customer["customerName"],
        "accountNumber": customer["accountNumber"],
        "networkId": tariff["networkId"],
        "network": tariff["network"],
        "tariffId": tariff["tariffId"],
        "tariffName": tariff["tariffName"],
        "lineRental": tariff["retailCost"],
        "status": ("Suspended", "Ceased")[bits % 2] if bits % 29 == 0 else "Active",
        "startDate": dates[0],
        "endDate": dates[1],
        "contractTermMonths": tariff["contractTermMonths"],
        "upgradeDate": dates[2],
        "simNumber": sim,
        # The 001 country code of IMSIs belongs to test networks.
        "imsi": f"00101{contract_id:010d}",
        "puk1": f"{(bits >> 20) % 100_000_000:08d}",
        "puk2": f"{(bits >> 30) % 100_000_000:08d}",
        "isEsim": tariff["networkId"] == 1 and bits % 7 == 0,
        "userName": person(bits >> 16),
        "costCentre": ("Workshop", "Dispatch", "Sales", "Office")[(bits >> 24) % 4],
        "billCapEnabled": capped,
        "billCapValue": 45.0 if capped else None,
        "capZ": cap,
        "alerting": {
            "enabled": True,
            "dataAllowanceMb": allowance,
            "dataUsedMb": used,
            "alertThresholdPercent": 80,
            "lastAlertPercent": 80 if warned else None,
            "lastAlertAt": applied if warned else None,
            "alertEmail": customer["email"],
            "alertCli": cli,
            "roamingAlerts": bits % 2 == 0,
            "barAtLimit": bits % 4 == 0,
        },
        "bars": _bars(applied, bits % 3 == 0, bits % 5 == 0),
        "bundles": [],
        "_abz": 1 if tariff["networkId"] == 1 and bits % 6 == 0 else 0,
    }


@lru_cache(maxsize=10_000)
def _bars(applied: str, international: bool, premium: bool) -> list[Row]:
    """The bars of a new connection; shared by many rows, which are written and never changed."""
    return [bar("INTL", applied if international else None), bar("PREM", applied if premium else None)]


def _order(i: int, customer: Row, today: float) -> Row:
    return {
        "orderId": FIRST_ORDER + i,
        "customerId": customer["customerId"],
        "orderReference": f"{customer['accountNumber'][:3]}-{2024}-{i:04d}",
        "statusId": STATUS_IDS["Draft"],
        "status": "Draft",
        "createdAt": unix_seconds(today - 3600 * (i % 500)),
        "submittedAt": None,
        "mobiles": [],
    }


def _task(i: int, customer: Row, today: float) -> Row:
    kind = tuple(DIARY_TASKS)[i % len(DIARY_TASKS)]
    name, type_id = DIARY_TASKS[kind]
    status = ("Open", "In Progress", "Completed")[i % 3]
    return {
        "taskId": FIRST_TASK + i,
        "customerId": customer["customerId"],
        "contractId": None,
        "diaryTypeId": type_id,
        "diaryType": DIARY_TYPES[type_id],
        "diaryTaskId": kind,
        "diaryTask": name,
        "subject": f"{name} for {customer['contactName']}",
        "description": f"{customer['contactName']} asked by telephone.",
        "statusId": STATUS_IDS[status],
        "status": status,
        "createdAt": unix_seconds(today - 7200),
        "updatedAt": unix_seconds(today - 3600),
    }


def _comment(i: int, seed: int, today: float) -> Row:
    return {
        "commentId": 990_310 + i,
        "taskId": FIRST_TASK + i,
        "comment": ("Passed to provisioning.", "Customer called back.", "Waiting for the network.")[i % 3],
        "author": person(dice(seed, "comment")(i)),
        "createdAt": unix_seconds(today - 3600),
    }
