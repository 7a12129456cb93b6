"""What is fed with generated input, and what must hold: only errors of the tree come out.

Each target is `(strategy, check)`; `check` raises where the rule is broken.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import string
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from attrs import frozen
from hypothesis import strategies as st
from multidict import CIMultiDict
from yarl import URL

from tests.reliability import fuzz_documents, fuzz_doors, fuzz_wire
from tests.runtime_doubles import FakeTime, FakeTransport
from trunkline import abzorb, idi, odata
from trunkline._calls.links import link_url
from trunkline._codec.codec import Codec
from trunkline._wire.failures import reports_failure, status_error
from trunkline._wire.messages import Response
from trunkline._wire.responses import retry_after, utf8
from trunkline.auth import BasicAuth
from trunkline.auth.tokens import Token, parse_swt
from trunkline.errors import PagingError, StatusError, TrunklineError
from trunkline.idi import patches
from trunkline.jsonpatch import Patch
from trunkline.operation import Operation


@frozen
class Target:
    """A strategy and the check that each of its values must pass."""

    strategy: st.SearchStrategy[Any]
    check: Callable[[Any], None]


OPERATIONS: list[Operation[Any]] = [
    each for client in (idi.Client, abzorb.Client) for each in client.operations.values()
]
READING = [op for op in OPERATIONS if op.response and any(a.kind == "json" for a in op.responses if a.type)]
PAGED = [op for op in OPERATIONS if op.paging]
FILTERED = [op for op in OPERATIONS if op.filterable]
CODEC = Codec()
BASE = URL("https://vendor.test/service/2X/acme/api/device")

_WIRE_NAMES = sorted(
    {name for op in FILTERED for name in op.filterable}
    | {"value", "@odata.nextLink", "@nextLink", "@odata.count", "errors", "error", "response_message"}
)
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["2016-09-09T17:35:09.156Z", "2024-07-16T09:18:05.6059371-04:00", "01/14/2020", "1e999", ""]
    )
)
JSON = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(_WIRE_NAMES) | st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=25,
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """JSON text, most of the time with a few bytes cut, doubled or replaced."""
    data = bytearray(json.dumps(draw(JSON)).encode("utf-8", "surrogatepass"))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    return bytes(data)


BODIES = damaged() | st.binary(max_size=200) | st.sampled_from([b"", b"[" * 100_000, b'{"a":' * 50_000])
TYPES = st.sampled_from(
    [
        "application/json",
        "text/html",
        "text/plain; charset=utf-16",
        "application/json; charset=hex",
        "",
        "\xff",
    ]
    + [
        f"application/json; charset={name}"
        for name in ("latin-1", "utf-7", "idna", "unicode_escape", "x" * 50)
    ]
) | st.text(string.printable.replace("\r", "").replace("\n", ""), max_size=40)


def _decode(given: tuple[Operation[Any], bytes]) -> None:
    op, data = given
    try:
        if op.paging:
            assert isinstance(CODEC.decode_page(op, data).rows, list)
        CODEC.decode(op, data)
    except TrunklineError:
        pass


def _scope(path: str) -> str:
    return "/".join(path.split("/")[2:4])


def _link(text: str) -> None:
    try:
        url = link_url(text, BASE, _scope, "2X/acme")
    except PagingError:
        return
    assert (url.scheme, url.raw_host, url.port) == ("https", "vendor.test", 443)
    assert not url.raw_user
    assert _scope(url.raw_path) == "2X/acme"
    assert ".." not in url.raw_path.split("/")
    assert url.raw_path_qs.isascii()
    assert not any(char <= " " or char == "\x7f" for char in url.raw_path_qs)
    assert url.raw_path.startswith("/")


def _token(reply: Any) -> None:
    try:
        token = parse_swt(reply, 1e9)
    except TrunklineError:
        return
    assert isinstance(token, Token)
    text = token.text.reveal()
    assert text
    assert all(" " <= char <= "~" and char != '"' for char in text)
    assert token.expires is None or math.isfinite(token.expires)


def _retry_after(text: str) -> None:
    seconds = retry_after(text, 1e9)
    assert seconds is None or (math.isfinite(seconds) and seconds >= 0)


def _response(given: tuple[int, str, bytes]) -> Response:
    status, content_type, body = given
    return Response(status, CIMultiDict({"Content-Type": content_type, "Retry-After": content_type}), body)


def _error_body(given: tuple[int, str, bytes]) -> None:
    response = _response(given)
    error = status_error(OPERATIONS[0], response, attempts=1, wait=None)
    assert isinstance(error, StatusError)
    assert len(str(error)) < 5_000
    assert isinstance(reports_failure(response.body, frozenset({"error", "errors"})), bool)
    with contextlib.suppress(TrunklineError):
        assert isinstance(utf8(response), bytes)


async def _client_call(op: Operation[Any], response: Response) -> None:
    clock = FakeTime()
    settings = {
        "transport": FakeTransport(response),
        "time_source": clock.time_source,
        "auth": BasicAuth("u", "p"),
    }
    async with idi.Client(environment="acme", base_url="https://vendor.test", **settings) as client:
        path = [1 if param.type == "int" else "a" for param in op.path_params]
        try:
            if op.paging:
                await client.paginate(op, path=path).all(limit=50)
            else:
                await client.call(op, path=path)
        except TrunklineError:
            pass


def _call(given: tuple[Operation[Any], tuple[int, str, bytes]]) -> None:
    asyncio.run(_client_call(given[0], _response(given[1])))


def _filter(given: tuple[Operation[Any], str]) -> None:
    op, text = given
    client = idi.Client(environment="acme", base_url="https://vendor.test", auth=BasicAuth("u", "p"))
    index = next(place for place, param in enumerate(op.query_params) if param.wire == "$filter")
    values: list[Any] = [None] * len(op.query_params)
    try:
        values[index] = odata.raw(text)
        request = client._prepared.plan(op).request([1] * len(op.path_params), values)
    except TrunklineError:
        return
    query = request.url.raw_query_string
    assert query.isascii()
    assert not any(char <= " " for char in query)
    assert query.count("&") == 0, "a filter added a parameter"
    assert "#" not in query
    assert dict(parse_qsl(query, keep_blank_values=True, errors="surrogatepass")) == {
        "$filter": odata.raw(text).text
    }


PATCHES = [
    each
    for each in vars(patches).values()
    if isinstance(each, type) and issubclass(each, Patch) and each is not Patch
] or [getattr(patches, name) for name in patches.__all__ if name != "Patch"]


def _patch(given: tuple[type[Patch], list[tuple[str, str, Any]]]) -> None:
    cls, changes = given
    patch = cls()
    try:
        for verb, name, value in changes:
            patch = patch.remove(name) if verb == "remove" else getattr(patch, verb)(name, value)
        data = CODEC.encode(patch)
    except TrunklineError:
        return
    sent = json.loads(data)
    assert [one["op"] for one in sent] == [verb for verb, _, _ in changes]
    allowed = cls._allowed or {}
    for one in sent:
        assert one["path"].startswith("/")
        verbs = allowed[one["path"][1:].replace("~1", "/").replace("~0", "~")]
        assert one["op"] in verbs or (one["op"] == "test" and verbs)


_LINKS = st.sampled_from(
    [
        "https://vendor.test/service/2X/acme/api/device?$skiptoken=5",
        "https://vendor.test:443/other/2X/acme/api/device?$filter=name eq 'a b'",
        "?$skip=100",
        "/service/2X/acme/x",
        "//vendor.test/service/2X/acme/x",
    ]
)


@st.composite
def links(draw: st.DrawFn) -> str:
    """A link that is right, with something put in or cut out."""
    text = draw(_LINKS)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        put = draw(
            st.sampled_from(
                ["@evil.test", "/../", "%2e%2e/", "\\", "#", "?", "%", "\u2028", "//", ":8443", "\t", "["]
            )
            | st.text(max_size=3)
        )
        text = text[:at] + put + text[at + draw(st.integers(0, 3)) :]
    return text


_RESPONSES = st.tuples(st.integers(200, 599), TYPES, BODIES)
_CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["add", "replace", "remove", "test"]),
        st.sampled_from(sorted({name for cls in PATCHES for name in (cls._allowed or {})}))
        | st.text(max_size=6),
        JSON | st.binary(max_size=4) | st.decimals() | st.datetimes() | st.complex_numbers(),
    ),
    max_size=5,
)
_FILTER_WORDS = st.sampled_from(
    [*_WIRE_NAMES, "eq", "and", "(", ")", "'", "''", "&", "#", "%27", "null", " ", ","]
)

TARGETS: dict[str, Target] = {
    "repeated text": Target(fuzz_documents.repeated(), fuzz_documents.check_document),
    "related schemas": Target(fuzz_documents.related(), fuzz_documents.check_document),
    "masked text": Target(fuzz_doors.spelt(), fuzz_doors.check_text),
    "masked value": Target(fuzz_doors.planted(), fuzz_doors.check_value),
    "vendor text": Target(st.text(), fuzz_doors.check_visible),
    "table cell": Target(st.text(max_size=30).filter(lambda text: "\0" not in text), fuzz_doors.check_cell),
    "compressed bodies": Target(fuzz_wire.packed(), fuzz_wire.check_packed),
    "response heads": Target(fuzz_wire.heads(), fuzz_wire.check_head),
    "decoder": Target(st.tuples(st.sampled_from(READING), BODIES), _decode),
    "links": Target(links() | st.text(max_size=60), _link),
    "tokens": Target(JSON | st.text(max_size=80) | BODIES, _token),
    "retry-after": Target(
        st.text(max_size=40) | st.from_regex(r"\w{3}, \d{1,3} \w{3} \d{1,6} \d\d:\d\d:\d\d \w{3}"),
        _retry_after,
    ),
    "error bodies": Target(_RESPONSES, _error_body),
    "responses": Target(st.tuples(st.sampled_from(READING + PAGED), _RESPONSES), _call),
    "filters": Target(
        st.tuples(
            st.sampled_from(FILTERED),
            st.lists(_FILTER_WORDS, max_size=12).map(" ".join) | st.text(max_size=40),
        ),
        _filter,
    ),
    "patches": Target(st.tuples(st.sampled_from(PATCHES), _CHANGES), _patch),
}

__all__ = ["TARGETS", "Target"]
