"""Each example, run as a user runs it, against the sandbox."""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path

import pytest

from examples import abzorb_order, bulk_lookup, correct_a_route, paging_with_filter
from trunkline import idi
from trunkline.abzorb import Client as Abzorb
from trunkline.idi.models import PhoneBook
from trunkline.testing import LocalSandbox, assert_requests, example, mock_api, sent


def test_bulk_lookup(
    trunkline_env: LocalSandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line a key, the missing one with its error."""
    keys = [*range(1000, 1050), 9_999_999]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(map(str, keys))))
    asyncio.run(bulk_lookup.main())
    lines = dict(line.split("\t", 1) for line in capsys.readouterr().out.splitlines())
    assert sorted(map(int, lines)) == sorted(keys)
    assert "status 404" in lines["9999999"]
    assert "404" not in lines["1000"]


def test_bulk_lookup_is_short() -> None:
    """It is shown as a thing of 15 lines."""
    source = Path(bulk_lookup.__file__).read_text()
    code = [line for line in source.split('"""')[2].splitlines() if line.strip()]
    assert len(code) <= 15


def test_paging_with_filter(trunkline_env: LocalSandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """120 rows on three pages, then one page with a count."""
    asyncio.run(paging_with_filter.main())
    *rows, last = capsys.readouterr().out.splitlines()
    assert len(rows) == 120
    assert re.fullmatch(r"5 of about \d+", last)
    assert len(trunkline_env.calls("device.search")) == 4


def test_correct_a_route(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The request goes where the vendor says; the sandbox serves the spec's routes, so a mock answers."""
    for name in ("ENVIRONMENT", "USER", "PASSWORD"):
        monkeypatch.setenv(f"TRUNKLINE_IDI_{name}", "acme")
    with mock_api(idi.Client.from_env(routes=correct_a_route.ROUTES)) as api:
        api.set("service.get_phone_book", example(PhoneBook, phone_book_id=4711))
        asyncio.run(correct_a_route.main())
        assert_requests(api, [sent("service.get_phone_book", id=5000)])
        assert "/api/service/phoneBook/5000" in api.calls("service.get_phone_book")[0].url
    out = capsys.readouterr().out
    assert "service.get_phone_book GET /api/service/{id}/phoneBook" in out
    assert "phone_book_id=4711" in out


async def test_abzorb_order(
    abzorb_client: Abzorb, trunkline_sandbox: LocalSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order runs through its states on the sandbox's clock."""
    clock = trunkline_sandbox.clock
    monkeypatch.setattr("examples.abzorb_order.sleep", clock.sleep)
    done = await abzorb_order.order(abzorb_client, customer_id=20000, network_id=1)
    assert done.status == "Completed"
    assert done.contracts
    assert clock.clock() >= 60
    asked = [call.operation for call in trunkline_sandbox.calls()]
    assert asked[:4] == [
        "catalogue.list_tariffs_for_network",
        "orders.create",
        "orders.add_mobile",
        "orders.submit",
    ]
