"""The settings file `trunkline.toml`: where it is looked for, and what it may hold.

    [profile.staging.abzorb]
    environment = "staging"
    user = "svc"
    password_file = "~/.secrets/abzorb"
    rate = "20/s"

One file is read: that of `TRUNKLINE_CONFIG`, else `trunkline.toml` in the working folder, else the one in the
user's configuration folder (by platformdirs, of the extra `cli`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen

from trunkline import apis
from trunkline._settings.keys import PASSWORD_SOURCES, PROXY_SOURCES, keys_of, nearest
from trunkline.errors import ConfigError

NAME: Final = "trunkline.toml"
DEFAULT_PROFILE: Final = "default"
"""The profile that is used where none is named, if the file holds it."""


@frozen
class SettingsFile:
    """A file that was read, with its profiles: profile, API and key to the value as TOML has it."""

    path: Path
    profiles: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(repr=False)

    def section(self, profile: str, api: str) -> Mapping[str, Any]:
        """Return a profile's settings of an API; {} if there are none."""
        return self.profiles.get(profile, {}).get(api, {})


def places(environ: Mapping[str, str]) -> list[Path]:
    """Return where the file is looked for, the first place first."""
    if named := environ.get("TRUNKLINE_CONFIG", "").strip():
        return [Path(named).expanduser()]
    found = [Path.cwd() / NAME]
    try:
        from platformdirs import user_config_path
    except ImportError:
        return found
    return [*found, user_config_path("trunkline", appauthor=False) / NAME]


def read_file(environ: Mapping[str, str]) -> SettingsFile | None:
    """Read the settings file; None if there is none.

    Raises:
        ConfigError: `TRUNKLINE_CONFIG` names no file, it is not TOML, or holds something unknown.
    """
    for path in places(environ):
        try:
            text = path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise ConfigError(f"the settings file {path} cannot be read: {why}") from None
        return SettingsFile(path, _profiles(path, text))
    if environ.get("TRUNKLINE_CONFIG", "").strip():
        raise ConfigError(f"TRUNKLINE_CONFIG names {places(environ)[0]}, and there is no such file")
    return None


def _profiles(path: Path, text: str) -> dict[str, dict[str, dict[str, Any]]]:
    try:
        # Editors on Windows write a byte order mark, which TOML does not allow.
        content = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None
    for name in content.keys() - {"profile"}:
        hint = nearest(name, ["profile"])
        raise ConfigError(f"{path}: {name!r} is not known; write [profile.NAME.API]{hint}")
    profiles = _table(path, "profile", content.get("profile", {}))
    for profile, sections in profiles.items():
        for api, section in _table(path, f"profile.{profile}", sections).items():
            place = f"profile.{profile}.{api}"
            if api not in apis.names():
                hint = nearest(api, apis.names())
                raise ConfigError(f"{path}, [{place}]: there is no API {api!r}{hint}")
            _check(path, place, api, _table(path, place, section))
    return profiles


def _table(path: Path, place: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: {place} must be a table; write [profile.NAME.API]")
    return value


def _check(path: Path, place: str, api: str, section: Mapping[str, Any]) -> None:
    keys = keys_of(apis.get(api).client)
    for name in section:
        # Settings files end in repositories and backups, so a password is refused here and
        # not only discouraged.
        wanted = _password_keys(name, section)
        if wanted:
            raise ConfigError(f"{path}, [{place}]: a password is not kept in this file; use {wanted}")
        if name not in keys and name not in (*PASSWORD_SOURCES, *PROXY_SOURCES):
            hint = nearest(name, (*keys, *PASSWORD_SOURCES, *PROXY_SOURCES))
            raise ConfigError(f"{path}, [{place}]: there is no setting {name!r}{hint}")


def _password_keys(name: str, section: Mapping[str, Any]) -> str:
    """Return the keys to use in place of one that holds a password, "" for any other."""
    if name == "password":
        return ", ".join(PASSWORD_SOURCES)
    with_password = name == "proxy" and "@" in str(section[name])
    return f"proxy_user and {', '.join(PROXY_SOURCES)}" if name == "proxy_password" or with_password else ""


__all__ = ["DEFAULT_PROFILE", "NAME", "SettingsFile", "places", "read_file"]
