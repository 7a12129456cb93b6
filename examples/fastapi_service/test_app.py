"""The service's own tests: with the sandbox where state counts, with a mock where an error has to happen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from examples.fastapi_service.app import app
from trunkline import abzorb, idi
from trunkline.idi.models import Device
from trunkline.testing import LocalSandbox, assert_requests, example, mock_api, sent


@pytest.fixture
def service(trunkline_env: LocalSandbox) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def test_lock_is_kept_by_the_vendor(service: TestClient, trunkline_env: LocalSandbox) -> None:
    assert service.post("/devices/1001/lock").status_code == 204
    assert service.get("/devices/1001").json()["locked"] is True
    assert_requests(
        trunkline_env, [sent("device.update", device_id=1001), sent("device.get", device_id=1001)]
    )


@pytest.mark.trunkline(faults="503:30%;retry-after=0")
def test_numbers_come_from_every_page_in_spite_of_faults(service: TestClient) -> None:
    customer = 1
    numbers = service.get(f"/customers/{customer}/numbers").json()
    assert len(numbers) == len(set(numbers)) > 0


def test_mobile(service: TestClient) -> None:
    assert service.get("/mobiles/07700900000").json()["network"]


def test_missing_device_and_broken_vendor(trunkline_env: LocalSandbox) -> None:
    with mock_api(idi.Client, abzorb.Client) as api, TestClient(app) as service:
        api.set("device.get", example(Device, device_id=5, bind=False))
        assert service.get("/devices/5").json()["locked"] is False
        api.fail("device.get", status=404)
        assert service.get("/devices/5").status_code == 404
        api.fail("device.get", status=403)
        assert service.get("/devices/5").status_code == 502
