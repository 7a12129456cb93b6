"""What holds a secret shows it to nobody who did not ask: no repr, copy, pickle, debugger or report."""

from __future__ import annotations

import base64
import copy
import io
import json
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from rich.console import Console
from rich.traceback import Traceback
from yarl import URL

from trunkline import abzorb, auth, idi
from trunkline._wire.messages import Request, Response
from trunkline.auth.secret import SecretHeaders
from trunkline.errors import StatusError, VendorMessage
from trunkline.network import Network
from trunkline.settings import resolve

USER, PASSWORD, TOKEN, NUMBER = "planted-user", "planted-password-1", "planted-token-2", "07700900123"
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
PLANTED = (PASSWORD, TOKEN, BASIC, NUMBER)

HOLDERS: dict[str, Callable[[], Any]] = {
    "Secret": lambda: auth.Secret(PASSWORD),
    "BasicAuth": lambda: auth.BasicAuth(USER, PASSWORD),
    "BearerAuth": lambda: auth.BearerAuth(TOKEN),
    "ApiKeyAuth header": lambda: auth.ApiKeyAuth("X-Key", TOKEN),
    "ApiKeyAuth query": lambda: auth.ApiKeyAuth("key", TOKEN, "query"),
    "ApiKeyAuth cookie": lambda: auth.ApiKeyAuth("key", TOKEN, "cookie"),
    "OAuth2": lambda: auth.OAuth2ClientCredentials(
        token_url="https://a.example/token", client_id="id", client_secret=PASSWORD
    ),
    "headers": lambda: SecretHeaders({"Authorization": f"Basic {BASIC}"}),
    "idi.Client": lambda: idi.Client(environment="prod", user=USER, password=PASSWORD),
    "abzorb.Client": lambda: abzorb.Client(user=USER, password=PASSWORD),
    "Network": lambda: Network(proxy=f"http://{USER}:{PASSWORD}@proxy.example:3128"),
    "settings": lambda: resolve(
        "idi",
        {"password": PASSWORD, "proxy": f"http://{USER}:{PASSWORD}@proxy.example:3128"},
        environ={"TRUNKLINE_IDI_USER": USER},
    ),
    "settings of the environment": lambda: resolve(
        "idi", {}, environ={"TRUNKLINE_IDI_PASSWORD": PASSWORD, "TRUNKLINE_IDI_HEADERS": f"X-Key: {TOKEN}"}
    ),
    "Request": lambda: Request("POST", URL(f"https://a.example/{NUMBER}"), {"X-Key": TOKEN}, NUMBER.encode()),
    "Response": lambda: Response(200, {"X-Key": TOKEN}, NUMBER.encode()),
    "StatusError": lambda: StatusError(
        "refused",
        status=400,
        body={"pin": PASSWORD, "cli": NUMBER},
        headers={"Set-Cookie": TOKEN, "X-Cli": NUMBER},
        messages=(VendorMessage(message=f"no {NUMBER}"),),
    ),
}


def by_vars(value: Any) -> Any:
    return vars(value) if hasattr(value, "__dict__") else repr(value)


CHANNELS: dict[str, Callable[[Any], str]] = {
    "repr": repr,
    "str": str,
    "format": lambda value: f"{value}",
    "vars": lambda value: repr(vars(value)) if hasattr(value, "__dict__") else "",
    "copy": lambda value: repr(copy.copy(value)),
    "deepcopy": lambda value: repr(copy.deepcopy(value)),
    "json by repr": lambda value: json.dumps(value, default=repr),
    "json by vars": lambda value: json.dumps(value, default=by_vars),
    "rich": lambda value: rendered(value),
}


def rendered(value: Any) -> str:
    out = io.StringIO()
    Console(file=out, width=200).print(value, getattr(value, "__dict__", None))
    return out.getvalue()


def leaks(text: str) -> list[str]:
    return [secret for secret in PLANTED if secret in text]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("name", HOLDERS)
def test_no_channel_shows_what_is_held(name: str, channel: str) -> None:
    """A refusal to copy or to serialise is as good as silence, if its words say nothing."""
    value = HOLDERS[name]()
    try:
        text = CHANNELS[channel](value)
    except (TypeError, ValueError, AttributeError) as error:
        text = f"{error!r}{error.__cause__!r}"
    assert not leaks(text)


@pytest.mark.parametrize("name", [name for name in HOLDERS if name not in {"Request", "Response"}])
def test_pickles_hold_no_secret(name: str) -> None:
    """Credentials refuse it; an error goes on without what must not be seen."""
    try:
        text = pickle.dumps(HOLDERS[name]()).decode("latin-1")
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        text = str(error)
    assert not [secret for secret in (PASSWORD, TOKEN, BASIC) if secret in text]


def test_an_error_survives_pickling_with_a_masked_body() -> None:
    """Workers send errors to each other; what they mean arrives, whom they are about does not."""
    error = HOLDERS["StatusError"]()
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - made on the line above
    assert error.body == {"pin": PASSWORD, "cli": NUMBER}
    assert again.body == {"pin": "***", "cli": "***"}
    assert again.headers == {"Set-Cookie": "***", "X-Cli": "***"}
    assert (again.status, str(again)) == (400, "refused")


def test_attrs_asdict_of_a_client_setting_shows_nothing() -> None:
    """Settings are printed by the people who debug them."""

    @attrs.define
    class Service:
        secret: Any = attrs.field(factory=HOLDERS["Secret"])
        headers: Any = attrs.field(factory=HOLDERS["headers"])
        auth: Any = attrs.field(factory=HOLDERS["BasicAuth"])
        client: Any = attrs.field(factory=HOLDERS["abzorb.Client"])

    assert not leaks(repr(attrs.asdict(Service())) + json.dumps(attrs.asdict(Service()), default=by_vars))


def fail_with_locals() -> None:
    secret, basic, headers = (HOLDERS[name]() for name in ("Secret", "BasicAuth", "headers"))
    client, error = HOLDERS["idi.Client"](), HOLDERS["StatusError"]()
    everything = {"all": [secret, basic, headers, client, error]}
    raise error from RuntimeError(str(len(everything)))


def test_frame_locals_show_nothing() -> None:
    """As rich, `traceback` with locals and error trackers show them."""
    try:
        fail_with_locals()
    except StatusError as error:
        kept = traceback.TracebackException.from_exception(error, capture_locals=True)
        out = io.StringIO()
        Console(file=out, width=200).print(
            Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True)
        )
    text = "".join(kept.format()) + out.getvalue()
    assert "everything" in text
    assert not leaks(text)


PROGRAM = """
import os

from trunkline import abzorb, auth
from trunkline.errors import StatusError


def test_it():
    word = auth.Secret(os.environ["PLANTED"])
    client = abzorb.Client(user="u", password=word)
    error = StatusError("x", status=400, body={"pin": word.reveal()})
    assert client == error
"""


def test_pytests_own_failure_output_shows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed assertion over a client and an error, with local variables shown."""
    (tmp_path / "test_it.py").write_text(PROGRAM)
    monkeypatch.setenv("PLANTED", PASSWORD)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--showlocals", "-q", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "assert client == error" in done.stdout
    assert PASSWORD not in done.stdout + done.stderr
