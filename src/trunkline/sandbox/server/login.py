"""The Security Token Service: name and password in, Simple Web Token out.

The fields of the request and the shape of the response are inferred, so several are read and any can be asked
for. Source: specs/idi/security-token.yaml#/paths/~1api~1login/post.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

import msgspec

from trunkline.sandbox.config import AUDIENCE
from trunkline.sandbox.credentials import SignInError
from trunkline.sandbox.reading import read_json
from trunkline.sandbox.vendors import idi_error

if TYPE_CHECKING:
    from trunkline.sandbox.state import SandboxState

# The vendor's page does not show the fields, so clients may have guessed others than ours
# (specs/README.md, "The login").
_NAMES = ("username", "user", "name", "wrap_name")
_PASSWORDS = ("password", "wrap_password")
_AUDIENCES = ("appliesto", "wrap_scope", "audience")


def sign_in(
    state: SandboxState, method: str, environment: str, content_type: str, body: bytes
) -> tuple[str, bytes]:
    """Content type and body of the response that carries a new token.

    Raises:
        RefusedError: in IDI's shape; 405 for another method than POST, 403 for another environment, 400 for a
            body that cannot be read or lacks a name, 401 for a wrong name or password.
    """
    token = _token(state, method, environment, content_type, body)
    match state.config.token_response:
        case "string":
            return "application/json", msgspec.json.encode(token)
        case "object":
            return "application/json", msgspec.json.encode({"access_token": token})
    pairs = {"wrap_access_token": token, "wrap_access_token_expires_in": int(state.config.token_lifetime)}
    return "application/x-www-form-urlencoded", urlencode(pairs).encode()


def _token(state: SandboxState, method: str, environment: str, content_type: str, body: bytes) -> str:
    if method != "POST":
        raise idi_error(405, "Request", "The method is not allowed.", headers={"Allow": "POST"})
    if environment != state.config.environment:
        raise idi_error(403, "Environment", "You do not have access to this environment.")
    given = _fields(content_type, body)
    name = next((given[key] for key in _NAMES if key in given), "")
    password = next((given[key] for key in _PASSWORDS if key in given), "")
    if not name or not password:
        raise idi_error(400, "userName" if not name else "password", "This field is required.")
    audience = next((given[key] for key in _AUDIENCES if given.get(key)), AUDIENCE)
    try:
        user = state.idi.office.sign_in(name, password)
    except SignInError as error:
        raise idi_error(401, "userName", str(error)) from error
    return state.idi.office.issue(user, now=state.clock(), audience=audience)


def _fields(content_type: str, body: bytes) -> dict[str, str]:
    if content_type == "application/x-www-form-urlencoded":
        return {name.lower(): value for name, value in parse_qsl(body.decode(errors="replace"))}
    try:
        found = read_json(body)
    except ValueError as error:
        raise idi_error(400, "Request", "The request body is not JSON.") from error
    if not isinstance(found, Mapping):
        raise idi_error(400, "Request", "The request body is not an object.")
    return {str(name).lower(): value for name, value in found.items() if isinstance(value, str)}
