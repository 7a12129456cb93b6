"""The report says when and with what it was made, and prints in ink on paper."""

from __future__ import annotations

import datetime

from trunkline import __version__
from trunkline.cli import _report


def test_report_says_when_and_with_what_it_was_made() -> None:
    """Two reports cannot be compared otherwise."""
    text = _report.page("a sandbox of 5 rows", [])
    assert f"trunkline {__version__}, Python " in text
    assert str(datetime.datetime.now().astimezone().year) in text
    assert "a sandbox of 5 rows" in text


def test_report_prints_light_and_folds_on_a_narrow_screen() -> None:
    """The rules for print and for a telephone come last: earlier ones would be overruled."""
    style = _report.page("x", []).partition("</style>")[0]
    assert style.rindex("@media print") > style.rindex("body { background")
    assert style.rindex("@media (max-width: 480px)") > style.rindex("white-space: nowrap")
