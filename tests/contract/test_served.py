"""The list of what the sandbox serves names the operations that there are, and no others."""

from __future__ import annotations

from tests.contract.served import served
from trunkline import apis


def test_what_the_sandbox_serves_are_operations_of_the_specs() -> None:
    """One that a vendor took away is taken out of the list: `python -m tests.contract.served`."""
    gone = sorted(set(served()) - set(apis.operations()))
    assert gone == [], "no operation of a spec has this name: write `served.json` anew"
