"""The address at which each API's vendor publishes, from the file next to its spec or the environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from codegen.fetch.download import FetchError
from codegen.project import ROOT, TARGETS


def address_of(source: str, environ: Mapping[str, str]) -> str:
    """The address for the name of an API, or the address itself.

    `NAME_PAGE_URL` of the environment beats `source` in `specs/…/*.vendor.yaml`.

    Raises:
        FetchError: no such API, or no address of it is known.
    """
    if "://" in source:
        return source
    target = next((item for item in TARGETS if item.name == source), None)
    if target is None:
        names = ", ".join(item.name for item in TARGETS)
        raise FetchError(f"{source!r} is neither an address (https://…) nor an API of this project ({names})")
    variable = f"{source.upper().replace('-', '_')}_PAGE_URL"
    notes = ROOT / Path(target.spec).with_suffix(".vendor.yaml")
    found = environ.get(variable) or _noted(notes)
    if not found:
        raise FetchError(
            f"no address is known of {source}'s page: give it instead of the name, set {variable}, or add "
            f"`source: https://…` to {notes.relative_to(ROOT)}"
        )
    return found


def _noted(path: Path) -> str:
    if not path.is_file():
        return ""
    data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    return str(data.get("source") or "") if isinstance(data, dict) else ""
