"""Layout: the small shop document gives exactly the kept files."""

from __future__ import annotations

from pathlib import Path

from tests.codegen.render.golden import kept, rendered


def test_shop_gives_exactly_the_golden_files(tmp_path: Path) -> None:
    texts, golden = rendered(tmp_path), kept()
    assert texts.keys() == golden.keys()
    for name, text in texts.items():
        assert text == golden[name], f"{name} changed; if meant: python -m tests.codegen.render.golden"
