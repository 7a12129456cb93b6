"""Files that the command line writes as a whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from trunkline.bulk._output import replacing


def write_json(path: Path, value: Any) -> None:
    """Write a value as readable JSON, complete or not at all."""
    with replacing(path) as target:
        target.write_text(json.dumps(value, indent=2, default=str) + "\n", encoding="utf-8")


__all__ = ["replacing", "write_json"]
