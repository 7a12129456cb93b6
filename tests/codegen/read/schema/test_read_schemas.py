"""JSON Schemas into types, models and enums."""

from __future__ import annotations

import pytest

from codegen.ir import Document, ListOf, Literals, MapOf, ModelIR, Nullable, Ref, Scalar, UnionOf

STRING, INTEGER, ANY = Scalar("string"), Scalar("integer"), Scalar("any")


def model(document: Document, name: str) -> ModelIR:
    return next(m for m in document.models if m.name == name)


def types(document: Document, name: str) -> dict[str, object]:
    return {f.wire: f.type for f in model(document, name).fields}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("{type: string, format: date}", Scalar("date")),
        ("{type: string, format: date-time}", Scalar("date-time")),
        ("{type: string, format: byte}", Scalar("bytes")),
        ("{type: string, format: uuid}", STRING),
        ("{type: string, format: msisdn}", Scalar("string", "msisdn")),
        ("{type: number}", Scalar("number")),
        ("{type: number, format: decimal}", Scalar("decimal")),
        ("{type: number, x-trunkline: {format: decimal}}", Scalar("decimal")),
        ("{type: string, x-trunkline: {format: date-mdy}}", Scalar("date", "date-mdy")),
        ("{type: [string, 'null']}", Nullable(STRING)),
        ("{type: string, nullable: true}", Nullable(STRING)),
        ("{type: [string, integer]}", UnionOf((STRING, INTEGER))),
        ("{type: ['null', boolean, object, array, number, string, integer]}", ANY),
        ("{}", ANY),
        ("true", ANY),
        ("{const: fixed}", Literals(("fixed",))),
        ("{enum: [1, a, null]}", Nullable(Literals((1, "a")))),
        ("{enum: [true]}", Scalar("boolean")),
        ("{type: array}", ListOf(ANY)),
        ("{items: {type: integer}}", ListOf(INTEGER)),
        ("{type: array, prefixItems: [{type: string}, {type: integer}]}", ListOf(UnionOf((STRING, INTEGER)))),
        ("{type: object}", MapOf(ANY)),
        ("{additionalProperties: {type: integer}}", MapOf(INTEGER)),
        ("{type: object, patternProperties: {'^x': {type: string}}}", MapOf(ANY)),
        (
            "{type: object, patternProperties: {'^x': {type: string}}, additionalProperties: false}",
            MapOf(STRING),
        ),
        ("{anyOf: [{type: string}, {type: 'null'}]}", Nullable(STRING)),
        ("{oneOf: [{type: integer}, {type: number}]}", Scalar("number")),
        ("{allOf: [{type: string}, {minLength: 3}]}", STRING),
        ("{oneOf: [{required: [a]}], type: string}", STRING),
    ],
)
def test_property_type(schemas, schema: str, expected: object) -> None:  # type: ignore[no-untyped-def]
    document = schemas(f"A:\n  type: object\n  properties:\n    p: {schema}\n")
    assert types(document, "A")["p"] == expected


def test_all_of_is_folded_with_required_of_other_branches(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        Base: {type: object, properties: {id: {type: integer}, note: {type: string}}}
        Row:
          allOf:
            - $ref: "#/components/schemas/Base"
            - {properties: {name: {type: string}}}
            - {required: [id, name]}
        """
    )
    row = model(document, "Row")
    assert [(f.wire, f.required) for f in row.fields] == [("id", True), ("note", False), ("name", True)]
    assert not any(f.required for f in model(document, "Base").fields)


def test_all_of_one_reference_beside_a_description_is_that_reference(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        State: {type: string, enum: [on, off]}
        Row:
          type: object
          properties:
            state: {allOf: [{$ref: "#/components/schemas/State"}], description: d, nullable: true}
        """
    )
    assert types(document, "Row") == {"state": Nullable(Ref("State"))}
    assert model(document, "Row").fields[0].description == "d"


