"""Resume: what was seen is never asked again, what was not is never lost."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.runtime_doubles import GET, FakeTransport, client_of, responds
from trunkline import auth, bulk
from trunkline.bulk import checkpoint as checkpoints
from trunkline.bulk._stored_errors import rebuild_error
from trunkline.bulk.checkpoint import Checkpoint
from trunkline.errors import CheckpointError, InputError, NotFoundError, TrunklineError


class Vendor:
    """A call that counts."""

    def __init__(self, fail: set[Any] | None = None) -> None:
        self.asked: Counter[Any] = Counter()
        self.fail = fail or set()

    async def __call__(self, key: Any) -> Any:
        self.asked[key] += 1
        await asyncio.sleep(0)
        if key in self.fail:
            raise NotFoundError("no such key", status=404, attempts=2)
        return f"value of {key}"


def stored(path: Path) -> list[bulk.Outcome[Any, Any]]:
    with Checkpoint(path, resume=True) as checkpoint:
        return list(checkpoint.outcomes())


async def collect(*args: Any, **options: Any) -> list[bulk.Outcome[Any, Any]]:
    return [outcome async for outcome in bulk.lookup(*args, **options)]


async def some(count: int, *args: Any, **options: Any) -> list[bulk.Outcome[Any, Any]]:
    got = []
    async for outcome in bulk.lookup(*args, **options):
        got.append(outcome)
        if len(got) == count:
            break
    return got


async def test_run_of_one_tenant_is_not_resumed_against_another(tmp_path: Path) -> None:
    """A function of the program's own hides the client; what it reaches counts, however it was given."""
    path = tmp_path / "run.checkpoint"

    async def run(count: int, **settings: Any) -> int:
        async with client_of(FakeTransport(responds()), **settings) as client:
            keys, call = range(20), lambda key: client.call(GET, path=(key,))
            return len(await some(count, call, keys, checkpoint=path, resume=True, concurrency=2))

    one = auth.BasicAuth("one", "x")
    assert await run(5, auth=one) == 5
    other_route = {"device.get": "GET /other/{deviceID}"}
    for other, says in (
        ({"auth": auth.BasicAuth("two", "x")}, "another user of api:"),
        ({"auth": one, "routes": other_route}, "another set of routes of api:"),
    ):
        with pytest.raises(CheckpointError, match=says):
            await run(21, **other)
    assert await run(21, auth=auth.BasicAuth("one", "a new password")) == 20


async def test_resume_asks_nothing_that_was_seen(tmp_path: Path) -> None:
    vendor, path = Vendor(fail={7, 80}), tmp_path / "run.checkpoint"
    first = await some(30, vendor, range(100), concurrency=5, checkpoint=path)
    again = Vendor(fail={7, 80})
    second = await collect(again, range(100), concurrency=5, checkpoint=path, resume=True)
    assert sorted(o.key for o in second) == list(range(100))
    assert not {o.key for o in first} & set(again.asked)
    restored = {o.key: o for o in second if o.restored}
    assert {o.key for o in first} <= set(restored)
    assert restored[3].value == "value of 3"
    assert isinstance(restored[7].error, NotFoundError)
    assert (restored[7].error.status, restored[7].attempts) == (404, 2)
    assert "no such key" in str(restored[7].error)


async def test_finished_run_resumes_without_a_question(tmp_path: Path) -> None:
    path = tmp_path / "c"
    await collect(Vendor(), range(10), checkpoint=path)
    again = Vendor()
    assert len(await collect(again, range(10), checkpoint=path, resume=True)) == 10
    assert await collect(again, range(10), checkpoint=path, resume=True, replay=False) == []
    assert not again.asked


async def test_retry_failed_asks_only_those(tmp_path: Path) -> None:
    path = tmp_path / "c"
    await collect(Vendor(fail={2, 3}), range(10), checkpoint=path)
    again = Vendor()
    outcomes = await collect(again, range(10), checkpoint=path, resume=True, retry_failed=True)
    assert set(again.asked) == {2, 3}
    assert all(o.ok for o in outcomes)
    assert len(outcomes) == 10


