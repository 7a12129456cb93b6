"""Fills the store with an Abzorb account."""

from __future__ import annotations

from trunkline.sandbox.store import Store


def seed_abzorb(store: Store, *, rows: int, seed: int, now: float) -> None:
    """Write every Abzorb row."""