def test_overlapping_properties_combine(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        Error: {type: object, properties: {status: {type: integer}, code: {type: string}}}
        NotFound:
          allOf:
            - $ref: "#/components/schemas/Error"
            - {type: object, properties: {status: {enum: [404]}, code: {description: told}}}
        """
    )
    assert types(document, "NotFound") == {"status": Ref("NotFoundStatus"), "code": STRING}
    assert [e.members for e in document.enums] == [[("VALUE_404", 404)]]


def test_base_with_discriminator_is_the_union_of_its_subtypes(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        Pet:
          type: object
          properties: {kind: {type: string}}
          discriminator: {propertyName: kind, mapping: {cat: "#/components/schemas/Cat"}}
        Cat: {allOf: [{$ref: "#/components/schemas/Pet"}, {properties: {lives: {type: integer}}}]}
        Dog: {allOf: [{$ref: "#/components/schemas/Pet"}, {properties: {tricks: {type: integer}}}]}
        Home: {type: object, properties: {pet: {$ref: "#/components/schemas/Pet"}}}
        """
    )
    assert types(document, "Home")["pet"] == UnionOf(
        (Ref("Cat"), Ref("Dog"), Ref("Pet")), "kind", (("cat", "Cat"), ("Dog", "Dog"))
    )
    assert list(types(document, "Cat")) == ["kind", "lives"]


def test_one_of_around_its_own_children_does_not_recur(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        Pet:
          type: object
          properties: {kind: {type: string}}
          oneOf: [{$ref: "#/components/schemas/Cat"}, {$ref: "#/components/schemas/Dog"}]
        Cat: {allOf: [{$ref: "#/components/schemas/Pet"}, {properties: {lives: {type: integer}}}]}
        Dog: {allOf: [{$ref: "#/components/schemas/Pet"}, {properties: {tricks: {type: integer}}}]}
        """
    )
    assert [a.type for a in document.aliases] == [UnionOf((Ref("Cat"), Ref("Dog")))]
    assert not document.gaps


def test_discriminator_that_no_option_has_is_noted_and_left_out(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        A: {type: object, properties: {a: {type: string}}}
        B: {type: object, properties: {b: {type: string}}}
        Both:
          oneOf: [{$ref: "#/components/schemas/A"}, {$ref: "#/components/schemas/B"}]
          discriminator: {propertyName: kind}
        """
    )
    assert document.aliases[0].type == UnionOf((Ref("A"), Ref("B")))
    assert [g.reason for g in document.gaps] == [
        "the discriminator 'kind' is no property of every option; not used"
    ]


def test_properties_beside_one_of_belong_to_every_option(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        A: {type: object, properties: {a: {type: string}}}
        B: {type: object, properties: {b: {type: string}}}
        Both:
          type: object
          properties: {kind: {type: string}}
          required: [kind]
          oneOf: [{$ref: "#/components/schemas/A"}, {$ref: "#/components/schemas/B"}]
          discriminator: {propertyName: kind, mapping: {first: A, second: B}}
        """
    )
    assert document.aliases[0].type == UnionOf(
        (Ref("BothA"), Ref("BothB")), "kind", (("first", "BothA"), ("second", "BothB"))
    )
    assert [(f.wire, f.required) for f in model(document, "BothA").fields] == [("kind", True), ("a", False)]


def test_recursive_models_and_aliases(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        Node: {type: object, properties: {next: {$ref: "#/components/schemas/Node"}}}
        Forest: {type: array, items: {$ref: "#/components/schemas/Tree"}}
        Tree: {type: object, properties: {children: {$ref: "#/components/schemas/Forest"}}}
        Json: {oneOf: [{type: string}, {type: array, items: {$ref: "#/components/schemas/Json"}}]}
        """
    )
    assert types(document, "Node") == {"next": Ref("Node")}
    assert types(document, "Tree") == {"children": ListOf(Ref("Tree"))}
    assert {a.name: a.type for a in document.aliases} == {
        "Forest": ListOf(Ref("Tree")),
        "Json": UnionOf((STRING, ListOf(ANY))),
    }
    assert [(g.severity, g.place.pointer) for g in document.gaps] == [("gap", "/components/schemas/Json")]


