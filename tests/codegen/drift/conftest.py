"""One reading of each spec for all tests: parsing it again for every mutation takes most of the time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codegen.drift import running
from codegen.drift.spec_facts import SpecFacts
from codegen.read.source.node import Source

_READ: dict[tuple[str, bytes], Source | None] = {}
_FACTS: dict[int, tuple[Source, SpecFacts]] = {}


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

    def known(source: Source) -> SpecFacts:
        """The facts by the source, which lives as long as they do; the import does not change them."""
        if id(source) not in _FACTS:
            _FACTS[id(source)] = (source, read_spec(source))
        return _FACTS[id(source)][1]

    read_spec = running.read_spec
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "load", remembered)
        patch.setattr(running, "read_spec", known)
        yield
