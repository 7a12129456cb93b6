"""References: local, remote, circular, broken."""

from __future__ import annotations

from codegen.ir import ListOf, Ref, Scalar

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


def test_devices_are_not_read_as_documents(problems) -> None:  # type: ignore[no-untyped-def]
    assert "not a file" in problems(HEAD + "    A: {$ref: '/dev/zero'}\n")


def test_siblings_of_a_reference_count(read) -> None:  # type: ignore[no-untyped-def]
    document = read(
        HEAD
        + "    Base: {type: object, properties: {a: {type: string}}}\n"
        + "    More: {$ref: '#/components/schemas/Base', properties: {b: {type: string}}, required: [a]}\n"
    )
    more = next(m for m in document.models if m.name == "More")
    assert [(f.wire, f.required) for f in more.fields] == [("a", True), ("b", False)]
