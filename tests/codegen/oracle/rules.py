"""How values are written by the texts of OpenAPI 2.0 and 3.x and RFC 6570: what a raw request must hold.

Nothing here is taken from the generator or the runtime. A rule gives complaints; none means that the request
says what the document and the value say.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import unquote

from attrs import define, field, frozen

_SWAGGER: Final = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|", "multi": None}
_STYLES: Final = {"spaceDelimited": " ", "pipeDelimited": "|"}


@frozen(kw_only=True)
class Told:
    """A parameter or a form field as its document declares it; value: what was given for it, as JSON."""

    name: str
    location: str
    value: Any
    style: str
    explode: bool
    separator: str | None
    json: bool = False

    @classmethod
    def of(cls, name: str, location: str, value: Any, node: Mapping[str, Any], *, swagger: bool) -> Told:
        """Read the words of a Parameter Object, of OpenAPI 2.0 or 3.x."""
        plain = "form" if location in ("query", "cookie", "formData") else "simple"
        if swagger:
            separator = _SWAGGER.get(node.get("collectionFormat", "csv"), ",")
            return cls(
                name=name,
                location=location,
                value=value,
                style=plain,
                explode=separator is None,
                separator=separator,
            )
        style = node.get("style") or plain
        explode = bool(node.get("explode", style == "form"))
        separator = None if explode and style == "form" else _STYLES.get(style, ",")
        if style == "deepObject" and isinstance(value, list):
            # The format defines the style for objects alone; a note of the report says what is sent.
            name, separator = f"{name}[]", None
        is_json = any("json" in media for media in node.get("content") or ())
        return cls(
            name=name,
            location=location,
            value=value,
            style=style,
            explode=explode,
            separator=separator,
            json=is_json,
        )


@define
class Pairs:
    """The `name=value` pairs of a query or an urlencoded body, raw; each is taken once."""

    left: list[tuple[str, str]] = field(factory=list)

    @classmethod
    def of(cls, raw: str) -> Pairs:
        parts = [pair.partition("=") for pair in raw.split("&") if pair]
        return cls([(unquote(name), value) for name, _, value in parts])

    def take(self, name: str) -> list[str]:
        """The raw values under a name."""
        found = [value for known, value in self.left if known == name]
        self.left = [pair for pair in self.left if pair[0] != name]
        return found


def text_of(value: Any) -> str:
    """A JSON scalar as a parameter's text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(str(value)), "f")
    return str(value)


def says(raw: str, value: Any) -> bool:
    """Whether a quoted text is that of a JSON scalar; numbers and times may be spelled otherwise."""
    text = unquote(raw)
    if text == text_of(value):
        return True
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return Decimal(text) == Decimal(str(value))
        except InvalidOperation:
            return False
    return isinstance(value, str) and _moment(text) is not None and _moment(text) == _moment(value)


def _moment(text: str) -> datetime.datetime | None:
    try:
        found = datetime.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


def pairs_complaints(told: Told, pairs: Pairs) -> Iterator[str]:
    """What is wrong with the query (or the urlencoded field) of one value."""
    value = told.value
    if told.json or (told.location == "form" and isinstance(value, Mapping) and not told.style):
        found = pairs.take(told.name)
        if len(found) != 1 or _json(unquote(found[0])) != value:
            yield f"{told.name}: {value!r} came as {found}"
    elif isinstance(value, Mapping):
        yield from _object_complaints(told, pairs)
    elif isinstance(value, list):
        found = pairs.take(told.name)
        if not value and not found:
            return
        items = found if told.separator is None else _split(found[0] if found else "", told.separator)
        same = len(items) == len(value) and all(_item_says(i, v) for i, v in zip(items, value, strict=True))
        if not same or (told.separator is not None and len(found) != 1):
            yield f"{told.name}: {value!r} came as {found}"
    else:
        found = pairs.take(told.name)
        if len(found) != 1 or not says(found[0], value):
            yield f"{told.name}: {value!r} came as {found}"


def _item_says(raw: str, value: Any) -> bool:
    if isinstance(value, Mapping | list):  # no style writes it; JSON is what servers read
        return _json(unquote(raw)) == value
    return says(raw, value)


