"""Connections between two exchanges: the newest first, none that is old, gone or spoiled."""

from __future__ import annotations

import pytest

from trunkline._http.idle import IdleConnections


class Loop:
    """A clock with timers."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[tuple[float, object]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when, call):
        self.timers.append((when, call))
        return self

    def call_later(self, delay, call):
        return self.call_at(self.now + delay, call)

    def cancel(self) -> None:
        self.timers.clear()

    def forward(self, seconds: float) -> None:
        self.now += seconds
        due = [call for when, call in self.timers if when <= self.now]
        self.timers = [(when, call) for when, call in self.timers if when > self.now]
        for call in due:
            call()


class Connection:
    """A connection whose protocol is itself."""

    def __init__(self) -> None:
        self.open, self.should_close, self.released = True, False, False
        self.protocol = self

    def is_connected(self) -> bool:
        return self.open

    def close(self) -> None:
        self.open = False

    def release(self) -> None:
        self.released = True


@pytest.fixture
def kept():
    loop = Loop()
    idle = IdleConnections(loop, 15.0)
    some = [Connection() for _ in range(3)]
    for one in some:
        idle.put(one)
        loop.forward(1.0)
    return loop, idle, some


def test_the_newest_is_used_first_and_once(kept):
    _, idle, some = kept
    assert [idle.take() for _ in range(4)] == [some[2], some[1], some[0], None]


@pytest.mark.parametrize(("name", "value"), [("open", False), ("should_close", True)])
def test_a_connection_that_is_gone_or_spoiled_is_passed_over(kept, name, value):
    _, idle, some = kept
    setattr(some[2], name, value)
    assert idle.take() is some[1]
    assert not some[2].open


def test_old_connections_are_closed_though_nobody_asks(kept):
    loop, idle, some = kept
    loop.forward(12.5)
    assert [one.open for one in some] == [False, True, True]
    loop.forward(5.0)
    assert [one.open for one in some] == [False] * 3
    assert (idle.take(), loop.timers) == (None, [])


def test_one_that_grew_old_before_the_sweep_is_not_used(kept):
    loop, idle, some = kept
    loop.now += 13.5
    assert idle.take() is some[2]
    assert idle.take() is None
    assert [one.open for one in some] == [False, False, True]


def test_what_must_be_closed_is_not_kept(kept):
    _, idle, some = kept
    spoiled = Connection()
    spoiled.should_close = True
    idle.put(spoiled)
    assert not spoiled.open
    assert idle.take() is some[2]


def test_a_connection_that_was_closed_meanwhile_is_not_kept(kept):
    _, idle, some = kept
    closed = Connection()
    closed.protocol = None  # as aiohttp's are once they are closed
    idle.put(closed)
    assert idle.take() is some[2]


def test_the_pool_gets_all_of_them_back_and_no_timer_is_left(kept):
    loop, idle, some = kept
    idle.give_back()
    assert [(one.released, one.open) for one in some] == [(True, True)] * 3
    assert (idle.take(), loop.timers) == (None, [])
