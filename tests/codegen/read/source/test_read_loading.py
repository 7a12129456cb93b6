"""Bytes into values: YAML 1.2, JSON, lines, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.read import SpecError, read_document

MINIMAL = b"openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n"


def message(path: Path) -> str:
    with pytest.raises(SpecError) as caught:
        read_document(path)
    return str(caught.value).removeprefix(str(path))


def test_a_file_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device such as /dev/zero given by mistake does not fill the memory."""
    monkeypatch.setattr("codegen.read.source.load._MOST", 2**20)
    (tmp_path / "spec").write_bytes(b"\0" * (2**20 + 1))
    assert "more than 1 MiB; --large reads it" in message(tmp_path / "spec")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ":1: #: the file is empty; give an OpenAPI or Postman document"),
        (b"a: 1\nb: \xff\n", ":2: #: not utf-8 text (byte 8); save the file as UTF-8"),
        (b"a: 1\nb: [1\nc: 2\n", ":3: #: not valid YAML: did not find expected ',' or ']'"),
        (b'{"a": 1,\n "b" 2}', ":2: #: not valid JSON: Expecting ':' delimiter (column 6)"),
        (
            b"a: 1\n---\nb: 2\n",
            ":2: #: not valid YAML: expected a single document in the stream, but found another document",
        ),
        (b"a: &x [*x]\n", ":1: #/a/0: a YAML alias stands inside its own anchor; use $ref instead"),
        (b"[" * 100_000, ":1: #: nested too deeply to be read"),
        (b"- " * 5_000 + b"x", ":1: #: nested too deeply to be read"),
        (b'{"a":' * 50_000, ":1: #: nested too deeply to be read"),
        (
            b"openapi: 2.5.0\npaths: {}\n",
            ":1: #/openapi: version '2.5.0' is not read; use Swagger 2.0 or OpenAPI 3.x",
        ),
    ],
)
def test_unreadable_content_names_line_and_cure(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(content)
    assert message(path) == expected


def test_missing_file_and_folder_are_problems(tmp_path: Path) -> None:
    assert "No such file" in message(tmp_path / "nothing.yaml")
    assert "Is a directory" in message(tmp_path)


def test_billion_laughs_is_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    path = tmp_path / "spec.yaml"
    path.write_text("\n".join(lines))
    assert "YAML aliases repeat more than 50,000 values; use $ref instead" in message(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_with_a_byte_order_mark_are_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(MINIMAL.decode().encode(encoding))
    assert read_document(path).title == "t"


def test_all_duplicate_keys_come_at_once_with_their_lines(read, problems) -> None:  # type: ignore[no-untyped-def]
    text = problems("openapi: 3.1.0\nopenapi: 3.1.0\npaths:\n  /a: {}\n  /a: {}\n")
    assert text.splitlines() == [
        ".yaml:2: #/openapi: the key 'openapi' stands twice in this object; remove one",
        ".yaml:5: #/paths/~1a: the key '/a' stands twice in this object; remove one",
    ]
    assert "stands twice" in problems('{"openapi": "3.1.0", "openapi": "3.1.0"}', name="spec.json")


def test_plain_scalars_are_read_as_in_yaml_1_2(read) -> None:  # type: ignore[no-untyped-def]
    document = read(
        """
        openapi: 3.1.0
        info: {title: t, version: 1.10}
        paths:
          /a:
            get:
              operationId: a
              summary: no
              parameters:
                - name: country
                  in: query
                  schema: {type: string, enum: [no, on, 2024-01-02, 007, 1.10, 0x1f]}
              responses: {200: {description: yes}}
        """
    )
    assert document.version == "1.10"
    assert document.operations[0].title == "no"
    assert document.operations[0].responses[0].status == "200"
    values = [value for _, value in document.enums[0].members]
    assert values == ["no", "on", "2024-01-02", "007", "1.10", "0x1f"]


def test_places_have_line_and_pointer(read) -> None:  # type: ignore[no-untyped-def]
    document = read(
        {
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "1"},
            "paths": {"/a/{b~c}": {"get": {"responses": {"200": {"description": "d"}}}}},
        }
    )
    place = document.operations[0].place
    assert (place.pointer, place.line) == ("/paths/~1a~1{b~0c}/get", 9)


def test_inputs_hold_the_hash_of_every_file_by_relative_name(read) -> None:  # type: ignore[no-untyped-def]
    document = read(
        """
        openapi: 3.1.0
        info: {title: t, version: "1"}
        paths: {}
        components: {schemas: {A: {$ref: "other.yaml#/A"}}}
        """,
        files={"other.yaml": "A: {type: string}\n"},
    )
    assert list(document.inputs) == ["other.yaml", "spec.yaml"]
    assert all(len(digest) == 64 for digest in document.inputs.values())