def _object_complaints(told: Told, pairs: Pairs) -> Iterator[str]:
    """An object: `name[key]=value`, `key=value`, or `name=key,value` (RFC 6570, section 3.2.8)."""
    if told.style != "deepObject" and not told.explode:
        found = pairs.take(told.name)
        texts = _split(found[0] if found else "", ",")
        wanted = [part for key, each in told.value.items() for part in (key, each)]
        if len(texts) != len(wanted) or not all(says(t, w) for t, w in zip(texts, wanted, strict=True)):
            yield f"{told.name}: {told.value!r} came as {found}"
        return
    for key, value in told.value.items():
        name = f"{told.name}[{key}]" if told.style == "deepObject" else key
        if isinstance(value, Mapping):
            inner = Told(
                name=name,
                location=told.location,
                value=value,
                style="deepObject",
                explode=True,
                separator=None,
            )
            yield from _object_complaints(inner, pairs)
            continue
        found = pairs.take(name)
        wanted = value if isinstance(value, list) else [value]
        if len(found) != len(wanted) or not all(says(f, w) for f, w in zip(found, wanted, strict=True)):
            yield f"{name}: {value!r} came as {found}"


def _split(raw: str, separator: str) -> list[str]:
    """The parts of a raw list: a comma separates only as it is, the others have no other spelling."""
    forms = {",": ",", " ": "%20|\\+", "|": "%7C|\\|", "\t": "%09"}
    return re.split(forms[separator], raw, flags=re.IGNORECASE) if raw else []


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return f"no JSON: {text}"


def path_complaints(template: str, told: Mapping[str, Told], raw: str) -> Iterator[str]:
    """What is wrong with a raw path: text between placeholders, and each value in its style."""
    pieces = re.split(r"\{([^{}]*)\}", template.partition("?")[0].partition("#")[0])
    match = re.fullmatch("".join("(.*?)" if i % 2 else _loose(p) for i, p in enumerate(pieces)), raw)
    if match is None:
        yield f"the path {raw} is not {template}"
        return
    for name, text in zip(pieces[1::2], match.groups(), strict=True):
        parameter = told.get(name)
        if parameter is not None and not _segment_says(parameter, text):
            yield f"{name}: {parameter.value!r} came as {text}"


def _loose(piece: str) -> str:
    """A piece of a template, quoted or not; a slash separates segments only as it is."""
    return "".join(
        f"(?:{re.escape(c)}|%{ord(c):02X})" if ord(c) < 128 and not c.isalnum() and c != "/" else re.escape(c)
        for c in piece
    )


def _segment_says(told: Told, text: str) -> bool:
    value, sign = told.value, {"label": ".", "matrix": ";"}.get(told.style, "")
    if not text.startswith(sign):
        return False
    text = text.removeprefix(sign)
    if told.style == "matrix" and not (told.explode and isinstance(value, Mapping)):
        text = text.removeprefix(f"{told.name}=")
    if isinstance(value, list):
        parts = re.split(f"[,{sign}]" if told.explode and sign else ",", text)
        parts = [part.removeprefix(f"{told.name}=") for part in parts]
        return len(parts) == len(value) and all(says(p, v) for p, v in zip(parts, value, strict=True))
    if isinstance(value, Mapping):
        return all(quoted in unquote(text) for quoted in map(text_of, value.values()))
    return says(text, value)


def header_complaints(told: Told, headers: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a header's value."""
    text = headers.get(told.name.lower())
    value = told.value
    if isinstance(value, list):
        wanted = (told.separator or ",").join(map(text_of, value))
    elif isinstance(value, Mapping):
        signs = ("=", ",") if told.explode else (",", ",")
        wanted = signs[1].join(f"{k}{signs[0]}{text_of(v)}" for k, v in value.items())
    else:
        wanted = text_of(value)
    if told.json:
        good = text is not None and _json(text) == value
    else:
        good = text is not None and (
            text == wanted or (not isinstance(value, list | dict) and says(text, value))
        )
    if not good:
        yield f"header {told.name}: {value!r} came as {text!r}"
