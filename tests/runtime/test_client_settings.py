"""Settings of both clients, given or from the environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trunkline import abzorb, idi
from trunkline.auth import BasicAuth, BearerAuth
from trunkline.config import Limits, RequestOptions
from trunkline.errors import ArgumentError, ConfigError

IDI = {"TRUNKLINE_IDI_ENVIRONMENT": "acme", "TRUNKLINE_IDI_USER": "u", "TRUNKLINE_IDI_PASSWORD": "p\n"}
ABZORB = {"TRUNKLINE_ABZORB_USER": "u", "TRUNKLINE_ABZORB_PASSWORD": "p"}


def test_idi_address_is_service_version_and_environment() -> None:
    client = idi.Client.from_env(IDI)
    assert str(client.base_url) == "https://api.idibilling.com/ServiceAndFeatureManagement/2X/acme"
    assert client._login_url == "https://api.idibilling.com/securitytoken/1xa/acme"


def test_idi_every_part_of_the_address_is_a_setting() -> None:
    more = {
        "TRUNKLINE_IDI_BASE_URL": "https://proxy.example/", "TRUNKLINE_IDI_SERVICE": "Other",
        "TRUNKLINE_IDI_LOGIN_SEGMENT": "1x",
    }  # fmt: skip
    client = idi.Client.from_env(IDI | more)
    assert str(client.base_url) == "https://proxy.example/Other/2X/acme"
    assert client._login_url == "https://proxy.example/securitytoken/1x/acme"


def test_settings_given_win_over_the_environment() -> None:
    assert str(idi.Client.from_env(IDI, environment="other").base_url).endswith("/2X/other")
    named = abzorb.Client.from_env(ABZORB, base_url="https://crm.example/api")
    assert str(named.base_url) == "https://crm.example/api"


def test_auth_replaces_the_login() -> None:
    idi.Client.from_env({"TRUNKLINE_IDI_ENVIRONMENT": "acme"}, auth=BearerAuth("t"))
    abzorb.Client.from_env({}, auth=BasicAuth("u", "p"))


@pytest.mark.parametrize(("environment", "port"), [("production", 8075), ("staging", 8074)])
def test_abzorb_environments_are_the_documented_ports(environment: str, port: int) -> None:
    client = abzorb.Client.from_env(ABZORB | {"TRUNKLINE_ABZORB_ENVIRONMENT": environment})
    assert str(client.base_url) == f"https://abzorbapi.click2sign.co.uk:{port}/api"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: idi.Client.from_env({}), "ENVIRONMENT and TRUNKLINE_IDI_USER and TRUNKLINE_IDI_PASSWORD"),
        (lambda: idi.Client.from_env(IDI | {"TRUNKLINE_IDI_PASSWORD": "  "}), "TRUNKLINE_IDI_PASSWORD"),
        (lambda: idi.Client(environment="acme"), "user and password"),
        (lambda: idi.Client(environment="a/b", user="u", password="p"), "environment must be one segment"),
        (lambda: idi.Client(environment="..", user="u", password="p"), "environment must be one segment"),
        (lambda: idi.Client(environment="a", user="u", password="p", service=""), "service must be one"),
        (lambda: idi.Client(environment="a", user="u", password="p", base_url="http://x"), "must be https"),
        (lambda: abzorb.Client.from_env({}), "TRUNKLINE_ABZORB_USER and TRUNKLINE_ABZORB_PASSWORD"),
        (lambda: abzorb.Client(), "user and password"),
        (lambda: abzorb.Client(user="u", password="p", environment="prod"), "'production' or 'staging'"),
    ],
)
def test_bad_settings_name_what_to_set(make: Any, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        make()


def test_idi_address_list_is_the_hint_of_403_and_silence_but_not_of_a_sandbox() -> None:
    sandbox = idi.Client.from_env(IDI | {"TRUNKLINE_IDI_BASE_URL": "http://127.0.0.1:8000"})
    assert sandbox.hint(idi.OPERATIONS["device.get"], None) is None
    client = idi.Client.from_env(IDI)
    op = idi.OPERATIONS["device.get"]
    assert "registered addresses" in (client.hint(op, 403) or "")
    assert client.hint(op, None) == client.hint(op, 403)
    assert client.hint(op, 404) is None


def test_next_links_may_name_another_service_but_no_other_environment() -> None:
    client = idi.Client.from_env(IDI)
    assert client.link_scope("/OrderManagement/2X/acme/api/x") == client.link_scope(client.base_url.path)
    assert client.link_scope("/OrderManagement/2X/other/api/x") != client.link_scope(client.base_url.path)


@pytest.mark.parametrize(
    "make",
    [
        lambda: abzorb.Client(user="u", password="p", retry=5),
        lambda: abzorb.Client(user="u", password="p", limits={"rate": "20/s"}),
        lambda: abzorb.Client(user="u", password="p", timeouts=30),
        lambda: abzorb.Client(user="u", password="p", time_source=object()),
        lambda: abzorb.Client(user="u", password="p", hooks=print),
        lambda: abzorb.Client(user="u", password="p", hooks=[5]),
        lambda: abzorb.Client(user="u", password="p", max_response_bytes="5"),
        lambda: abzorb.Client(user="u", password="p", routes={"connections.get_by_cli": 5}),
        lambda: abzorb.Client(user="u", password="p", base_url="https://host name/"),
        lambda: Limits(rate="1/" + "9" * 400 + "s"),
        lambda: Limits(rate="9" * 400 + "/s"),
        lambda: Limits(rate="1/0.0s"),
        lambda: RequestOptions(timeout="5"),
        lambda: RequestOptions(retry=5),
        lambda: RequestOptions(headers="X: y"),
        lambda: RequestOptions(headers={5: "y"}),
    ],
)
def test_setting_of_a_wrong_kind_was_an_attribute_error_or_met_every_call(make: Callable[[], object]) -> None:
    with pytest.raises(ConfigError):
        make()


async def test_options_as_a_dict_say_what_is_wanted() -> None:
    async with abzorb.Client(user="u", password="p") as client:
        with pytest.raises(ArgumentError, match="RequestOptions"):
            await client.connections.get_by_cli(cli="1", options={"timeout": 5})


def test_options_do_not_show_their_headers() -> None:
    assert "hunter2" not in repr(RequestOptions(headers={"X-Key": "hunter2"}))


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (None, "8075, staging at 8074"),
        (401, "user and password"),
        (503, "five minutes"),
        (502, "Portal Support"),
    ],
)
def test_abzorb_errors_carry_the_vendors_own_advice(status: int | None, says: str) -> None:
    op = abzorb.OPERATIONS["orders.get"]
    assert says in (abzorb.Client.from_env(ABZORB).hint(op, status) or "")
    sandbox = abzorb.Client.from_env(ABZORB | {"TRUNKLINE_ABZORB_BASE_URL": "http://127.0.0.1:9"})
    assert sandbox.hint(op, None) is None
