"""Which credentials an operation gets: those of the schemes that its document names for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from trunkline.auth.base import Auth, AuthContext, Headers
from trunkline.auth.by_name import TAKES
from trunkline.auth.fixed import ApiKeyAuth, BasicAuth, BearerAuth
from trunkline.auth.login import OAuth2ClientCredentials
from trunkline.auth.secret import SecretHeaders
from trunkline.errors import ConfigError
from trunkline.operation import Operation

Scheme = Mapping[str, Any]
NO_AUTH: Final = Auth()
_KINDS: Final[tuple[tuple[type[Auth], tuple[str, ...]], ...]] = (
    (BasicAuth, ("basic",)),
    (ApiKeyAuth, ("api_key",)),
    (BearerAuth, ("bearer", "oauth2_client_credentials")),
    (OAuth2ClientCredentials, ("oauth2_client_credentials", "bearer")),
)
_WRONG: Final = (
    "auth must be one of the schemes of trunkline.auth, for example BasicAuth(user, password), a mapping of "
    "scheme names to them, or a list of those that Client.auth(name, …) makes"
)


class Credentials:
    """The credentials of one client.

    Args:
        given: one for all operations that want one; or several, by the names of their schemes.
        schemes: the `auth_schemes` of the client.
    Raises:
        ConfigError: a credential whose scheme is not clear.
    """

    def __init__(
        self, given: Auth | Mapping[str, Auth] | Sequence[Auth] | None, schemes: Mapping[str, Scheme]
    ) -> None:
        self._schemes = schemes
        self._single: Auth | None = None
        self._by_name: dict[str, Auth] = {}
        if given is None or isinstance(given, Auth):
            self._single = given or NO_AUTH
            if self._single.scheme:
                self._by_name[self._single.scheme] = self._single
            return
        if not isinstance(given, Mapping | list | tuple):
            raise ConfigError(_WRONG)
        pairs = given.items() if isinstance(given, Mapping) else [(self._name_of(one), one) for one in given]
        for name, auth in pairs:
            if not isinstance(auth, Auth):
                raise ConfigError(_WRONG)
            if schemes and name not in schemes:
                raise ConfigError(f"auth: there is no scheme {name!r}; there are: {', '.join(schemes)}")
            self._by_name[name] = auth

    def of(self, op: Operation[Any]) -> Auth:
        """The credentials of an operation: of the first of its alternatives that this client has.

        Raises:
            ConfigError: the client has none of them; nothing was sent.
        """
        if op.auth == () or self._single is NO_AUTH:
            return NO_AUTH
        # The document names no scheme for this operation; with a single credential there is no
        # doubt which one is meant.
        if op.auth is None:
            return self._single or (
                next(iter(self._by_name.values())) if len(self._by_name) == 1 else NO_AUTH
            )
        alternatives = [(each,) if isinstance(each, str) else tuple(each) for each in op.auth]
        for names in alternatives:
            found = [self._named(name) for name in names]
            # The first alternative that the client can serve is taken, in the document's order.
            if all(auth is not None for auth in found):
                several = [auth for auth in found if auth is not None]
                return several[0] if len(several) == 1 else AllOf(several) if several else NO_AUTH
        wanted = " or ".join(" and ".join(names) for names in alternatives)
        have = ", ".join(self._by_name) or type(self._single).__name__
        raise ConfigError(
            f"{op.name} wants credentials of the scheme {wanted}; this client has: {have}. Nothing was sent; "
            'give them by name: Client(auth={"' + alternatives[0][0] + '": …})'
        )

    def all(self) -> Iterator[Auth]:
        """Each of the client's credentials once."""
        yield from {id(auth): auth for auth in (self._single, *self._by_name.values()) if auth}.values()

    def secrets(self) -> Iterator[str]:
        """Texts that no error may show, should the vendor echo them."""
        for auth in self.all():
            yield from auth.secrets()

    def __repr__(self) -> str:
        several = ", ".join(f"{name}={auth!r}" for name, auth in self._by_name.items())
        return repr(self._single) if self._single is not None else f"{{{several}}}"

    def _named(self, name: str) -> Auth | None:
        found = self._by_name.get(name)
        if found is None and self._single is not None and not self._single.scheme:
            return self._single if self._serves(self._single, name) else None
        return found

    def _serves(self, auth: Auth, name: str) -> bool:
        """Whether a credential without a name serves a scheme; where there is only one, it replaces it."""
        scheme = self._schemes.get(name)
        if scheme is None or len(self._schemes) < 2:
            return True
        kinds = next((kinds for cls, kinds in _KINDS if isinstance(auth, cls)), None)
        if kinds is None:  # a class of the caller's own
            return True
        if isinstance(auth, ApiKeyAuth) and scheme["kind"] == "api_key":
            return (auth.name.lower(), auth.location) == (scheme["parameter"].lower(), scheme["location"])
        return scheme["kind"] in kinds

    def _name_of(self, auth: Any) -> str:
        if not isinstance(auth, Auth):
            raise ConfigError(_WRONG)
        if auth.scheme:
            return auth.scheme
        fitting = [
            name
            for name, scheme in self._schemes.items()
            if scheme["kind"] in TAKES and self._serves(auth, name)
        ]
        if len(fitting) != 1:
            raise ConfigError(
                f"auth: it is not clear which scheme {type(auth).__name__} is for; give a mapping of scheme "
                f"names, of which there are: {', '.join(self._schemes) or 'none'}"
            )
        return fitting[0]


