"""Logins that clients carry out on their own, and a mock's responses to them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from attrs import frozen

from trunkline._codec.exact_json import dumps
from trunkline.testing._aiohttp import Reply

_LIFE: Final = 100 * 365 * 86_400
"""Seconds: longer than any test, also with a clock that a test moves by years."""


@frozen
class SignIn:
    """One kind of login: its name in calls, a pattern of its addresses, its response."""

    operation: str
    pattern: re.Pattern[str]
    reply: Callable[[], Reply]


def _simple_web_token() -> Reply:
    # Whoever reads it looks at ExpiresOn alone; a signature that proves nothing need not be right.
    pairs = {"UserName": "mock", "ExpiresOn": str(int(time.time()) + _LIFE), "HMACSHA256": "bW9jaw=="}
    return Reply(200, dumps(urlencode(pairs)), "application/json", {})


def _bearer_token() -> Reply:
    body = {"access_token": "mock-token", "token_type": "Bearer", "expires_in": _LIFE}
    return Reply(200, dumps(body), "application/json", {})


SIGN_INS: Final = (
    SignIn(
        "security_token.login",
        re.compile(r"https?://[^/]+/securitytoken/[^/]+/[^/]+/api/login$", re.IGNORECASE),
        _simple_web_token,
    ),
    SignIn("oauth2.token", re.compile(r"https?://[^?#]+/token$", re.IGNORECASE), _bearer_token),
)

__all__ = ["SIGN_INS", "SignIn"]
