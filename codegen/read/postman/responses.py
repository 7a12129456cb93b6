"""The saved responses of a Postman request as documented responses."""

from __future__ import annotations

from codegen.ir import BodyKind, ContentIR, ListOf, ResponseIR, Scalar, Type
from codegen.read.operation.overlay import Overlay
from codegen.read.postman.body import SavedResponse, read_responses
from codegen.read.postman.examples import Shape, shape_of
from codegen.read.postman.shapes import ShapeReader
from codegen.read.schema.types import ANY, STRING
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node


class ResponseReader:
    """Reads the saved responses of one request after another."""

    def __init__(self, shapes: ShapeReader, overlay: Overlay, findings: Findings) -> None:
        self._shapes = shapes
        self._overlay = overlay
        self._findings = findings

    def read(self, item: Node, told_: Node, hint: str) -> list[ResponseIR]:
        """The responses of a request, by status; one of any content where no success is saved."""
        grouped: dict[str, list[SavedResponse]] = {}
        for response in read_responses(item, self._findings):
            grouped.setdefault(response.status, []).append(response)
        said = told_.get("response")
        # No saved success: what comes is unknown, so it is handed over as it is rather than refused.
        if not any(s.startswith("2") for s in grouped):
            type_ = self._told_response(said, Shape()) if said.has("model") else ANY
            unsaid = ResponseIR(
                status="2XX",
                media_type="application/json" if said.has("model") else "",
                kind="json" if said.has("model") else "any",
                type=type_,
                place=item.place,
            )
            responses = [unsaid]
        else:
            responses = []
        responses += [self._response(s, a, said, hint) for s, a in grouped.items()]
        return responses

    def _response(self, status: str, group: list[SavedResponse], said: Node, hint: str) -> ResponseIR:
        contents = self._contents(status, group, said, hint)
        first = contents[0] if contents else ContentIR(media_type="", kind="none", type=None)
        shown = next(
            (a for a in group if a.kind == first.kind and a.media_type == first.media_type), group[0]
        )
        return ResponseIR(
            status=status,
            media_type=first.media_type,
            kind=first.kind,
            type=first.type,
            others=contents[1:],
            description=shown.description,
            place=shown.node.place,
        )

    def _contents(self, status: str, group: list[SavedResponse], said: Node, hint: str) -> list[ContentIR]:
        """The content of saved responses, one of each kind: the Content-Type tells which one came."""
        best: dict[BodyKind, SavedResponse] = {}
        # What can be read comes first: it alone has a type.
        for saved_ in sorted(group, key=lambda a: not a.readable):
            if saved_.kind != "none":
                best.setdefault(saved_.kind, saved_)
        return [
            ContentIR(
                media_type=one.media_type,
                kind=kind,
                type=self._type(one, status, group, said, hint),
                asked=index == 0,
            )
            for index, (kind, one) in enumerate(best.items())
        ]

    def _type(
        self, one: SavedResponse, status: str, group: list[SavedResponse], said: Node, hint: str
    ) -> Type | None:
        if one.kind != "json":
            return Scalar("bytes") if one.kind == "binary" else STRING
        shape = shape_of(*(a.value for a in group if a.readable))
        place = one.node.get("body").place
        if not status.startswith("2"):
            # All errors of an API look alike, so equal shapes share one class.
            return self._shapes.error(shape, place)
        return (
            self._told_response(said, shape)
            if said.has("model")
            else self._shapes.type_of(shape, f"{hint}Response", place)
        )

    def _told_response(self, said: Node, shape: Shape) -> Type:
        """The model that the overlay gives a response; its examples become examples of the model."""
        name = said.text("model")
        many = said.flag("many")
        rows = shape.item if shape.item is not None else shape
        self._shapes.feed(name, rows, self._overlay.model(name).get("fields"))
        model = self._shapes.model(name, said)
        return ListOf(model) if many else model
