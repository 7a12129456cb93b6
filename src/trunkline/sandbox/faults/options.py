"""The options of one fault rule, and the durations, rates and numbers that they hold."""

from __future__ import annotations

import re
from typing import Final

from trunkline.errors import ConfigError
from trunkline.sandbox.reading import whole_number

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)?\Z")
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_LONGEST: Final = 10 * 366 * 86_400.0
"""Ten years in seconds: beyond any test, and within what dates and timers of every platform can hold."""
_MOST_DIGITS: Final = 9
_SHOWN: Final = 200


class Options:
    """The options of one rule, taken out one by one; what is left in the end is unknown."""

    def __init__(self, text: str, parts: list[str]) -> None:
        self.text = text
        self._left: dict[str, str] = {}
        for part in parts:
            name, equals, value = part.partition("=")
            if not equals or not value:
                raise self.wrong(f"write {part!r} as name=value")
            name = name.strip().lower()
            # Keeping one of two values silently would run another test than the one that was written.
            if name in self._left:
                raise self.wrong(f"{name}= is given twice")
            self._left[name] = value.strip()

    def take(self, name: str) -> str | None:
        """The value of an option, None when it is not given."""
        return self._left.pop(name, None)

    def need(self, name: str) -> str:
        """The value of an option that the rule cannot do without."""
        value = self.take(name)
        if value is None:
            raise self.wrong(f"{name}= is missing")
        return value

    def names(self) -> list[str]:
        """The options that nobody has taken yet."""
        return list(self._left)

    def done(self) -> None:
        """Refuse the rule if an option is left over."""
        if self._left:
            raise self.wrong(
                f"unknown option {sorted(self._left)[0]!r}; any rule takes op=, api=, user=, method= and "
                "first=, its own options are in the list of kinds (docs/sandbox.md)"
            )

    def wrong(self, what: str) -> ConfigError:
        """The error of this rule, to be raised."""
        return ConfigError(f"fault {self.text[:_SHOWN]!r}: {what}")

    def rate(self, amount: str) -> float:
        """A share from 0 to 1; 1 when none is given."""
        if not amount:
            return 1.0
        try:
            rate = float(amount[:-1]) / 100 if amount.endswith("%") else float(amount)
        except ValueError:
            rate = -1.0
        if not 0.0 <= rate <= 1.0:
            raise self.wrong(
                f"{amount[:40]!r} is no rate; write a percentage such as 3% or a share such as 0.03"
            )
        return rate

    def seconds(self, amount: str) -> float:
        """A duration in seconds."""
        try:
            return duration(amount)
        except ValueError:
            raise self.wrong(
                f"{amount[:40]!r} is no time; write 20ms, 1.5s, 2m or 1h, ten years at most"
            ) from None

    def whole(self, name: str, value: str) -> int:
        """A whole number above 0."""
        number = whole_number(value, _MOST_DIGITS)
        if not number:
            raise self.wrong(
                f"{name} is {value[:40]!r}; give a whole number of 1 or more, {_MOST_DIGITS} digits at most"
            )
        return number


def duration(text: str) -> float:
    """Seconds of "20ms", "1.5s", "2m", "1h"; a bare number is seconds.

    Raises:
        ValueError: the text is not a duration, or is longer than ten years.
    """
    found = _DURATION.match(text.strip())
    seconds = float(found[1]) * _UNITS[found[2] or "s"] if found else -1.0
    if not 0.0 <= seconds <= _LONGEST:
        raise ValueError(text)
    return seconds


__all__ = ["Options", "duration"]
