"""What the parts of one operation show, stated once all of them are read.

The table of a body or a response is stated after the samples, since they tell which rows are nested in which;
the responses after all of their statuses, since only those tell which of them is the success.
"""

from __future__ import annotations

from attrs import define, evolve, field, frozen

from codegen.facts.fact import Subject
from codegen.facts.redoc.tables import Table, tell_table
from codegen.facts.shapes import Shape, tell_shape
from codegen.facts.writer import Writer
from codegen.ir import Place


@frozen
class ShownTable:
    """The table of a request body, or of the schema of one response."""

    place: Place
    media: tuple[str, ...]
    required: bool
    table: Table


@define
class Shown:
    """Samples, their media types and those that cannot be read are kept by kind and status of their tab.

    kind: "request" or "response"; the status of a request, and of a response without a tab, is "".
    """

    body: ShownTable | None = None
    schemas: dict[str, ShownTable] = field(factory=dict)
    statuses: dict[str, Place] = field(factory=dict)
    samples: dict[tuple[str, str], Shape] = field(factory=dict)
    media: dict[tuple[str, str], list[str]] = field(factory=dict)
    opaque: set[tuple[str, str]] = field(factory=set)
    broken: bool = False

    @property
    def success(self) -> str:
        """The status that means success: the first 2xx, else `success` for a page that prints none."""
        statuses = [*self.statuses, *self.schemas]
        good = sorted(status for status in statuses if status.startswith("2"))
        if good:
            return good[0]
        return "default" if statuses == ["default"] else "success"

    def where(self, status: str) -> str:
        """The key of a response in facts.

        A sample without a tab is that of the success; so is one of a 2xx that the list of responses does not
        have, as long as the success that is listed has no sample: the two are parts of one page that may have
        been edited apart.
        """
        listed = {*self.statuses, *self.schemas}
        strays = bool(listed) and status not in listed and status.startswith("2")
        if not status or status == self.success:
            return "success"
        return "success" if strays and ("response", self.success) not in self.samples else status


def state(writer: Writer, shown: Shown) -> None:
    """State the body and the responses of the operation that the writer is about."""
    _state_body(writer, shown)
    _state_responses(writer, shown)
    _state_limits(writer, shown)


def _state_body(writer: Writer, shown: Shown) -> None:
    body, sample = shown.body, shown.samples.get(("request", ""))
    subject = Subject("request", writer.operation)
    if body is not None:
        _state_table(writer, subject, body, sample)
        writer.say(subject, "required", body.required, body.place)
    if sample is not None:
        writer.there(subject, sample.place)
        root = Subject("request-field", writer.operation)
        tell_shape(
            writer,
            root,
            sample,
            sure=body is not None and (bool(body.table.entries) or body.table.whole is None),
        )


def _state_responses(writer: Writer, shown: Shown) -> None:
    operation = writer.operation
    samples = {
        shown.where(_listed(shown, status, shape)): (
            shape,
            tuple(dict.fromkeys(shown.media.get((kind, status), ()))),
        )
        for (kind, status), shape in shown.samples.items()
        if kind == "response"
    }
    # A list of errors as the only sample: what success brings is not shown.
    lone = [w for w, (shape, _) in samples.items() if shape.is_errors and "success" not in samples]
    for status, place in shown.statuses.items():
        if status not in lone:
            subject = writer.there(Subject("response", operation, shown.where(status)), place)
            writer.say(subject, "status", status if status == shown.success else "", place)
    for status, schema in shown.schemas.items():
        where = shown.where(status)
        subject = Subject("response", operation, "errors" if status in lone else where)
        _state_table(writer, subject, schema, samples[where][0] if where in samples else None)
    for where, (shape, media) in samples.items():
        errors = shape.is_errors and (where == "success" or "success" not in samples)
        subject = writer.there(Subject("response", operation, "errors" if errors else where), shape.place)
        writer.say(subject, "status", where if errors and where != "success" else "", shape.place)
        writer.say(subject, "media-types", media, shape.place)
        root = Subject("response-field", operation, subject.where)
        tell_shape(writer, root, shape, sure=any(shown.where(status) == where for status in shown.schemas))


def _listed(shown: Shown, status: str, shape: Shape) -> str:
    """The status of a tab; errors whose tab is not listed are those of the one failure without a sample."""
    failures = [s for s in shown.statuses if not s.startswith("2") and ("response", s) not in shown.samples]
    strays = shape.is_errors and status and shown.statuses and status not in shown.statuses
    return failures[0] if strays and not status.startswith("2") and len(failures) == 1 else status


def _state_limits(writer: Writer, shown: Shown) -> None:
    """Mark what is not shown whole, so that nobody takes its parts for gone."""
    facts, operation = writer.facts, writer.operation
    if not shown.statuses:
        facts.partial.add(Subject("operation", f"{operation}|responses"))
    for where in [s.where for s in facts.subjects("response", operation)]:
        if Subject("response-field", operation, where) not in facts and where != "success":
            # A page collapses the responses of errors.
            facts.partial.add(Subject("response", operation, where))
    for kind, status in shown.opaque:
        if kind == "response":
            facts.partial.add(Subject("response", operation, shown.where(status)))
    if shown.broken:
        facts.partial |= {Subject("response", operation, where) for where in ("success", "errors")}
        facts.partial.add(Subject("response-field", operation, "success"))


def _state_table(writer: Writer, subject: Subject, body: ShownTable, sample: Shape | None) -> None:
    """State a body or a response and the rows of its table."""
    table, place = body.table, body.place
    writer.there(subject, place)
    writer.say(subject, "media-types", body.media, place)
    is_request = subject.kind == "request"
    root = Subject("request-field" if is_request else "response-field", writer.operation, subject.where)
    writer.there(root, place)
    row = evolve(root, path=("[]",)) if table.is_array else root
    if table.is_choice:
        # The rows are those of one alternative; of a list not even that is sure.
        writer.facts.partial.add(root)
    else:
        kind = table.whole.kind if table.whole is not None else "array" if table.is_array else "object"
        writer.say(root, "type", kind, place)
        if table.whole is not None and kind == "object":
            writer.facts.partial.add(root)
        if table.is_array:
            writer.say(writer.there(row, place), "type", "object", place)
    tell_table(writer, row, [] if table.is_choice and table.is_array else table.entries, sample)
