"""Evenly spaced turns for many processes, given out by a Redis or Valkey server by its own clock.

pyrate-limiter's own algorithms return "not yet" and let every process ask again, which costs a round trip per
refusal and, with the lateness of each try, a part of the rate. This one reserves: one round trip returns the
time of one's turn. It plugs into pyrate-limiter's store, which keeps the script loaded through server
restarts.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import Any, Final

from pyrate_limiter import Decision, Rate, StateAlgorithm

State = tuple[float, ...]

FURTHEST_SECONDS: Final = 60.0
FURTHEST_TURNS: Final = 1000
"""A next turn that lies beyond both was left by a clock that has jumped back since, and is dropped."""

_INTERVAL_MS: Final = 3_600_000_000
"""A thousand hours: long enough for a whole number of requests whatever the rate."""

# The script runs in the server as one atomic step: no process can read the next turn between another
# one's read and write.
_LUA: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local spacing = tonumber(ARGV[5])
local furthest = tonumber(ARGV[6])
local turn = tonumber(redis.call('HGET', KEYS[1], 'tat1') or '0') or 0
if turn < now or turn > now + furthest then turn = now end
redis.call('HSET', KEYS[1], 'tat1', string.format('%.0f', turn + spacing))
-- forgotten a while after the last turn has passed, when it makes no difference any more
redis.call('PEXPIRE', KEYS[1], math.ceil((turn + spacing - now) / 1000) + 1000)
if turn > now then return {0, math.ceil((turn - now) / 1000)} end
return {-1, 0}
"""


def rate_of(per_second: float) -> Rate | None:
    """pyrate-limiter's form of a rate; None for less than one request in a thousand hours."""
    limit = round(Fraction(per_second) * _INTERVAL_MS / 1000)
    return Rate(limit, _INTERVAL_MS, burst=1) if limit else None


class Turns(StateAlgorithm):
    """One turn after the other, `interval / limit` apart; a Decision's `retry_after_ms` is the time until it.

    Unlike with other algorithms a turn that lies ahead is taken by asking: whoever asked waits for it and
    does not ask again. One that is not used is lost. The state is the time of the next turn, in µs.
    """

    def initial(self, rates: list[Rate]) -> State:
        """No turn is taken."""
        return (0,)

    def step(self, rates: list[Rate], state: State, now: int, weight: int) -> tuple[State, Decision]:
        """Take the next turn; `now` in milliseconds. For stores in this process, such as those of tests."""
        spacing, furthest = self.redis_args(rates)
        now_us = now * 1000
        turn = state[0] if now_us <= state[0] <= now_us + furthest else now_us
        wait = ceil((turn - now_us) / 1000)
        told = Decision(failing_rate=rates[0], retry_after_ms=wait) if wait else Decision()
        return (turn + spacing,), told

    def decode(self, values: Sequence[str]) -> State:
        """Read what the script wrote."""
        return tuple(int(value) for value in values)

    def redis_script(self) -> str:
        """`step` on the server. Its TIME replaces the caller's clock, so clocks of hosts may differ."""
        return _LUA

    def redis_args(self, rates: list[Rate]) -> list[Any]:
        """Spacing of turns (rounded up: never faster) and how far ahead one may lie, both in µs."""
        spacing = ceil(rates[0].interval * 1000 / rates[0].limit)
        return [spacing, max(int(FURTHEST_SECONDS * 1e6), FURTHEST_TURNS * spacing)]


__all__ = ["FURTHEST_SECONDS", "FURTHEST_TURNS", "Turns", "rate_of"]
