"""IDI CostGuard, Service and Feature Management 2.37. `from trunkline import idi; idi.Client.from_env()`.

Models are in `trunkline.idi.models`, filter and sort fields in `trunkline.idi.fields`, patch builders in
`trunkline.idi.patches`.
"""

from typing import TYPE_CHECKING

from trunkline.idi._generated.operations import OPERATIONS
from trunkline.idi.client import AUDIENCE, HOST, SERVICE, Client
from trunkline.lazy import attach

if TYPE_CHECKING:
    from trunkline.idi import fields as fields
    from trunkline.idi import models as models
    from trunkline.idi import patches as patches

__getattr__, _ = attach(__name__, {}, ("fields", "models", "patches"))

__all__ = ["AUDIENCE", "HOST", "OPERATIONS", "SERVICE", "Client"]
