"""Settings of a client from arguments, environment and trunkline.toml, for clients of your own.

    @classmethod
    def from_env(cls, environ=None, *, profile=None, **settings):
        return cls(**resolve("shop", settings, environ=environ, profile=profile).arguments())

The keys of an API are the common ones (`rate`, `concurrency`, `timeout`, `routes`, …) and the texts that its
constructor takes; `trunkline config show` prints them with the place that each value came from.
"""

from __future__ import annotations

from trunkline._settings.file import SettingsFile
from trunkline._settings.file import places as settings_places
from trunkline._settings.resolve import Resolved, Value, resolve

__all__ = ["Resolved", "SettingsFile", "Value", "resolve", "settings_places"]
