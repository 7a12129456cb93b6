"""Typed JSON Patch builders of IDI: `DevicePatch().replace_bind(True)`."""

from trunkline.idi._generated.patches import *  # noqa: F403 - the generated module lists its names
