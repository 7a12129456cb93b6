"""`$filter` and `$orderby` against a plain Python reading of OData, on every database.

The oracle below is written from the OData URL conventions alone: three operators of rising precedence (or,
and, not), comparisons in which null is less than nothing and equal to itself, texts compared by code points.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from functools import cmp_to_key
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox import postgres
from trunkline.sandbox.odata import sql
from trunkline.sandbox.odata.text import SearchError
from trunkline.sandbox.store.store import Entity, Row, Store

TEXTS = [
    "",
    "a",
    "A",
    "b",
    "ab",
    "AB",
    "a b",
    "O'Brien",
    "100%",
    "_",
    "é",
    "z",
    "ä",
    "Z",
    "🎉",
    "in (1)",
    "\\",
    "a-b",
    "aB",
]
NUMBERS = [-3, -1, 0, 1, 2, 7]
INSTANTS = ["2019-12-31T23:59:59.999Z", "2020-01-01T00:00:00.000Z", "2021-06-01T12:30:00.500Z"]
KINDS = {
    "id": "int",
    "name": "text",
    "other": "text",
    "flag": "bool",
    "amount": "number",
    "rank": "int",
    "at": "instant",
}
THING = Entity(name="oracle", key="id", columns=KINDS, names=tuple(KINDS))  # type: ignore[arg-type]
FIELDS = tuple(KINDS)


def _rows() -> list[Row]:
    """Every value of every column beside every other one often enough, and nulls."""
    made = []
    for place in range(60):
        pick = [None, *TEXTS][place % (len(TEXTS) + 1)]
        made.append(
            {
                "id": place,
                "name": pick,
                "other": TEXTS[place * 7 % len(TEXTS)],
                "flag": [True, False, None][place % 3],
                "amount": [None, 0.5, -2.0, *map(float, NUMBERS)][place % 9],
                "rank": [None, *NUMBERS][place * 5 % 7],
                "at": [None, *INSTANTS][place % 4],
            }
        )
    return made


ROWS = _rows()


@frozen
class Term:
    """A filter as text, how tightly its outermost operator binds (3 most), and what it means."""

    text: str
    binds: int
    holds: Callable[[Row], bool]

    def inside(self, binds: int) -> str:
        """The text as an operand of an operator that binds like this, in parentheses where it needs them."""
        return f"({self.text})" if self.binds < binds else self.text


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _order(one: Any, other: Any) -> int | None:
    """-1, 0 or 1; None for what no comparison holds of."""
    if one is None or other is None:
        return None
    return (one > other) - (one < other)


COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: _order(a, b) == 1,
    "ge": lambda a, b: _order(a, b) in (0, 1),
    "lt": lambda a, b: _order(a, b) == -1,
    "le": lambda a, b: _order(a, b) in (0, -1),
}
MIRRORED = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
CALLED: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


@st.composite
def comparisons(draw: st.DrawFn) -> Term:
    """`field op literal`, either way round, of every kind of column."""
    name = draw(st.sampled_from(["name", "other", "amount", "rank", "id", "at"]))
    word = draw(st.sampled_from(list(COMPARED)))
    if name in ("name", "other"):
        value: Any = draw(st.sampled_from(TEXTS) | st.text("abAB'é🎉 ", max_size=3))
        literal = _quoted(value)
    elif name == "at":
        value = draw(st.sampled_from(INSTANTS))
        shift = draw(st.sampled_from([0, -4, 9]))
        zone = datetime.timezone(datetime.timedelta(hours=shift))
        literal = _moment(value).astimezone(zone).isoformat(timespec="milliseconds")
    else:
        value = draw(st.sampled_from(NUMBERS) | st.sampled_from([0.5, 1.5, -2.5]))
        literal = draw(st.sampled_from([str(value), f"{float(value)}"]))
    holds = COMPARED[word]
    if draw(st.booleans()):
        return Term(f"{literal} {MIRRORED[word]} {name}", 4, lambda row: holds(row[name], value))
    return Term(f"{name} {word} {literal}", 4, lambda row: holds(row[name], value))


@st.composite
def calls(draw: st.DrawFn) -> Term:
    """`contains(field,'text')` and its like, bare or compared with true and false."""
    word, name = draw(st.sampled_from(list(CALLED))), draw(st.sampled_from(["name", "other"]))
    part = draw(st.sampled_from(TEXTS))
    text = f"{word}({name},{_quoted(part)})"

    def holds(row: Row) -> bool:
        return row[name] is not None and CALLED[word](row[name], part)

    compared = draw(st.sampled_from(["", " eq true", " eq false", " ne true", " ne false"]))
    if compared in ("", " eq true", " ne false"):
        return Term(text + compared, 4, holds)
    return Term(text + compared, 4, lambda row: not holds(row))


@st.composite
def lists(draw: st.DrawFn) -> Term:
    """`field in (…)`, with null among the values or without."""
    name, values = draw(
        st.tuples(st.just("name"), st.lists(st.sampled_from([*TEXTS, None]), min_size=1, max_size=4))
        | st.tuples(st.just("rank"), st.lists(st.sampled_from([*NUMBERS, None, 1.5]), min_size=1, max_size=4))
    )
    written = ["null" if v is None else _quoted(v) if isinstance(v, str) else str(v) for v in values]
    return Term(f"{name} in ({','.join(written)})", 4, lambda row: row[name] in values)


NULLS = st.sampled_from(
    [
        Term("flag", 4, lambda row: row["flag"] is True),
        Term("flag eq false", 4, lambda row: row["flag"] is False),
        Term("flag ne true", 4, lambda row: row["flag"] is not True),
        Term("true", 4, lambda row: True),
        Term("false", 4, lambda row: False),
        *(Term(f"{name} eq null", 4, lambda row, n=name: row[n] is None) for name in FIELDS),  # type: ignore[misc]
        *(Term(f"null ne {name}", 4, lambda row, n=name: row[n] is not None) for name in FIELDS),  # type: ignore[misc]
    ]
)


def _and(one: Term, other: Term) -> Term:
    return Term(f"{one.inside(2)} and {other.inside(3)}", 2, lambda row: one.holds(row) and other.holds(row))


def _or(one: Term, other: Term) -> Term:
    return Term(f"{one.inside(1)} or {other.inside(2)}", 1, lambda row: one.holds(row) or other.holds(row))


def _not(one: Term) -> Term:
    return Term(f"not ({one.text})", 3, lambda row: not one.holds(row))


def _close_not(one: Term) -> Term:
    return Term(f"not({one.text})", 3, lambda row: not one.holds(row))


def _grow(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(lambda pair: _and(*pair)),
        pairs.map(lambda pair: _or(*pair)),
        inner.map(_not),
        inner.map(_close_not),
    )


FILTERS = st.recursive(comparisons() | calls() | lists() | NULLS, _grow, max_leaves=8)
SORTS = st.lists(
    st.tuples(
        st.sampled_from(["name", "other", "flag", "amount", "rank", "at"]),
        st.sampled_from(["", " asc", " desc", " DESC"]),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda pair: pair[0],
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """The same rows; the PostgreSQL database sorts as English does unless it is told otherwise."""
    if request.param == "sqlite":
        yield from _filled("sqlite://")
        return
    with postgres.server() as url:
        yield from _filled(postgres.worded(url))


def _filled(url: str) -> Iterator[Store]:
    store = Store(url, [THING])
    store.create()
    store.add_many(THING, [dict(row) for row in ROWS])
    yield store
    store.close()


def _found(store: Store, text: str) -> list[int]:
    return [row["id"] for row in store.rows(THING, sql.where(text, THING, FIELDS))]


@given(term=FILTERS)
@settings(max_examples=250, deadline=None)
def test_filter_selects_what_the_oracle_selects(store: Store, term: Term) -> None:
    """Precedence, null, text, numbers with and without a fraction, dates in any zone."""
    assert _found(store, term.text) == [row["id"] for row in ROWS if term.holds(row)], term.text


@given(sorts=SORTS)
@settings(max_examples=100, deadline=None)
def test_order_is_the_oracles(store: Store, sorts: list[tuple[str, str]]) -> None:
    """Null first and rising unless falling, texts by code points, ties by key: on every database."""

    def compare(one: Row, other: Row) -> int:
        for name, direction in sorts:
            a, b = one[name], other[name]
            sign = (b is None) - (a is None) if None in (a, b) else (a > b) - (a < b)
            if sign:
                return -sign if direction.strip().lower() == "desc" else sign
        return (one["id"] > other["id"]) - (one["id"] < other["id"])

    text = ", ".join(f"{name}{direction}" for name, direction in sorts)
    found = store.rows(THING, order=sql.order(text, THING, FIELDS))
    assert [row["id"] for row in found] == [row["id"] for row in sorted(ROWS, key=cmp_to_key(compare))]


def _nested(levels: int) -> str:
    text = "id eq 1"
    for level in range(levels):
        text = (f"(rank eq 1 and ({text}))", f"(name eq 'x' or ({text}))", f"not ({text})")[level % 3]
    return text


@pytest.mark.parametrize("levels", [5, 18, 19, 60, 400])
@pytest.mark.parametrize(
    "make",
    [
        _nested,
        lambda levels: "not " * levels + "(id eq 1)",
        lambda levels: "(" * levels + "id eq 1" + ")" * levels,
    ],
)
def test_filter_nested_to_any_depth_is_read_or_refused(
    store: Store, levels: int, make: Callable[[int], str]
) -> None:
    """Fifty levels once were a stack overflow in the database, and so a 500."""
    try:
        _found(store, make(levels))
    except SearchError as error:
        assert "nested too deeply" in str(error)  # noqa: PT017 - either outcome is right, a crash is not
        assert levels > 18


@pytest.mark.parametrize("terms", [440, 500, 1000])
@pytest.mark.parametrize(
    "term",
    ["id eq 1", "(id eq 1 or name eq 'x')", "id in (1,2)", "not (rank in (7,8))", "contains(name,'a')"],
)
@pytest.mark.parametrize("word", ["and", "or"])
def test_filter_of_any_length_is_read_or_refused(store: Store, terms: int, term: str, word: str) -> None:
    """Terms of two fields escaped the limit, and the database's own was a 500."""
    try:
        _found(store, f" {word} ".join([term] * terms))
    except SearchError as error:
        assert "more than 900 terms" in str(error)  # noqa: PT017
        assert terms > 400