async def test_duplicates_are_told_from_restored_keys(tmp_path: Path) -> None:
    path, keys = tmp_path / "c", ["a", "b", "a", "b", "c"]
    reports: list[bulk.Progress] = []
    await collect(Vendor(), keys, checkpoint=path, progress=reports.append, concurrency=1)
    assert (reports[-1].done, reports[-1].duplicates) == (3, 2)
    await collect(Vendor(), keys, checkpoint=path, resume=True, progress=reports.append)
    assert (reports[-1].done, reports[-1].restored, reports[-1].duplicates) == (3, 3, 2)


async def test_without_dedupe_positions_are_remembered(tmp_path: Path) -> None:
    path = tmp_path / "c"
    await some(2, Vendor(), ["a"] * 5, checkpoint=path, dedupe=False, concurrency=1)
    again = Vendor()
    assert len(await collect(again, ["a"] * 5, checkpoint=path, dedupe=False, resume=True)) == 5
    assert again.asked["a"] <= 3


async def test_existing_checkpoint_needs_resume(tmp_path: Path) -> None:
    path = tmp_path / "c"
    await collect(Vendor(), range(3), checkpoint=path)
    with pytest.raises(CheckpointError, match="exists already"):
        await collect(Vendor(), range(3), checkpoint=path)


async def test_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c"
    await collect(Vendor(), range(3), checkpoint=path, identity="device.get of a.csv")
    with pytest.raises(CheckpointError, match="another run"):
        await collect(Vendor(), range(3), checkpoint=path, identity="device.get of b.csv", resume=True)
    with pytest.raises(CheckpointError, match="another run"):
        await collect(
            Vendor(), range(3), checkpoint=path, identity="device.get of a.csv", resume=True, dedupe=False
        )


async def test_changed_input_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "c"
    await collect(Vendor(), ["a", "b"], checkpoint=path)
    with pytest.raises(CheckpointError, match="another input"):
        await collect(Vendor(), ["x", "b"], checkpoint=path, resume=True)


async def test_input_in_another_order_passed_for_the_same(tmp_path: Path) -> None:
    """The key that stands where another one stood was known from its own place."""
    path = tmp_path / "c"
    await collect(Vendor(), ["a", "b", "c"], checkpoint=path)
    with pytest.raises(CheckpointError, match=r"another input \(key 1 differs\)"):
        await collect(Vendor(), ["b", "b", "c"], checkpoint=path, resume=True)


@pytest.mark.parametrize("replace", [True, False])
async def test_checkpoint_replaced_during_the_run_was_told_as_finished(tmp_path: Path, replace: bool) -> None:
    path = tmp_path / "c"

    async def call(key: int) -> int:
        if key == 0:
            path.rename(tmp_path / "moved")
            if replace:
                path.touch()
        return key

    with pytest.raises(CheckpointError, match="removed or replaced"):
        await collect(call, range(3), checkpoint=path, concurrency=1)


async def test_checkpoint_with_a_second_name_is_refused(tmp_path: Path) -> None:
    path, link, hard = tmp_path / "c", tmp_path / "link", tmp_path / "hard"
    link.symlink_to(path.name)
    await collect(Vendor(), range(2), checkpoint=link)
    with Checkpoint(path, identity=None, resume=True) as opened:
        assert opened.counts() == (2, 0)
        with pytest.raises(CheckpointError, match="in use"):
            Checkpoint(link, identity=None, resume=True)
    hard.hardlink_to(path)
    with pytest.raises(CheckpointError, match="several names"):
        Checkpoint(hard, identity=None, resume=True)
    hard.unlink()
    checkpoints.delete(link)
    assert link.is_symlink()
    assert not path.exists()


async def test_response_nested_too_deeply_to_be_kept_ended_the_run(tmp_path: Path) -> None:
    async def call(key: int) -> Any:
        deep: Any = []
        for _ in range(5000 if key == 1 else 1):
            deep = [deep]
        return deep

    found = await collect(call, range(3), checkpoint=tmp_path / "c")
    assert {outcome.key: outcome.ok for outcome in found} == {0: True, 1: False, 2: True}
    assert [outcome.ok for outcome in stored(tmp_path / "c")] == [True, False, True]


