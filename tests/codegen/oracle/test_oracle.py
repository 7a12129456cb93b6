"""The oracle finds faults, and none in what is generated for small documents of every style."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import define

from tests.codegen.oracle.__main__ import one
from tests.codegen.oracle.played import stray
from tests.codegen.oracle.rules import Pairs, Told, header_complaints, pairs_complaints, path_complaints
from trunkline.model import Model


@define(kw_only=True)
class Voice(Model):
    """A class that has fewer fields than came."""

    kind: str


def told(value: Any, where: str = "query", *, swagger: bool = False, **words: Any) -> Told:
    return Told.of("p", where, value, words, swagger=swagger)


@pytest.mark.parametrize(
    ("given", "right", "wrong"),
    [
        (told("a b"), "p=a%20b", "p=a"),
        (told(True), "p=true", "p=True"),
        (told([1, 2]), "p=1&p=2", "p=1,2"),
        (told(["a,b", "c"], explode=False), "p=a%2Cb,c", "p=a,b,c"),
        (told(["a", "b"], style="spaceDelimited", explode=False), "p=a%20b", "p=a,b"),
        (told(["a", "b"], style="pipeDelimited", explode=False), "p=a%7Cb", "p=a%2Cb"),
        (told([1, 2], swagger=True), "p=1,2", "p=1&p=2"),
        (told([1, 2], swagger=True, collectionFormat="tsv"), "p=1%092", "p=1,2"),
        (told({"k": "v"}), "k=v", "p=k,v"),
        (told({"k": "v"}, explode=False), "p=k,v", "k=v"),
        (told({"k": {"i": 1}}, style="deepObject"), "p%5Bk%5D%5Bi%5D=1", "p%5Bk%5D=1"),
        (told({"k": 1}, content={"application/json": {}}), "p=%7B%22k%22%3A1%7D", "k=1"),
    ],
)
def test_query_styles_are_judged(given: Told, right: str, wrong: str) -> None:
    assert list(pairs_complaints(given, Pairs.of(right))) == []
    assert list(pairs_complaints(given, Pairs.of(wrong)))


@pytest.mark.parametrize(
    ("given", "right", "wrong"),
    [
        (told("a/b", "path"), "/x/a%2Fb/y", "/x/a-b/y"),
        (told("a", "path", style="label"), "/x/.a/y", "/x/a/y"),
        (told([1, 2], "path", style="matrix", explode=True), "/x/;p=1;p=2/y", "/x/;p=1,3/y"),
        (told([1, 2], "path"), "/x/1,2/y", "/x/12/y"),
    ],
)
def test_path_styles_are_judged(given: Told, right: str, wrong: str) -> None:
    assert list(path_complaints("/x/{p}/y", {"p": given}, right)) == []
    assert list(path_complaints("/x/{p}/y", {"p": given}, wrong))


def test_header_lists_are_judged() -> None:
    given = told([1, 2], "header")
    assert list(header_complaints(given, {"p": "1,2"})) == []
    assert list(header_complaints(given, {"p": "1;2"}))
    assert list(header_complaints(given, {}))


# ruff: noqa: E501
DOCUMENT = """
openapi: 3.1.0
info: {title: Styles, version: "1"}
paths:
  /things/{id}/{list}:
    post:
      operationId: everything
      parameters:
        - {name: id, in: path, required: true, schema: {type: string, examples: [a/b]}, example: a/b}
        - {name: list, in: path, required: true, style: matrix, schema: {type: array, items: {type: integer}}, example: [1, 2]}
        - {name: csv, in: query, explode: false, schema: {type: array, items: {type: string}}, example: ["a,b", c]}
        - {name: pipes, in: query, style: pipeDelimited, explode: false, schema: {type: array, items: {type: string}}, example: [a, b]}
        - {name: deep, in: query, style: deepObject, schema: {type: object, properties: {a: {type: integer}}}, example: {a: 1}}
        - {name: where, in: query, content: {application/json: {schema: {type: object}, example: {a: [1]}}}}
        - {name: X-List, in: header, schema: {type: array, items: {type: integer}}, example: [1, 2]}
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Line'}}}
      responses:
        "200": {description: ok, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Line'}}}}}
  /form:
    post:
      operationId: form
      requestBody:
        required: true
        content:
          application/x-www-form-urlencoded:
            schema:
              type: object
              required: [id, address, tags, filter]
              properties:
                id: {type: integer}
                address: {type: object, properties: {street: {type: string}}}
                tags: {type: array, items: {type: string}}
                filter: {type: object, properties: {a: {type: integer}}}
            encoding: {filter: {style: deepObject}, tags: {explode: false}}
      responses: {"204": {description: ok}}
components:
  schemas:
    Line:
      oneOf: [{$ref: '#/components/schemas/Voice'}, {$ref: '#/components/schemas/Mobile'}]
      discriminator: {propertyName: kind, mapping: {voice: '#/components/schemas/Voice', mobile: '#/components/schemas/Mobile'}}
    Voice: {type: object, required: [kind], properties: {kind: {type: string}, minutes: {type: integer}}}
    Mobile: {type: object, required: [kind], properties: {kind: {type: string}, gigabytes: {type: number}}}
"""


def test_generated_client_of_every_style_has_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "styles.yaml"
    document.write_text(DOCUMENT)
    monkeypatch.syspath_prepend(str(tmp_path))
    verdict, gaps = one(document, "oracle_styles", tmp_path)
    assert verdict is not None
    assert (verdict.differences, gaps) == ([], "0")
    # The response of one is a union of two: each of its options is played.
    assert (verdict.covered["operations"], verdict.covered["requests"]) == (2, 3)
    assert verdict.covered["query deepObject"] == verdict.covered["path matrix"] == 2
    assert verdict.covered["unions in responses"] == 1


def test_value_that_is_read_as_another_class_is_seen() -> None:
    voice = Voice(kind="mobile").with_extra({"gigabytes": 3, "own": 1})
    assert list(stray([voice], {"kind", "gigabytes"})) == ["$[0].gigabytes of Voice"]
