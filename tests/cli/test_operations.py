"""The list of operations in a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from trunkline import apis
from trunkline.cli import operations


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_list_shows_what_each_operation_is_called_in_any_width(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """The titles, which are what people search for, stood in pipes alone."""
    screen = io.StringIO()
    monkeypatch.setattr(
        operations, "out", Console(file=screen, width=width, force_terminal=True, color_system=None)
    )
    operations._show(apis.operations("idi"), {})
    shown = " ".join(screen.getvalue().split())  # long titles go on in the next line
    for name, one in apis.operations("idi").items():
        assert name in shown
        assert " ".join(one.title.split()[:2]) in shown
    assert "…" not in shown
