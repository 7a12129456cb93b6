"""The sandbox's page: both APIs explorable in the browser, the recent requests, the fault switches."""

from __future__ import annotations

from trunkline.sandbox.page.routes import add_routes

__all__ = ["add_routes"]
