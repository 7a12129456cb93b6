"""Clients generated from small documents, and a transport that records what they send."""

from __future__ import annotations

import importlib
import itertools
import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pytest
from attrs import define, field

from codegen.read import read_document
from codegen.render import render_package, write_package
from trunkline.transport import Request, Response

_numbers = itertools.count(1)
HEAD = 'openapi: 3.1.0\ninfo: {title: Shop, version: "1"}\n'


@define
class Recorder:
    """A transport that keeps requests and replays responses, (status, content type, body) each."""

    responses: list[tuple[int, str, bytes]] = field(factory=list)
    sent: list[Request] = field(factory=list)

    async def send(self, request: Request, headers: Any, timeout: float | None) -> Response:
        self.sent.append(Request(request.method, request.url, {**request.headers, **headers}, request.body))
        status, media_type, body = self.responses.pop(0) if self.responses else (204, "", b"")
        return Response(status, {"Content-Type": media_type} if media_type else {}, body)

    async def aclose(self) -> None:
        """Nothing is open."""

    @property
    def last(self) -> Request:
        return self.sent[-1]

    @property
    def target(self) -> str:
        """Path and query of the last request, as on the wire."""
        return self.last.url.raw_path_qs


@define
class Made:
    """A generated package and the report of it."""

    package: ModuleType
    reasons: list[str]

    def client(self, *responses: tuple[int, str, bytes], **settings: Any) -> tuple[Any, Recorder]:
        """A client over a recorder."""
        recorder = Recorder(list(responses))
        settings.setdefault("base_url", "https://api.example.org/2")
        return self.package.Client(transport=recorder, **settings), recorder


class Make(Protocol):
    def __call__(self, document: str | dict[str, Any]) -> Made: ...


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Generate a package from a document: YAML below a head of its own, or a collection."""
    names: list[str] = []

    def generate(document: str | dict[str, Any]) -> Made:
        name = f"wire_{next(_numbers)}"
        names.append(name)
        path = tmp_path / (f"{name}.json" if isinstance(document, dict) else f"{name}.yaml")
        text = document if isinstance(document, str) else json.dumps(document)
        if isinstance(document, str):
            text = textwrap.dedent(document).lstrip()
            text = text if text.startswith(("swagger", "openapi")) else HEAD + text
        path.write_text(text)
        read = read_document(path)
        write_package(render_package(read, api="shop"), tmp_path / name)
        return Made(importlib.import_module(name), [gap.reason for gap in read.gaps])

    monkeypatch.syspath_prepend(str(tmp_path))
    yield generate
    for module in list(sys.modules):
        if module.split(".")[0] in names:
            del sys.modules[module]
