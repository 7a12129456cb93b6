"""Abzorb v6.3: `abzorb.Client.from_env()`. Models are in `trunkline.abzorb.models`."""

from trunkline.abzorb._generated.operations import OPERATIONS
from trunkline.abzorb.client import PRODUCTION, STAGING, Client

__all__ = ["OPERATIONS", "PRODUCTION", "STAGING", "Client"]
