"""The report of one lookup: what was asked, what came back and when, under which settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import field, fields, frozen

from trunkline._settings.keys import keys_of
from trunkline.cli import _files, _report
from trunkline.cli._console import counted
from trunkline.cli._display import duration
from trunkline.cli._pressure import Pressure
from trunkline.cli._timeline import Timeline
from trunkline.config import Limits, RetryPolicy, Timeouts

if TYPE_CHECKING:
    from trunkline.bulk.progress import Progress
    from trunkline.settings import Resolved

WORDS: Final = {
    "asked": "Keys that were asked in this run. Those that an earlier run had asked are restored.",
    "failed": "Keys whose row holds an error in place of a value.",
    "p50, p95": "Half of the lookups took no longer than p50, and 95 of 100 no longer than p95. A lookup "
    "lasts from its first request to its end, retries and waits included.",
    "requests": "HTTP requests that were sent, retries included; logins too.",
    "retries": "Requests that repeat an earlier one: the vendor refused it for now (429, 503), or no "
    "response came.",
    "backing off": "Time in which lookups were held back because the vendor was under pressure.",
    "settings": "What counted in this run, times in seconds. “default” is what the library takes where "
    "nothing is set.",
}


@frozen
class Result:
    """What became of the keys.

    complete: whether every key has an outcome and the output is written. kinds: errors as class, status and
    the number of keys. texts: the first text of each kind.
    """

    done: int
    failed: int
    complete: bool
    kinds: Mapping[tuple[str, int], int] = field(factory=dict)
    texts: Mapping[tuple[str, int], str] = field(factory=dict)


@frozen(kw_only=True)
class Measured:
    """What was measured while the run went; the time line begins with the first request."""

    timeline: Timeline = field(factory=Timeline)
    pressure: Pressure = field(factory=Pressure)


def write(
    path: Path, name: str, files: Sequence[str], last: Progress, result: Result, measured: Measured,
    settings: Sequence[tuple[str, str, str]],
) -> None:  # fmt: skip
    """Write the report.

    Args:
        name: of the operation. files: what was read and written, in words. last: the run's last progress.
        settings: name, value and source of each, see `settings_of`.
    Raises:
        InputError: the file cannot be written.
    """
    timeline = measured.timeline
    run = _report.Run(name=name, timeline=timeline, begin=0.0, end=max(last.elapsed, timeline.last))
    text = _report.page(
        f"trunkline lookup {name}",
        files,
        _verdict(result),
        good=result.complete and not result.failed,
        sections=[
            _report.table("", (), _numbers(last, result, measured), numbers=True),
            _report.table("Errors", ("error", "keys", "the first of them"), _errors(result)),
            _report.table(
                "HTTP statuses", ("status", "requests"), _statuses(measured.pressure), numbers=True
            ),
            _report.plots([run]),
            _report.words(WORDS),
            _report.table("Settings", ("setting", "value", "from"), settings),
        ],
    )
    with _files.replacing(path) as target:
        target.write_text(text, encoding="utf-8")


def _verdict(result: Result) -> str:
    if not result.complete:
        return f"Not complete: the run ended with {counted(result.done, 'key')} done; --resume goes on."
    if result.failed:
        return f"{counted(result.failed, 'key')} of {result.done:,} failed: each has its error in its row."
    return f"Complete: each of {counted(result.done, 'key')} has its row."


def _numbers(last: Progress, result: Result, measured: Measured) -> list[tuple[str, str]]:
    pressure, timeline = measured.pressure, measured.timeline
    asked = result.done - last.restored
    rows = [
        ("asked", counted(asked, "key")),
        ("failed", f"{result.failed:,}"),
        ("time", duration(last.elapsed) if last.elapsed >= 10 else f"{last.elapsed:.1f}s"),
        ("per second", f"{asked / last.elapsed:,.0f}" if last.elapsed > 0 else "-"),
        ("p50", _report.shown_milliseconds(timeline.percentile(0.5))),
        ("p95", _report.shown_milliseconds(timeline.percentile(0.95))),
        ("requests", f"{pressure.attempts:,}"),
        ("retries", f"{pressure.retries:,}"),
        ("backing off", f"{pressure.held:.1f}s"),
    ]
    more = (("restored", last.restored), ("duplicates", last.duplicates))
    return rows + [(word, f"{number:,}") for word, number in more if number]


def _errors(result: Result) -> list[tuple[str, str, str]]:
    ordered = sorted(result.kinds.items(), key=lambda entry: -entry[1])
    return [
        (f"{name} ({status})" if status else name, f"{number:,}", result.texts[name, status])
        for (name, status), number in ordered
    ]


def _statuses(pressure: Pressure) -> list[tuple[str, str]]:
    ordered = sorted(pressure.statuses.items(), key=lambda entry: entry[0] or 0)
    return [("no response" if status is None else str(status), f"{number:,}") for status, number in ordered]


def settings_of(found: Resolved, own: Mapping[str, tuple[Any, str]]) -> list[tuple[str, str, str]]:
    """Return every setting that counts for a client: name, value and where it comes from.

    Args:
        own: what the command itself chose, by name, with its source; it beats what was resolved.
    """
    # Reports are sent to colleagues and vendors, so a secret is replaced before it reaches the page.
    given = {name: ("***" if one.secret else one.value, one.source) for name, one in found.values.items()}
    given |= own
    grouped = {
        (key.group, key.field or name): given[name]
        for name, key in keys_of(found.api.client).items()
        if key.group and name in given
    }
    names = {name for name, key in keys_of(found.api.client).items() if key.group}
    rows = [(name, _text(*given[name]), given[name][1]) for name in given if name not in names]
    for group, kind in (("limits", Limits), ("retry", RetryPolicy), ("timeouts", Timeouts)):
        standard = kind()
        for one in fields(kind):
            value, source = grouped.get((group, one.name), (getattr(standard, one.name), "default"))
            rows.append((f"{kind.__name__}.{one.name}", _text(value, source), source))
    rows += [
        (f"Network.{name}", _text(value, source), source)
        for (group, name), (value, source) in grouped.items()
        if group == "network"
    ]
    return rows


def _text(value: Any, source: str) -> str:
    if value is None:
        return "no limit" if source == "default" else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {text}" for name, text in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


__all__ = ["WORDS", "Measured", "Result", "settings_of", "write"]
