"""One rule for the names of operations that list, in both APIs; old names work and warn."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline import abzorb, idi
from trunkline.operation import Operation

OPERATIONS = [one for api in (idi.Client, abzorb.Client) for one in api.operations.values()]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_name_tells_whether_one_or_many_come_back(operation: Operation[Any]) -> None:
    method = operation.id.rpartition(".")[2]
    many = operation.paging is not None or (operation.response or "").startswith("list[")
    assert many == (method.startswith(("search", "list_")) or method.endswith("_bulk"))


def test_search_takes_a_filter() -> None:
    searches = [one for one in OPERATIONS if one.id.rpartition(".")[2].startswith("search")]
    assert [one.id for one in searches if "filter" not in {param.name for param in one.query_params}] == []


def test_old_name_works_and_names_the_new_one() -> None:
    crm = abzorb.Client(user="u", password="p", base_url="http://127.0.0.1:9")
    with pytest.warns(DeprecationWarning, match="list_all"):
        crm.customers.get_all().close()  # a coroutine that nobody awaits
