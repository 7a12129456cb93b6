"""A Redoc page saved as HTML: the document embedded in it, or else the page as a browser laid it out."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from typing import Any, Final

from codegen.facts.errors import DocumentError
from codegen.facts.fact import FactSet
from codegen.facts.lines import Line, to_lines
from codegen.facts.openapi import read_openapi
from codegen.facts.redoc.markers import MEDIA
from codegen.facts.redoc.page import read_redoc_lines
from codegen.read.source.node import Source

_STATE: Final = re.compile(
    r"__redoc_state\s*=\s*(?=\{)|<script[^<>]*type=\"application/json\"[^<>]*>\s*(?=\{)"
)
_STATES: Final = 50
"""Scripts that are tried: the position of an error in each is counted from the start of the page."""
_UNCLOSED: Final = 1_000
"""Tags and comments without an end, each of which the parser looks for through the rest of the page."""
_SKIPPED: Final = frozenset({"script", "style", "svg", "noscript", "template", "head", "nav", "input"})
_VOID: Final = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "col", "source"})
_INLINE: Final = frozenset(
    (
        "a",
        "span",
        "code",
        "strong",
        "em",
        "b",
        "i",
        "small",
        "label",
        "font",
        "sup",
        "sub",
        "wbr",
        "mark",
        "kbd",
    )
)
_OPENING: Final = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tr", "section", "pre"})
_BADGE: Final = re.compile(r"\s+Deprecated\Z")
_MENU: Final = re.compile(r"\bmenu-content\b|\bsearch\b")
_OPERATION_ID: Final = re.compile(r"(?:\A|/)(?:operation|paths)/")
_SECTION_ID: Final = re.compile(r"tag/[^/]+\Z")
_PROSE_ID: Final = re.compile(r"section/(?!.*release-?notes)", re.IGNORECASE)
"""Parts of the introduction, such as a table of the ways to sign in; release notes may stand among them."""
_INTRODUCTION: Final = re.compile(r"section/(?!Authentication\Z|.*release-?notes)", re.IGNORECASE)
"""Those that the vendor wrote: the ways to sign in are drawn from the document."""


def read_redoc_html(text: str, file: str, titles: Collection[str] = ()) -> FactSet:
    """Read a saved page; the embedded document has more to say than the layout, so it comes first."""
    unclosed = max(text.count("<") - text.count(">"), text.count("<!--") - text.count("-->"))
    if unclosed > _UNCLOSED:
        raise DocumentError(
            file, 1, f"not HTML: {unclosed:,} tags or comments have no end; save the page again"
        )
    for match in islice(_STATE.finditer(text), _STATES):
        document = _embedded(text, match.end())
        if document is not None:
            line = text.count("\n", 0, match.start()) + 1
            return read_openapi(Source(file, Path(file), b"", document, line).root)
    layout = _Layout()
    layout.feed(text)
    layout.close()
    layout.flush()
    if not layout.lines:
        raise DocumentError(file, 1, "this HTML page shows no text; save it after it has been drawn")
    titles = {*titles, *layout.titles}
    return read_redoc_lines(layout.lines, file, "redoc-html", titles, layout.sections, layout.prose)


def _embedded(text: str, start: int) -> dict[str, Any] | None:
    """The OpenAPI document of the state that a page was built from."""
    try:
        state, _ = json.JSONDecoder().raw_decode(text, start)
    except json.JSONDecodeError:
        return None
    candidates: list[Any] = [state]
    if isinstance(state, dict):
        spec = state.get("spec")
        candidates += [spec, spec.get("data") if isinstance(spec, dict) else None]
    return next(
        (c for c in candidates if isinstance(c, dict) and ("openapi" in c or "swagger" in c) and "info" in c),
        None,
    )


class _Layout(HTMLParser):
    """Elements into the lines that a browser would show, each with its line in the file."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[Line] = []
        self.titles: set[str] = set()
        self.sections: set[str] = set()
        self.prose: list[str] = []
        self._prose = 0
        self._options: list[str] = []
        self._stack: list[str] = []
        self._open: Counter[str] = Counter()
        self._hidden = 0
        self._text: list[str] = []
        self._number = 1
        self._bullet = False
        self._opens = True
        self._depth = 0
        self._tables = 0
        self._tab = False
        self._heading: set[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element; a block ends the line before it."""
        values = {name: value or "" for name, value in attrs}
        if tag in _VOID:
            if tag in ("br", "hr") and not self._hidden:
                self.flush()
            return
        self._stack.append(tag)
        self._open[tag] += 1
        if self._hidden or self._is_hidden(tag, values):
            is_prose = not self._hidden and _INTRODUCTION.match(values.get("data-section-id", ""))
            self._hidden += 1
            self._prose = self._hidden if is_prose else self._prose
            return
        if tag in _INLINE or self._open["select"]:
            return
        self.flush()
        name = values.get("data-section-id") or values.get("id", "")
        if _OPERATION_ID.search(name):
            self._heading = self.titles
        elif _SECTION_ID.match(name):
            self._heading = self.sections
        self._opens = self._opens or self._is_opening(tag)
        if tag in ("ul", "ol"):
            self._depth += 1
        self._tables += tag == "table"
        self._tab = tag == "button" and "aria-label" not in values
        self._bullet = self._bullet or (tag == "li" and "role" not in values)

    @staticmethod
    def _is_hidden(tag: str, values: dict[str, str]) -> bool:
        style = values.get("style", "").replace(" ", "")
        return (
            tag in _SKIPPED
            or "display:none" in style
            or "hidden" in values
            or values.get("aria-hidden") == "true"
            or values.get("role") in ("search", "navigation")
            or bool(_MENU.search(values.get("class", "")))
            or bool(_PROSE_ID.match(values.get("data-section-id", "")))
        )

    def _is_opening(self, tag: str) -> bool:
        """Whether a paragraph begins; what is inside a button, such as a status and its text, is one."""
        return tag in _OPENING and not self._open["button"]

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and those that were left open inside it."""
        if tag in _VOID or not self._open[tag]:
            return
        while self._stack:
            closed = self._stack.pop()
            self._open[closed] -= 1
            if self._hidden:
                self._hidden -= 1
                self._prose = self._prose if self._hidden else 0
            elif closed not in _INLINE and closed not in ("select", "option"):
                self._end(closed)
            if closed == tag:
                return

    def _end(self, tag: str) -> None:
        if tag in ("h1", "h2", "h3") and self._heading is not None and "".join(self._text).strip():
            self._heading.add(_BADGE.sub("", " ".join("".join(self._text).split())))
            self._heading = None
        self.flush()
        if tag in ("ul", "ol"):
            self._depth -= 1
        self._tables -= tag == "table"
        self._bullet = False
        self._opens = self._opens or self._is_opening(tag)

    def handle_data(self, data: str) -> None:
        """Collect text; a line begins where its first word stands. What a menu offers is no text."""
        if self._open["select"] and not self._hidden:
            self._options.append(" ".join(data.split()))
            return
        if self._hidden:
            if self._prose and data.strip():
                self.prose.append(" ".join(data.split()))
            return
        if data.strip() and not "".join(self._text).strip():
            lead = data[: len(data) - len(data.lstrip())]
            self._number = self.getpos()[0] + lead.count("\n")
        self._text.append(data)

    def flush(self) -> None:
        """End the line that is being collected."""
        cleaned = to_lines(" ".join("".join(self._text).split()))
        self._text = []
        for line in cleaned:
            bullet = self._bullet or line.bullet
            self.lines.append(
                Line(
                    self._number,
                    line.text,
                    2 * self._depth,
                    bullet,
                    self._opens and not bullet,
                    False,
                    line.width,
                    self._tables or None,
                    self._tab,
                )
            )
            self._opens = self._bullet = False
        self._tab = False
        if cleaned and self._options:
            self._more_media(cleaned[-1].text)

    def _more_media(self, label: str) -> None:
        """The media types that a menu offers beside the chosen one, each on a line below it."""
        for name in self._options:
            if MEDIA.match(name) and not label.endswith(name):
                self.lines.append(Line(self._number, name, 2 * self._depth))
        self._options = []