class _Joined(SecretHeaders):
    """Headers of several credentials, and which are whose."""

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[Headers]) -> None:
        super().__init__(_joined(parts))
        self.parts = tuple(parts)


class AllOf(Auth):
    """Several credentials sent together, as one requirement of a document names them."""

    __slots__ = ("_auths", "_last", "owner", "query", "scheme")

    def __init__(self, auths: Sequence[Auth]) -> None:
        # In one order everywhere: two operations that wait for each other's trial would wait for ever.
        self._auths = tuple(sorted(auths, key=id))
        self._last = _Joined(())
        self.query = tuple(pair for auth in auths for pair in auth.query)
        self.scheme = ""
        self.owner = " ".join(filter(None, (auth.owner for auth in auths)))

    def ready(self, context: AuthContext) -> Headers | None:
        """The headers of all, if they are ready."""
        found = [auth.ready(context) for auth in self._auths]
        parts = [headers for headers in found if headers is not None]
        return self._join(parts) if len(parts) == len(found) else None

    async def headers(self, context: AuthContext) -> Headers:
        """The headers of all, fetched one after the other."""
        parts: list[Headers] = []
        try:
            for auth in self._auths:
                parts.append(auth.ready(context) or await auth.headers(context))  # noqa: PERF401 - kept on failure
        except BaseException:
            for auth, used in zip(self._auths, parts, strict=False):
                auth.lost(used)  # it may be the one that others wait for
            raise
        return self._join(parts)

    def _join(self, parts: Sequence[Headers]) -> Headers:
        if len(parts) != len(self._last.parts) or any(
            new is not old for new, old in zip(parts, self._last.parts, strict=True)
        ):
            self._last = _Joined(parts)
        return self._last

    def accepted(self) -> None:
        """The vendor took them all."""
        for auth in self._auths:
            auth.accepted()

    def rejected(self, used: Headers, now: float) -> bool:
        """Whether any of them can be renewed."""
        parts = used.parts if isinstance(used, _Joined) else (used,) * len(self._auths)
        # A list and not `any`: each scheme must learn of the refusal, also after the
        # first that can renew.
        return sum([auth.rejected(part, now) for auth, part in zip(self._auths, parts, strict=True)]) > 0

    def lost(self, used: Headers) -> None:
        """No response came."""
        for auth in self._auths:
            auth.lost(used)

    def reset(self) -> None:
        """Forget refusals of all."""
        for auth in self._auths:
            auth.reset()

    def secrets(self) -> Iterable[str]:
        """Those of all."""
        for auth in self._auths:
            yield from auth.secrets()


def _joined(parts: Sequence[Headers]) -> dict[str, str]:
    """The headers of all; cookies are one header (RFC 6265, section 5.4).

    Raises:
        ConfigError: two credentials want the same header.
    """
    out: dict[str, str] = {}
    for headers in parts:
        for name in dict(**headers):
            if name in out and name != "Cookie":
                raise ConfigError(f"two credentials of one operation want the header {name}")
            out[name] = f"{out[name]}; {headers[name]}" if name in out else headers[name]
    return out


__all__ = ["NO_AUTH", "AllOf", "Credentials"]
