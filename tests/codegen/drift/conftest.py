"""One reading of each spec for all tests: parsing it again for every mutation takes most of the time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codegen.drift import running
from codegen.read.node import Source

_READ: dict[tuple[str, bytes], Source | None] = {}


@pytest.fixture(autouse=True)
def _read_once() -> Iterator[None]:
    """Sources by their content; nothing changes a source once it is read."""
    load = running.load

    def remembered(path: Path, name: str, findings: Any) -> Source | None:
        if not path.is_file():
            return load(path, name, findings)
        key = (name.rsplit("/", 1)[-1], path.read_bytes())
        if key not in _READ:
            _READ[key] = load(path, name, findings)
        return _READ[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "load", remembered)
        yield
