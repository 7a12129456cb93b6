"""Settings from environment variables: read in `from_env` only, refused with the variable's name."""

from __future__ import annotations

from collections.abc import Mapping

from trunkline.errors import ConfigError


class Environ:
    """The variables of one API, `TRUNKLINE_IDI_USER` for prefix "TRUNKLINE_IDI_" and name "USER"."""

    def __init__(self, prefix: str, variables: Mapping[str, str]) -> None:
        self._prefix = prefix
        self._variables = variables

    def get(self, name: str) -> str | None:
        """The value, None where it is unset or blank; line ends of a secret read from a file are cut."""
        return self._variables.get(self._prefix + name, "").strip() or None

    def need(self, *names: str) -> tuple[str, ...]:
        """The values of settings without a default.

        Raises:
            ConfigError: names all that are missing.
        """
        missing = [self._prefix + name for name in names if self.get(name) is None]
        if missing:
            raise ConfigError(
                f"set {' and '.join(missing)} in the environment, or pass the settings to Client(…)"
            )
        return tuple(self.get(name) or "" for name in names)
