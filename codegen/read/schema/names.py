"""Python names from any text: legal, unique, and never hiding a name that generated code uses."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

from trunkline.client import BaseClient
from trunkline.model import Model

# Order matters: the brand names come first, since the general patterns would split "OData" into "o" and
# "data". The last alternative takes letters beyond ASCII.
_WORD: Final = re.compile(
    r"O(?:Data|Auth)(?![a-z])[0-9]*"
    r"|[A-Z]{2,}s(?![a-z])"  # acronyms in the plural: IDs, URLs
    r"|[A-Z]+(?![a-z])[0-9]*"
    r"|[A-Z]?[a-z]+[0-9]*"
    r"|[0-9]+(?:[A-Z]+(?![a-z])|[a-z]+)?"
    r"|[^\W\dA-Za-z_]+[0-9]*"
)
# At least one lower-case letter: an all-capitals text such as "ORDER" is an acronym to be capitalised,
# not a class name.
_CLASS: Final = re.compile(r"[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*")
_LONGEST: Final = 80
_LIKE_DIGITS: Final = ("l", "I", "O")  # which linters refuse as names (E741)
# Letters that Unicode does not decompose (NFKD) into an ASCII letter and a mark.
_LETTERS: Final = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ł": "l", "Ł": "L", "đ": "d"}
)
_SIGNS: Final = {
    "@": "at", "$": "dollar", "#": "hash", "+": "plus", "-": "minus", "<": "less", ">": "greater",
    "=": "equal", "!": "not", "*": "star", "%": "percent", "&": "and", "|": "or", "/": "slash", ".": "dot",
    "_": "underscore", "?": "question", ":": "colon", "~": "tilde", "^": "caret", ",": "comma",
    ";": "semicolon",
    "[": "open_bracket", "]": "close_bracket", "(": "open_paren", ")": "close_paren", "{": "open_brace",
    "}": "close_brace", "'": "quote", '"': "double_quote", "\\": "backslash", "`": "backtick", "€": "euro",
    "£": "pound", "°": "degree",
}  # fmt: skip


def words(text: str) -> list[str]:
    """The words of a name, lower-cased, without signs: "e911ClassOfServiceID" -> e911 class of service id."""
    # An é is an e here; a letter without an ASCII base (ж, 中) stays what it is.
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", text.translate(_LETTERS)) if not unicodedata.combining(c)
    )
    found = (unicodedata.normalize("NFKC", w.lower()) for w in _WORD.findall(plain))
    # With a letter in front, because a word may begin with a digit. This also drops what NFKC leaves
    # illegal.
    return [w for w in found if ("a" + w).isidentifier()]


def snake_case(text: str, *, fallback: str = "value") -> str:
    """A legal lower-case identifier that starts with no underscore; may be a keyword."""
    parts = words(text)
    if not parts:
        # A name of signs alone, such as the sort orders "+" and "-", is told by its signs.
        parts = [_SIGNS[c] for c in text if c in _SIGNS] or [fallback]
    name = "_".join(parts)
    # A leading digit is the one reason left.
    return name if name.isidentifier() else f"{fallback}_{name}"


def pascal_case(text: str, *, fallback: str = "Model") -> str:
    """A legal class name; a text that is one already is returned unchanged."""
    if _CLASS.fullmatch(text):
        return text
    parts = words(text) or [w for c in text if c in _SIGNS for w in _SIGNS[c].split("_")]
    name = "".join(_capital(w) for w in parts) or fallback
    return name if name.isidentifier() else f"{fallback}{name}"


def constant_case(text: str) -> str:
    """A legal name of an enum member."""
    stripped = text.strip()
    if not stripped:
        # Both occur, also side by side in one enum.
        return "BLANK" if text else "EMPTY"
    sign = stripped[0] if stripped[0] in "+-" and len(stripped) > 1 else ""
    name = snake_case(stripped).upper()
    # "-1" and "1" are common enum values and must not collide.
    if sign and stripped[1].isdigit():
        name = f"{_SIGNS[sign].upper()}_{name.removeprefix('VALUE_')}"
    return name if name.isidentifier() else "VALUE"


def spelled_signs(text: str) -> str:
    """The name with its leading sign in words: "@type" -> at_type, "-name" -> minus_name."""
    if text and text[0] in _SIGNS:
        return f"{_SIGNS[text[0]]}_{snake_case(text[1:])}"
    return snake_case(text)


def with_signs(text: str) -> str:
    """The name with all its outer signs in words: "StartTime<" -> start_time_less, "@id" -> at_id."""
    name = spelled_signs(text)
    return f"{name}_{_SIGNS[text[-1]]}" if text and text[-1] in _SIGNS else name


def legal(name: str, reserved: Iterable[str] = ()) -> str:
    """The name, or the name with an underscore where it is a keyword, reserved or looks like a digit."""
    return f"{name}_" if keyword.iskeyword(name) or name in reserved or name in _LIKE_DIGITS else name


def unique(name: str, taken: set[str], *instead: str) -> str:
    """The name, or the first free one of `instead`, or the last of them with a number: name_2, name_3 …

    The result is taken from then on.
    """
    # A name of keyword form ends with an underscore already: class_2 and not class__2.
    candidates = (name, *instead)
    result = next((candidate for candidate in candidates if candidate not in taken), "")
    last = candidates[-1] if candidates[-1].endswith("_") else f"{candidates[-1]}_"
    result = result or f"{last}{first_free(lambda number: f'{last}{number}' in taken)}"
    taken.add(result)
    return result


def first_free(is_taken: Callable[[int], bool]) -> int:
    """The first number from 2 on that is not taken, by bisection: thousands may share one name.

    Where numbers are missing in between, it is any free one.
    """
    # Doubling and halving: counting up for each of n equal names would take n² steps.
    low, high = 1, 2
    while is_taken(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_taken(middle) else (low, middle)
    return high


def unique_names(
    wires: Iterable[str], *, make: Callable[[str], str] = snake_case, reserved: Iterable[str] = ()
) -> list[str]:
    """One name per wire name, in order.

    A wire name that already is its Python name keeps it; of several that fold to one, the first without a
    leading sign comes next; the others get their sign in words ("@type" -> at_type) and, if
    that is taken too, a number.
    """
    wires, reserved = list(wires), frozenset(reserved)
    plain = [legal(make(wire), reserved) for wire in wires]
    names: list[str | None] = [None] * len(wires)
    taken: set[str] = set()
    ranks = [_rank(wire, name) for wire, name in zip(wires, plain, strict=True)]
    # By rank and not by position: a document that moves a property must not rename its neighbours.
    for index in sorted(range(len(wires)), key=ranks.__getitem__):
        if plain[index] not in taken:
            names[index] = plain[index]
            taken.add(plain[index])
    for index, wire in enumerate(wires):
        if names[index] is None:
            spelled = make(spelled_signs(wire)) if wire and not wire[0].isalnum() else plain[index]
            names[index] = unique(legal(spelled, reserved), taken)
    return [name for name in names if name is not None]


def _rank(wire: str, name: str) -> int:
    return 0 if wire == name else 1 if wire[:1].isalnum() else 2


class ClassNames:
    """Class names of one package, unique whatever their case."""

    def __init__(self) -> None:
        self.context = ""
        """The operation that is read, for example; it is put before a name that is taken."""
        self._taken: set[str] = set(CLASS_RESERVED)

    def take(self, *candidates: str) -> str:
        """The first candidate that is free, else the last with a number."""
        # Compared without case: some file systems and import tools do not tell `Order` from `ORDER`.
        names = [_short(pascal_case(candidate)) for candidate in candidates]
        if self.context and not names[-1].startswith(self.context):
            names.append(_short(self.context + names[-1]))
        free = (name for name in names if name.casefold() not in self._taken)
        name = next(free, None) or self._numbered(names[-1])
        self._taken.add(name.casefold())
        return name

    def _numbered(self, name: str) -> str:
        # A schema named as a builtin: "ListModel" says more than "List2".
        name = f"{name}Model" if name.casefold() in CLASS_RESERVED else name
        if name.casefold() not in self._taken:
            return name
        return f"{name}{first_free(lambda number: f'{name}{number}'.casefold() in self._taken)}"


def _short(name: str) -> str:
    """A name that fits a line: an overlong one keeps both ends."""
    return name if len(name) <= _LONGEST else name[: _LONGEST // 2] + name[-_LONGEST // 2 :]


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


# -- names that generated code uses itself, so that nothing of a document may bear them ----------------------


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


TYPE_WORDS: Final = _set(
    "bool bytes datetime decimal dict enum field float frozenset int list object set str tuple typing"
)
"""Names that annotations and class bodies of generated code use; a member of this name would hide them."""

# The methods of the base class belong to it too: a field `to_dict` would replace the method.
FIELD_RESERVED: Final = _set(
    "bool bytes cls datetime define dict field float int list self str trunkline with_keys"
) | {name.lstrip("_") for name in dir(Model)}
PARAMETER_RESERVED: Final = _set("self cls options body patch operations models datetime")
METHOD_RESERVED: Final = TYPE_WORDS | _set("self mro type property client loader")
# Taken from the class itself, so that a new method of the client is reserved without anybody thinking
# of it here.
RESOURCE_RESERVED: Final = (
    TYPE_WORDS
    | _set(
        "call client config fields limits models mro operations patches property queries request retry seams "
        "self timeouts transport type"
    )
    | {name for name in dir(BaseClient) if not name.startswith("_")}
)
CLASS_RESERVED: Final = frozenset(
    name.casefold()
    for name in {
        *(name for name in dir(builtins) if not name.startswith("_")),
        *_set(
            "I O Annotated Any Auth Body Bulk Callable ClassVar Client Decimal Discriminator Enum Field "
            "FieldSet Filter Final Generic IntEnum Iterable Iterator Literal Mapping Model OpenIntEnum "
            "OpenStrEnum Operation Optional OrderBy Origin Page Pager Paging Param Patch Protocol "
            "RequestOptions Resource ResponseSpec Self Sequence StrEnum TypeAlias TypeVar TypedDict UNSET "
            "Union Unpack Unset UnsetType attrs date datetime define overload time timedelta"
        ),
    }
)
"""Casefolded; builtins, typing, attrs and trunkline's own."""
