"""Tokens as the vendors issue them: read from the response to a login, with their life. No I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_plus

from attrs import frozen

from trunkline.auth.secret import Secret
from trunkline.errors import AuthError
from trunkline.lazy import pattern


@frozen(kw_only=True)
class Token:
    """A token and its life in Unix seconds; expires None means the issuer did not state it."""

    text: Secret
    issued: float
    expires: float | None = None


_TOKEN_KEYS = ("wrap_access_token", "access_token", "accessToken", "token", "swt", "value")
_LIFETIME_KEYS = ("wrap_access_token_expires_in", "expires_in", "expiresIn")


_SIGNED: Final = ("ExpiresOn=", "HMACSHA256=")
"""What a Simple Web Token holds and hardly any other text does."""
_XML_STRING: Final = pattern(r"\s*(?:<\?xml[^>]*>\s*)?<string\b[^>]*>([^<]*)</string>\s*\Z")
"""A text as services of .NET write it where nobody asked for JSON."""
_NO_TOKEN: Final = pattern(r"null|true|false|-?\d{1,15}(?:\.\d+)?\Z")


def parse_swt(response: Any, now: float) -> Token:
    """The token in the response to a login: a JSON string, an object with a token field, or form text.

    The life is read from the token itself (`ExpiresOn`, Unix seconds), else from the response's own lifetime.
    Its shape is not published; every shape the vendor's family of services is known to use is read.

    Raises:
        AuthError: there is no token in it.
    """
    if isinstance(response, bytes | bytearray):
        response = decoded(bytes(response))
    lifetime: float | None = None
    text = response
    if isinstance(text, str) and (found_text := _XML_STRING.match(text)) is not None:
        import html  # XML is rare, and its table of entities takes 3 ms to import

        text = html.unescape(found_text[1])
    for _ in range(4):  # an object within a string within … ends somewhere
        if isinstance(text, str) and text.lstrip()[:1] in ('"', "{"):
            text = loads(text.strip().encode("utf-8", "replace"))
        fields = text if isinstance(text, dict) else _form(text) if isinstance(text, str) else {}
        lowered = {str(key).lower(): value for key, value in fields.items()}
        found = next((lowered[key.lower()] for key in _TOKEN_KEYS if lowered.get(key.lower())), None)
        if found is None and isinstance(text, dict):
            found = _inside(text)
        if lifetime is None:
            found_life = (seconds(lowered.get(key.lower())) for key in _LIFETIME_KEYS)
            lifetime = next((life for life in found_life if life is not None), None)
        if found is None or found == text:
            break
        text = found
    if not isinstance(text, str) or not _may_be_token(text.strip()):
        raise AuthError(
            "the login responded without a token; check the login address and its version segment"
        )
    text = text.strip()
    refuse_control(text)
    expires = seconds(_form(text).get("ExpiresOn"))
    if expires is None and lifetime is not None:
        expires = now + lifetime
    return Token(text=Secret(text), issued=now, expires=expires)


def _inside(fields: Mapping[str, Any]) -> Any:
    """A token under a name that is not known, or an object that is alone in another; None for neither."""
    for value in fields.values():
        if isinstance(value, str) and any(mark in value for mark in _SIGNED):
            return value
    only = next(iter(fields.values())) if len(fields) == 1 else None
    return only if isinstance(only, dict) else None


def _may_be_token(text: str) -> bool:
    """Whether a text is not other JSON, markup or a sentence, such as the reason of a refusal."""
    return bool(text) and text[0] not in "{[<" and not _NO_TOKEN.match(text) and len(text.split()) == 1


def _form(text: str) -> dict[str, str]:
    try:
        # A bound, since the text comes from the network and each field costs memory.
        pairs = dict(parse_qsl(text, max_num_fields=200))
        if "ExpiresOn" not in pairs and "%3d" in text.lower():  # the whole token was encoded once more
            pairs = {**dict(parse_qsl(unquote_plus(text), max_num_fields=200)), **pairs}
    except ValueError:
        return {}
    return pairs


def loads(data: bytes) -> Any:
    """JSON of the response to a login, or an AuthError."""
    try:
        return json.loads(decoded(data))
    except (ValueError, RecursionError):
        pass  # not chained: the error holds the response
    raise AuthError("the login responded with something that is not JSON; check the login address")


def decoded(data: bytes) -> str:
    """Text in UTF-8, or in UTF-16 or UTF-32 as a byte order mark or the zero bytes of ASCII text show it."""
    return data.decode(json.detect_encoding(data), "replace").removeprefix("\ufeff")


def seconds(value: Any) -> float | None:
    """A sensible number of seconds, or None."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    # 1e11 seconds is a Unix time in milliseconds or nonsense; either would make a
    # token that never expires.
    return number if 0 <= number < 1e11 else None


def refuse_control(token: str) -> None:
    """Refuse a token that would end its header."""
    # The quotation mark would end the value in `WRAP access_token="…"`.
    if any(not 32 <= ord(char) < 127 or char == '"' for char in token):
        raise AuthError("the login issued a token that cannot stand in a header")
