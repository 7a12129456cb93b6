"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# How long one generated input takes says more about the machine's load than about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
