"""Passwords from where they are kept: an environment variable, a private file, the system's keyring."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from trunkline.auth import Secret
from trunkline.errors import ConfigError
from trunkline.extras import need


def read_password(kind: str, where: object, environ: Mapping[str, str], user: str | None) -> Secret:
    """Return the password that a setting leads to.

    Args:
        kind: "password_env", "password_file" or "password_keyring". where: its value. user: for the keyring.
    Raises:
        ConfigError: there is none there, or others can read the file; the message names the setting.
    """
    if not isinstance(where, str) or not where.strip():
        raise ConfigError(f"{kind} must be text")
    if kind == "password_env":
        found = environ.get(where, "").strip()
        if not found:
            raise ConfigError(f"password_env names {where}, which is not set in the environment")
        return Secret(found)
    if kind == "password_file":
        return _from_file(Path(where).expanduser())
    return _from_keyring(where, user)


def _from_file(path: Path) -> Secret:
    try:
        # As ssh does with private keys: a file that others can read is an error, since
        # nobody reads a warning.
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise ConfigError(f"password_file {path} can be read by others: chmod 600 {path}")
        found = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigError(f"password_file {path} cannot be read: {why}") from None
    if not found:
        raise ConfigError(f"password_file {path} is empty")
    return Secret(found)


def _from_keyring(where: str, user: str | None) -> Secret:
    """`where` is "service" (then the user's own name is taken) or "service/user"."""
    keyring = need("keyring", "keyring", "password_keyring")
    service, _, name = where.partition("/")
    name = name or user or ""
    try:
        found = keyring.get_password(service, name)
    except keyring.errors.KeyringError as error:
        raise ConfigError(f"the keyring cannot be read: {error}") from None
    if not found:
        raise ConfigError(f"the keyring holds no such password; store it with: keyring set {service} {name}")
    return Secret(found)


__all__ = ["read_password"]
