"""For the tests of code that uses trunkline: examples, a mock, a sandbox, time, expectations.

example(Device, device_id=5)                       # a valid instance, everything filled
with mock_api(idi.Client) as api: …                # every operation returns data without a server
with LocalSandbox(rows=200) as sandbox: …          # both vendors, with state
idi.Client(…, time_source=FakeClock().time_source())           # waiting takes no time
assert_requests(api, ["device.get", sent("device.search", top=500)])

The pytest plugin with its fixtures loads by itself; see docs/testing.md. `pip install 'trunkline[testing]'`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trunkline.testing._calls import ApiCall
    from trunkline.testing._clock import FakeClock
    from trunkline.testing._examples import example, example_response, examples
    from trunkline.testing._expect import Sent, assert_requests, sent
    from trunkline.testing._mock import MockApi, mock_api
    from trunkline.testing._server import LocalSandbox

_PLACES = {
    "ApiCall": "_calls",
    "FakeClock": "_clock",
    "LocalSandbox": "_server",
    "MockApi": "_mock",
    "Sent": "_expect",
    "assert_requests": "_expect",
    "example": "_examples",
    "example_response": "_examples",
    "examples": "_examples",
    "mock_api": "_mock",
    "sent": "_expect",
}


def __getattr__(name: str) -> Any:
    """Import on first use: the plugin loads this package at every start of pytest."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from trunkline.extras import not_imported

    try:
        module = importlib.import_module(f"{__name__}.{_PLACES[name]}")
    except ModuleNotFoundError as error:
        raise not_imported(error, "testing", f"trunkline.testing.{name}") from None
    return getattr(module, name)


__all__ = [
    "ApiCall",
    "FakeClock",
    "LocalSandbox",
    "MockApi",
    "Sent",
    "assert_requests",
    "example",
    "example_response",
    "examples",
    "mock_api",
    "sent",
]
