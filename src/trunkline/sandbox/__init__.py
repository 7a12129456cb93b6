"""Both vendors on one server over a real SQL store, for building and testing without either of them.

async with Sandbox(rows=1000, faults="429:3%,503:1%,latency:20ms") as sandbox:
    ...  # sandbox.idi_url, sandbox.abzorb_url, sandbox.credentials
"""

from __future__ import annotations

from trunkline.extras import not_imported

try:
    from trunkline.sandbox.config import Clock, SandboxConfig, User
    from trunkline.sandbox.faults.plan import FaultPlan
    from trunkline.sandbox.ledger import Ledger, Write
    from trunkline.sandbox.record import Record, SentRequest
    from trunkline.sandbox.server.app import create_app
    from trunkline.sandbox.server.running import Sandbox, run, serve
    from trunkline.sandbox.server.workers import serve_many
except ModuleNotFoundError as error:
    raise not_imported(error, "sandbox", "the sandbox") from None

__all__ = [
    "Clock",
    "FaultPlan",
    "Ledger",
    "Record",
    "Sandbox",
    "SandboxConfig",
    "SentRequest",
    "User",
    "Write",
    "create_app",
    "run",
    "serve",
    "serve_many",
]
