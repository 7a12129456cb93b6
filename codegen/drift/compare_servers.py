"""Base URLs: servers of the document, or the addresses in its samples, against the servers of the spec."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codegen.drift.finding import Finding
from codegen.drift.spec_facts import SpecFacts
from codegen.vendor.document import At, Shape, VendorDocument


def compare_servers(spec: SpecFacts, document: VendorDocument) -> list[Finding]:
    """Servers where the document names them; else every next link in a sample must lie below a server."""
    if "servers" in document.tells:
        return _named(spec, document)
    if document.kind == "postman-collection":
        return _bases(spec, document)
    return _in_samples(spec, document)


def _named(spec: SpecFacts, document: VendorDocument) -> list[Finding]:
    findings = []
    ours = {url for url, _ in spec.servers.values()}
    theirs = {url for url, _ in document.servers.values()}
    unmatched = {name: entry for name, entry in spec.servers.items() if entry[0] not in theirs}
    for name, (url, where) in document.servers.items():
        if url in ours or any(_covers(known, url) for known in ours):
            unmatched = {key: entry for key, entry in unmatched.items() if not _covers(entry[0], url)}
            continue
        old = unmatched.pop(name, None) or (
            unmatched.pop(next(iter(unmatched)))
            if len(unmatched) == 1 and name not in spec.servers and len(document.servers) <= len(spec.servers)
            else None
        )
        findings.append(
            Finding(
                kind="changed" if old else "added",
                facet="base URL",
                name=name,
                old=old[0] if old else "",
                new=url,
                spec=old[1] if old else spec.servers_at,
                vendor=where,
            )
        )
    findings += [
        Finding(kind="removed", facet="base URL", name=name, old=url, spec=where, vendor=document.version_at)
        for name, (url, where) in unmatched.items()
    ]
    return findings


def _covers(known: str, url: str) -> bool:
    """Whether a server of the spec, with its variables, is this one."""
    return "{" in known and _pattern(known).match(f"{url}/") is not None


def _bases(spec: SpecFacts, document: VendorDocument) -> list[Finding]:
    """Base URLs that the requests of a collection use; it need not use every one."""
    known = [url for url, _ in spec.servers.values()]
    return [
        Finding(kind="added", facet="base URL", new=url, spec=spec.servers_at, vendor=where)
        for url, where in document.servers.values()
        if url not in known
    ]


def _in_samples(spec: SpecFacts, document: VendorDocument) -> list[Finding]:
    """One finding for each strange base, at its first place, however often it occurs."""
    patterns = [(url, _pattern(url)) for url, _ in spec.servers.values() if url.startswith("http")]
    strange: dict[str, At] = {}
    matched = False
    for text, where in _addresses(document):
        if any(pattern.match(text) for _, pattern in patterns):
            matched = True
        elif patterns:
            strange.setdefault(_base(text, patterns[0][0]), where)
    old = "" if matched or len(spec.servers) != 1 else patterns[0][0] if patterns else ""
    return [
        Finding(
            kind="changed" if old else "added",
            facet="base URL",
            old=old,
            new=base,
            spec=spec.servers_at,
            vendor=where,
            note="in the samples",
        )
        for base, where in strange.items()
    ]


def _pattern(url: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]*\}", url)
    return re.compile("[^/]+".join(re.escape(part) for part in parts) + r"(?:[/?]|\Z)")


def _base(text: str, like: str) -> str:
    """As many segments of an address as the spec's server has."""
    return "/".join(text.split("?", 1)[0].split("/")[: like.count("/") + 1])


def _addresses(document: VendorDocument) -> Iterator[tuple[str, At]]:
    for operation in document.operations.values():
        if operation.response_sample is not None:
            yield from _links(operation.response_sample, "")


def _links(shape: Shape, name: str) -> Iterator[tuple[str, At]]:
    """The next links of a sample; other addresses in it may lead anywhere."""
    if shape.text is not None and name.lower().endswith("nextlink"):
        yield shape.text, shape.at
    for key, member in shape.members.items():
        yield from _links(member, key)
