"""bulk.apply: each change once, counted in the sandbox's record of what it carried out."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import stat
from collections.abc import AsyncIterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.changes import CREATE, KINDS, PATCH, PLAIN, Kind, carried_out, patches
from trunkline import abzorb, bulk, idi
from trunkline._calls.identity import identity_text
from trunkline.bulk._changes import OperationChange, change_of
from trunkline.bulk._settling import settler_of
from trunkline.bulk.journal import Journal
from trunkline.errors import ArgumentError, CheckpointError, InputError
from trunkline.idi.patches import DevicePatch
from trunkline.sandbox import Sandbox
from trunkline.testing import FakeClock

ROWS = 60
LOSSES = "reset:10%;method=POST,reset:10%;method=POST;when=after,"
LOSSES += LOSSES.replace("POST", "PATCH") + LOSSES.replace("POST", "PUT")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(rows=200) as running:
        yield running


def client_of(sandbox: Sandbox, kind: Kind = PATCH) -> Any:
    user = sandbox.credentials
    if kind is PLAIN:
        return abzorb.Client(base_url=sandbox.abzorb_url, user=user.name, password=user.password)
    return idi.Client(
        base_url=sandbox.url,
        service=sandbox.config.service,
        environment=sandbox.idi_environment,
        user=user.name,
        password=user.password,
    )


async def apply(
    sandbox: Sandbox, kind: Kind, journal: Path, rows: Any = None, **options: Any
) -> bulk.ApplyReport:
    async with client_of(sandbox, kind) as client:
        call = attrgetter(kind.operation)(client)
        rows = kind.rows(ROWS) if rows is None else rows
        settings = {"settle_delay": 0.0, "natural_key": kind.natural_key} | options
        return await bulk.apply(call, rows, journal=journal, **settings)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_lost_responses_lose_and_double_no_change(sandbox: Sandbox, kind: Kind, tmp_path: Path) -> None:
    """A tenth of the responses is lost before the vendor has done the work, a tenth after."""
    sandbox.state.set_faults(LOSSES.rstrip(","))
    report = await apply(sandbox, kind, tmp_path / "journal")
    done = carried_out(sandbox.writes, kind)
    assert max(done.values()) == 1
    assert report.total == ROWS
    assert report.done + report.quarantined == ROWS
    if kind is PLAIN:
        # nothing can be read back: the lost ones are told and left alone
        lost = [request for request in sandbox.requests.of(kind.operation) if request.fault == "reset"]
        assert report.quarantined == len(lost) > 0
    else:
        assert report.quarantined == 0
        assert set(done) == set(range(ROWS))


async def test_second_run_sends_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    await apply(sandbox, PATCH, tmp_path / "journal")
    sandbox.requests.clear()
    sandbox.writes.clear()
    report = await apply(sandbox, PATCH, tmp_path / "journal")
    assert report.ok
    assert not carried_out(sandbox.writes, PATCH)


@pytest.mark.parametrize("first", ["original", "copy"])
@pytest.mark.parametrize("renamed", [False, True])
async def test_copied_plan_was_applied_twice(
    sandbox: Sandbox, tmp_path: Path, first: str, renamed: bool
) -> None:
    """A creation without a natural key ran once for each of the files."""
    original, copy = tmp_path / "a.plan", tmp_path / "other" / "b.plan"
    copy.parent.mkdir()
    async with client_of(sandbox, PLAIN) as client:
        call = attrgetter(PLAIN.operation)(client)
        await bulk.plan(call, PLAIN.rows(5), path=original)
        shutil.copy2(original, copy if not renamed else tmp_path / "b.plan")
        if renamed:
            copy = tmp_path / "b.plan"
            original = original.rename(tmp_path / "c.plan")
        if first == "original":
            assert (await bulk.apply(call, journal=original)).done == 5
        with pytest.raises(CheckpointError, match=r"is a copy of .*\.plan"):
            await bulk.apply(call, journal=copy)
        assert (await bulk.apply(call, journal=original)).done == 5
        with pytest.raises(CheckpointError, match=r"is a copy of .*\.plan"):
            await bulk.apply(call, journal=copy)
    assert carried_out(sandbox.writes, PLAIN).total() == 5


@pytest.mark.parametrize("way", ["rename", "another file system", "restored", "linked"])
async def test_plan_that_was_moved_goes_on(sandbox: Sandbox, tmp_path: Path, way: str) -> None:
    plan, other = tmp_path / "a.plan", tmp_path / "b.plan"
    async with client_of(sandbox, PLAIN) as client:
        call = attrgetter(PLAIN.operation)(client)
        await bulk.plan(call, PLAIN.rows(5), path=plan)
        if way == "rename":
            plan.rename(other)
        elif way == "linked":
            other.symlink_to(plan)
        else:
            shutil.copy2(plan, other)
            plan.unlink()
            if way == "restored":
                other = other.rename(plan)
        for _ in range(2):
            assert (await bulk.apply(call, journal=other)).done == 5
    assert carried_out(sandbox.writes, PLAIN).total() == 5


async def test_change_whose_response_is_nested_too_deeply_is_done(tmp_path: Path) -> None:
    """Its run ended, with an error that nothing was sent."""
    sent = []

    async def create(n: int) -> Any:
        sent.append(n)
        return json.loads('{"a": ' * 900 + "1" + "}" * 900)

    report = await bulk.apply(create, [{"n": n} for n in range(3)], journal=tmp_path / "a.journal")
    assert (report.done, sorted(sent)) == (3, [0, 1, 2])
    assert (await bulk.apply(create, journal=tmp_path / "a.journal")).done == len(sent) == 3


async def test_journal_of_other_rows_or_operation_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    await apply(sandbox, PATCH, tmp_path / "journal")
    with pytest.raises(CheckpointError, match="other rows"):
        await apply(sandbox, PATCH, tmp_path / "journal", patches(3))
    with pytest.raises(CheckpointError, match=r"its operation is idi\.device\.update"):
        await apply(sandbox, CREATE, tmp_path / "journal")


async def test_journal_of_another_user_is_refused_and_says_so(tmp_path: Path) -> None:
    def meta(user: str) -> dict[str, str]:
        return {"vendor": identity_text("https://vendor.test/07700900123", {}, [user])}

    Journal(tmp_path / "journal", identity=meta("one")).close()
    with pytest.raises(CheckpointError, match=r"\(another user of its vendor\)") as caught:
        Journal(tmp_path / "journal", identity=meta("two"))
    assert "900123" not in str(caught.value)


async def test_wrong_rows_are_told_together_and_nothing_is_sent(sandbox: Sandbox, tmp_path: Path) -> None:
    rows = [*patches(2), {"device_id": "x", "patch": DevicePatch().replace_bind(True)}, {"device": 1}]
    with pytest.raises(InputError, match=r"row 3: .*device_id.*; row 4: .*no argument 'device'"):
        await apply(sandbox, PATCH, tmp_path / "journal", rows)
    assert len(sandbox.requests) == 0


async def test_two_rows_of_one_object_are_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row 1 and row 3 change the same object"):
        await apply(sandbox, PATCH, tmp_path / "journal", [*patches(2), *patches(1)])
    assert len(sandbox.requests) == 0


async def test_natural_key_that_exists_already_is_left(sandbox: Sandbox, tmp_path: Path) -> None:
    await apply(sandbox, CREATE, tmp_path / "one", CREATE.rows(3))
    sandbox.requests.clear()
    sandbox.writes.clear()
    report = await apply(sandbox, CREATE, tmp_path / "other", CREATE.rows(5))
    assert (report.done, report.left) == (2, 3)
    assert set(carried_out(sandbox.writes, CREATE)) == {3, 4}


async def test_refusals_are_told_and_not_sent_again(sandbox: Sandbox, tmp_path: Path) -> None:
    rows = [{"device_id": 1, "patch": DevicePatch().replace_reference_number("x")}]
    report = await apply(sandbox, PATCH, tmp_path / "journal", rows)
    assert report.refused == 1
    with bulk.Journal(tmp_path / "journal") as journal:
        (row,) = journal.rows()
    assert row.sends == 1
    assert row.status == 404


async def test_lookup_refuses_what_must_not_be_repeated(sandbox: Sandbox) -> None:
    """Directly, and through a function that hides the operation."""
    async with client_of(sandbox) as client:
        with pytest.raises(ArgumentError, match=r"bulk\.apply"):
            bulk.lookup(client.sim.create, [1])
        run = bulk.lookup(lambda row: client.sim.create(**row), [], dedupe=False)
        assert [one async for one in run] == []
        hidden = bulk.lookup(lambda n: client.sim.create(**CREATE.rows(n)[-1]), [1, 2, 3])
        with pytest.raises(ArgumentError, match=r"bulk\.apply"):
            [one async for one in hidden]
    assert not sandbox.requests.of("sim.create")


async def test_journal_is_private(sandbox: Sandbox, tmp_path: Path) -> None:
    """It holds the changes as they were sent, PINs among them."""
    await apply(sandbox, PATCH, tmp_path / "journal", PATCH.rows(2))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("journal*")}  # noqa: ASYNC240
    assert modes
    assert set(modes.values()) == {0o600}


async def test_value_that_changed_since_it_was_read_is_left(sandbox: Sandbox, tmp_path: Path) -> None:
    """A JSON Patch `test` lets the vendor refuse what changed between the read and the patch."""
    async with client_of(sandbox) as client, client_of(sandbox) as other:

        async def slow_read(**arguments: Any) -> Any:
            found = await client.device.get(**arguments)
            await other.device.update(
                device_id=arguments["device_id"], patch=DevicePatch().replace_reference_number("theirs")
            )
            return found

        await client.device.update(device_id=1000, patch=DevicePatch().replace_reference_number("before"))
        run = bulk.apply(client.device.update, patches(1), journal=tmp_path / "j", test=True)
        run._run.settler._read = lambda arguments: slow_read(device_id=arguments["device_id"])  # type: ignore
        report = await run
        assert (report.left, report.done) == (1, 0)
        assert (await client.device.get(device_id=1000)).reference_number == "theirs"


async def test_journal_that_lost_rows_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    """What became of the missing rows is not known, so they are neither dropped nor sent again."""
    await apply(sandbox, PATCH, tmp_path / "journal", patches(5))
    with sqlite3.connect(tmp_path / "journal") as db:
        db.execute("DELETE FROM rows WHERE position = 3")
    db.close()
    sandbox.writes.clear()
    with pytest.raises(CheckpointError, match="damaged: it holds 4 of 5 rows"):
        await apply(sandbox, PATCH, tmp_path / "journal", patches(5))
    (tmp_path / "journal").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(CheckpointError):
        await apply(sandbox, PATCH, tmp_path / "journal", patches(5))
    assert len(sandbox.writes) == 0


async def test_deletion_was_planned_as_if_it_had_been_carried_out(sandbox: Sandbox, tmp_path: Path) -> None:
    """It names no fields, so none of them differed, and the object stayed."""
    path = tmp_path / "a.plan"
    sandbox.state.set_faults("reset:40%;method=DELETE,reset:40%;method=DELETE;when=after")
    async with client_of(sandbox) as client:
        zips = [area.zip async for area in client.coverage_service_area.search()][:20]
        rows = [{"zip": one} for one in [*zips, "99999"]]
        planned = await bulk.plan(client.coverage_service_area.delete, rows, path=path)
        assert (planned.changes, planned.same, planned.left) == (20, 0, 1)
        report = await bulk.apply(client.coverage_service_area.delete, journal=path, settle_delay=0.0)
        assert (report.done, report.left) == (20, 1)
        assert len(sandbox.writes) == 20
        assert not {area.zip async for area in client.coverage_service_area.search()} & set(zips)


async def test_action_was_settled_by_fields_that_agree(sandbox: Sandbox) -> None:
    """A POST to an object is not its state: what it names may be there without it."""
    async with client_of(sandbox) as client:
        change = change_of(client.service.reverse_contract_penalties)
        assert isinstance(change, OperationChange)
        assert settler_of(change) is None
        assert settler_of(change, read=client.device.get) is not None


async def test_edited_plan_was_carried_out(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "a.plan"
    async with client_of(sandbox) as client:
        await bulk.plan(client.device.update, patches(5), path=path)
        with sqlite3.connect(path) as db:
            db.execute("UPDATE rows SET arguments = replace(arguments, 'ref-3', 'mine')")
        db.close()
        with pytest.raises(CheckpointError, match="was edited"):
            await bulk.apply(client.device.update, journal=path)
    assert len(sandbox.writes) == 0


@pytest.mark.parametrize("kind", [PATCH, CREATE, PLAIN], ids=lambda kind: kind.name)
async def test_full_disk_sends_nothing_that_is_not_written_down(
    sandbox: Sandbox, tmp_path: Path, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal cannot grow in the middle; once there is room, each row is carried out once."""
    commit, count = Journal.commit, 0

    def full(self: Journal, *arguments: Any) -> None:
        nonlocal count
        count += 1
        if 10 <= count < 1000:
            # as SQLite itself says it, in the middle of a transaction
            with self._transaction():
                raise sqlite3.OperationalError("database or disk is full")
        commit(self, *arguments)

    monkeypatch.setattr(Journal, "commit", full)
    with pytest.raises(CheckpointError, match="disk is full"):
        await apply(sandbox, kind, tmp_path / "journal", concurrency=4)
    count = 1000
    report = await apply(sandbox, kind, tmp_path / "journal", concurrency=4)
    done = carried_out(sandbox.writes, kind)
    assert max(done.values()) == 1
    assert report.done + report.quarantined == ROWS
    assert report.quarantined <= (4 if kind is PLAIN else 0)
    assert len(done) >= ROWS - report.quarantined


