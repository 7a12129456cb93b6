"""Pages and descriptions of open tags: read in seconds, or refused."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

import pytest

from codegen.facts.errors import DocumentError
from codegen.facts.reading import read_facts

SECONDS = 10


def described(text: str) -> str:
    operation = {"description": text, "responses": {"200": {"description": "d"}}}
    head = {"openapi": "3.0.0", "info": {"title": "t", "version": "1"}}
    return json.dumps({**head, "paths": {"/a": {"get": operation}}})


PAGES = {
    "paragraphs": "<html>" + "<p>" * 200_000,
    "scripts": "<html>" + "<script " * 150_000,
    "states": "<html>" + '<script type="application/json">{' * 20_000,
    "wrong ends": "<html>" + "<b>" * 100_000 + "</i>" * 100_000,
    "attributes": "<html>" + "<a " * 400_000,
    "comments": "<html>" + "<!--" * 300_000 + ">" * 300_000,
    "tags in a description": described("<a" * 500_000),
    "links in a description": described("[x](" * 200_000),
}


@pytest.mark.parametrize("kind", PAGES)
def test_open_tags_take_seconds(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGES[kind])
    began = time.process_time()
    with contextlib.suppress(DocumentError):  # "shows no text", "tags or comments have no end"
        read_facts(path)
    assert time.process_time() - began < SECONDS
