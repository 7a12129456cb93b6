"""Scenarios: a timeline of faults, maintenance, quotas and lost tokens, read from a file.

    clock: virtual            # the sandbox's own clock, which tests move; or real
    repeat: false             # begin again after the last phase
    faults: "latency:20ms"    # in every phase
    phases:
      - name: calm
        for: 2m
      - name: storm
        for: 5m
        faults: ["429:20%;retry-after=5", "latency:lognormal;median=80ms;sigma=0.6"]
      - name: maintenance
        for: 3m
        maintenance: {retry-after: 60, api: idi}     # 503 for all of it; or just: true
      - name: metered
        for: 10m
        quota: {requests: 100, per: 60s, retry-after: none}
        expire-tokens: true                          # once, when the phase begins

TOML and JSON files hold the same words. A phase without `for` lasts for ever. The time begins when the
scenario is loaded.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from attrs import frozen

from trunkline.errors import ConfigError
from trunkline.extras import need
from trunkline.sandbox.faults.options import duration
from trunkline.sandbox.faults.plan import FaultPlan
from trunkline.sandbox.faults.rules import Rule

_TOP: Final = ("clock", "repeat", "faults", "phases")
_PHASE: Final = ("name", "for", "faults", "maintenance", "quota", "login-down", "expire-tokens")
_MAINTENANCE: Final = ("retry-after", "api", "op", "user")
_QUOTA: Final = ("requests", "per", "retry-after", "api", "op", "user")


@frozen(kw_only=True)
class Phase:
    """A part of a scenario. lasts: seconds, None for ever. rules: its faults, the scenario's own included."""

    name: str
    lasts: float | None = None
    rules: tuple[Rule, ...] = ()
    expire_tokens: bool = False


