"""`$filter`, `$orderby` and `$select` as bound SQL."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkline.sandbox.odata import sql
from trunkline.sandbox.odata.text import SearchError
from trunkline.sandbox.store.store import Entity, Row, Store

THING = Entity(
    name="thing",
    key="id",
    columns={"id": "int", "name": "text", "flag": "bool", "amount": "number", "at": "instant", "rank": "int"},
    names=("id", "name", "flag", "amount", "at", "rank"),
)
FILTERABLE = ("id", "name", "flag", "amount", "at")
ROWS: list[Row] = [
    {"id": 1, "name": "O'Brien", "flag": True, "amount": 1.5, "at": "2020-01-01T00:00:00.000Z", "rank": 3},
    {"id": 2, "name": "obrien", "flag": False, "amount": -2.0, "at": "2021-06-01T12:30:00.500Z", "rank": 2},
    {"id": 3, "name": "100%_x", "flag": None, "amount": None, "at": None, "rank": 1},
    {"id": 4, "name": None, "flag": True, "amount": 10.0, "at": "2022-12-31T23:59:59.999Z", "rank": 0},
]


def make_store(rows: list[Row]) -> Store:
    store = Store("sqlite://", [THING])
    store.create()
    store.add_many(THING, rows)
    return store


@pytest.fixture(scope="module")
def find() -> Callable[[str], list[int]]:
    store = make_store(ROWS)
    return lambda text: [row["id"] for row in store.rows(THING, sql.where(text, THING, FILTERABLE))]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("id eq 2", [2]),
        ("2 eq id", [2]),
        ("3 gt id", [1, 2]),
        ("id ne 2", [1, 3, 4]),
        ("name ne 'obrien'", [1, 3, 4]),
        ("amount ge 1.5", [1, 4]),
        ("amount eq 10", [4]),
        ("amount lt 0", [2]),
        ("name eq 'O''Brien'", [1]),
        ("contains(name,'''B')", [1]),
        ("contains(name,'%')", [3]),
        ("contains(name,'_')", [3]),
        ("contains(name,'brien')", [2]),
        ("contains(name,'')", [1, 2, 3]),
        ("startswith(name,'O')", [1]),
        ("endswith(name,'rien')", [1, 2]),
        ("endswith(name,'a much longer text than any')", []),
        ("startswith(name,'O') eq false", [2, 3, 4]),
        ("flag eq true", [1, 4]),
        ("flag", [1, 4]),
        ("not flag", [2, 3]),
        ("not (flag eq true)", [2, 3]),
        ("name eq null", [4]),
        ("name ne null and amount ne null", [1, 2]),
        ("not (amount gt 0)", [2, 3]),
        ("id in (1,3)", [1, 3]),
        ("id in (1)", [1]),
        ("name in ('obrien')", [2]),
        ("name eq 'in (1)'", []),
        ("  id eq 1 ", [1]),
        ("id eq 1 or id eq 4 or name eq 'obrien'", [1, 2, 4]),
        ("(id eq 1 or id eq 2) and not (name eq 'obrien')", [1]),
        ("id eq 1 or id eq 2 and flag eq true", [1]),
        ("at gt 2021-06-01", [2, 4]),
        ("at eq 2021-06-01T12:30:00.5Z", [2]),
        ("at eq 2021-06-01T08:30:00.5000000-04:00", [2]),
        ("at lt '2020-06-01'", [1]),
    ],
)
def test_where_finds(find: Callable[[str], list[int]], text: str, ids: list[int]) -> None:
    """Every operator of the documented subset, with null as OData reads it."""
    assert find(text) == ids


@pytest.mark.parametrize(
    "text",
    [
        "rank eq 1",
        "nosuch eq 1",
        "body eq 'x'",
        "id eq 'one'",
        "name eq 1",
        "flag gt true",
        "name gt null",
        "id eq 99999999999999999999",
        "name eq 'open",
        "id eq",
        "id eq rank",
        "1 eq 1",
        "id add 1 eq 2",
        "tolower(name) eq 'x'",
        "contains(id,'1')",
        "contains(name,name)",
        "name",
        "at eq 'yesterday'",
        "id in ()",
        "a/b eq 1",
        "name eq '\0'",
        "id eq 1; drop table thing",
    ],
)
def test_where_refuses(find: Callable[[str], list[int]], text: str) -> None:
    """Fields that are not filterable, values that do not fit, and anything that is not OData."""
    with pytest.raises(SearchError) as caught:
        find(text)
    assert caught.value.option == "$filter"


@pytest.mark.parametrize(
    "value", ["x' OR '1'='1", "'; DROP TABLE thing; --", "O''Brien", "\\'", '"', "%", "?"]
)
def test_where_literal_is_bound_never_executed(value: str) -> None:
    """A literal reaches the database as a parameter, whatever it holds."""
    store = make_store([{"id": 1, "name": value}, {"id": 2, "name": "other"}])
    quoted = value.replace("'", "''")
    for text in (f"name eq '{quoted}'", f"contains(name,'{quoted}')", f"name in ('{quoted}')"):
        condition = sql.where(text, THING, FILTERABLE)
        assert value not in str(condition)
        assert [row["id"] for row in store.rows(THING, condition)] == [1]
    assert store.count(THING) == 2


def test_where_thousands_of_keys_become_one_in() -> None:
    """A chain of `or eq` over one field is not nested, so SQLite's depth limit does not matter."""
    store = make_store([{"id": i, "name": str(i)} for i in range(3000)])
    text = " or ".join(f"id eq {i}" for i in range(2000))
    assert store.count(THING, sql.where(text, THING, FILTERABLE)) == 2000


def test_where_too_many_terms_is_refused() -> None:
    """What would exceed the database's limits is a bad filter, not as a server error."""
    text = " or ".join(f"id gt {i}" for i in range(2000))
    with pytest.raises(SearchError, match="more than"):
        sql.where(text, THING, FILTERABLE)


def test_order_by_sortable_fields_only() -> None:
    """Direction words are understood in any case; other fields and junk are refused."""
    store = make_store(ROWS)
    by_rank = sql.order("rank DESC, id", THING, ("rank", "id"))
    assert [row["id"] for row in store.rows(THING, order=by_rank)] == [1, 2, 3, 4]
    for text in ("name", "rank sideways", "rank desc id", ",", "rank;"):
        with pytest.raises(SearchError):
            sql.order(text, THING, ("rank", "id"))


def test_select_known_names_only() -> None:
    """The vendor's example has a space after the comma."""
    assert sql.selected("id, name", THING) == ("id", "name")
    for text in ("nosuch", " , "):
        with pytest.raises(SearchError):
            sql.selected(text, THING)


@pytest.mark.parametrize(
    "number", ["9" * 5000, "-" + "9" * 5000, "1" + "0" * 20, "1e999", "9" * 400, "1.5", "0x1F"]
)
@pytest.mark.parametrize(
    "text", ["id eq {}", "id in ({},)", "id eq {0} or id eq {0}", "amount gt {}", "not (id lt {})"]
)
def test_numbers_that_nothing_can_hold_are_search_errors(
    find: Callable[[str], list[int]], number: str, text: str
) -> None:
    """Never a ValueError of Python's own, which the server would turn into a 500."""
    try:
        find(text.format(number))
    except SearchError as error:
        assert error.option == "$filter"  # noqa: PT017 - a number that fits is fine as well
