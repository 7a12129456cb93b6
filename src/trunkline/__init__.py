"""Async client for the Abzorb and IDI CostGuard telecom back offices."""

from trunkline.model import UNSET, Model, Unset

__all__ = ["UNSET", "Model", "Unset"]
