"""What stands inside a list item is indented so that the site shows it there too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "specs" / "README.md", ROOT / "CHANGELOG.md"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_steps_of_a_list_began_again_at_one(page: Path) -> None:
    """Python-Markdown, which makes the site, ends an item at a block that fewer than four blanks indent."""
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    assert re.findall(r"^ {1,3}(?:[-*] |\|).*|(?<=\n\n) {1,3}\S.*", text, re.MULTILINE) == []
    # A number right below an item's second paragraph is a part of that paragraph.
    assert re.findall(r"(?<=\n)    [^\n]*\n\d+\. ", _second_paragraphs(text)) == []


def _second_paragraphs(text: str) -> str:
    """The blocks that blanks set apart and that are indented, which are no list and no table."""
    blocks = text.split("\n\n")
    return "\n\n".join(f"\n{block}" for block in blocks if re.match(r"    [^-*| ]", block))
