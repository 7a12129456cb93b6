"""Abzorb v6.3. `from trunkline import abzorb; abzorb.Client.from_env()`; models in `trunkline.abzorb.models`."""

from trunkline.abzorb._generated.operations import OPERATIONS
from trunkline.abzorb.client import PRODUCTION, STAGING, Client

__all__ = ["OPERATIONS", "PRODUCTION", "STAGING", "Client"]