@frozen(kw_only=True)
class Scenario:
    """A timeline. clock: whether the sandbox's clock or the machine's drives it."""

    phases: tuple[Phase, ...]
    repeat: bool = False
    clock: Literal["virtual", "real"] = "virtual"

    def __attrs_post_init__(self) -> None:
        if not self.phases:
            raise ConfigError("the scenario has no phases; name at least one under `phases:`")
        if self.repeat and any(phase.lasts is None for phase in self.phases):
            raise ConfigError("a scenario that repeats needs `for:` in each of its phases")
        if self.repeat and not sum(phase.lasts or 0.0 for phase in self.phases):
            raise ConfigError("a scenario that repeats must last longer than 0 s")

    def at(self, elapsed: float) -> tuple[int, Phase | None]:
        """The phase after some seconds, None behind the last one, and how many phases began before it."""
        total = sum(phase.lasts or 0.0 for phase in self.phases)
        rounds = int(elapsed // total) if self.repeat else 0
        left = elapsed - rounds * total
        for place, phase in enumerate(self.phases):
            if phase.lasts is None or left < phase.lasts:
                return rounds * len(self.phases) + place, phase
            left -= phase.lasts
        return len(self.phases), None

    def began(self, first: int, last: int) -> list[Phase]:
        """The phases that begin after number `first` up to number `last`."""
        count = len(self.phases)
        stop = last if self.repeat else min(last, count - 1)
        # After a long time one round is enough: repeating what a phase does at its beginning changes nothing.
        return [self.phases[i % count] for i in range(max(first + 1, stop - count + 1), stop + 1)]


def load(path: Path | str) -> Scenario:
    """The scenario of a file; the file name's ending decides between YAML, TOML and JSON.

    Raises:
        ConfigError: the file cannot be read, or something in it is wrong.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        found = _read(path, text)
    except OSError as error:
        raise ConfigError(f"the scenario {path} cannot be read: {error.strerror or error}") from None
    # Deeply nested YAML or JSON ends in RecursionError; for the user it is a malformed file too.
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"the scenario {path} is malformed: {' '.join(str(error).split())}") from None
    try:
        return parse(found)
    except ConfigError as error:
        raise ConfigError(f"scenario {path}: {error}") from None


def _read(path: Path, text: str) -> Any:
    match path.suffix.lower():
        case ".json":
            return json.loads(text)
        case ".toml":
            return tomllib.loads(text)
        case ".yaml" | ".yml":
            return read_yaml(text)
    raise ConfigError(f"the scenario {path} must end in .yaml, .yml, .toml or .json")


def read_yaml(text: str) -> Any:
    """The plain data of a YAML text.

    Raises:
        ConfigError: PyYAML is not installed. ValueError: the text is not YAML.
    """
    yaml = need("yaml", "sandbox", "reading YAML")
    try:
        # `safe_load`: the full loader creates Python objects that a file names.
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def parse(found: Any) -> Scenario:
    """A scenario from plain data, as in the files.

    Raises:
        ConfigError: names the place, and what would be right.
    """
    top = _object("the scenario", found, _TOP)
    clock = top.get("clock", "virtual")
    if clock not in ("virtual", "real"):
        raise ConfigError(f"clock is {clock!r}; use virtual or real")
    always = _rules("faults", top.get("faults"))
    phases = top.get("phases")
    if not isinstance(phases, list):
        raise ConfigError("phases must be a list, each with a name and how long it is `for:`")
    return Scenario(
        phases=tuple(_phase(place, phase, always) for place, phase in enumerate(phases, 1)),
        repeat=_flag("repeat", top.get("repeat", False)),
        clock="real" if clock == "real" else "virtual",
    )


def _phase(place: int, found: Any, always: tuple[Rule, ...]) -> Phase:
    where = f"phase {place}"
    phase = _object(where, found, _PHASE)
    name = str(phase.get("name") or where)
    rules = (
        # Maintenance comes first: of the rules that spoil a response the first that hits wins, and
        # maintenance hits always.
        *_maintenance(where, phase.get("maintenance")),
        *(_rules(where, "login-down") if _flag(where, phase.get("login-down", False)) else ()),
        *_quota(where, phase.get("quota")),
        *_rules(where, phase.get("faults")),
        *always,
    )
    lasts = None if phase.get("for") is None else _seconds(where, phase["for"])
    expire = _flag(where, phase.get("expire-tokens", False))
    return Phase(name=name, lasts=lasts, rules=rules, expire_tokens=expire)


def _object(where: str, found: Any, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(found, Mapping):
        raise ConfigError(f"{where} must be a mapping with {', '.join(known)}")
    if unknown := [str(name) for name in found if name not in known]:
        raise ConfigError(f"{where} does not know {unknown[0]!r}; it takes {', '.join(known)}")
    return found


def _flag(where: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{where}: {value!r} must be true or false")
    return value


def _seconds(where: str, value: Any) -> float:
    try:
        return duration(str(value))
    except ValueError:
        raise ConfigError(f"{where}: {value!r} is no time; write 20ms, 90s, 5m or 1h") from None


def _rules(where: str, value: Any) -> tuple[Rule, ...]:
    parts = [value] if isinstance(value, str) else value or []
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise ConfigError(f"{where}: faults must be a text or a list of texts, such as '429:3%'")
    try:
        return FaultPlan.parse(",".join(parts)).rules
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None


def _options(where: str, found: Mapping[str, Any], *left_out: str) -> str:
    return "".join(f";{name}={value}" for name, value in found.items() if name not in left_out)


def _maintenance(where: str, value: Any) -> tuple[Rule, ...]:
    if value is None or value is False:
        return ()
    found = {} if value is True else _object(f"{where}: maintenance", value, _MAINTENANCE)
    return _rules(where, f"503{_options(where, found)}")


def _quota(where: str, value: Any) -> tuple[Rule, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return _rules(where, f"quota:{value}")
    found = _object(f"{where}: quota", value, _QUOTA)
    if "requests" not in found:
        raise ConfigError(f"{where}: quota needs requests, and per: 60s unless another time is meant")
    amount = f"{found['requests']}/{found.get('per', '60s')}"
    return _rules(where, f"quota:{amount}{_options(where, found, 'requests', 'per')}")


__all__ = ["Phase", "Scenario", "load", "parse", "read_yaml"]
