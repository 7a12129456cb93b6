"""Who is asking: Simple Web Tokens for IDI, Basic for Abzorb.

A Simple Web Token is a form-encoded list of pairs whose last one, HMACSHA256, signs everything before it.
Source: specs/idi/security-token.yaml; specs/abzorb/collection.json#/info/description.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from attrs import frozen

from trunkline.sandbox.config import AUDIENCE, User

# Straight quotes: the vendor's pages print curly ones, which are not ASCII and cannot
# be sent in a header.
_HEADER = re.compile(r'WRAP\s+access_token="([^"]+)"\Z')
_SIGNATURE: Final = "HMACSHA256"
_REMEMBERED: Final = 1024


class SignInError(Exception):
    """401: the sender is not known, or the token is no longer valid."""


class AccessError(Exception):
    """403: who asks is known and may not do this."""


@frozen(kw_only=True)
class Claims:
    """The contents of a token."""

    user: str
    environment: str
    audience: str
    expires_on: int
    permissions: frozenset[str]


class TokenOffice:
    """Issues tokens and reads them back.

    Args:
        users: who may sign in. key: signs the tokens. environment: the one that they are good for.
        lifetime: seconds until a token expires.
    """

    def __init__(self, users: Iterable[User], *, key: bytes, environment: str, lifetime: float) -> None:
        self._users = {user.name: user for user in users}
        self._key = key
        self._environment = environment
        self._lifetime = lifetime
        self._read: dict[str, Claims] = {}
        self._revoked: OrderedDict[str, None] = OrderedDict()

    def sign_in(self, name: str, password: str) -> User:
        """The user with this name and password.

        Raises:
            SignInError: there is none.
        """
        user = self._users.get(name)
        # An unknown user goes through the same comparison, so that the time does not
        # reveal which names exist.
        expected = user.password if user else ""
        if not hmac.compare_digest(expected.encode(), password.encode()) or user is None:
            raise SignInError("The user name or password is wrong.")
        return user

    def issue(self, user: User, *, now: float, audience: str = AUDIENCE) -> str:
        """A new token; an audience other than the APIs' own is written as asked and refused by them later."""
        pairs = {
            "Environment": self._environment,
            "UserName": user.name,
            "Permissions": ",".join(sorted(user.permissions)),
            "Issuer": "trunkline sandbox",
            "Audience": audience,
            "ExpiresOn": str(int(now + self._lifetime)),
            # Two tokens of one second differ: revoking one leaves the other good.
            "Nonce": secrets.token_hex(8),
        }
        # The signature covers the encoded text and comes last, as in the Simple Web Token draft.
        text = urlencode(pairs)
        return f"{text}&{_SIGNATURE}={quote(self._sign(text), safe='')}"

    def forget(self) -> None:
        """Make every token issued so far worthless, as when the vendor restarts its service."""
        self._read.clear()
        # A new key invalidates every token without a list of them. It is derived, so all processes of a
        # sandbox agree on it.
        self._key = hashlib.sha256(self._key).digest()

    def revoke(self, header: str | None) -> None:
        """Make the one token of an Authorization header worthless."""
        found = _HEADER.match(header or "")
        if found:
            self._revoked[found[1]] = None
            if len(self._revoked) > _REMEMBERED:
                self._revoked.popitem(last=False)

    def check(self, header: str | None, *, environment: str, now: float) -> Claims:
        """The claims of an Authorization header.

        Raises:
            SignInError: no token, a forged or expired one, or one for another audience.
            AccessError: a good token for another environment.
        """
        found = _HEADER.match(header or "")
        if not found:
            raise SignInError("A token is missing.")
        # Verified tokens are remembered: one HMAC for each request would be a noticeable
        # part of a cheap read.
        claims = self._read.get(found[1]) or self._verify(found[1])
        if claims.expires_on <= now or found[1] in self._revoked:
            raise SignInError("The token has expired.")
        if claims.audience != AUDIENCE:
            raise SignInError("The token was issued for another audience.")
        if claims.environment != environment:
            raise AccessError("The token is not good for this environment.")
        return claims

    def _sign(self, text: str) -> str:
        return base64.b64encode(hmac.digest(self._key, text.encode(), "sha256")).decode()

    def _verify(self, token: str) -> Claims:
        if not token.isascii():  # header bytes that are not text cannot even be compared
            raise SignInError("The token's signature is wrong.")
        text, _, signature = token.rpartition(f"&{_SIGNATURE}=")
        given = dict(parse_qsl(f"s={signature}")).get("s", "")
        # `==` stops at the first difference, and its time would reveal how much of a
        # forged signature is right.
        if not hmac.compare_digest(given.encode(), self._sign(text).encode()):
            raise SignInError("The token's signature is wrong.")
        pairs = dict(parse_qsl(text))
        claims = Claims(
            user=pairs["UserName"],
            environment=pairs["Environment"],
            audience=pairs["Audience"],
            expires_on=int(pairs["ExpiresOn"]),
            permissions=frozenset(pairs.get("Permissions", "").split(",")),
        )
        # A bound, since anybody may send tokens. Emptying the memory costs a signature check
        # each and nothing else.
        if len(self._read) >= _REMEMBERED:
            self._read.clear()
        self._read[token] = claims
        return claims


class BasicDoor:
    """Reads HTTP Basic credentials."""

    def __init__(self, users: Iterable[User]) -> None:
        # The encoded pairs are the keys, so a request costs one look-up and no decoding.
        self._users = {
            base64.b64encode(f"{user.name}:{user.password}".encode()).decode(): user for user in users
        }

    def check(self, header: str | None) -> User:
        """The user of an Authorization header.

        Raises:
            SignInError: there is none.
        """
        scheme, _, text = (header or "").partition(" ")
        if scheme.lower() != "basic":
            raise SignInError("Credentials are missing.")
        user = self._users.get(text.strip()) or self._decoded(text)
        if user is None:
            raise SignInError("The user name or password is wrong.")
        return user

    def _decoded(self, text: str) -> User | None:
        # Some clients pad or wrap the text in another way; only the decoded text counts.
        try:
            plain = base64.b64decode(text)
        except (binascii.Error, ValueError):
            return None
        return self._users.get(base64.b64encode(plain).decode())


__all__ = ["AccessError", "BasicDoor", "Claims", "SignInError", "TokenOffice"]
