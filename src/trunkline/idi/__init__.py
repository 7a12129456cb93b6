"""IDI CostGuard, Service and Feature Management 2.37. `from trunkline import idi; idi.Client.from_env()`.

Models are in `trunkline.idi.models`, filter and sort fields in `trunkline.idi.fields`, patch builders in
`trunkline.idi.patches`.
"""

from trunkline.idi._generated.operations import OPERATIONS
from trunkline.idi.client import AUDIENCE, HOST, SERVICE, Client

__all__ = ["AUDIENCE", "HOST", "OPERATIONS", "SERVICE", "Client"]
