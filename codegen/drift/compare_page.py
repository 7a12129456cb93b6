"""The introduction of a published Postman collection against the collection kept by hand."""

from __future__ import annotations

import difflib
import re
from typing import Final

from codegen.drift.baseline import Baseline, digest
from codegen.drift.compare_servers import compare_servers
from codegen.drift.evidence import squeeze
from codegen.drift.finding import Finding, change_kind
from codegen.drift.spec_facts import SpecFacts
from codegen.drift.spec_postman import PageFacts
from codegen.vendor.document import At, Named, Release, Rename, VendorDocument
from codegen.vendor.marks import version_key

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
    findings += _auth(page, document)
    findings += _statuses(page, document)
    findings += _error_keys(page, document)
    findings += _routes(spec, document)
    names = _Names(spec, page, document, baseline)
    findings += names.compare()
    findings += _releases(spec, document, baseline, findings)
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


def _auth(page: PageFacts, document: VendorDocument) -> list[Finding]:
    shown = {_AUTH[re.sub(r"\s", "", name)]: where for name, where in document.auth.items()}
    if set(shown) == ({page.auth} if page.auth else set()):
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


class _Names:
    """Methods, parameters and other names that the page mentions."""

    def __init__(
        self, spec: SpecFacts, page: PageFacts, document: VendorDocument, baseline: Baseline
    ) -> None:
        self._spec = spec
        self._page = page
        self._document = document
        self._baseline = baseline
        self._owner_of = {old: new for new, olds in page.former.items() for old in olds}
        self._fields = {squeeze(name) for name in page.names}

    def compare(self) -> list[Finding]:
        """Renames first, since they explain new and vanished names."""
        findings = self._method_renames() + self._parameter_renames()
        explained = {f.old for f in findings} | {f.new for f in findings}
        new = self._unknown(explained)
        gone = [name for name in self._page.documented if not self._mentioned(name) and name not in explained]
        for named in new:
            old = self._former(named, gone)
            if old is not None:
                gone.remove(old)
                findings.append(
                    Finding(
                        kind="changed",
                        facet="method",
                        operation=old,
                        old=old,
                        new=named.name,
                        spec=self._page.methods[old],
                        vendor=named.at,
                    )
                )
                continue
            where = self._spec.paths_at
            findings.append(
                Finding(
                    kind="added",
                    facet=named.role,
                    name=named.name,
                    note=_since(named),
                    spec=where,
                    vendor=named.at,
                )
            )
        findings += [
            Finding(kind="removed", facet="method", operation=name, old=name, spec=self._page.methods[name])
            for name in gone
        ]
        return findings + self._parameters(explained)

    def _former(self, named: Named, gone: list[str]) -> str | None:
        """The vanished method that this new name most likely was."""
        alike = {name: difflib.SequenceMatcher(None, name, named.name).ratio() for name in gone}
        since = {name: self._spec.operations[name].since for name in gone}
        same = [
            name
            for name in gone
            if alike[name] >= 0.6 or (since[name] == named.version and alike[name] >= 0.4)
        ]
        return max(same, key=lambda name: alike[name]) if same and named.role != "parameter" else None

    def _known(self, name: str) -> bool:
        """Whether the spec or the baseline has a name in any spelling of its capitals, or in the plural."""
        methods = {*self._page.methods, *self._owner_of}
        if name in methods or name in self._baseline.words:
            return True
        flat = squeeze(name)
        spaced = " " in name and flat in {squeeze(method) for method in methods}
        return spaced or flat in self._fields or flat.removesuffix("s") in self._fields

    def _mentioned(self, method: str) -> bool:
        own = {method, *self._page.former.get(method, ())}
        names = {named.name for named in self._document.named}
        names |= {name for rename in self._document.renames for name in (rename.old, rename.new)}
        flat = {squeeze(name) for name in names if " " in name}
        # `Submit Order call`: the words of the name, apart and without backticks.
        words = re.compile(rf"\b{re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', method)}\b")
        apart = any(words.search(statement.text) for statement in self._document.statements)
        return bool(own & names) or squeeze(method) in flat or (" " in words.pattern and apart)

    def _unknown(self, explained: set[str]) -> list[Named]:
        """New names, each once, under the best role that the page gives it."""
        found: dict[str, Named] = {}
        rank = ("method", "parameter", "name")
        for named in self._document.named:
            if named.role == "route" or named.name in explained or self._known(named.name):
                continue
            before = found.get(named.name)
            if before is None or rank.index(named.role) < rank.index(before.role):
                found[named.name] = named
        return list(found.values())

    # -- renames -----------------------------------------------------------------------------------

    def _method_renames(self) -> list[Finding]:
        findings = []
        for rename in self._document.renames:
            if rename.role != "method" or rename.old in self._page.former.get(rename.new, ()):
                continue
            method = self._owner_of.get(rename.old, rename.old if rename.old in self._page.methods else "")
            if method and method != rename.new:
                findings.append(self._rename(rename, "method", method, method))
            elif rename.new in self._page.methods and rename.old.lower() != rename.new.lower():
                findings.append(
                    Finding(
                        kind="added",
                        facet="former name",
                        operation=rename.new,
                        name=rename.old,
                        spec=self._page.former_at,
                        vendor=rename.at,
                    )
                )
        return findings

    def _parameter_renames(self) -> list[Finding]:
        findings = []
        for rename in self._document.renames:
            if rename.role != "parameter":
                continue
            known = self._page.parameter_renames.get(rename.of, {})
            if known.get(rename.new) == rename.old:
                continue
            current = next((new for new, old in known.items() if old == rename.old), rename.old)
            findings.append(self._rename(rename, "parameter", rename.of, current))
        return findings

    def _rename(self, rename: Rename, facet: str, method: str, old: str) -> Finding:
        spec = (
            self._page.parameters.get((method, old)) or self._page.methods.get(method) or self._page.former_at
        )
        return Finding(
            kind="changed",
            facet=facet,
            operation=method,
            old=old,
            new=rename.new,
            spec=spec,
            vendor=rename.at,
        )

    def _parameters(self, explained: set[str]) -> list[Finding]:
        """Parameters that the spec calls documented and the page has in no spelling any more."""
        parts = [s.text for s in self._document.statements] + [n.name for n in self._document.named]
        parts += [f"{rename.old} {rename.new}" for rename in self._document.renames]
        text = squeeze(" ".join(parts))
        return [
            Finding(kind="removed", facet="parameter", operation=method, name=name, spec=where)
            for (method, name), where in self._page.parameters.items()
            if squeeze(name) not in text and name not in explained
        ]


