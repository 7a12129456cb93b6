"""Whether a rule can hit anything: a misspelt operation must not look like a vendor without faults."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from trunkline import apis
from trunkline.sandbox.faults.rules import Asked, Rule

_PAGED = frozenset({"link", "top"})
_ANY = "*"


def why_never(rule: Rule) -> str:
    """Why no request can meet the rule, in words; "" when some can."""
    match = rule.match
    if rule.kind == "quota" and match.first is not None:
        return "first= counts the requests of one address, a quota those of one user; leave first= out"
    if (match.api, match.operation, match.method) == (_ANY, _ANY, _ANY):
        return ""
    asked = [
        Asked(api=api, operation=name, user=match.user, method=method) for api, name, method in _fit(rule)
    ]
    if any(match.fits(each) for each in asked):
        return ""
    close = difflib.get_close_matches(match.operation, [each.operation for each in asked], n=1)
    guess = f"; did you mean {close[0]}?" if close else "; trunkline operations lists them"
    said = {"api": match.api, "op": match.operation, "method": match.method}
    words = ";".join(f"{name}={value}" for name, value in said.items() if value != _ANY)
    kind = "operation that returns pages" if rule.kind in _PAGED else "operation"
    return f"no {kind} matches {words}{guess}"


def _fit(rule: Rule) -> Iterator[tuple[str, str, str]]:
    """API, id and method of each operation that this kind of fault can be about."""
    for api in apis.all_apis():
        for name, operation in api.operations.items():
            # Only IDI has tokens that can be made worthless, and a sign-in carries none yet.
            if rule.kind == "expire" and (api.name != "idi" or operation.api != "idi"):
                continue
            if rule.kind in _PAGED and operation.paging is None:
                continue
            yield api.name, name, operation.method


__all__ = ["why_never"]