def test_compositions_that_contain_themselves_end_in_any_value(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        Rows: {type: array, items: {allOf: [{$ref: '#/components/schemas/Rows'}, {required: []}]}}
        Choice: {oneOf: [{$ref: '#/components/schemas/Choice'}]}
        Holder:
          type: object
          properties:
            around: {properties: {a: {type: string}}, allOf: [{$ref: '#/components/schemas/Choice'}]}
        """
    )
    aliases = {a.name: a.type for a in document.aliases}
    assert aliases == {"Rows": ListOf(ListOf(ANY)), "Choice": ANY}
    assert types(document, "Holder").keys() == {"around"}
    reason = "a schema that contains itself without an object between; any JSON value there"
    assert {g.reason for g in document.gaps if g.severity == "gap"} == {reason}


def test_property_names_become_legal_and_stay_apart(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        A:
          type: object
          properties:
            class: {type: string}
            "@type": {type: string}
            type: {type: string}
            2g: {type: string}
            userID: {type: string}
            user_id: {type: string}
            extra: {type: string}
            self: {type: string}
            list: {type: string}
            "": {type: string}
        """
    )
    assert {f.wire: f.name for f in model(document, "A").fields} == {
        "class": "class_",
        "@type": "at_type",
        "type": "type",
        "2g": "value_2g",
        "userID": "user_id_2",
        "user_id": "user_id",
        "extra": "extra_",
        "self": "self_",
        "list": "list_",
        "": "value",
    }


def test_enum_members_of_odd_values(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """A: {type: string, enum: ["-name", name, "", " ", "+1", "-1", 2G, None, "<=", name]}"""
    )
    assert document.enums[0].members == [
        ("MINUS_NAME", "-name"),
        ("NAME", "name"),
        ("EMPTY", ""),
        ("BLANK", " "),
        ("PLUS_1", "+1"),
        ("MINUS_1", "-1"),
        ("VALUE_2G", "2G"),
        ("NONE", "None"),
        ("LESS_EQUAL", "<="),
    ]
    assert [g.reason for g in document.gaps] == ["the value 'name' stands twice; it is one member"]


def test_equal_inline_enums_of_one_name_are_one_class(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        A: {type: object, properties: {unit: {type: string, enum: [MB, GB]}}}
        B: {type: object, properties: {unit: {type: string, enum: [MB, GB]}}}
        C: {type: object, properties: {unit: {type: string, enum: [min]}}}
        """
    )
    assert types(document, "A") == types(document, "B") == {"unit": Ref("AUnit")}
    assert types(document, "C") == {"unit": Ref("CUnit")}


def test_inline_schemas_are_named_by_their_path_and_class_names_never_clash(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        Device:
          type: object
          properties:
            owner: {type: object, properties: {home: {type: object, properties: {zip: {type: string}}}}}
        DeviceOwner: {type: object, properties: {a: {type: string}}}
        deviceOwner: {type: object, properties: {b: {type: string}}}
        List: {type: object, properties: {c: {type: string}}}
        """
    )
    assert [m.name for m in document.models] == [
        "Device",
        "DeviceOwner",
        "DeviceOwner2",
        "ListModel",
        "DeviceOwner3",
        "DeviceOwner3Home",
    ]


def test_facts_of_properties(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        Secret: {type: string, x-trunkline: {sensitive: true}}
        A:
          type: object
          additionalProperties: false
          properties:
            pin: {$ref: "#/components/schemas/Secret", description: the pin}
            password: {type: string, format: password, writeOnly: true}
            id: {type: integer, readOnly: true, default: 5, x-trunkline: {provenance: inferred, since: 2.10}}
        """
    )
    pin, password, key = model(document, "A").fields
    assert model(document, "A").additional is False
    assert (pin.sensitive, pin.description, pin.type) == (True, "the pin", STRING)
    assert (password.sensitive, password.write_only) == (True, True)
    assert (key.read_only, key.default, key.provenance, key.since) == (True, 5, "inferred", "2.10")


def test_every_schema_and_property_is_counted(schemas) -> None:  # type: ignore[no-untyped-def]
    document = schemas(
        """
        A: {type: object, properties: {a: {type: string}, b: {not: {properties: {c: {type: string}}}}}}
        B: {type: array, items: {type: object, properties: {d: {type: string}}}}
        C: {type: string, enum: [x]}
        """
    )
    assert document.counts["schemas"] == 3
    assert document.counts["properties"] == 4
    assert sum(len(m.fields) for m in document.models) == 3
    assert [(g.what, g.dropped, g.place.pointer.rsplit("/", 1)[-1]) for g in document.gaps] == [
        ("property", True, "c")
    ]
