"""What an examination finds: checks of the way to a vendor, and what each asked operation returned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from attrs import asdict, field, frozen

Status = Literal["ok", "warning", "failed", "skipped"]
Route = Literal["right", "wrong", "refused", "unknown", "not asked"]
_SOUND: Final = ("ok", "warning", "skipped")


@frozen(kw_only=True)
class Check:
    """One step on the way. name: "settings", "tls"; text: what was seen; advice: what to do if it failed."""

    name: str
    status: Status
    text: str
    advice: str = ""


@frozen(kw_only=True)
class Difference:
    """Something that a response held beyond or against the spec, without its value; as in the drift
    report."""

    kind: str
    path: str
    count: int
    example: str = ""
    expected: str = ""
    types: Mapping[str, int] = field(factory=dict)


@frozen(kw_only=True)
class Asked:
    """What one operation returned. route: whether the spec's is right; use: one that worked in its place."""

    operation: str
    route: Route
    text: str
    advice: str = ""
    use: str | None = None
    differences: tuple[Difference, ...] = ()


@frozen(kw_only=True)
class Diagnosis:
    """All of one API.

    drift: as `client.drift.report()` gives it, for `python -m codegen import`. suggested: keys and values of
    trunkline.toml that correct what was found.
    """

    api: str
    checks: tuple[Check, ...] = ()
    asked: tuple[Asked, ...] = ()
    requests: int = 0
    drift: Mapping[str, Any] = field(factory=dict, repr=False)
    suggested: Mapping[str, Any] = field(factory=dict)

    @property
    def sound(self) -> bool:
        """Whether nothing failed and no route is wrong."""
        return all(check.status in _SOUND for check in self.checks) and not any(
            one.route == "wrong" for one in self.asked
        )

    def as_json(self) -> dict[str, Any]:
        """Everything as plain JSON values, but for the drift report."""
        return {
            "api": self.api,
            "ok": self.sound,
            "checks": [asdict(check) for check in self.checks],
            "requests": self.requests,
            "operations": [asdict(one) for one in self.asked],
            "suggested": dict(self.suggested),
        }


def differences_of(report: Sequence[Mapping[str, Any]]) -> tuple[Difference, ...]:
    """Return one operation's entries of the drift report."""
    return tuple(
        Difference(
            kind=str(one["kind"]),
            path=str(one["path"]),
            count=int(one.get("count", 1)),
            example=str(one.get("example", "")),
            expected=str(one.get("expected", "")),
            types=dict(one.get("types", {})),
        )
        for one in report
    )


def toml_of(api: str, profile: str, suggested: Mapping[str, Any]) -> str:
    """Return the section of trunkline.toml that the suggestions make."""
    place = f"profile.{profile}.{api}"
    lines, tables = [f"[{place}]"], []
    for name, value in suggested.items():
        if isinstance(value, Mapping):
            tables += ["", f"[{place}.{name}]"]
            tables += [f"{_quoted(key)} = {_quoted(text)}" for key, text in value.items()]
        else:
            lines.append(f"{name} = {_quoted(value)}")
    return "\n".join([*lines, *tables]) + "\n"


def _quoted(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_quoted, value))}]"
    # A basic string of TOML needs these two escaped.
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


__all__ = ["Asked", "Check", "Diagnosis", "Difference", "Route", "Status", "differences_of", "toml_of"]
