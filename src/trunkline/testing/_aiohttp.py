"""aioresponses on today's aiohttp, and the way our transport reaches it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any
from unittest.mock import Mock

import aiohttp
from aioresponses import CallbackResult, aioresponses
from yarl import URL

# Looked up and not compared by version: aioresponses 0.7 fails on each call where aiohttp's response
# needs this argument.
_NEEDS_WRITER = "stream_writer" in inspect.signature(aiohttp.ClientResponse.__init__).parameters


class MockedResponse(aiohttp.ClientResponse):
    """A response as aioresponses 0.7 builds it, with the argument that aiohttp 3.14 needs in addition."""

    def __init__(self, method: str, url: URL, **given: Any) -> None:
        if _NEEDS_WRITER:
            given.setdefault("stream_writer", Mock(output_size=0))
        super().__init__(method, url, **given)


class Reply(CallbackResult):
    """The response of a mock."""

    def __init__(self, status: int, body: bytes, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(
            status=status,
            body=body,
            content_type=media_type,
            headers=dict(headers),
            response_class=MockedResponse,
        )


class MockedHttp(aioresponses):
    """aioresponses that reports what was not mocked.

    Args:
        explain: the text for a request without a mocked response; it must name no query values.
    Attributes:
        unmatched: method and URL of those requests.
    """

    def __init__(self, *, passthrough: list[str], explain: Callable[[str, URL], str]) -> None:
        super().__init__(passthrough=passthrough)
        self.unmatched: list[tuple[str, URL]] = []
        self._explain = explain

    def add(self, url: Any, method: str = "GET", *args: Any, **given: Any) -> None:
        """As in aioresponses; the responses work with any aiohttp."""
        given.setdefault("response_class", MockedResponse)
        super().add(url, method, *args, **given)

    async def match(self, method: str, url: URL, *args: Any, **sent: Any) -> Any:
        """The response, or an AssertionError: a refused connection would be tried again and again."""
        response = await super().match(method, url, *args, **sent)
        if response is None:
            self.unmatched.append((method, url))
            # An AssertionError is not an error of aiohttp, so neither the transport nor the retries catch
            # it and the test fails at once.
            raise AssertionError(self._explain(method, url))
        return response


async def by_session(
    exchanges: Any,
    method: str,
    url: URL,
    headers: Mapping[str, str],
    body: bytes | None,
    timeout: aiohttp.ClientTimeout,
) -> tuple[int, Mapping[str, str], bytes]:
    """`Exchanges.run` through a session, where aioresponses intercepts; passthrough goes out unchanged."""
    session = aiohttp.ClientSession(
        # The client's own connector, so that connections of passthrough requests end with the client.
        connector=exchanges._connector,
        connector_owner=False,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    async with session:
        response = await session.request(
            method, url, data=body, headers=headers, allow_redirects=False, timeout=timeout
        )
        try:
            return response.status, response.headers, await response.read()
        finally:
            response.close()


__all__ = ["MockedHttp", "MockedResponse", "Reply", "by_session"]
