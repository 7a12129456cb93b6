"""What each job of the cookbook prints when it has done its work, against a fresh sandbox."""

from __future__ import annotations

from typing import Final

from tests.docs.blocks import ROOT

DONE: Final = {
    "bars": r"off: ([1-9]\d*) of \1 asked for",
    "cluster": r"40 looked up into 4 files, 40 of 40 changed",
    "compare_environments": r"20 and 20 devices compared",
    "contract_expiry": r"\d+ of [1-9]\d* contracts end within 90 days",
    "e911": r"1 of 2 addresses are valid, 1 services updated",
    "new_spec_version": r"1 breaking, 0 warning, 2 info",
    "order_with_bundle": r"order \d+ Completed contract \d+",
    "port_in": r"order \d+ is Completed",
    "reconcile": r"[1-9]\d* in the CRM, [1-9]\d* in billing, \d+ in one of them only",
    "sim_swap": r"billing device 1000 has the new SIM",
    "usage_alerts": r"[1-9]\d* connections looked at",
    "vendor_down": r"20 of 20 answered",
    "warehouse": r"[1-9]\d* \w+",
}
"""A pattern that the output holds, by the program's name."""


def named(program: str) -> str:
    """The name of a job, by its text."""
    folder = ROOT / "examples" / "cookbook"
    (name,) = [name for name in DONE if (folder / f"{name}.py").read_text(encoding="utf-8") == program]
    return name
