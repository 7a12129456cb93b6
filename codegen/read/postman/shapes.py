"""Shapes of examples and the overlay's entries for them into types and models."""

from __future__ import annotations

from codegen.ir import FieldIR, ListOf, MapOf, ModelIR, Nullable, Place, Ref, Scalar, Type, UnionOf
from codegen.read.operation.overlay import Overlay, told
from codegen.read.postman.examples import Shape
from codegen.read.schema.facts import facts_of, provenance_of
from codegen.read.schema.names import FIELD_RESERVED, pascal_case, unique_names
from codegen.read.schema.reader import SchemaReader
from codegen.read.schema.types import ANY, INTEGER, NUMBER, nullable, union
from codegen.read.source.node import Node


class ShapeReader:
    """Types from examples. Models that the overlay names are built once, from all examples of them."""

    def __init__(self, schemas: SchemaReader, overlay: Overlay) -> None:
        self._schemas = schemas
        self._overlay = overlay
        self._drafts: dict[str, Shape] = {}
        self._places: dict[str, Place] = {}
        # The overlay's names are reserved before any example could take one.
        self._classes = {name: schemas.class_name(name) for name, _ in overlay.models()}
        self._errors: dict[object, Type] = {}

    # -- models of the overlay -------------------------------------------------------------------

    def model(self, name: str, node: Node) -> Ref:
        """The class of a model that the overlay names, described there or not."""
        if name not in self._classes:
            self._classes[name] = self._schemas.class_name(name)
        self._places.setdefault(name, node.place)
        return Ref(self._classes[name])

    def feed(self, name: str, shape: Shape, fields: Node) -> None:
        """Add examples to a model, and to the models of its fields."""
        # Only collected here: a later request may have further examples of the model.
        self._drafts.setdefault(name, Shape()).merge(shape)
        for wire, told_ in fields.items():
            inner = shape.properties.get(wire)
            if inner is None:
                continue
            # Recursion ends with the example, which is finite, also where a model contains itself.
            if told_.has("model"):
                self._feed_named(told_.get("model"), inner)
            elif told_.get("items").has("model") and inner.item is not None:
                self._feed_named(told_.get("items").get("model"), inner.item)

    def _feed_named(self, model: Node, shape: Shape) -> None:
        name = model.spelled()
        self.feed(name, shape, self._overlay.model(name).get("fields"))

    def build_named(self, bodies: dict[str, Node]) -> None:
        """Build every model of the overlay. bodies: the fields of request bodies, by model name."""
        built: set[str] = set()
        # A field may name a model that nothing else does.
        while todo := [name for name in self._classes if name not in built]:
            built.update(todo)
            for name in todo:
                self._build_named(name, bodies.get(name))

    def _build_named(self, name: str, own: Node | None) -> None:
        node = self._overlay.model(name)
        fields = node.get("fields")
        place = node.place if node.present else self._places[name]
        shape = self._drafts.get(name, Shape())
        model = ModelIR(
            name=self._classes[name],
            wire_name=name,
            description=node.text("description"),
            provenance=provenance_of(told(node)) or "documented",
            place=place,
        )
        self._schemas.add_model(model)
        self._fill(model, shape, fields if own is None else own, place)

    # -- shapes ----------------------------------------------------------------------------------

    def type_of(self, shape: Shape, hint: str, place: Place) -> Type:
        """The type of a shape; integer and float make number, an empty array stays open, null is kept."""
        kinds = shape.kinds - {"null"}
        # A variable may hold anything, and an empty list or a null shows no type.
        if "unknown" in kinds or not kinds:
            return ANY
        if "number" in kinds:
            # `number` admits whole numbers too.
            kinds -= {"integer"}
        # Sorted, because the order of a set differs from run to run.
        options = [self._one(kind, shape, hint, place) for kind in sorted(kinds)]
        result = _with_fractions(union(options)) if "integer" in kinds else union(options)
        return nullable(result) if "null" in shape.kinds else result

    def _one(self, kind: str, shape: Shape, hint: str, place: Place) -> Type:
        if kind == "array":
            item = shape.item
            return ListOf(ANY if item is None else self.type_of(item, f"{hint}Item", place))
        if kind != "object":
            return Scalar(kind)  # type: ignore[arg-type]
        if not shape.properties:
            return MapOf(ANY)
        if shape.is_map:
            merged = Shape()
            # The values of a map are examples of one type.
            for child in shape.properties.values():
                merged.merge(child)
            return MapOf(self.type_of(merged, f"{hint}Value", place))
        name = self._schemas.class_name(hint)
        model = ModelIR(name=name, wire_name=hint, place=place)
        self._schemas.add_model(model)
        self._fill(model, shape, Node(self._overlay.api.source, (), None), place)
        return Ref(name)

    def error(self, shape: Shape, place: Place) -> Type:
        """The type of an error body: the overlay's where the keys are the same, one class per shape."""
        for told_ in self._overlay.api.get("errors").values():
            name = told_.text("model")
            known = {wire for wire, _ in self._overlay.model(name).get("fields").items()}
            # A subset is enough: an example of an error shows only the keys that it had.
            if shape.properties and set(shape.properties) <= known:
                self.feed(name, shape, self._overlay.model(name).get("fields"))
                return self.model(name, told_)
        key = shape.signature()
        if key not in self._errors:
            self._errors[key] = self.type_of(shape, "ErrorBody", place)
        return self._errors[key]

    # -- fields ----------------------------------------------------------------------------------

    def _fill(self, model: ModelIR, shape: Shape, fields: Node, place: Place) -> None:
        described = dict(fields.items())
        wires = list(dict.fromkeys([*described, *shape.properties]))
        for name, wire in zip(unique_names(wires, reserved=FIELD_RESERVED), wires, strict=True):
            member = described.get(wire)
            seen = shape.properties.get(wire)
            hint = f"{model.name}{pascal_case(wire)}"
            if member is None:
                field = FieldIR(
                    name=name,
                    wire=wire,
                    type=self.type_of(seen or Shape(), hint, place),
                    required=shape.always(wire),
                    provenance=model.provenance,
                    place=place,
                )
            else:
                field = self._described(name, wire, member, seen, hint)
            model.fields.append(field)

    def _described(self, name: str, wire: str, member: Node, seen: Shape | None, hint: str) -> FieldIR:
        facts = facts_of(told(member))
        type_ = self.told_type(member, hint, wire, seen)
        # An example proves that null occurs, whatever the page says of the type.
        if seen is not None and "null" in seen.kinds and not isinstance(type_, Nullable):
            type_ = nullable(type_)
        return FieldIR(
            name=name,
            wire=wire,
            type=type_,
            # An example cannot promise what the vendor's page does not say.
            required=member.get("required").value is True,
            description=facts.description,
            default=facts.default,
            sensitive=facts.sensitive,
            read_only=facts.read_only,
            write_only=facts.write_only,
            provenance=facts.provenance,
            since=facts.since,
            place=member.place,
        )

    def told_type(self, member: Node, hint: str, own: str, seen: Shape | None = None) -> Type:
        """The type that an overlay entry gives; without one, that of the examples."""
        if member.has("model"):
            inner: Type = self.model(member.text("model"), member)
            return nullable(inner) if member.flag("nullable") else inner
        items = member.get("items")
        if items.has("model"):
            inner = ListOf(self.model(items.text("model"), items))
            return nullable(inner) if member.flag("nullable") else inner
        # A bare `object` or `array` says less than the examples do.
        plain = member.text("type") in ("object", "array") and not items.present
        if (
            seen is not None
            and seen.kinds - {"null"}
            and ((plain and not member.has("properties")) or not _typed(member))
        ):
            return self.type_of(seen, hint, member.place)
        return self._schemas.type_of(told(member), hint, own=own)


def _with_fractions(type_: Type) -> Type:
    """A type of examples that hold whole numbers: others may come, since JSON has one type of number."""
    options = type_.options if isinstance(type_, UnionOf) else (type_,)
    spread = [((INTEGER, NUMBER) if option == INTEGER else (option,)) for option in options]
    return UnionOf(tuple(option for each in spread for option in each))


def _typed(member: Node) -> bool:
    return any(member.has(word) for word in ("type", "enum", "items", "properties", "format"))
