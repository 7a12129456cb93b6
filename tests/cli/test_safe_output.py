"""What a vendor sends does nothing to a terminal, and shows nothing that must not be seen."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline.cli import _call_view, _console
from trunkline.errors import InputError
from trunkline.idi.models import Device, Sim

ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e"


def printed(
    capsys: pytest.CaptureFixture[str], value: Any, *, show: bool = False, kind: str = "table"
) -> str:
    _call_view.show_response(value, show, limit=20, kind=kind)
    return capsys.readouterr().out


@pytest.mark.parametrize("kind", ["table", "tsv"])
@pytest.mark.parametrize("show", [True, False])
def test_escape_sequences_are_written_out(capsys: pytest.CaptureFixture[str], kind: str, show: bool) -> None:
    device = Device(device_id=1, device_status=f"a{ESCAPES}b")
    for value in (device, [device], {"x": ESCAPES, ESCAPES: 1}, ESCAPES):
        text = printed(capsys, value, show=show, kind=kind)
        assert not [char for char in text if char != "\n" and char != "\t" and not char.isprintable()]


def test_errors_are_cut_and_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    """A field of ten megabytes filled the terminal."""
    _console.complain(InputError(f"{ESCAPES}{'x' * 10_000_000}"))
    text = capsys.readouterr().err
    assert "\x1b" not in text
    assert r"\x1b[2J" in text
    assert len(text) < 6000


@pytest.mark.parametrize("kind", ["table", "csv", "tsv"])
def test_call_hides_what_nobody_documented(capsys: pytest.CaptureFixture[str], kind: str) -> None:
    """Unknown fields by their names and looks, in the three forms that people see."""
    sim = Sim(sim_id=1)
    sim._extra = {"pin": "4321", "opc": "feedbeef", "customerEmail": "a@b.example"}
    sim._extra["note"] = "447700900123.0"
    for value in (sim, [sim], dict(sim._extra), [dict(sim._extra)], "call 07700 900123"):
        text = printed(capsys, value, kind=kind)
        assert not [one for one in ("4321", "feedbeef", "a@b", "7700900123", "900123") if one in text]
    assert "900123" in printed(capsys, "call 07700 900123", show=True)


def test_call_as_json_hides_the_same() -> None:
    sim = Sim(sim_id=1)
    sim._extra = {"deep": [{"Ki": "feedbeef"}], "n": 447700900123}
    assert _call_view.plain(sim, show=False)["deep"] == [{"Ki": "***"}]
    assert _call_view.plain(sim, show=False)["n"] == "***23"
    assert _call_view.plain(sim, show=True)["n"] == 447700900123
