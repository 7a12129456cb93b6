"""Descriptions as facts: the revision, deprecation and limits that a text states, and the text itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from codegen.facts.fact import Subject
from codegen.facts.marks import read_page_limits, take_since
from codegen.facts.writer import Writer, one_line
from codegen.ir import Place
from codegen.read.source.node import Node

_DEPRECATED: Final = re.compile(
    r"(?<!not )(?<!no longer )(?<!un)(?<!\bthe )(?<!\ba )(?<!\bany )\b(?:deprecated|obsolete|superseded)\b"
    r"|\b(?:scheduled|marked|planned|slated) for (?:deprecation|removal|retirement)\b"
    r"|\bwill be (?:removed|retired|withdrawn|discontinued)\b"
    r"|\b(?:will be|is being|has been|is) (?:phased out|sunset(?:ted)?)\b"
    r"|\bsupport for this \w+ (?:ends|will end)\b"
    r"|\bplease (?:migrate|move|switch) to\b"
    r"|\b(?:has been|is) (?:retired|withdrawn|discontinued)\b"
    r"|(?:\A|[.!;:\]] )(?:please )?use [`'\"]?[\w$@./{} -]{1,60}?[`'\"]? instead\b"
    r"|\bno longer (?:supported|in use|used)\b",
    re.IGNORECASE,
)
_MARKDOWN: Final = re.compile(r"^#+\s*|\*\*|__|`|^[^\S\n]*+[*+-]\s+", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\[\]]*+)\]\([^)\[]*+\)")
_TAG: Final = re.compile(r"<(?:br\s*/?|/?[a-z][^<>]*+)>", re.IGNORECASE)

_VALUES: Final = re.compile(
    r"\b(?:(?:valid|possible|allowed|accepted|permitted) values?(?: are|:| include)|must be one of:?)"
    r" (?P<list>[^.;]+)",
    re.IGNORECASE,
)
_LISTED: Final = re.compile(r",? (?:and|or) |, ?")
_VALUE: Final = re.compile(r"['\"`]?([\w$@/+-]+)['\"`]?\Z")
_ALWAYS: Final = re.compile(
    r"\b(?:always|(?<!not )strictly) (?:required|mandatory)\b"
    r"|(?<!not )(?<!only )\b(?:required|mandatory)(?: (?:field|parameter|property))?\.(?:\s|\Z)"
    r"|\bmust always be (?:given|passed|present|provided|sent|specified|supplied)\b",
    re.IGNORECASE,
)


def is_deprecation(text: str) -> bool:
    """Whether a text says that its subject is on its way out: `deprecated`, `use X instead`, …"""
    return _DEPRECATED.search(text) is not None


def read_values(text: str) -> tuple[str, ...]:
    """The values that a sentence lists as the valid ones, `Valid values are add and remove.`; () for none.

    Only single words are values: of `1 - eSIM` and of whole phrases nobody can tell what is sent.
    """
    match = _VALUES.search(text)
    found = [_VALUE.match(word.strip()) for word in _LISTED.split(match["list"])] if match else []
    if len(found) < 2 or not all(found):
        return ()
    return tuple(word[1] for word in found if word is not None)


def is_always_required(text: str) -> bool:
    """Whether a text says that its subject is required, and not under a condition alone."""
    return _ALWAYS.search(text) is not None


def plain_text(text: str) -> str:
    """Markdown or HTML as the words that a page shows, in one line."""
    return one_line(_LINK.sub(r"\1", _MARKDOWN.sub("", _TAG.sub(" ", text))))


def tell_prose(writer: Writer, subject: Subject, nodes: Iterable[Node], *, ours: bool) -> None:
    """State what the first description of some nodes says. ours: we wrote it, and it is only a text."""
    node = next((n.get("description") for n in nodes if n.is_object and n.text("description")), None)
    if node is None or not isinstance(node.value, str):
        return
    if ours:
        writer.say(subject, "description", plain_text(node.value), node.place)
    else:
        tell_text(writer, subject, plain_text(node.value), node.place)


def tell_text(writer: Writer, subject: Subject, text: str, place: Place) -> None:
    """State what a plain description of a parameter or field says."""
    _, since, bad = take_since(text)
    writer.say(subject, "revision", since, place)
    if bad:
        writer.unread(place, bad, "this revision mark has no number")
    writer.say(subject, "deprecated", is_deprecation(text), place)
    if subject.name == "$top":
        size, limit = read_page_limits(text)
        writer.say(subject, "page-size", size, place)
        writer.say(subject, "page-limit", limit, place)
    writer.say(subject, "description", text, place)
