"""References: local, remote, circular, broken."""

from __future__ import annotations

import os

import pytest

from codegen.ir import ListOf, Ref, Scalar
from codegen.read import SpecError, read_document

HEAD = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n"


def test_remote_files_are_read_relative_to_the_file_that_names_them(read, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "row.yaml").write_text(
        "type: object\nproperties:\n  id: {$ref: 'ids.yaml#/Key'}\n  next: {$ref: '#'}\n"
    )
    (tmp_path / "parts" / "ids.yaml").write_text("Key: {type: integer}\n")
    document = read(HEAD + "    Rows: {type: array, items: {$ref: 'parts/row.yaml'}}\n")
    row = document.models[0]
    assert document.aliases[0].type == ListOf(Ref("Row"))
    assert [(f.wire, f.type) for f in row.fields] == [("id", Scalar("integer")), ("next", Ref("Row"))]
    assert row.place.file.endswith("parts/row.yaml")
    assert list(document.inputs) == ["parts/ids.yaml", "parts/row.yaml", "spec.yaml"]


def test_escaped_pointers_and_anchors(read) -> None:  # type: ignore[no-untyped-def]
    document = read(
        HEAD
        + "    'a/b~c%': {type: integer}\n"
        + "    Named: {type: object, $anchor: here, properties: {x: {type: string}}}\n"
        + "    U:\n      type: object\n      properties:\n"
        + "        a: {$ref: '#/components/schemas/a~1b~0c%25'}\n        b: {$ref: '#here'}\n"
    )
    unit = next(m for m in document.models if m.name == "U")
    assert [f.type for f in unit.fields] == [Scalar("integer"), Ref("Named")]


def test_broken_references_come_all_at_once_with_advice(problems) -> None:  # type: ignore[no-untyped-def]
    text = problems(
        HEAD
        + "    Device: {type: object}\n"
        + "    A: {$ref: '#/components/schemas/Devise'}\n"
        + "    B: {$ref: 'gone.yaml#/B'}\n"
        + "    C: {$ref: '#/components/schemas/D'}\n"
        + "    D: {$ref: '#/components/schemas/C'}\n"
    )
    lines = text.splitlines()
    assert "/A: $ref '#/components/schemas/Devise' points at nothing; did you mean 'Device'?" in lines[0]
    assert ".yaml:8: #/components/schemas/B: cannot read" in lines[1]
    assert "No such file or directory; check the path" in lines[1]
    assert any("leads back to itself" in line for line in lines[2:])


def test_remote_parameters_and_bodies_add_up(read) -> None:  # type: ignore[no-untyped-def]
    document = read(
        """
        swagger: "2.0"
        info: {title: t, version: "1"}
        paths:
          /a:
            post:
              parameters: [{$ref: "other.yaml#/Row"}, {$ref: "other.yaml#/Top"}]
              responses: {200: {$ref: "other.yaml#/Ok"}}
        """,
        files={
            "other.yaml": """
            Row: {name: row, in: body, schema: {type: object, properties: {id: {type: integer}}}}
            Top: {name: top, in: query, type: integer}
            Ok: {description: d, schema: {type: string}}
            """
        },
    )
    counts = document.counts
    assert (counts["parameters"], counts["bodies"], counts["responses"]) == (1, 1, 1)
    assert not document.gaps


def test_network_references_are_a_gap_and_never_fetched(read) -> None:  # type: ignore[no-untyped-def]
    document = read(HEAD + "    A: {$ref: 'https://example.com/a.yaml#/A'}\n")
    assert document.aliases[0].type == Scalar("any")
    assert [(g.severity, g.what) for g in document.gaps] == [("gap", "schema")]
    assert "is a network address" in document.gaps[0].reason


def test_pipes_are_not_read_as_documents(problems, tmp_path) -> None:  # type: ignore[no-untyped-def]
    os.mkfifo(tmp_path / "pipe")
    assert "not a file" in problems(HEAD + "    A: {$ref: pipe}\n")


@pytest.mark.parametrize(
    "reference", ["../secret.yaml#/A", "{folder}/secret.yaml#/A", "link.yaml#/A", "%2e%2e/secret.yaml"]
)
def test_files_outside_of_the_documents_folder_are_not_read(problems, tmp_path, reference: str) -> None:  # type: ignore[no-untyped-def]
    outside = tmp_path.parent / "secret.yaml"
    outside.write_text("A: {type: string, description: planted}\n")
    (tmp_path / "link.yaml").symlink_to(outside)
    reference = reference.format(folder=tmp_path.parent)
    text = problems(HEAD + f"    A: {{$ref: '{reference}'}}\n")
    assert "outside the document's folder" in text
    assert "--ref-root" in text
    assert "planted" not in text


def test_a_mapping_of_a_discriminator_reads_no_file_outside_either(problems, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path.parent / "secret.yaml").write_text("A: {type: object}\n")
    mapped = "discriminator: {propertyName: k, mapping: {b: '../secret.yaml#/A'}}"
    text = f"    A: {{type: object, properties: {{k: {{type: string}}}}, {mapped}}}\n"
    assert "outside the document's folder" in problems(HEAD + text)


def test_ref_root_names_a_folder_that_may_be_read(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "shared").mkdir()
    (tmp_path / "api").mkdir()
    (tmp_path / "shared" / "ids.yaml").write_text("Key: {type: integer}\n")
    (tmp_path / "api" / "spec.yaml").write_text(HEAD + "    A: {$ref: '../shared/ids.yaml#/Key'}\n")
    with pytest.raises(SpecError, match="--ref-root"):
        read_document(tmp_path / "api" / "spec.yaml")
    for root in (tmp_path, tmp_path / "shared"):
        document = read_document(tmp_path / "api" / "spec.yaml", ref_root=root)
        assert document.aliases[0].type == Scalar("integer")


@pytest.mark.parametrize(
    "url",
    [
        "https://x.example/a.yaml",
        "HTTP://x.example/a",
        "file:///etc/passwd",
        "ftp://x/a",
        "//x/a",
        "\\\\x\\a",
    ],
)
def test_addresses_are_never_fetched(read, url: str) -> None:  # type: ignore[no-untyped-def]
    document = read(
        {
            "openapi": "3.1.0",
            "info": {"title": "t", "version": "1"},
            "paths": {},
            "components": {"schemas": {"A": {"$ref": url}}},
        }
    )
    assert "never fetched" in document.gaps[0].reason


def test_siblings_of_a_reference_count(read) -> None:  # type: ignore[no-untyped-def]
    document = read(
        HEAD
        + "    Base: {type: object, properties: {a: {type: string}}}\n"
        + "    More: {$ref: '#/components/schemas/Base', properties: {b: {type: string}}, required: [a]}\n"
    )
    more = next(m for m in document.models if m.name == "More")
    assert [(f.wire, f.required) for f in more.fields] == [("a", True), ("b", False)]
