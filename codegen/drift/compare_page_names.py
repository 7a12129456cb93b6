"""Methods, parameters and other names in the prose of a published collection's introduction."""

from __future__ import annotations

import difflib
import re

from codegen.drift.baseline import Baseline
from codegen.drift.evidence import squeeze
from codegen.drift.finding import Finding
from codegen.drift.spec_facts import SpecFacts
from codegen.drift.spec_postman import PageFacts
from codegen.vendor.document import Named, Rename, VendorDocument


class Names:
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
        gone = [
            name
            for name in self._page.methods
            if name in self._page.documented and name not in explained and not self._mentioned(name)
        ]
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