async def test_run_that_is_stopped_goes_on_where_it_was(sandbox: Sandbox, tmp_path: Path) -> None:
    """As by SIGTERM on the command line: what is in flight is finished, the rest is for the next run."""
    stop = asyncio.Event()

    def progress(state: bulk.Progress) -> None:
        if state.done > 5:
            stop.set()

    options: dict[str, Any] = {"stop": stop, "progress": progress, "progress_interval": 0.001}
    report = await apply(sandbox, PATCH, tmp_path / "journal", concurrency=2, **options)
    assert 0 < report.done < ROWS
    assert report.pending == ROWS - report.done
    assert (await apply(sandbox, PATCH, tmp_path / "journal")).ok
    assert set(carried_out(sandbox.writes, PATCH).values()) == {1}


@pytest.mark.parametrize("skew", [-3600.0, -1.0, 3600.0])
async def test_row_of_another_host_is_read_back_late_enough_whatever_its_clock_says(
    sandbox: Sandbox, tmp_path: Path, skew: float
) -> None:
    """A read that comes too early would call a row unsent that the vendor still works on."""
    clock = FakeClock()
    async with client_of(sandbox) as client:
        call, path = client.device.update, tmp_path / "journal"
        await bulk.plan(call, patches(2), path=path, compare=False)
        with Journal(path) as journal:
            # as a process that was killed leaves it, on a host whose clock is ahead or behind
            journal.commit(list(journal.rows()), [], clock.wall() + skew)
        await bulk.apply(
            call, journal=path, settle_only=True, settle_delay=5.0, time_source=clock.time_source()
        )
    assert clock.clock() == 5.0
