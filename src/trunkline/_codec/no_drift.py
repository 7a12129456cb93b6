"""What a client has in place of a drift recorder while it does not look for drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from trunkline.errors import ConfigError

if TYPE_CHECKING:
    from trunkline._codec.drift import DriftRecorder


class DriftOff:
    """In place of the recorder of a client that was not made with `drift=True`."""

    def __bool__(self) -> bool:
        return False

    def report(self) -> NoReturn:
        """Raises: ConfigError that states how to switch it on."""
        raise ConfigError("this client does not look for drift: make it with drift=True")


def drift_recorder() -> DriftRecorder:
    """A recorder, imported only where one is wanted."""
    from trunkline._codec.drift import DriftRecorder

    return DriftRecorder()


__all__ = ["DriftOff", "drift_recorder"]
