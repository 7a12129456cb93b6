"""First versions of the hand-written files of an API's package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codegen.ir import Document

_INIT = '''\
"""{title}: `from trunkline import {name}; {name}.Client.from_env()`.

Models are in `trunkline.{name}.models`.
"""

from trunkline.{name}._generated.operations import OPERATIONS
from trunkline.{name}.client import Client

__all__ = ["OPERATIONS", "Client"]
'''

_REEXPORT = '''\
"""{what}; generated, see `trunkline.{name}._generated.{module}`."""

from trunkline.{name}._generated.{module} import *  # noqa: F403 - the generated module lists its names
'''

_CLIENT = '''\
"""The {title} client: its address and credentials around the generated operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from trunkline.auth import Auth, Secret
{imports}from trunkline.settings import resolve
from trunkline.{name}._generated.client import Client as GeneratedClient

if TYPE_CHECKING:
    from typing import Unpack

    from trunkline.client import ClientSettings

HOST = {host!r}


class Client(GeneratedClient):
    """{title}.

    Args:
        {doc}
        base_url: replaces the vendor's address, for a sandbox.
        settings: those of `trunkline.client.BaseClient`.
    Raises:
        ConfigError: a setting is missing or wrong; the message names it.
    Source: {spec}
    """

    def __init__(
        self,
        *,
        {parameters}auth: Auth | None = None,
        base_url: str = HOST,
        **settings: Unpack[ClientSettings],
    ) -> None:
        self._closed = True
{make}        super().__init__(base_url=base_url, auth=auth, **settings)

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        profile: str | None = None,
        {parameters}auth: Auth | None = None,
        base_url: str | None = None,
        **settings: Unpack[ClientSettings],
    ) -> Self:
        """Make a client from {variables} of the environment, or from trunkline.toml.

        An argument beats the environment, which beats the file; None means "not given".

        Raises:
            ConfigError: names every setting that is missing, or the one that is wrong.
        """
        given = {{{given}"auth": auth, "base_url": base_url, **settings}}
        return cls(**resolve("{name}", given, environ=environ, profile=profile).arguments())
'''

_CREDENTIAL = "password: str | Secret | None = None,\n        "
_USER_ARGUMENT = "user: str | None = None,\n        "


def client_files(name: str, title: str, spec: str, document: Document, modules: list[str]) -> dict[str, str]:
    """The texts by file name. modules: those of the generated package that callers import from."""
    words = _credentials(name, document)
    # The title goes into docstrings by `format`, without the renderer's quoting.
    title = title.replace('"', "'").replace("\\", "/")
    host = next(iter(document.servers.values()), "https://api.invalid")
    client = _CLIENT.format(name=name, title=title, spec=spec, host=host, **words)
    files = {"__init__.py": _INIT.format(name=name, title=title), "client.py": client}
    texts = {
        "models": "The models",
        "fields": "Typed names for filters and orders",
        "patches": "Patch builders",
    }
    for module, what in texts.items():
        if module in modules:
            files[f"{module}.py"] = _REEXPORT.format(name=name, what=what, module=module)
    return files


def _credentials(name: str, document: Document) -> Mapping[str, Any]:
    """The constructor's credentials and its code for the auth object, by the document's first scheme."""
    prefix = f"`TRUNKLINE_{name.upper()}_"
    scheme = next(iter(document.auth), None)
    takes = {
        "basic": "user=user or '', password=password",
        "bearer": "token=password",
        "api_key": "value=password",
        "oauth2_client_credentials": "client_id=user or '', client_secret=password",
    }.get(scheme.kind if scheme is not None else "")
    if scheme is None or takes is None:
        return {
            "imports": "",
            "parameters": "",
            "given": "",
            "make": "",
            "doc": "auth: signs requests, where the API asks for it.",
            "variables": f"{prefix}BASE_URL` and further settings",
        }
    has_user = "user=" in takes or "client_id" in takes
    wanted = "user and password" if has_user else "password"
    missing = "not (user and password)" if has_user else "not password"
    doc = "user, password: the credentials." if has_user else "password: the key or token."
    return {
        "imports": "from trunkline.errors import ConfigError\n",
        "parameters": (_USER_ARGUMENT if has_user else "") + _CREDENTIAL,
        "given": ('"user": user, ' if has_user else "") + '"password": password, ',
        "make": (
            "        if auth is None:\n"
            f"            if {missing}:\n"
            f'                raise ConfigError("{name}.Client needs {wanted}, or auth")\n'
            f"            auth = self.auth({scheme.name!r}, {takes.replace(chr(39), chr(34))})\n"
        ),
        "doc": f"{doc} auth: replaces them.",
        "variables": f"{prefix}USER`, {prefix}PASSWORD`" if has_user else f"{prefix}PASSWORD`",
    }
