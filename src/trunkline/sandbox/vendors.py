"""What differs between the two vendors before an operation is reached: sign-in and the shape of errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from trunkline.sandbox.credentials import AccessError, BasicDoor, SignInError, TokenOffice
from trunkline.sandbox.routing import RefusedError, Router

NO_ACCESS = 500032
"""The one logging number that the vendor's public sample shows; it means "no access or missing"."""

# Invented but fixed numbers, so that tests can name them; only the first is the vendor's.
_LOGGING_NUMBERS = {
    400: 500101,
    401: 500401,
    403: 500403,
    404: NO_ACCESS,
    405: 500405,
    409: 500409,
    429: 500429,
}


def idi_error(
    status: int, field: str, message: str, *, headers: Mapping[str, str] | None = None
) -> RefusedError:
    """A refusal in IDI's shape."""
    entry = {"field": field, "loggingNumber": _LOGGING_NUMBERS.get(status, 500500), "message": message}
    return RefusedError(status, {"errors": [entry]}, headers)


def idi_missing(field: str, key: object) -> RefusedError:
    """The vendor does not distinguish "no access" from "does not exist"."""
    return idi_error(404, field, f"You do not have access to {field} ID {key} or it does not exist.")


def abzorb_error(status: int, message: str, *, headers: Mapping[str, str] | None = None) -> RefusedError:
    """A refusal in Abzorb's shape."""
    return RefusedError(status, {"error": message}, headers)


def abzorb_invalid(message: str) -> RefusedError:
    """A well-formed Abzorb request that fails validation; the server sets the configured status."""
    # 0 means the configured status, 400 or 200, since the vendor's page allows both readings.
    return RefusedError(0, {"response_message": message})


class Vendor(Protocol):
    """One API as the server sees it."""

    api: str
    router: Router
    wants_content_type: bool
    """Whether the page lists the header as required."""

    def sign_in(self, headers: Mapping[str, str], *, environment: str, now: float, writes: bool) -> str:
        """The user's name, or a refusal."""
        ...

    def refuse(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> RefusedError:
        """An error in the vendor's shape."""
        ...


class Idi:
    """IDI: Simple Web Tokens and `errors` lists."""

    api = "idi"
    wants_content_type = True

    def __init__(self, router: Router, office: TokenOffice, environment: str) -> None:
        self.router = router
        self.office = office
        self._environment = environment

    def sign_in(self, headers: Mapping[str, str], *, environment: str, now: float, writes: bool) -> str:
        """The user of the token."""
        try:
            claims = self.office.check(headers.get("Authorization"), environment=environment, now=now)
        except SignInError as error:
            raise idi_error(401, "Authorization", str(error)) from error
        except AccessError as error:
            raise idi_error(403, "Authorization", str(error)) from error
        if ("write" if writes else "read") not in claims.permissions:
            raise idi_error(403, "Authorization", "You do not have permission for this operation.")
        return claims.user

    def refuse(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> RefusedError:
        """An `errors` list with one entry."""
        return idi_error(status, "Request", message, headers=headers)


class Abzorb:
    """Abzorb: HTTP Basic and an `error` text."""

    api = "abzorb"
    wants_content_type = False

    def __init__(self, router: Router, door: BasicDoor) -> None:
        self.router = router
        self._door = door

    def sign_in(self, headers: Mapping[str, str], *, environment: str, now: float, writes: bool) -> str:
        """The user of the credentials."""
        try:
            user = self._door.check(headers.get("Authorization"))
        except SignInError as error:
            # RFC 9110 section 15.5.2: a 401 carries at least one challenge.
            challenge = {"WWW-Authenticate": 'Basic realm="Abzorb API"'}
            raise abzorb_error(401, str(error), headers=challenge) from error
        if ("write" if writes else "read") not in user.permissions:
            raise abzorb_error(403, "You do not have permission for this request.")
        return user.name

    def refuse(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> RefusedError:
        """An `error` text."""
        return abzorb_error(status, message, headers=headers)


class Plain:
    """A registered API without rules of its own: nobody signs in, errors are an `error` text."""

    wants_content_type = False

    def __init__(self, api: str, router: Router) -> None:
        self.api = api
        self.router = router

    def sign_in(self, headers: Mapping[str, str], *, environment: str, now: float, writes: bool) -> str:
        """Nobody."""
        return ""

    def refuse(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> RefusedError:
        """An `error` text."""
        return RefusedError(status, {"error": message}, headers)
