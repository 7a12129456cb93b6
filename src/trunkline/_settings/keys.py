"""The settings that a file or the environment can hold: their names, how each is read, where it goes."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from trunkline.config import parse_rate
from trunkline.errors import ConfigError

PASSWORD_SOURCES: Final = ("password_env", "password_file", "password_keyring")
"""Where a password is kept; the password itself is never in the file."""
PROXY_SOURCES: Final = tuple(f"proxy_{name}" for name in PASSWORD_SOURCES)
"""The same for the proxy's password."""
_TRUE: Final = {"1": True, "true": True, "yes": True, "on": True}
_FALSE: Final = {"0": False, "false": False, "no": False, "off": False}


@frozen
class Key:
    """One setting.

    read: from a TOML value, or the text of an environment variable, to the client's argument; its ValueError
    states what is wanted. group: the settings class that takes it ("limits" for `Limits`), "" for the client
    itself. field: its name there, if another. secret: whether its value must not be shown.
    """

    name: str
    read: Callable[[Any], Any]
    group: str = ""
    field: str = ""
    secret: bool = False


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("text")
    return value.strip()


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("a whole number")
    try:
        return int(value)
    except ValueError:
        raise ValueError("a whole number") from None


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("a number of seconds")
    try:
        return float(value)
    except ValueError:
        raise ValueError("a number of seconds") from None


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    found = (_TRUE | _FALSE).get(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise ValueError("true or false")
    return found


def _rate(value: Any) -> str:
    text = _text(value)
    try:
        parse_rate(text)
    except ConfigError:
        raise ValueError("requests per time such as '20/s' or '1200/min'") from None
    return text


def _links(value: Any) -> str:
    if value not in ("strict", "rebase"):
        raise ValueError("strict or rebase")
    return str(value)


def _file(value: Any) -> str:
    return str(Path(_text(value)).expanduser())


def _files(value: Any) -> str | tuple[str, str]:
    """A certificate with its key in one file, or a pair: a list, or two paths with a comma between."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or not 1 <= len(parts) <= 2:
        raise ValueError("a path, or a list of two paths: certificate and key")
    paths = [_file(one) for one in parts]
    return paths[0] if len(paths) == 1 else (paths[0], paths[1])


def _pairs(separator: str) -> Callable[[Any], dict[str, str]]:
    """A table of texts; in the environment "name=value; other=value", or with a colon between."""

    def read(value: Any) -> dict[str, str]:
        if isinstance(value, str):
            words = [word.partition(separator) for word in value.split(";") if word.strip()]
            if not all(between for _, between, _ in words):
                raise ValueError(f"pairs as in 'name{separator} value; other{separator} value'")
            value = {name.strip(): text.strip() for name, _, text in words}
        if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value.values()):
            raise ValueError("a table of texts")
        return dict(value)

    return read


COMMON: Final = (
    Key("base_url", _text),
    Key("user", _text),
    Key("rate", _rate, "limits"),
    Key("concurrency", _whole, "limits"),
    Key("timeout", _seconds, "timeouts", "attempt"),
    Key("connect_timeout", _seconds, "timeouts", "connect"),
    Key("total_timeout", _seconds, "timeouts", "total"),
    Key("max_attempts", _whole, "retry"),
    Key("routes", _pairs("=")),
    Key("headers", _pairs(":"), secret=True),
    Key("max_response_bytes", _whole),
    Key("links", _links),
    Key("proxy", _text, "network"),
    Key("proxy_user", _text, "network"),
    Key("trust_env", _flag, "network"),
    Key("ca_file", _file, "network"),
    Key("client_cert", _files, "network"),
    Key("local_address", _text, "network"),
    Key("max_header_bytes", _whole, "network"),
)
"""The settings of every API."""


def keys_of(client: Any) -> dict[str, Key]:
    """Return the settings of a client's API: the common ones, and the texts that its constructor takes."""
    known = {key.name: key for key in COMMON}
    # An API's own settings are read from its constructor, so a new client needs no list of them here.
    own = inspect.signature(client.__init__).parameters
    known |= {
        name: Key(name, _text)
        for name, parameter in own.items()
        if name not in known and str(parameter.annotation).split(" | ")[0] == "str" and name != "password"
    }
    # A client without a user name, such as one of an API key, must refuse the
    # setting and not ignore it.
    if "user" not in own:
        del known["user"]
    return known


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean …?" for a misspelt name, or the names that there are."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known are: {', '.join(names)}" if names else ""


__all__ = ["COMMON", "PASSWORD_SOURCES", "PROXY_SOURCES", "Key", "keys_of", "nearest"]
