"""The spec that a vendor's document belongs to, by the document's kind and title."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any, Final

from codegen.errors import UnusableError
from codegen.project import ROOT, TARGETS
from trunkline.apis import Generated

_HEAD: Final = 20
"""Lines at the beginning of a plain-text page that are searched for its title."""
_MARKED: Final = re.compile(r"(?is)<(title|h1)\b[^>]*>(.*?)</\1>|\"title\"\s*:\s*\"([^\"]*)\"")
"""The title of a saved page: in its markup, or in the document that is embedded in it."""


class UndecidedError(UnusableError):
    """No spec, or more than one, fits the document; `str()` names the choices."""


def target_for(document: Path) -> Generated:
    """The shipped spec that describes the document's API.

    Raises:
        UndecidedError: the document contains no spec's title, or several.
        OSError: the document cannot be read.
    """
    from codegen.read import read_document

    text = document.read_bytes().decode("utf-8", "replace")
    value = _json(text)
    # Not the whole text: pages mention their sister APIs by title.
    head = _folded(_title(value) or _first_words(text))
    fitting: list[tuple[int, Generated]] = []
    titles: dict[str, str] = {}
    for target in TARGETS:
        spec = read_document(ROOT / target.spec)
        titles[target.spec] = spec.title
        # A collection is compared with a collection, any other kind with an OpenAPI document.
        if spec.kind.startswith("postman") == _is_postman(value) and _folded(spec.title) in head:
            fitting.append((len(spec.title), target))
    # The longest title wins: one API's title may be the beginning of another's.
    best = [target for length, target in fitting if length == max(fitting, key=lambda fit: fit[0])[0]]
    if len(best) == 1:
        return best[0]
    choices = "\n".join(f"  --spec {spec}  ({title})" for spec, title in titles.items())
    found = "several specs fit" if best else "no spec bears its title"
    raise UndecidedError(f"{document}: {found}; say which one it describes:\n{choices}")


def target_of(spec: Path) -> Generated | None:
    """The shipped package that a spec, or its overlay, is built into."""
    path = spec.resolve()
    return next((item for item in TARGETS if path == (ROOT / item.spec).resolve()), None)


def _json(text: str) -> Any:
    try:
        return json.loads(text.lstrip("\ufeff"))
    except ValueError:
        return None


def _info(value: Any) -> Any:
    for holder in (value, value.get("collection") if isinstance(value, dict) else None):
        if isinstance(holder, dict) and isinstance(holder.get("info"), dict):
            return holder["info"]
    return {}


def _title(value: Any) -> str:
    info = _info(value)
    return str(info.get("title") or info.get("name") or "")


def _first_words(text: str) -> str:
    """The titles in a page's markup, or the first lines of plain text."""
    if re.match(r"(?is)\s*(<\?xml|<!--|<!doctype|<html|<head)", text.lstrip("\ufeff")):
        return " ".join(re.sub(r"(?s)<[^>]*>", "", found[1] or found[2]) for found in _MARKED.findall(text))
    return "\n".join([line for line in text.splitlines() if line.strip()][:_HEAD])


def _is_postman(value: Any) -> bool:
    """Whether it is a Postman collection or the documenter's metadata of one."""
    info = _info(value)
    return "_postman_id" in info or "getpostman.com" in str(info.get("schema", "")) or "name" in info


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(text)).casefold()
