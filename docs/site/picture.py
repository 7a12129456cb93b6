"""The README's picture: the terminal of the demo as SVG. `python docs/site/picture.py` (`make picture`)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

TARGET: Final = Path(__file__).parents[1] / "images" / "demo.svg"
_DRAWN: Final = "\x1b[?25h"
"""What rich writes when the live progress has ended: before it, each frame overwrites the last."""


_FONTS: Final = re.compile(r"\s*(?:@font-face \{.*?\}|<!--.*?-->)", re.DOTALL)


def main() -> None:
    """Run the demo and draw the last frame of its progress and its result."""
    environ = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": "90"}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "trunkline", "demo", "--out", "out"]
        out = subprocess.check_output(command, cwd=folder, env=environ, text=True, stderr=subprocess.STDOUT)
    progress, _, result = out.rpartition(_DRAWN)
    frame = [line.rpartition("\x1b[2K")[2] for line in progress.splitlines()[-2:]]
    console = Console(record=True, width=90, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(Text("$ make demo", style="bold"))
    for line in (*frame, *result.splitlines()):
        console.print(Text.from_ansi(line))
    svg = console.export_svg(title="make demo")
    # The fonts would be loaded from outside; every system has a monospace one. Its glyphs are less tall than
    # those of rich's font, so they are drawn larger: the lines of a table would have gaps.
    svg = _FONTS.sub("", svg).replace("Fira Code", "ui-monospace")
    svg = svg.replace("font-size: 20px", "font-size: 21px")
    TARGET.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
