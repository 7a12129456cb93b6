"""What carries out the requests of Abzorb, by operation id."""

from __future__ import annotations

from trunkline.sandbox.routing import Handler

HANDLERS: dict[str, Handler] = {}
