"""The introduction of a published Postman collection against the collection kept by hand."""

from __future__ import annotations

import difflib
import re
from typing import Final

from codegen.drift.baseline import Baseline
from codegen.drift.compare_page_names import Names
from codegen.drift.compare_page_rows import compare_rows
from codegen.drift.compare_servers import compare_servers
from codegen.drift.evidence import squeeze
from codegen.drift.finding import Finding, change_kind
from codegen.drift.spec_facts import SpecFacts
from codegen.drift.spec_postman import PageFacts
from codegen.vendor.document import At, Named, VendorDocument

_AUTH: Final = {
    "basic": "basic",
    "bearer": "bearer",
    "oauth2": "oauth2",
    "oauth2.0": "oauth2",
    "apikey": "api key",
    "hmac": "hmac",
}
_PREFIX: Final = re.compile(r"\A/?(?:api/)?")


def compare_page(
    spec: SpecFacts, page: PageFacts, document: VendorDocument, baseline: Baseline
) -> list[Finding]:
    """Every difference, the document as a whole first."""
    findings = _version(spec, document)
    findings += compare_servers(spec, document)
    findings += compare_auth(page, document)
    findings += _statuses(page, document)
    findings += _error_keys(page, document)
    findings += _routes(spec, document)
    names = Names(spec, page, document, baseline)
    findings += names.compare()
    findings += compare_rows(spec, document, baseline, findings)
    findings += [
        Finding(kind="unplaced", facet="text", new=entry.text, note=entry.reason, vendor=entry.at)
        for entry in document.unplaced
    ]
    return list(dict.fromkeys(findings))


def _version(spec: SpecFacts, document: VendorDocument) -> list[Finding]:
    if document.version == spec.version:
        return []
    return [
        Finding(
            kind="changed",
            facet="version",
            old=spec.version,
            new=document.version,
            spec=spec.version_at,
            vendor=document.version_at,
        )
    ]


def compare_auth(page: PageFacts, document: VendorDocument) -> list[Finding]:
    """The kind of authentication that the document as a whole speaks of."""
    shown = {_AUTH.get(re.sub(r"\s", "", name), name): where for name, where in document.auth.items()}
    if set(shown) == ({_AUTH.get(page.auth, page.auth)} if page.auth else set()):
        return []
    new = ", ".join(shown)
    where = next(
        (w for name, w in shown.items() if name != page.auth), At(pointer="/collection/info/description")
    )
    kind = change_kind(page.auth, new)
    return [
        Finding(kind=kind, facet="authentication", old=page.auth, new=new, spec=page.auth_at, vendor=where)
    ]


def _statuses(page: PageFacts, document: VendorDocument) -> list[Finding]:
    """Status codes and their names, against the table in the collection's own introduction."""
    findings = []
    for code, (name, where) in document.statuses.items():
        known = page.statuses.get(code)
        if known is None:
            findings.append(
                Finding(
                    kind="added",
                    facet="status code",
                    name=code,
                    new=name,
                    spec=page.statuses_at,
                    vendor=where,
                )
            )
        elif squeeze(known) != squeeze(name):
            findings.append(
                Finding(
                    kind="changed",
                    facet="status code",
                    name=code,
                    old=known,
                    new=name,
                    spec=page.statuses_at,
                    vendor=where,
                )
            )
    findings += [
        Finding(kind="removed", facet="status code", name=code, old=name, spec=page.statuses_at)
        for code, name in page.statuses.items()
        if code not in document.statuses
    ]
    return findings


def _error_keys(page: PageFacts, document: VendorDocument) -> list[Finding]:
    added = {key: where for key, where in document.error_keys.items() if key not in page.error_keys}
    gone = {key: where for key, where in page.error_keys.items() if key not in document.error_keys}
    if len(added) == len(gone) == 1:
        (new, vendor), (old, spec) = next(iter(added.items())), next(iter(gone.items()))
        return [
            Finding(kind="changed", facet="key of an error body", old=old, new=new, spec=spec, vendor=vendor)
        ]
    findings = [
        Finding(kind="added", facet="key of an error body", name=key, vendor=at) for key, at in added.items()
    ]
    return findings + [
        Finding(kind="removed", facet="key of an error body", name=key, spec=at) for key, at in gone.items()
    ]


def _routes(spec: SpecFacts, document: VendorDocument) -> list[Finding]:
    """Printed routes: path and query names; the verb where it stands there."""
    documented = {t: op for t, op in spec.operations.items() if op.provenance.get("route") == "documented"}
    seen: set[str] = set()
    strange: list[Named] = []
    findings = []
    for named in document.named:
        if named.role != "route":
            continue
        title = next(
            (
                t
                for t, op in spec.operations.items()
                if _same_route(
                    named.name, op.route.path, op.route.method, [n for w, n in op.parameters if w == "query"]
                )
            ),
            None,
        )
        if title is None:
            strange.append(named)
            continue
        seen.add(title)
        if title not in documented:
            findings.append(
                Finding(
                    kind="documented",
                    facet="route",
                    operation=title,
                    new=named.name,
                    spec=spec.operations[title].route.at,
                    vendor=named.at,
                )
            )
    missing = [title for title in documented if title not in seen]
    for named in strange:
        ranked = sorted(
            missing,
            key=lambda t: -difflib.SequenceMatcher(None, spec.operations[t].route.path, named.name).ratio(),
        )
        if ranked:
            missing.remove(ranked[0])
            route = spec.operations[ranked[0]].route
            findings.append(
                Finding(
                    kind="changed",
                    facet="route",
                    operation=ranked[0],
                    old=_printed(spec, ranked[0]),
                    new=named.name,
                    spec=route.at,
                    vendor=named.at,
                )
            )
        else:
            findings.append(
                Finding(kind="added", facet="route", name=named.name, spec=spec.paths_at, vendor=named.at)
            )
    findings += [
        Finding(
            kind="removed",
            facet="route",
            operation=title,
            old=_printed(spec, title),
            note="the document no longer prints it",
            spec=spec.operations[title].route.at,
        )
        for title in missing
    ]
    return findings


def _printed(spec: SpecFacts, title: str) -> str:
    operation = spec.operations[title]
    names = "&".join(f"{name}=" for where, name in operation.parameters if where == "query")
    return operation.route.text + (f"?{names}" if names else "")


def _same_route(printed: str, path: str, method: str, names: list[str]) -> bool:
    verb, _, rest = printed.partition(" ") if not printed.startswith("/") else ("", "", printed)
    where, _, query = rest.partition("?")
    shown = [pair.split("=")[0] for pair in query.split("&") if pair]
    same = _PREFIX.sub("", where).strip("/") == path.strip("/")
    return same and (not verb or verb == method) and sorted(shown) == sorted(names)