@given(text=st.text(st.sampled_from("abdeginortu eqlt()',0129.-:TZ+$/*"), max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_filter_or_a_search_error(store: Store, text: str) -> None:
    """Nothing else ever leaves the reader or the database."""
    try:
        _found(store, text)
    except SearchError as error:
        assert error.option == "$filter"  # noqa: PT017


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("rank eq 1.0", lambda row: row["rank"] == 1),
        ("rank gt 1.5", lambda row: row["rank"] is not None and row["rank"] > 1),
        ("rank ge -1.5", lambda row: row["rank"] is not None and row["rank"] >= -1),
        ("rank lt -1.5", lambda row: row["rank"] == -3),
        ("rank ne 1.5", lambda row: True),
        ("rank eq 1.5 or rank eq 2", lambda row: row["rank"] == 2),
        ("not flag eq true", lambda row: row["flag"] is not True),
        ("(id eq 1 or id eq 2) eq true", lambda row: row["id"] in (1, 2)),
        ("true eq startswith(name,'a')", lambda row: (row["name"] or "").startswith("a")),
        ("at gt 0001-01-01", lambda row: row["at"] is not None),
        ("at gt 0001-01-01T00:00:00Z", lambda row: row["at"] is not None),
        ("name eq '0001-01-01' or id eq 3", lambda row: row["id"] == 3),
        ("name eq 'not(id eq 1)' or id eq 3", lambda row: row["id"] == 3),
        ("rank ge -9223372036854775808", lambda row: row["rank"] is not None),
    ],
)
def test_filter_that_once_was_refused_or_read_wrongly(
    store: Store, text: str, ids: Callable[[Row], bool]
) -> None:
    assert _found(store, text) == [row["id"] for row in ROWS if ids(row)]


@pytest.mark.parametrize(
    "text",
    [
        "contains(name,'a') gt true",
        "contains(name,'a') eq 'x'",
        "contains(name,'a') eq null",
        "year(at) eq 2020",
        "-id eq 1",
        "id eq 9223372036854775808",
        "id lt 1e300",
        "rank in (1,'x')",
        "",
        "   ",
        "not",
        "not()",
    ],
)
def test_filter_that_means_nothing_is_refused(store: Store, text: str) -> None:
    with pytest.raises(SearchError):
        _found(store, text)
