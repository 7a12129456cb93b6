"""Events as structured log lines."""

from __future__ import annotations

import logging

from attrs import fields

from trunkline._masking.text import mask
from trunkline.events import BreakerEvent, Event, Hook, KeyEvent, OutcomeEvent, RetryEvent, TokenEvent

_log = logging.getLogger("trunkline")
_UNSAID = (None, "")


def logging_hook(logger: logging.Logger | None = None, level: int = logging.DEBUG) -> Hook:
    """A hook that writes each record as one structured log line (`extra={"trunkline": {…}}`).

    Retries, an open circuit breaker, failed renewals and failed calls are written one level above `level`.
    """
    target = logger or _log

    def write(event: Event) -> None:
        loud = level + 10 if _is_trouble(event) else level
        # Before the values are collected and masked: a hook that logs nothing costs next to nothing.
        if not target.isEnabledFor(loud):
            return
        name = type(event).__name__.removesuffix("Event").lower()
        values = {}
        for attribute in fields(type(event)):
            value = getattr(event, attribute.name)
            if isinstance(value, float):
                value = round(value, 6)
            # Events hold no values of a customer; masking is the second line of defence, as
            # log files travel far.
            values[attribute.name] = mask(value) if isinstance(value, str) else value
        target.log(
            loud,
            "%s %s",
            name,
            " ".join(
                f"{key}={value}" for key, value in values.items() if value not in _UNSAID and key != "call"
            ),
            extra={"trunkline": {"event": name, **values}},
        )

    return write


def _is_trouble(event: Event) -> bool:
    match event:
        case RetryEvent() | TokenEvent(ok=False) | BreakerEvent(state="open"):
            return True
        case OutcomeEvent(error=error) | KeyEvent(error=error):
            return error is not None
    return False


__all__ = ["logging_hook"]
