"""The one place where text of a document becomes Python source.

Everything a document says (descriptions, wire names, enum values, file names) is untrusted: it reaches a
generated file only through `literal`, `docstring`, `comment` or `identifier`. Text that needs escaping is
written with escapes, so a generated file never holds a control character or a lone surrogate.
"""

from __future__ import annotations

import json
import keyword
import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

WIDTH = 110

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff0-\uffff]"
)
"""Control characters, bidirectional marks (source can look different from what it does), surrogates."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_TOUCHING_QUOTE = re.compile('"(?=")')
_LAST_QUOTE = re.compile(r'"\Z')
_BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


class UnusableNameError(ValueError):
    """A name that is not a Python identifier reached the renderer: an error of the reader, not the spec."""


def identifier(name: str) -> str:
    """The name, if it is a valid Python identifier and not a keyword."""
    if not name.isidentifier() or keyword.iskeyword(name):
        raise UnusableNameError(f"{name!r} is no Python name")
    return name


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def string(text: str) -> str:
    """A string literal in double quotes, on one line."""
    # The backslash first, or it would double those of the other escapes.
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    escaped = escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return f'"{_UNSAFE.sub(_escaped, escaped)}"'


def literal(value: Any) -> str:
    """A literal of the scalars, tuples, lists and mappings that a spec can hold."""
    # A subclass of str, such as an enum member, has a repr of its own; `str()` drops it.
    if isinstance(value, str):
        return string(str(value))
    if value is None or isinstance(value, bool | int):
        return repr(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, tuple):
        return tuple_text(map(literal, value))
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{literal(key)}: {literal(item)}' for key, item in value.items())}}}"
    return string(str(value))


def _float(value: float) -> str:
    """A float as source; `nan` and `inf` have no literal."""
    text = repr(value)
    return text if text[-1].isdigit() else f'float("{text}")'


def tuple_text(items: Iterable[str]) -> str:
    """A tuple of items that are source already; no trailing comma, which would force a line each."""
    listed = list(items)
    return f"({', '.join(listed)}{',' if len(listed) == 1 else ''})"


def call(function: str, arguments: Iterable[tuple[str, str]]) -> str:
    """A call with keyword arguments whose values are source already; ruff breaks the lines."""
    return f"{function}({', '.join(f'{name}={value}' for name, value in arguments)})"


def prose(text: str) -> str:
    """Text for people: line breaks of every kind as newlines, tabs as spaces, no blanks at line ends."""
    # Every line break of Unicode, because any of them would end a comment in some editor.
    lines = (line.expandtabs(4).rstrip() for line in _BREAKS.split(text))
    return "\n".join(lines).strip()


def one_line(text: str) -> str:
    """Text for people, in one line."""
    return " ".join(prose(text).split())


def paragraphs(text: str, *, width: int, hanging: str = "") -> list[str]:
    """Wrapped lines; blank lines stay, and words longer than a line (URLs) are not cut."""
    lines: list[str] = []
    for line in prose(text).split("\n"):
        lines += textwrap.wrap(
            line,
            width,
            subsequent_indent=hanging,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return lines


def section(title: str, entries: Iterable[tuple[str, str]], *, width: int) -> list[str]:
    """The lines of a docstring section, "Args:" and so on; none if it has no entries."""
    lines = [
        f"    {line}" if line else ""
        for name, text in entries
        for line in paragraphs(f"{name}: {text}", width=width - 4, hanging="    ")
    ]
    return ["", f"{title}:", *lines] if lines else []


def docstring(lines: Iterable[str], indent: int) -> str:
    """A docstring of lines wrapped before, to be printed at this indent (the first line is not indented)."""
    blank = " " * indent
    escaped = [_docstring_line(line) for line in lines]
    while escaped and not escaped[-1]:
        escaped.pop()
    if not escaped:
        return '"""Not described."""'
    # A quote at the end would join the closing three.
    escaped[-1] = _LAST_QUOTE.sub(r'\\"', escaped[-1])
    if len(escaped) == 1:
        return f'"""{escaped[0]}"""'
    body = "\n".join(blank + line if line else "" for line in escaped[1:])
    return f'"""{escaped[0]}\n{body}\n{blank}"""'


def _docstring_line(line: str) -> str:
    # CPython keeps the docstring of a class as UTF-8: no place for a lone surrogate, not even escaped.
    text = _SURROGATE.sub("\ufffd", line).replace("\\", "\\\\")
    return _UNSAFE.sub(_escaped, _TOUCHING_QUOTE.sub(r'\\"', text))


def comment(text: str) -> str:
    """Text for a comment: one line, printable."""
    return _UNSAFE.sub(_escaped, one_line(text))


def json_text(value: Any) -> str:
    """JSON for files people read and diff."""
    return json.dumps(value, indent=2, ensure_ascii=True, sort_keys=True) + "\n"
