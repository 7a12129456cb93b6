"""A journal whose rows are handed over to parts: after a crash at any step one place tells of each row."""

from __future__ import annotations

import shutil
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from trunkline.bulk import _journal_parts
from trunkline.bulk._files import InUseError
from trunkline.bulk.journal import SENDABLE, Journal, JournalRow
from trunkline.errors import CheckpointError

WHO = {"operation": "idi.device.update", "vendor": "https://vendor.test user one"}
COUNT = 10


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of ten rows, the first of them done."""
    place = tmp_path / "a.plan"
    with Journal(place, identity=WHO) as journal:
        rows = [JournalRow(position=n, line=n + 2, target=f"[{n}]", seen=b"{}") for n in range(COUNT)]
        journal.add_all(rows, lambda: "digest")
        journal.commit([], [evolve(rows[0], state="done", proof="the response came")], 1.0)
    return place


def states(path: Path) -> Counter[str]:
    with Journal(path) as journal:
        return journal.counts()


def handed(path: Path, size: int = 4) -> list[Path]:
    with Journal(path) as journal:
        return journal.hand_over(("sending", *SENDABLE), size)


def carry_out(part: Path, count: int) -> None:
    """What a worker does to a part: so many rows are sent, and all of them but the last answered."""
    with Journal(part, identity=WHO, create=False) as journal:
        rows = list(journal.rows(*SENDABLE))[:count]
        journal.commit(rows, [], 2.0)
        journal.commit([], [evolve(row, state="done", proof="it came") for row in rows[:-1]], 3.0)


def test_parts_hold_what_is_not_final_and_the_whole_calls_it_possibly_sent(path: Path) -> None:
    with Journal(path) as journal:
        files = journal.hand_over(("sending", *SENDABLE), 4)
        assert journal.counts() == {"done": 1, "sending": 9}
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 3
    found = []
    for file in files:
        with Journal(file, identity=WHO, create=False) as part:
            found += list(part.rows())
    assert [(row.position, row.line, row.target, row.seen) for row in found] == [
        (n, n + 2, f"[{n}]", b"{}") for n in range(1, COUNT)
    ]
    assert {row.state for row in found} == {"planned"}


def test_opening_takes_back_what_became_of_the_rows(path: Path) -> None:
    files = handed(path)
    carry_out(files[0], 3)
    with Journal(path) as journal:
        assert journal.counts() == {"done": 3, "sending": 1, "planned": 6}
        assert [row.sends for row in journal.rows()] == [0, 1, 1, 1, 0, 0, 0, 0, 0, 0]
        assert journal.row(3).sent_at == 2.0
    assert not files[0].parent.exists()
    # and again, under names that no earlier worker knows
    assert not {file.name for file in handed(path)} & {file.name for file in files}


def test_part_that_is_being_carried_out_keeps_its_rows(path: Path) -> None:
    files = handed(path)
    with Journal(files[1], identity=WHO, create=False), pytest.raises(InUseError, match="is in use"):
        Journal(path)
    with Journal(path) as journal:
        journal.hand_over(SENDABLE, 5)
        (first, _) = sorted(files[0].parent.glob("part-*.journal"))
        with Journal(first, identity=WHO, create=False):
            journal.take_back(busy=True)
            assert journal.counts() == {"done": 1, "sending": 5, "planned": 4}
    assert states(path) == {"done": 1, "planned": 9}


def test_worker_that_wakes_up_late_finds_no_part(path: Path) -> None:
    part = handed(path)[0]
    states(path)
    with pytest.raises(CheckpointError):
        Journal(part, identity=WHO, create=False)
    part.parent.mkdir(exist_ok=True)
    with pytest.raises(CheckpointError, match="there is no journal"):
        Journal(part, identity=WHO, create=False)
    assert list(part.parent.iterdir()) == []


class Crash(BaseException):
    """What a kill is to the files: nothing after it happens."""


@pytest.mark.parametrize("step", ["written", "listed", "closed", "taken"])
def test_crash_at_any_step_leaves_one_place_that_tells(
    path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the rows that a part sent none is ever called unsent, and the next start needs no help."""

    def crash(*_: Any, **__: Any) -> Any:
        raise Crash

    with monkeypatch.context() as patch:
        if step == "written":
            patch.setattr(_journal_parts, "_sync", crash)
            with pytest.raises(Crash):
                handed(path)
            sent = 0
        else:
            files = handed(path)
            carry_out(files[0], 3)
            sent = 3
            if step == "closed":
                patch.setattr(_journal_parts, "evolve", crash)
            if step == "taken":
                patch.setattr(_journal_parts, "_remove", crash)
            if step != "listed":
                with pytest.raises(Crash):
                    Journal(path)
    if step == "taken":
        # who wakes up now must not carry out the part whose rows the journal calls planned
        with pytest.raises(CheckpointError, match="taken back"):
            Journal(files[0], identity=WHO, create=False)
    with Journal(path) as journal:
        found = journal.counts()
        assert found["planned"] == 9 - sent
        assert sum(row.sends for row in journal.rows()) == sent
    assert not _journal_parts.folder_of(path).exists()


def test_missing_or_damaged_part_is_refused(path: Path, tmp_path: Path) -> None:
    files = handed(path)
    carry_out(files[0], 3)
    kept = tmp_path / "kept"
    shutil.move(files[0], kept)
    with pytest.raises(CheckpointError, match=r"is missing: .* 4 rows of .* may have run"):
        Journal(path)
    files[0].write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(CheckpointError):
        Journal(path)
    files[0].unlink()
    shutil.move(kept, files[0])
    assert states(path)["done"] == 3


def test_parts_of_a_lost_plan_or_of_an_older_copy_are_refused(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copy(path, copy)
    files = handed(path)
    carry_out(files[0], 3)
    later = tmp_path / "later"
    shutil.move(path, later)
    with pytest.raises(CheckpointError, match="parts of an earlier"):
        Journal(path, identity=WHO)
    assert not path.exists()
    shutil.copy(copy, path)
    with pytest.raises(CheckpointError, match="another journal"):
        Journal(path)
    # under another name the plan still finds its parts
    assert states(later) == {"done": 3, "sending": 1, "planned": 6}


@pytest.fixture(autouse=True)
def nothing_locked(path: Path) -> Iterator[None]:
    yield
    assert not list(path.parent.rglob("*.lock"))
