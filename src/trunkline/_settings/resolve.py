"""Settings of a client from arguments, environment and file, each with the place that it came from.

An argument overrides the environment, which overrides the file. None means "not given" everywhere.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen

from trunkline import apis, config
from trunkline._settings.file import DEFAULT_PROFILE, NAME, SettingsFile, places, read_file
from trunkline._settings.keys import PASSWORD_SOURCES, Key, keys_of, nearest
from trunkline._settings.password import read_password
from trunkline._wire.requests import checked_routes
from trunkline.auth import Secret
from trunkline.auth.secret import SecretHeaders
from trunkline.errors import ConfigError
from trunkline.network import Network

_GROUPS: Final = {
    "limits": config.Limits,
    "timeouts": config.Timeouts,
    "retry": config.RetryPolicy,
    "network": Network,
}
ARGUMENT: Final = "argument"
DEFAULT: Final = "default"


@frozen
class Value:
    """The effective value of a setting. source: "argument", the variable's name, the file's section, or
    "default"."""

    value: Any = field(repr=False)
    source: str
    secret: bool = False

    def __attrs_post_init__(self) -> None:
        # The settings of a run are pickled, copied to dictionaries and shown with frames; a secret is not.
        if self.secret and isinstance(self.value, str):
            object.__setattr__(self, "value", Secret(self.value))
        elif self.secret and isinstance(self.value, Mapping):
            object.__setattr__(self, "value", SecretHeaders(self.value))


@frozen(kw_only=True)
class Resolved:
    """Every setting of one API that is not left to its default, by name.

    file: the settings file that was read. profile: the one that was used, None for none.
    """

    api: apis.Api
    file: SettingsFile | None
    profile: str | None
    values: Mapping[str, Value]

    def value(self, name: str) -> Any:
        """Return a setting's value, None where it is left to its default."""
        found = self.values.get(name)
        return None if found is None else _usable(found.value)

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the client's constructor.

        Raises:
            ConfigError: a setting without a default is missing; the message names all of them.
        """
        self._complete()
        keys = keys_of(self.api.client)
        given: dict[str, Any] = {}
        groups: dict[str, dict[str, Any]] = {}
        for name, found in self.values.items():
            key = keys.get(name)
            if key is None or not key.group:
                given[name] = _usable(found.value)
            else:
                groups.setdefault(key.group, {})[key.field or name] = found.value
        network = groups.get("network", {})
        user, password = network.pop("proxy_user", None), given.pop("proxy_password", None)
        if user is not None:
            network["proxy_auth"] = (user, password or "")
        for group, values in groups.items():
            # an object that the caller made is taken as it is: it overrides single settings
            given.setdefault(group, _GROUPS[group](**values))
        return given

    def check(self) -> None:
        """Check what only a client would notice: that corrected operations and named files are there.

        Raises:
            ConfigError: one is not; the message names the setting's place, and the nearest operation.
        """
        for name, found in self.values.items():
            try:
                if name == "routes":
                    checked_routes(found.value, self.api.client.operations)
                elif name in ("ca_file", "client_cert"):
                    _there(name, found.value)
            except ConfigError as error:
                raise ConfigError(f"{found.source}: {error}") from None

    def _complete(self) -> None:
        own = inspect.signature(self.api.client.__init__).parameters
        needed = [
            name
            for name, parameter in own.items()
            if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty
        ]
        if "auth" not in self.values:
            needed += [name for name in ("user", "password") if name in own]
        missing = [self.api.prefix + name.upper() for name in needed if name not in self.values]
        if missing:
            raise ConfigError(f"set {' and '.join(missing)} in the environment, or keep them in {NAME}")


def _there(name: str, paths: str | tuple[str, str]) -> None:
    for path in (paths,) if isinstance(paths, str) else paths:
        if not Path(path).is_file():
            raise ConfigError(f"{name} {path}: there is no such file")


def _usable(value: Any) -> Any:
    return {**value} if isinstance(value, SecretHeaders) else value


def resolve(
    api: str,
    given: Mapping[str, Any],
    *,
    environ: Mapping[str, str] | None = None,
    profile: str | None = None,
) -> Resolved:
    """Return the settings of an API's client.

    Args:
        given: the caller's arguments; None means that one is not given.
        environ: environment variables; None for those of the process. With a mapping of your own
            the file is read only if it, or `profile`, names one.
        profile: of the settings file; None for `TRUNKLINE_PROFILE`, else "default" if there is one.
    Raises:
        ConfigError: a variable or the file holds something that is not a setting.
    """
    entry = apis.get(api)
    variables = os.environ if environ is None else environ
    profile = profile or variables.get("TRUNKLINE_PROFILE", "").strip() or None
    # A test that passes its own environment must not pick up the settings file of
    # the person who runs it.
    alone = environ is not None and profile is None and not variables.get("TRUNKLINE_CONFIG", "").strip()
    file = None if alone else read_file(variables)
    chosen = _chosen(profile, file, variables)
    keys = keys_of(entry.client)
    values: dict[str, Value] = {}
    if file is not None and chosen is not None:
        values |= _of_file(file, chosen, entry, keys)
    # The order of these unions is the order of precedence: file, environment, arguments.
    values |= _of_environ(entry, keys, variables)
    values |= {
        name: Value(value, ARGUMENT, name == "password" or (name in keys and keys[name].secret))
        for name, value in given.items()
        if value is not None
    }
    kept = _Kept(entry, file, chosen, variables)
    takes = inspect.signature(entry.client.__init__).parameters
    if "auth" not in values and "password" not in values and "password" in takes:
        values |= kept.password("", _value(values, "user"))
    if "proxy_user" in values:
        values |= kept.password("proxy_", values["proxy_user"].value)
    return Resolved(api=entry, file=file, profile=chosen, values=values)


def _value(values: Mapping[str, Value], name: str) -> Any:
    return values[name].value if name in values else None


def _chosen(profile: str | None, file: SettingsFile | None, environ: Mapping[str, str]) -> str | None:
    """Return the profile that counts.

    Raises:
        ConfigError: one is named and there is none of this name.
    """
    if profile is None:
        return DEFAULT_PROFILE if file is not None and DEFAULT_PROFILE in file.profiles else None
    if file is None:
        looked = " and ".join(str(path) for path in places(environ))
        raise ConfigError(f"the profile {profile!r} needs a settings file; there is none at {looked}")
    if profile not in file.profiles:
        raise ConfigError(f"{file.path} has no profile {profile!r}{nearest(profile, file.profiles)}")
    return profile


def _of_file(file: SettingsFile, profile: str, api: apis.Api, keys: Mapping[str, Key]) -> dict[str, Value]:
    place = f"{file.path} [profile.{profile}.{api.name}]"
    section = file.section(profile, api.name)
    return {
        name: Value(_read(keys[name], value, f"{place}: {name}"), place, keys[name].secret)
        for name, value in section.items()
        if name in keys
    }


def _of_environ(api: apis.Api, keys: Mapping[str, Key], environ: Mapping[str, str]) -> dict[str, Value]:
    found = {}
    for name, key in keys.items():
        variable = api.prefix + name.upper()
        if text := environ.get(variable, "").strip():
            secret = key.secret or (name == "proxy" and "@" in text)
            found[name] = Value(_read(key, text, variable), variable, secret)
    return found


def _read(key: Key, value: Any, place: str) -> Any:
    try:
        return key.read(value)
    except ValueError as error:
        raise ConfigError(f"{place} must be {error}") from None


@frozen
class _Kept:
    """Where passwords are looked for."""

    api: apis.Api
    file: SettingsFile | None
    profile: str | None
    environ: Mapping[str, str]

    def password(self, prefix: str, user: str | None) -> dict[str, Value]:
        """Return the password from the strongest place that has one, {} for none.

        Raises:
            ConfigError: two settings of one place lead to it, or it is not where one of them points to.
        """
        names = [f"{prefix}{name}" for name in ("password", *PASSWORD_SOURCES)]
        variables = {name: self.api.prefix + name.upper() for name in names}
        own = {name: self.environ.get(variables[name], "").strip() for name in names}
        section: Mapping[str, Any] = {}
        place = ""
        if self.file is not None and self.profile is not None:
            section = self.file.section(self.profile, self.api.name)
            place = f"{self.file.path} [profile.{self.profile}.{self.api.name}]: "
        kept = {name: section[name] for name in names if name in section}
        found = {variables[name]: (name, text) for name, text in own.items() if text}
        # The environment replaces the file as a whole here: a password variable next to a
        # `password_file` of the file does not conflict.
        found = found or {f"{place}{name}": (name, where) for name, where in kept.items()}
        # Which of two passwords counts would be a guess, and a wrong one gets accounts locked.
        if len(found) > 1:
            raise ConfigError(f"{' and '.join(found)} are both set: keep one")
        for source, (name, where) in found.items():
            kind = name.removeprefix(prefix)
            secret = Secret(where) if kind == "password" else read_password(kind, where, self.environ, user)
            return {f"{prefix}password": Value(secret, source, secret=True)}
        return {}


__all__ = ["ARGUMENT", "DEFAULT", "Resolved", "Value", "resolve"]
