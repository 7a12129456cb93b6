"""Record, ledger, quota, turns and clock: what they keep is what a plain list would, within their bounds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.errors import ConfigError
from trunkline.sandbox import Clock, Ledger, Record, SandboxConfig, SentRequest, Write
from trunkline.sandbox.faults import plan
from trunkline.sandbox.faults.plan import Turns
from trunkline.sandbox.faults.quota import Quota
from trunkline.sandbox.reading import read_json, whole_number
from trunkline.sandbox.record import masked

OPERATIONS = st.sampled_from(["device.get", "device.update", "sim.create"])


def request(operation: str, size: int) -> SentRequest:
    return SentRequest(
        api="idi", operation=operation, method="GET", url="/", headers={}, body=b"x" * size, status=200,
        user="u", fault=None, at=0.0,
    )  # fmt: skip


def write(operation: str, size: int, path: str = "1") -> Write:
    return Write(
        api="idi", operation=operation, method="PATCH", user="u", at=0.0, path=(path,), body=b"x" * size
    )


@given(
    sent=st.lists(st.tuples(OPERATIONS, st.integers(0, 40))),
    size=st.integers(0, 6),
    most=st.integers(0, 100),
    count=st.integers(0, 10),
)
def test_record_keeps_the_latest_that_fit(
    sent: list[tuple[str, int]], size: int, most: int, count: int
) -> None:
    """Both bounds hold after every request; numbers go on when old entries are dropped."""
    record = Record(size, most)
    every = [request(*each) for each in sent]
    for each in every:
        record.add(each)
        kept = list(record)
        assert len(kept) <= size
        assert sum(len(one.body) for one in kept) <= most
    assert list(record) == every[len(every) - len(record) :]
    assert record.latest(count) == list(record)[len(record) - min(count, len(record)) :]
    assert record.total == len(every)
    first = len(every) - len(record) + 1
    for number in range(-1, len(every) + 3):
        expected = every[number - 1] if first <= number <= len(every) else None
        assert record.numbered(number) is expected
    assert record.of("sim.create") == [each for each in record if each.operation == "sim.create"]
    assert record.is_on is (size > 0)
    record.clear()
    assert (list(record), record.total, record.clears) == ([], 0, 1)


@given(
    written=st.lists(st.tuples(OPERATIONS, st.integers(0, 400))),
    most=st.integers(0, 2000),
    after=st.integers(0, 20),
    count=st.integers(0, 20),
)
def test_ledger_keeps_the_latest_that_fit_and_says_when_some_went(
    written: list[tuple[str, int]], most: int, after: int, count: int
) -> None:
    ledger = Ledger(most)
    for each in written:
        ledger.add(write(*each))
    kept = list(ledger)
    assert [each.number for each in kept] == list(range(len(written) - len(kept) + 1, len(written) + 1))
    assert ledger.total == len(written)
    assert ledger.is_complete is (len(kept) == len(written))
    assert ledger.after(after, count) == [each for each in kept if each.number > after][:count]
    assert sum(ledger.counts().values()) == len(kept)
    assert not written or kept, "the last one always stays"
    ledger.clear()
    assert (len(ledger), ledger.total, ledger.is_complete) == (0, 0, True)


def test_ledger_counts_equal_changes() -> None:
    """Operation, key and body together are one change; a second one is a double write."""
    ledger = Ledger()
    for each in (write("a", 1), write("a", 1), write("a", 2), write("a", 1, "2"), write("b", 1)):
        ledger.add(each)
    assert sorted(ledger.counts().values()) == [1, 1, 1, 2]
    assert len(ledger.of("a")) == 4


@given(
    limit=st.integers(1, 5),
    window=st.sampled_from([0.5, 1.0, 60.0]),
    steps=st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 90)), max_size=60),
)
def test_quota_counts_each_user_in_each_window(
    limit: int, window: float, steps: list[tuple[str, float]]
) -> None:
    """What is refused names the seconds until the window ends, after which it is taken."""
    quota, now = Quota(limit, window), 1_760_000_000.0
    seen: dict[tuple[str, int], int] = {}
    for who, passed in steps:
        now += passed
        place = (who, int(now // window))
        seen[place] = seen.get(place, 0) + 1
        wait = quota.spend(who, now)
        assert (wait is None) is (seen[place] <= limit)
        if wait is not None:
            assert 0 < wait <= window
            assert int((now + wait) // window) == place[1] + 1
    quota.clear()
    assert quota.spend("a", now) is None


def test_no_quota_counts_nothing() -> None:
    quota = Quota(None)
    assert not quota.is_on
    assert [quota.spend("a", 0.0) for _ in range(1000)] == [None] * 1000


def test_turns_forget_the_address_that_was_asked_longest_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "_REMEMBERED", 2)
    turns = Turns()
    assert [turns.next(address) for address in "aabac"] == [0, 1, 0, 2, 0]
    assert turns.next("b") == 0, "b went when c came"
    assert turns.next("c") == 1
    turns.clear()
    assert turns.next("c") == 0


@given(st.lists(st.floats(0, 1e6), max_size=10))
def test_clock_is_its_source_and_what_it_was_moved_by(moves: list[float]) -> None:
    clock = Clock(lambda: 100.0)
    for seconds in moves:
        before = clock()
        clock.advance(seconds)
        assert clock() >= before
    assert clock() == pytest.approx(100.0 + sum(moves))
    with pytest.raises(ConfigError, match="forward"):
        clock.advance(-0.001)


HEADERS = {
    "Authorization": "Basic c2VjcmV0", "authorization": "secret", "COOKIE": "a=secret", "Accept": "*/*",
    "Proxy-Authorization": "secret", "X-Sandbox-Token": "secret", "X-Request-ID": "kept",
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), HEADERS.items())
def test_headers_keep_no_credential_in_any_case(name: str, value: str) -> None:
    shown = masked({name: value})[name]
    assert "c2VjcmV0" not in shown
    assert (shown == value) is (name in ("Accept", "X-Request-ID"))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)


@given(JSON)
def test_json_is_read_as_it_was_written(value: Any) -> None:
    assert read_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize("levels", [1, 63, 64, 65, 66, 500, 100_000])
@pytest.mark.parametrize(("opens", "closes"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_json_of_64_levels_is_read_and_deeper_refused(levels: int, opens: bytes, closes: bytes) -> None:
    """Whoever walks the value by recursion relies on it."""
    inside = b"1" if opens != b"[" else b""
    text = opens * levels + inside + closes * levels
    if levels <= 64:
        assert read_json(text) is not None
        return
    with pytest.raises(ValueError, match=r"levels|not JSON"):
        read_json(text)


def test_json_with_many_brackets_side_by_side_is_read() -> None:
    """Their number is only a hint that it may be deep."""
    assert read_json(b"[" + b",".join([b"[]"] * 5000) + b"]") == [[]] * 5000


@pytest.mark.parametrize(
    "text", [b"", b"{", b"nul", b"\xff", b"[1,]", b"{'a':1}", b"NaN", b"[1e999]", b"\xef\xbb\xbf1", b"1 2"]
)
def test_what_is_no_json_is_one_kind_of_error(text: bytes) -> None:
    with pytest.raises(ValueError, match="not JSON"):
        read_json(text)


@given(st.text(max_size=25), st.integers(1, 20))
def test_whole_numbers_are_ascii_digits_of_a_limited_length(text: str, most: int) -> None:
    number = whole_number(text, most)
    good = 0 < len(text) <= most and all(sign in "0123456789" for sign in text)
    assert number == (int(text) if good else None)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("rows", 0), ("rows", -1), ("users", ()), ("token_lifetime", 0), ("token_lifetime", -5.0),
        ("quota", 0), ("token_response", "xml"), ("next_link", "page"), ("plan_history", "list"),
        ("validation_status", 422), ("environment", ""), ("environment", "a/b"),
        ("order_seconds", -1.0), ("record", -1),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(setting: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=setting):
        SandboxConfig(**{setting: value})


def test_rows_may_be_none_with_rows_of_ones_own() -> None:
    assert SandboxConfig(rows=0, data="own.json").rows == 0
    with pytest.raises(ConfigError, match="rows"):
        SandboxConfig(rows=-1, data="own.json")