def _since(named: Named) -> str:
    return f"version {named.version}" if named.version else ""


def _releases(
    spec: SpecFacts, document: VendorDocument, baseline: Baseline, findings: list[Finding]
) -> list[Finding]:
    """Rows of the version table, and sentences in them that no other finding rests on."""
    shown = {release.version: release for release in document.releases}
    stated = any(f.facet == "version" for f in findings)
    known = (
        baseline.releases
        if baseline.exists
        else {op.since: [] for op in spec.operations.values() if op.since}
    )
    newest = max(map(version_key, [spec.version or "0"]))
    found = [
        Finding(kind="added", facet="release", name=version, new=_said(release), vendor=release.at)
        for version, release in shown.items()
        if version not in known
        and (baseline.exists or version_key(version) > newest)
        and not (stated and version == document.version)
    ]
    damaged = {entry.text.split(" ")[0] for entry in document.unplaced}
    gone = [version for version in known if version not in shown and version not in damaged]
    if len(found) == len(gone) == 1:
        only = found[0]
        found = [Finding(kind="changed", facet="release", old=gone[0], new=only.name, vendor=only.vendor)]
    else:
        found += [
            Finding(kind="removed", facet="release", name=version, vendor=document.version_at)
            for version in gone
        ]
    resting = {f.vendor for f in findings if f.vendor}
    for version, release in shown.items():
        now = {digest(statement.text): statement.text for statement in release.statements}
        before = baseline.releases.get(version, [] if baseline.exists else list(now))
        new = [text for mark, text in now.items() if mark not in before]
        lost = len([mark for mark in before if mark not in now])
        if (
            version not in known
            or release.at in resting
            or version in gone
            or any(version == f.new and f.facet == "release" for f in found)
        ):
            continue
        found += [
            Finding(
                kind="changed" if index < lost else "added",
                facet="release note",
                name=version,
                new=text,
                vendor=release.at,
            )
            for index, text in enumerate(new)
        ]
        if lost > len(new) and not _explains(findings):
            found.append(
                Finding(
                    kind="removed",
                    facet="release note",
                    name=version,
                    note=f"{lost - len(new)} sentences are gone",
                    vendor=release.at,
                )
            )
    return found


def _said(release: Release) -> str:
    """The sentences of a new row."""
    return "; ".join(statement.text for statement in release.statements)


def _explains(findings: list[Finding]) -> bool:
    """Whether names vanished, which explains that their sentences did."""
    return any(f.kind == "removed" and f.facet in ("method", "parameter") for f in findings)
