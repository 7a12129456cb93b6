"""From an address to a file: follow links of the vendor's documents to the fullest one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen

from codegen.fetch.download import Downloader, FetchError
from codegen.fetch.published import Published, recognize

_STEPS: Final = 4
"""Page, metadata, collection: no vendor needs more."""


@frozen
class Fetched:
    """The outcome. changed: False where the file was current already; notes: what a person should know."""

    url: str
    kind: str
    changed: bool
    notes: tuple[str, ...] = ()


@define
class _State:
    """The state of the last fetch, kept next to the file: addresses with their validators."""

    digest: str = ""
    seen: dict[str, dict[str, Any]] = field(factory=dict)


def fetch(address: str, out: Path, downloader: Downloader, *, follow_links: bool = True) -> Fetched:
    """Write the fullest document that an address leads to.

    The file is replaced whole or not at all. `out` with the suffix `.fetched.json` remembers the ETags, so
    that the next fetch costs little where nothing changed.

    Args:
        follow_links: False takes the address's own response.

    Raises:
        FetchError: nothing of a vendor's document is there.
    """
    state = _load_state(out)
    seen: dict[str, dict[str, Any]] = {}
    notes: list[str] = []
    kept: tuple[str, Published, bytes | None] | None = None
    url: str | None = address
    for _ in range(_STEPS):
        if url is None:
            break
        try:
            found = _one(url, state, downloader, follow_links=follow_links)
        except FetchError as error:
            # A step that fails after a usable document leaves that document, with a note.
            if kept is None or kept[2] is None or not kept[1].whole:
                raise
            notes.append(f"{error}; kept what {kept[0]} serves itself")
            break
        published, body, seen[url] = found
        kept = (url, published, body)
        url = published.more if follow_links else None
        if url is not None and not downloader.may_follow(kept[0], url):
            notes.append(f"{kept[0]} names {url}, on another host; --follow with its host fetches it")
            url = None
    assert kept is not None  # noqa: S101  (the first step raises or is kept)
    return _write(out, kept, state, seen, notes)


def _one(
    url: str, state: _State, downloader: Downloader, *, follow_links: bool
) -> tuple[Published, bytes | None, dict[str, Any]]:
    """One response: its kind, its bytes (None: as in the file), and its entry for the next fetch."""
    known = state.seen.get(url, {})
    # A page that only names another address may be "not modified" too, so that address is remembered.
    got = downloader.get(url, known.get("validators"))
    if got.body is None:
        return Published(known["kind"], known["more"], known["whole"]), None, known
    published = recognize(got.body, got.url)
    if published is None:
        raise FetchError(
            f"{url}: neither an OpenAPI file, a Redoc page nor a Postman document; is it a login page?"
        )
    if published.more is None and not published.whole:
        raise FetchError(f"{url}: an empty page that loads its document by script; save it in a browser")
    entry = {
        "validators": dict(got.validators),
        "kind": published.kind,
        "more": published.more,
        "whole": published.whole,
    }
    return published, got.body, entry


def _write(
    out: Path,
    kept: tuple[str, Published, bytes | None],
    state: _State,
    seen: dict[str, dict[str, Any]],
    notes: list[str],
) -> Fetched:
    url, published, body = kept
    if not published.whole:
        raise FetchError(f"{url} holds no document itself; {'; '.join(notes)}")
    if body is None:
        return Fetched(url, published.kind, changed=False, notes=tuple(notes))
    digest = hashlib.sha256(body).hexdigest()
    changed = digest != state.digest
    if changed:
        out.parent.mkdir(parents=True, exist_ok=True)
        _replace(out, body)
    remembered = {"file": digest, "addresses": seen}
    # After the file: without it, validators would claim a copy that is not there.
    _replace(_state_path(out), (json.dumps(remembered, indent=2) + "\n").encode())
    return Fetched(url, published.kind, changed, tuple(notes))


def _replace(path: Path, body: bytes) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(body)
    # Atomic on one file system, so no reader sees half a document.
    fresh.replace(path)


def _state_path(out: Path) -> Path:
    return out.with_name(f"{out.name}.fetched.json")


def _load_state(out: Path) -> _State:
    """The state of the last fetch; empty if the file was lost or edited since."""
    try:
        data = json.loads(_state_path(out).read_bytes())
        digest = hashlib.sha256(out.read_bytes()).hexdigest()
        # With validators of another content, a 304 would leave the edited file in place.
        if data["file"] != digest:
            return _State()
        return _State(digest, dict(data["addresses"]))
    except (OSError, ValueError, KeyError, TypeError):
        return _State()
