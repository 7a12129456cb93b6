"""Addresses that clients are given."""

from __future__ import annotations

import traceback
from functools import partial
from typing import Any

import pytest

from trunkline import abzorb, idi
from trunkline.errors import ConfigError


@pytest.mark.parametrize("client", [partial(idi.Client, environment="test"), abzorb.Client])
@pytest.mark.parametrize(
    "url",
    [
        "https://me:hunter2@vendor.example",
        "https://hunter2@vendor.example/api",
        "http://a:hunter2@127.0.0.1:1",
    ],
)
def test_address_with_a_password_is_refused_without_showing_it(client: Any, url: str) -> None:
    """It would be in every log of an address; user and password are settings of their own."""
    with pytest.raises(ConfigError, match="user name or password") as caught:
        client(base_url=url, user="u", password="p")
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
