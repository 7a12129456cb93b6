"""Reading small documents that stand in the tests themselves."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codegen.ir import Document
from codegen.read import SpecError, read_document

Read = Callable[..., Document]
HEAD = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.10}\n"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a document (text, or a value as JSON) and read it; other files by keyword `files`."""

    def reader(
        document: str | dict[str, Any],
        *,
        name: str | None = None,
        files: dict[str, str] | None = None,
        overlay: str | None = None,
    ) -> Document:
        for other, text in (files or {}).items():
            (tmp_path / other).write_text(textwrap.dedent(text))
        text = document if isinstance(document, str) else json.dumps(document, indent=1)
        path = tmp_path / (name or ("spec.yaml" if isinstance(document, str) else "spec.json"))
        path.write_text(textwrap.dedent(text))
        told = None
        if overlay is not None:
            told = tmp_path / "told.yaml"
            told.write_text(textwrap.dedent(overlay))
        return read_document(path, overlay=told)

    return reader


@pytest.fixture
def problems(read: Read) -> Callable[..., str]:
    """The text of the error that a document gets, without the folder."""

    def reader(*args: Any, **kwargs: Any) -> str:
        with pytest.raises(SpecError) as caught:
            read(*args, **kwargs)
        assert caught.value.problems
        return "\n".join(line.rsplit("/spec", 1)[-1] for line in str(caught.value).splitlines())

    return reader


@pytest.fixture
def schemas(read: Read) -> Callable[[str], Document]:
    """Read named schemas, given as indented YAML."""

    def reader(text: str) -> Document:
        body = textwrap.indent(textwrap.dedent(text), "    ")
        return read(f"{HEAD}paths: {{}}\ncomponents:\n  schemas:\n{body}")

    return reader