async def test_error_with_half_a_surrogate_pair_ended_the_run(tmp_path: Path) -> None:
    async def call(key: int) -> int:
        if key == 1:
            raise ValueError("\ud83d")
        return key

    found = bulk.lookup(call, range(3), checkpoint=tmp_path / "c", catch=(Exception,))
    assert sorted([outcome.key async for outcome in found]) == [0, 1, 2]


@pytest.mark.parametrize("content", [b"this is a text file, not a database " * 30, b"\0" * 5000])
async def test_file_that_is_no_checkpoint_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c"
    path.write_bytes(content)
    with pytest.raises(CheckpointError):
        await collect(Vendor(), range(3), checkpoint=path, resume=True)
    assert path.read_bytes()[:20] == content[:20]


async def test_foreign_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE accounts (id)")
    db.commit()
    db.close()
    with pytest.raises(CheckpointError, match="another run"):
        await collect(Vendor(), range(3), checkpoint=path, resume=True)


async def test_checkpoint_is_private(tmp_path: Path) -> None:
    path = tmp_path / "c"
    await collect(Vendor(), range(3), checkpoint=path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_missing_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be opened"):
        await collect(Vendor(), range(3), checkpoint=tmp_path / "no" / "c")


async def test_key_that_cannot_be_stored_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="frozenset"):
        await collect(Vendor(), [frozenset({1})], checkpoint=tmp_path / "c")


