"""JSON edited in place: the indent, the line ends and the escapes of the text before are kept."""

from __future__ import annotations

import json
import re
from typing import Any


class JsonText:
    """A JSON file, loaded for editing. `data` is changed; `text()` gives the new text."""

    def __init__(self, text: str) -> None:
        self._original = text
        self.data: Any = json.loads(text.removeprefix("\ufeff"))

    def text(self) -> str:
        """The text now. Without a change it is the original, byte for byte."""
        before = self._original
        if json.loads(before.removeprefix("\ufeff")) == self.data:
            return before
        indent = re.search(r"\A\ufeff?\s*[{\[]\r?\n([ \t]+)", before)
        text = json.dumps(self.data, indent=indent[1] if indent else None, ensure_ascii=before.isascii())
        text = text.replace("\n", "\r\n") if "\r\n" in before else text
        return text + re.search(r"\s*\Z", before)[0]  # type: ignore[index]
