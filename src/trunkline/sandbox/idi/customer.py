"""Placeholder during assembly."""

from __future__ import annotations

from trunkline.sandbox.routing import Handler

HANDLERS: dict[str, Handler] = {}
