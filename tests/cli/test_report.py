"""Reports: when and with what they were made, under which settings, readable on paper and on a telephone."""

from __future__ import annotations

import datetime
import re

from tests.cli.shell import Shell
from trunkline import __version__
from trunkline.cli import _demo_report

GET = ("lookup", "idi.device.get", "--input", "in.txt", "--out", "o.csv", "--report", "r.html")


def test_report_says_when_and_with_what_it_was_made() -> None:
    """Two reports cannot be compared otherwise."""
    text = _demo_report.page("a sandbox of 5 rows", [])
    assert f"trunkline {__version__}, Python " in text
    assert str(datetime.datetime.now().astimezone().year) in text
    assert "a sandbox of 5 rows" in text


def test_report_prints_light_and_folds_on_a_narrow_screen() -> None:
    """The rules for paper and for a telephone come last: earlier ones would be overruled."""
    style = _demo_report.page("x", []).partition("</style>")[0]
    assert style.rindex("@media print") > style.rindex("@media (max-width: 560px)")
    assert style.rindex("@media (max-width: 560px)") > style.rindex("white-space: nowrap")


def rows_of(text: str) -> dict[str, list[str]]:
    """The tables' rows by their first cell."""
    found = re.findall(r"<tr>(<td>.*?)</tr>", text, re.DOTALL)
    cells = [re.findall(r"<td>(.*?)</td>", row) for row in found]
    return {first: rest for first, *rest in cells}


def test_any_lookup_can_have_a_report(shell: Shell) -> None:
    (shell.folder / "in.txt").write_text("1000\n1001\n1000\n999999\nx\n")
    done = shell.quick(*GET, "--concurrency", "3", "--rate", "500/s")
    assert done.returncode == 1
    assert "report: r.html" in done.stderr
    text = (shell.folder / "r.html").read_text()
    rows = rows_of(text)
    assert rows["asked"] == ["4 keys"]
    assert (rows["failed"], rows["duplicates"]) == (["2"], ["1"])
    assert rows["200"] == ["3"]  # a login and two devices
    assert rows["NotFoundError (404)"][0] == "1"
    assert rows["Limits.concurrency"] == ["3", "--concurrency"]
    assert rows["Limits.rate"] == ["500/s", "--rate"]
    assert rows["RetryPolicy.max_attempts"] == ["20", "default"]
    assert rows["password"] == ["***", "TRUNKLINE_IDI_PASSWORD"]
    assert rows["base_url"][1] == "TRUNKLINE_IDI_BASE_URL"
    assert "2 keys of 4 failed" in text
    assert "What the words mean" in text
    assert shell.variables["TRUNKLINE_IDI_PASSWORD"] not in text


def test_run_that_was_stopped_has_a_report_that_says_so(shell: Shell) -> None:
    (shell.folder / "in.txt").write_text("x\n" + "".join(f"{number}\n" for number in range(1000, 1500)))
    done = shell.quick(*GET, "--max-errors", "1", "--concurrency", "1")
    assert done.returncode == 1
    text = (shell.folder / "r.html").read_text()
    assert "Not complete" in text
    assert "--resume goes on" in text


def test_report_loads_nothing_and_runs_nothing(shell: Shell) -> None:
    (shell.folder / "in.txt").write_text("1000\n")
    assert shell.quick(*GET).returncode == 0
    text = (shell.folder / "r.html").read_text()
    assert not re.search(r"<script|src=|href=|url\(|@import", text)
