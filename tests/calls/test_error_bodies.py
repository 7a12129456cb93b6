"""The bodies of errors, as the document types them."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from attrs import define, evolve, field

from tests.runtime_doubles import GET, FakeTransport, client_of, responds
from trunkline.errors import ResponseShapeError, StatusError
from trunkline.model import Model
from trunkline.operation import Operation, ResponseSpec


@define(kw_only=True)
class Problem(Model):
    title: str = field(metadata={"wire": "title"})
    since: datetime.datetime | None = field(default=None, metadata={"wire": "since"})


RESPONSES = (
    ResponseSpec(status="200", type="Any"),
    ResponseSpec(status="404", media_type="application/problem+json", type="Problem"),
    ResponseSpec(status="4XX", type="list[Problem]"),
    ResponseSpec(status="default", type="Problem"),
)
FIND: Operation[Any] = evolve(GET, namespace=__name__, response="Any", responses=RESPONSES)
SENT = {"title": "gone", "since": "2020-01-01T00:00:00Z", "more": 1}
PROBLEM = Problem(title="gone", since=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))


async def error_of(status: int, body: Any, **headers: str) -> StatusError:
    async with client_of(FakeTransport(responds(status, body, **headers))) as client:
        with pytest.raises(StatusError) as caught:
            await client.call(FIND, path=(1,))
    return caught.value


@pytest.mark.parametrize(("status", "body"), [(404, SENT), (500, SENT)])
async def test_a_documented_error_model_reaches_the_caller_typed(status: int, body: Any) -> None:
    """By its status, or by the default; keys beyond it are kept."""
    error = await error_of(status, body)
    assert error.body == PROBLEM
    assert error.body.extra == {"more": 1}
    assert [message.message for message in error.messages] == ["gone"]


async def test_a_documented_error_list_reaches_the_caller_typed() -> None:
    """A range of statuses."""
    assert (await error_of(400, [SENT])).body == [PROBLEM]


@pytest.mark.parametrize("body", [{"detail": "a gateway's"}, [1], {"title": {}, "x": 1}, "text"])
async def test_an_error_body_of_another_shape_stays_as_it_came(body: Any) -> None:
    """It is a gateway's, and not an empty model."""
    error = await error_of(404, body)
    assert error.body == body or error.body.extra == {"title": {}, "x": 1}


async def test_an_html_page_where_data_was_due_is_the_errors_body() -> None:
    """Whole, and not in its text."""
    page = b"<html>secret5</html>"
    async with client_of(FakeTransport(responds(200, page, Content_Type="text/html"))) as client:
        with pytest.raises(ResponseShapeError) as caught:
            await client.call(GET, path=(1,))
    assert caught.value.body == page.decode()
    assert "secret5" not in str(caught.value) + repr(caught.value) + repr(vars(caught.value))
    assert caught.value.__context__ is None
