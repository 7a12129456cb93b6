"""What a client works out once for each operation: its plan on the wire, its credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from yarl import URL

from trunkline import odata
from trunkline._calls.call import Traits
from trunkline._calls.identity import identity_text
from trunkline._codec.codec import Codec
from trunkline._wire.requests import Plan
from trunkline.auth import Credentials
from trunkline.config import RequestOptions
from trunkline.errors import ArgumentError
from trunkline.operation import Operation


class Preparation:
    """Plans and traits of the operations of one client, made at their first use.

    plans, traits: those made so far, by operation; a call looks there first. routes: method and path that
    replace those of the spec, by operation id.
    """

    def __init__(
        self,
        *,
        base: URL,
        codec: Codec,
        headers: Mapping[str, str],
        routes: Mapping[str, tuple[str, str]],
        credentials: Credentials,
    ) -> None:
        self.plans: dict[Operation[Any], Plan] = {}
        self.traits: dict[Operation[Any], Traits] = {}
        self._base = base
        self._codec = codec
        self._headers = headers
        self.routes = dict(routes)
        self._credentials = credentials

    def plan(self, op: Operation[Any]) -> Plan:
        """How the operation is put on the wire.

        Raises:
            ConfigError: the client lacks its credentials, or a path parameter is not declared.
        """
        extra = "&".join(f"{name}={value}" for name, value in self.query_credentials(op).items())
        route = self.routes.get(op.id)
        plan = Plan(op, self._base, self._codec, self._headers, route, odata.render, extra)
        self.plans[op] = plan
        return plan

    def traits_of(self, op: Operation[Any]) -> Traits:
        """Its credentials, and how its responses are read."""
        documented = {each.status.upper() for each in op.responses if each.status[0] == "3"}
        redirects = {int(status) for status in documented if status.isdecimal()}
        if "3XX" in documented:
            redirects |= set(range(300, 400))
        # Only a guessed route turns a 404 into the advice to correct it; a documented one stays a
        # plain NotFoundError.
        guessed = op.provenance.route not in ("documented", "observed") and op.id not in self.routes
        traits = Traits(self._credentials.of(op), frozenset(redirects), guessed)
        self.traits[op] = traits
        return traits

    def identity(self) -> str:
        """See `BaseClient.identity`."""
        owners = (auth.owner for auth in self._credentials.all() if auth.owner)
        return identity_text(str(self._base), self.routes, owners)

    def query_credentials(self, op: Operation[Any]) -> dict[str, str]:
        """Keys that go into the query, quoted."""
        pairs = self._credentials.of(op).query
        return {quote(name, safe=""): quote(secret.reveal(), safe="") for name, secret in pairs}


def checked_options(options: Any) -> RequestOptions:
    """The options of a call. Raises: ArgumentError where they are something else."""
    if not isinstance(options, RequestOptions):
        raise ArgumentError("options must be RequestOptions(…)")
    return options


__all__ = ["Preparation", "checked_options"]
