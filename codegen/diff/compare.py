"""Two documents compared as the callers of their generated clients see them."""

from __future__ import annotations

from codegen.diff.collected import Collected, Named, Sides
from codegen.diff.finding import Finding
from codegen.diff.operations import compare_operations
from codegen.ir import AuthIR, Document, Place


def compare_documents(old: Document, new: Document) -> list[Finding]:
    """Every change between two documents that a rule names, in document order."""
    found = Collected()
    _client(old, new, found)
    compare_operations(old, new, Sides(Named.of(old), Named.of(new)), found)
    return found.findings


def _client(old: Document, new: Document, found: Collected) -> None:
    """What the client as a whole is set up with."""
    if old.version != new.version:
        text = f"the vendor's version is {new.version or 'unnamed'}, before {old.version or 'unnamed'}"
        _add(found, "api-version-changed", "client#version", text, old, new)
    _servers(old, new, found)
    _schemes(old, new, found)


def _add(found: Collected, rule: str, subject: str, text: str, old: Document, new: Document) -> None:
    found.add(rule, subject=subject, text=text, old=Place(old.file, ""), new=Place(new.file, ""))


def _servers(old: Document, new: Document, found: Collected) -> None:
    for name in (*old.servers, *(name for name in new.servers if name not in old.servers)):
        before, after = old.servers.get(name), new.servers.get(name)
        if before == after:
            continue
        subject = f"client#servers.{name}"
        if after is None:
            text = f"the server `{name}` ({before}) is gone"
            _add(found, "server-removed", subject, text, old, new)
        elif before is None:
            text = f"the server `{name}` is new: {after}"
            _add(found, "server-added", subject, text, old, new)
        else:
            text = f"the server `{name}` is {after} instead of {before}"
            _add(found, "server-changed", subject, text, old, new)


def _schemes(old: Document, new: Document, found: Collected) -> None:
    before, after = ({item.name: item for item in document.auth} for document in (old, new))
    for name, item in before.items():
        subject = f"client#auth.{name}"
        if name not in after:
            text = f"the auth scheme `{name}` ({item.kind}) is gone"
            found.add("auth-scheme-removed", subject=subject, text=text, old=item.place)
        elif _facts(item) != _facts(after[name]):
            text = f"the auth scheme `{name}` is {_shown(after[name])} instead of {_shown(item)}"
            place = after[name].place
            found.add("auth-scheme-changed", subject=subject, text=text, old=item.place, new=place)
    for name, item in after.items():
        if name not in before:
            text = f"the auth scheme `{name}` ({item.kind}) is new"
            found.add("auth-scheme-added", subject=f"client#auth.{name}", text=text, new=item.place)


def _facts(item: AuthIR) -> tuple[object, ...]:
    return item.kind, item.location, item.parameter, item.token_url, item.scopes


def _shown(item: AuthIR) -> str:
    details = [item.location, item.parameter, item.token_url, *item.scopes]
    return " ".join([item.kind, *(f"`{text}`" for text in details if text)])