async def test_full_disk_stops_clearly_and_keeps_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own page limit stands in for the disk: it fails with the same error."""
    settle = Checkpoint._settle

    def small(self: Checkpoint, meta: dict[str, str]) -> None:
        settle(self, meta)
        self._db.execute("PRAGMA max_page_count = 12")

    path, vendor = tmp_path / "c", Vendor()
    monkeypatch.setattr(Checkpoint, "_settle", small)
    with pytest.raises(CheckpointError, match="full"):
        await collect(vendor, (f"{n:0300d}" for n in range(1000)), checkpoint=path, concurrency=4)
    monkeypatch.undo()
    kept = len(stored(path))
    assert 20 < kept < 200
    again = Vendor()
    outcomes = await collect(again, (f"{n:0300d}" for n in range(1000)), checkpoint=path, resume=True)
    assert len({o.key for o in outcomes}) == len(outcomes) == 1000
    assert sum(again.asked.values()) == 1000 - kept


def test_full_disk_for_real(tmp_path: Path) -> None:
    """A process that may write 200 kB only: a clear error, and everything committed is still there."""
    script = textwrap.dedent("""
        import asyncio, resource, signal, sys
        from trunkline import bulk
        from trunkline.errors import CheckpointError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        async def call(key):
            await asyncio.sleep(0)
            return "x" * 500
        async def run():
            seen = 0
            try:
                async for _ in bulk.lookup(call, range(100_000), checkpoint=sys.argv[1]):
                    seen += 1
            except CheckpointError as error:
                sys.stdout.write(f"{seen} {error}")
        asyncio.run(run())
    """)
    path = tmp_path / "c"
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=60
    )
    assert "cannot be written" in done.stdout, done.stderr
    kept = len(stored(path))
    assert kept >= int(done.stdout.split()[0]) > 0


def test_kill_9_loses_nothing_that_was_seen(tmp_path: Path) -> None:
    """The child reports each outcome it sees on a pipe, and is killed in the middle, three times over."""
    script = textwrap.dedent("""
        import asyncio, os, sys
        from trunkline import bulk
        asked = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        async def call(key):
            os.write(asked, f"{key}\\n".encode())
            await asyncio.sleep(0)
            return key
        async def run():
            options = {"checkpoint": sys.argv[1], "resume": True, "replay": False}
            async for o in bulk.lookup(call, range(20_000), **options):
                os.write(1, f"{o.key}\\n".encode())
        asyncio.run(run())
    """)
    path, log = tmp_path / "c", tmp_path / "asked"
    seen: list[int] = []
    for enough in (1500, 4000, 2500, None):
        child = subprocess.Popen(
            [sys.executable, "-c", script, str(path), str(log)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        with child, child.stdout as lines:
            for count, line in enumerate(lines):
                if line.endswith("\n"):
                    seen.append(int(line))
                if count == enough:
                    child.send_signal(signal.SIGKILL)
        assert child.returncode == (0 if enough is None else -signal.SIGKILL)
    outcomes = stored(path)
    assert [o.key for o in outcomes] == list(range(20_000))
    assert len(seen) == len(set(seen))
    asked = Counter(int(line) for line in log.read_text().split())
    assert len(asked) == 20_000
    # only what was in flight at a kill, or finished in that very turn of the loop, may be asked again
    assert sum(asked.values()) - 20_000 <= 3 * 2 * 64


@settings(deadline=None)  # it writes files, and a busy disk is no failure
@given(
    keys=st.lists(st.integers(0, 12) | st.sampled_from(["1", "a", "é", "\ud800", ""]), max_size=25),
    cuts=st.lists(st.integers(1, 8), max_size=4),
    failing=st.sets(st.integers(0, 12)),
    concurrency=st.integers(1, 5),
)
def test_any_interruptions_give_each_key_once(
    tmp_path_factory: pytest.TempPathFactory,
    keys: list[Any],
    cuts: list[int],
    failing: set[int],
    concurrency: int,
) -> None:
    """However often the run is left and resumed, each key is seen once and asked once per flight at most."""
    path = tmp_path_factory.mktemp("run") / "c"

    async def run() -> None:
        seen: list[Any] = []
        for cut in [*cuts, None]:
            async for outcome in bulk.lookup(
                Vendor(set(failing)),
                keys,
                checkpoint=path,
                resume=True,
                replay=False,
                concurrency=concurrency,
            ):
                seen.append(outcome.key)
                if cut is not None:
                    cut -= 1
                    if cut == 0:
                        break
        kept = [o.key for o in stored(path)]
        assert kept == list(dict.fromkeys(keys))
        assert len(seen) == len(set(seen))
        assert set(seen) <= set(kept)

    asyncio.run(run())


def test_errors_come_back_as_their_class() -> None:
    assert isinstance(rebuild_error("NotFoundError", "x", 404), NotFoundError)
    assert isinstance(rebuild_error("InputError", "x", None), InputError)
    odd = rebuild_error("ConnectionResetError", "lost", None)
    assert type(odd) is TrunklineError
    assert str(odd) == "ConnectionResetError: lost"
    # a name from the file is looked up among our errors only
    assert type(rebuild_error("annotations", "x", None)) is TrunklineError


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE outcomes SET value = CAST('{broken 07700900123' AS BLOB) WHERE position = 3",
        "UPDATE outcomes SET value = x'3037373030393030313233ff' WHERE position = 3",
        "UPDATE outcomes SET value = NULL WHERE position = 3",
        "UPDATE outcomes SET key = CAST(x'22303737303039303031323380' AS TEXT) WHERE position = 3",
        "UPDATE outcomes SET key = '(07700900123' WHERE position = 3",
    ],
)
async def test_damaged_entry_is_a_checkpoint_error_without_what_it_holds(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "run"
    await collect(Vendor(), range(20), checkpoint=path)
    with sqlite3.connect(path) as database:
        database.execute(damage)
    database.close()
    with pytest.raises(CheckpointError, match="damaged") as caught:
        await collect(Vendor(), range(30), checkpoint=path, resume=True)
    error: BaseException | None = caught.value
    while error is not None:
        assert "07700900123" not in f"{error!r}{error.args}{vars(error)}"
        error = error.__cause__ or error.__context__
    with pytest.raises(CheckpointError, match="damaged"):  # it is free again, and still so
        stored(path)


def test_damaged_file_gives_nothing_but_checkpoint_errors(tmp_path: Path) -> None:
    path, chance = tmp_path / "run", random.Random(5)
    asyncio.run(collect(Vendor(), range(200), checkpoint=path))
    whole = path.read_bytes()
    for number in range(60):
        data = bytearray(whole)
        start = chance.randrange(len(data)) if number % 2 else chance.randrange(0, len(data), 4096)
        data[start : start + 300] = chance.randbytes(300) if number % 3 else b""
        path.write_bytes(data)
        with contextlib.suppress(CheckpointError):
            asyncio.run(collect(Vendor(), range(220), checkpoint=path, resume=True))


async def test_folder_as_checkpoint_was_to_be_deleted(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is a folder: name a file"):
        await collect(Vendor(), range(3), checkpoint=tmp_path)
