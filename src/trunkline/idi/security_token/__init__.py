"""The login of IDI's Security Token Service, as an API of its own. `idi.Client` uses it by itself."""

from trunkline.idi.security_token._generated.client import Client
from trunkline.idi.security_token._generated.operations import OPERATIONS

__all__ = ["OPERATIONS", "Client"]
