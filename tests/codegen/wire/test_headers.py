"""Documented response headers have a class, typed as the document says."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from multidict import CIMultiDict

from tests.codegen.wire.conftest import Make
from trunkline.config import RequestOptions, ResponseInfo
from trunkline.errors import NotFoundError

THINGS = """
    paths:
      /things:
        post:
          operationId: createThing
          responses:
            "201":
              description: made
              headers:
                Location: {schema: {type: string}, description: where it is}
                ETag: {$ref: '#/components/headers/ETag'}
                X-RateLimit-Remaining: {schema: {type: integer}}
                X-Level: {schema: {$ref: '#/components/schemas/Level'}}
                Last-Modified: {schema: {type: string, format: date-time}}
                X-Ids: {schema: {type: array, items: {type: integer}}}
                X-Meta: {content: {application/json: {schema: {$ref: '#/components/schemas/Meta'}}}}
                X-Size: {schema: {type: object, properties: {w: {type: integer}, h: {type: integer}}}}
                X-Flag: {schema: {type: boolean}}
                Content-Type: {schema: {type: string}}
                Of: {schema: {type: string}}
            "404": {description: gone, headers: {Retry-After: {schema: {type: integer}}}}
        get:
          operationId: listThings
          responses: {"200": {description: ok, headers: {ETag: {$ref: '#/components/headers/ETag'}}}}
      /more:
        get:
          operationId: more
          responses: {"200": {description: ok, headers: {etag: {$ref: '#/components/headers/ETag'}}}}
        put:
          operationId: none
          responses: {"204": {description: ok}}
    components:
      headers: {ETag: {schema: {type: string}}}
      schemas:
        Level: {type: string, enum: [low, high]}
        Meta: {type: object, properties: {a: {type: integer}}}
"""
CAME = CIMultiDict(
    [
        ("location", "/things/1"),
        ("etag", '"a"'),
        ("X-RATELIMIT-REMAINING", "7"),
        ("X-Level", "high"),
        ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("X-Ids", "1, 2"),
        ("X-Ids", "3"),
        ("X-Meta", '{"a": 5}'),
        ("X-Size", "w,3,h,4"),
        ("X-Flag", "true"),
        ("Date", "now"),
    ]
)


def headers(made: Any, name: str, came: Any) -> Any:
    return getattr(made.package.models, name).of(came)


def test_headers_are_typed_as_documented(make: Make) -> None:
    made = make(THINGS)
    found = headers(made, "CreateThingHeaders", CAME)
    assert (found.location, found.etag, found.x_rate_limit_remaining) == ("/things/1", '"a"', 7)
    assert found.x_level is made.package.models.Level.HIGH
    assert found.last_modified == datetime.datetime(1994, 11, 6, 8, 49, 37, tzinfo=datetime.UTC)
    assert (found.x_ids, found.x_meta.a, found.x_flag) == ([1, 2, 3], 5, True)
    assert (found.x_size.w, found.x_size.h) == (3, 4)
    assert (found.retry_after, found.of_) == (None, None)
    assert not hasattr(found, "content_type")
    assert made.reasons == []


@pytest.mark.parametrize(
    ("came", "name", "kept"),
    [
        ({"X-RateLimit-Remaining": "many"}, "x_rate_limit_remaining", "X-RateLimit-Remaining"),
        ({"Last-Modified": "yesterday"}, "last_modified", "Last-Modified"),
        ({"X-Meta": "{"}, "x_meta", "X-Meta"),
        ({"X-Ids": "1,x"}, "x_ids", "X-Ids"),
    ],
)
def test_header_that_its_type_cannot_hold_is_kept_as_it_came(
    make: Make, came: dict[str, str], name: str, kept: str
) -> None:
    found = headers(make(THINGS), "CreateThingHeaders", came)
    assert getattr(found, name) in (None, [1])
    assert kept in found.extra or getattr(found, name) == [1]


async def test_headers_of_a_success_and_of_an_error_are_read_alike(make: Make) -> None:
    made = make(THINGS)
    info = ResponseInfo()
    client, _ = made.client((201, "", b""), (404, "application/json", b"{}"))
    await client.things.create_thing(options=RequestOptions(info=info))
    assert headers(made, "CreateThingHeaders", info).location is None
    with pytest.raises(NotFoundError) as caught:
        await client.things.create_thing()
    assert headers(made, "CreateThingHeaders", caught.value).retry_after is None


def test_operations_with_the_same_headers_share_their_class(make: Make) -> None:
    package = make(THINGS).package
    assert {name for name in dir(package.models) if name.endswith("Headers")} - {"ResponseHeaders"} == {
        "CreateThingHeaders",
        "ETagHeaders",
    }
    assert "models.ETagHeaders.of(info)" in package.resources.MoreResource.more.__doc__
    assert "Headers" not in package.resources.MoreResource.none.__doc__


def test_headers_of_swagger_have_their_type_beside_the_name(make: Make) -> None:
    made = make(
        """
        swagger: "2.0"
        info: {title: t, version: "1"}
        paths:
          /a:
            get:
              operationId: a
              responses:
                "200":
                  description: ok
                  headers:
                    X-Count: {type: integer}
                    X-Names: {type: array, items: {type: string}}
                    X-Pipes: {type: array, collectionFormat: pipes, items: {type: string}}
        """
    )
    found = headers(made, "AHeaders", {"X-Count": "3", "X-Names": "a,b", "x-pipes": "a|b"})
    assert (found.x_count, found.x_names, found.x_pipes) == (3, ["a", "b"], "a|b")
