"""Abzorb v6.3: `abzorb.Client.from_env()`. Models are in `trunkline.abzorb.models`."""

from typing import TYPE_CHECKING

from trunkline.abzorb._generated.operations import OPERATIONS
from trunkline.abzorb.client import PRODUCTION, STAGING, Client
from trunkline.lazy import attach

if TYPE_CHECKING:
    from trunkline.abzorb import models as models

__getattr__, _ = attach(__name__, {}, ("models",))

__all__ = ["OPERATIONS", "PRODUCTION", "STAGING", "Client"]
