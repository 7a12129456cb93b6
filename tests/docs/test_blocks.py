"""Every code block of the documentation runs, against a sandbox, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, pages, run
from trunkline.testing import LocalSandbox


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
async def test_page_runs(
    page: Path, trunkline_env: LocalSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await run(page, tmp_path)
