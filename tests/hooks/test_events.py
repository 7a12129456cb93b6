"""Events: what is told, and that nobody listening can break a call."""

from __future__ import annotations

import logging

import pytest

from tests.runtime_doubles import GET, SEARCH, FakeTime, FakeTransport, client_of, responds
from trunkline import events
from trunkline._masking.text import mask
from trunkline.auth import SwtAuth
from trunkline.config import Limits
from trunkline.errors import NotFoundError
from trunkline.hooks import logging_hook


async def test_events_tell_the_story_of_a_call():
    told: list[events.Event] = []
    transport = FakeTransport(responds(429, Retry_After="3"), responds())
    async with client_of(transport, FakeTime(), hooks=[told.append], limits=Limits(concurrency=2)) as client:
        await client.call(GET, path=(1,))
    assert [type(event).__name__ for event in told] == [
        "AttemptEvent",
        "BreakerEvent",
        "RetryEvent",
        "WaitEvent",
        "BreakerEvent",
        "AttemptEvent",
        "BreakerEvent",
        "OutcomeEvent",
    ]
    assert [event.state for event in told if isinstance(event, events.BreakerEvent)] == [
        "open",
        "half-open",
        "closed",
    ]
    outcome = told[-1]
    assert isinstance(outcome, events.OutcomeEvent)
    assert (outcome.attempts, outcome.error, outcome.seconds, outcome.status) == (2, None, 3.0, 200)
    assert client.stats.waited_seconds == 3.0


async def test_events_of_pages_tokens_and_failures():
    told: list[events.Event] = []

    async def login():
        return "t=1&ExpiresOn=1000000100"

    transport = FakeTransport(responds(200, {"value": [{"deviceID": 1}]}), responds(404))
    async with client_of(transport, auth=SwtAuth(login), hooks=[told.append]) as client:
        await client.paginate(SEARCH).all()
        with pytest.raises(NotFoundError):
            await client.call(GET, path=(1,))
    assert events.PageEvent(operation="api.device.search", number=1, rows=1, more=False) in told
    assert [event.lifetime for event in told if isinstance(event, events.TokenEvent)] == [100.0]
    outcome = told[-1]
    assert isinstance(outcome, events.OutcomeEvent)
    assert (outcome.error, outcome.status) == ("NotFoundError", 404)


async def test_hook_that_raises_breaks_nothing_and_is_logged_once(caplog):
    told: list[events.Event] = []

    def broken(event: events.Event) -> None:
        raise RuntimeError("hunter2")

    async with client_of(FakeTransport(responds()), hooks=[broken, told.append]) as client:
        for _ in range(3):
            await client.call(GET, path=(1,))
    assert len(told) == 6
    assert len(caplog.records) == 1
    assert "hunter2" not in caplog.text


async def test_no_hooks_build_no_records(monkeypatch):
    for name in ("AttemptEvent", "OutcomeEvent", "RetryEvent", "BreakerEvent", "WaitEvent"):
        for module in ("_calls.attempts", "client"):
            monkeypatch.delattr(f"trunkline.{module}.{name}", raising=False)
    async with client_of(FakeTransport(responds())) as client:
        await client.call(GET, path=(1,))


def test_logging_hook_is_structured_and_masked(caplog):
    caplog.set_level(logging.INFO)
    hook = logging_hook(level=logging.INFO)
    hook(events.RetryEvent(operation="api.get 07700900123", attempt=1, delay=0.5, reason="429"))
    record = caplog.records[0]
    assert record.levelno == logging.WARNING
    assert record.getMessage() == "retry operation=api.get ***23 attempt=1 delay=0.5 reason=429"
    assert record.trunkline["attempt"] == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call 07700900123 now", "call ***23 now"),
        ("+447700900123", "***23"),
        ("ICCID 8944110068123456789", "ICCID ***89"),
        ("key 0123456789abcdef0123456789ABCDEF", "key ***EF"),
        ("id 123", "id 123"),
        ("took 0.123456 s", "took 0.123456 s"),
        ("+44 7700 900123.", "***23."),
        ("+44(0)7700 900123", "***23"),
        ("(555) 123-4567 is taken", "***67 is taken"),
        ("tel. 555-123-4567, 555.123.4567", "tel. ***67, ***67"),
        ("cli07700900123 SIM_8944110068123456789", "cli***23 SIM_***89"),
        ("07700900123x12", "***23x12"),
        ("2024-07-16 12:30:00 to 2024-07-17", "2024-07-16 12:30:00 to 2024-07-17"),
        ("status 503 after 12 of 34 tries", "status 503 after 12 of 34 tries"),
        ("12345.67 at 10.20.30.40", "12345.67 at 10.20.30.40"),
    ],
)
def test_mask(text, shown):
    assert mask(text) == shown
