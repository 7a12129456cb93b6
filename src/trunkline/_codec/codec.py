"""Bytes to models and back: where the JSON of responses is read and that of requests is written.

`Codec.decode` tries the fast path (`struct_decoders`) and, where a response differs from the spec, the slow
one (`lenient`), which teaches the structs, so that only the first such response is slow.
"""

from __future__ import annotations

import datetime
import functools
import logging
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeVar

from trunkline._codec.annotations import NoneType, members, origin
from trunkline._codec.coercion import MisfitError
from trunkline._codec.depth import shallow
from trunkline._codec.envelope import Envelope, PageParts
from trunkline._codec.exact_json import MISFIT_ERRORS, decoder
from trunkline._codec.findings import Findings
from trunkline._codec.lenient import Lenient
from trunkline._codec.page_reader import PageReader
from trunkline._codec.shape_errors import parse, shape_error
from trunkline._codec.struct_decoders import StructDecoders
from trunkline._codec.unions import fit
from trunkline._codec.writing import RequestWriter
from trunkline.errors import ResponseShapeError
from trunkline.model import Model, WireForm
from trunkline.operation import Operation, Paging

if TYPE_CHECKING:
    from trunkline._codec.drift import DriftRecorder
    from trunkline._codec.outgoing import Outgoing

T = TypeVar("T")
M = TypeVar("M")
_log = logging.getLogger("trunkline")
_LOOK_EVERY: Final = 32
"""Single responses after which it is looked for fields that are always present."""


class Codec(RequestWriter):
    """Reads and writes for one client; keeps what its responses taught.

    drift: where differences from the spec are counted; None costs nothing.
    strict: a value that its field cannot hold is an error, and does not become `Model.extra`.
    """

    def __init__(self, drift: DriftRecorder | None = None, *, strict: bool = False) -> None:
        super().__init__()
        self._drift = drift
        self.strict = strict
        self._lenient = Lenient(strict=strict)
        self._structs = StructDecoders(self._lenient)
        self._readers: dict[Any, Callable[[bytes], Any]] = {}
        self._page_readers: dict[tuple[Operation[Any], Any], PageReader] = {}
        self._surprised = False
        self._reads = 0
        self._warned: set[tuple[str, Any, str]] = set()
        self._envelopes: dict[Operation[Any], Envelope] = {}

    def decode(self, op: Operation[T], data: bytes, response: str | None = None) -> T:
        """A response's JSON, UTF-8 without a byte order mark, as `op.response`; None for no content.

        response: the type of this response's status, where the operation's several statuses have several.
        Raises: ResponseShapeError, with paths and without values.
        """
        tp = self.type_of(op, response or op.response or "None")
        if tp is NoneType:
            return None  # type: ignore[return-value]
        self._surprised = False
        try:
            result: T = self._read(tp, data, op)
        finally:
            self._after(op, data, tp)
        self._reads += 1
        if self._reads % _LOOK_EVERY == 0 and self._structs.require():
            self._forget_readers()
        return result

    def nothing(self, op: Operation[Any], response: str | None) -> Any:
        """What a success without content gives: an empty list for a list, None for any other type."""
        return [] if origin(self.type_of(op, response or "None")) is list else None

    def null(self, op: Operation[Any], response: str | None) -> Any:
        """What JSON null means as a response: an empty list for a list, None where the type has room for it.

        Raises: ResponseShapeError for any other type, whose caller would trip over None.
        """
        tp = self.type_of(op, response or "None")
        if origin(tp) is list:
            return []
        if tp in (Any, object, NoneType) or NoneType in members(tp):
            return None
        name = op.name
        raise ResponseShapeError(
            f"{name}: the response is null where data was due", operation=name, paths=("$",)
        )

    def error_body(self, op: Operation[Any], expression: str, body: Any) -> Any:
        """A decoded error body as a documented type, where it has at least one key of it; else as it is."""
        tp = self.type_of(op, expression)
        if not isinstance(body, dict | list) or not body or fit(tp, body) is None:
            return body
        try:
            return self._lenient.body(tp, body)
        except (MisfitError, RecursionError):
            return body
        finally:
            self._lenient.take()

    def decode_page(self, op: Operation[Any], data: bytes, *, made: bool = True) -> PageParts:
        """One page: `{"value": […]}` with links and count in any order, a bare list, or one object.

        made: False leaves the rows as `UnmadeRows` where that loses nothing.
        Raises: ResponseShapeError, with paths and without values.
        """
        paging = op.paging or Paging()
        row = self.type_of(op, paging.row_type)
        self._surprised = False
        try:
            try:
                return self._read_page(op, paging, row, data, made)
            except ResponseShapeError:
                flat, deep = shallow(data)
                if self.strict or not deep:
                    raise
            # One field that is nested too deeply costs neither its row nor the page.
            data = flat
            text = "a field is nested too deeply to be read; it is handed over as JSON text (said once)"
            self._say_once((op.name, None, "deep"), text)
            parts = self._read_page(op, paging, row, data, made)
            parts.deep = deep
            return parts
        finally:
            self._after(op, data, row, paging)
            if self._structs.require():
                self._forget_readers()

    def coming_page(
        self, op: Operation[Any], data: bytes, whole: Callable[[], list[Any]]
    ) -> PageParts | None:
        """A page for a caller that takes its rows once, one after the other: `ComingRows`.

        None where it is better read whole. whole: reads it so, where a row differs from the spec.
        """
        if self._drift is not None or data[:1] != b"{":
            return None
        if self._structs.require():
            self._forget_readers()
        paging = op.paging or Paging()
        return self._page_reader(op, paging, self.type_of(op, paging.row_type)).coming(data, whole)

    def _after(self, op: Operation[Any], data: bytes, tp: Any, paging: Paging | None = None) -> None:
        """Take over what this body taught, warn once for each field, and count the drift."""
        odd = False
        if self._lenient.used:
            findings = self._lenient.take()
            odd = bool(findings.misfits or findings.odd_rows)
            if self._structs.learn(findings):
                self._forget_readers()
            self._warn(op, findings)
        if self._drift is not None:
            self._drift.observe(op, data, tp, paging, surprising=self._surprised, whole=odd)

    def _warn(self, op: Operation[Any], findings: Findings) -> None:
        for cls, wire in findings.unknown:
            head, at, kind = wire.partition("@")
            if at and head and kind.lower().endswith("nextlink"):
                self._say_once(
                    (op.name, cls, wire),
                    f"the list {head!r} inside a row is not whole: its next part is behind the link in "
                    "`extra` (said once); bulk.export follows it",
                )
        places = [(cls, field.wire, f"{cls.__name__}.{field.wire}") for cls, field in findings.misfits]
        places += [(cls, "", f"a row of {cls.__name__}") for cls in findings.odd_rows]
        for cls, wire, place in places:
            self._say_once(
                (op.name, cls, wire),
                f"{place} came as another type than the spec says; it is in `extra` as it came (said once)",
            )

    def _say_once(self, key: tuple[str, Any, str], text: str) -> None:
        """Log a warning whose key was not met before; the key begins with the operation's name."""
        if key not in self._warned:
            self._warned.add(key)
            _log.warning("%s: %s", key[0], text)

    def note_undocumented(self, op: Operation[Any], response: str | None, data: bytes) -> None:
        """Warn once, and count as drift, that a success came with another body than the spec promises.

        response: the type that is documented. data: the body, empty for none.
        """
        what = "with content that the spec does not name" if data else "without the content of the spec"
        text = f"a success came {what}; it is handed over as it came (said once)"
        self._say_once((op.name, None, ""), text)
        if self._drift is not None:
            self._drift.observe_undocumented(op, self.type_of(op, response or "None"), data)

    def from_wire(self, tp: type[M], data: Any) -> M:
        """JSON (bytes, or already parsed) as a model, by the slow path."""
        if isinstance(data, bytes | bytearray):
            data = parse(bytes(data), "from_wire")
        result: M = self._read_carefully(tp, data, "from_wire", "the class")
        if self._structs.learn(self._lenient.take()):
            self._forget_readers()
        return result

    def _read(self, tp: Any, data: bytes, op: Operation[Any]) -> Any:
        try:
            return (self._readers.get(tp) or self._reader(tp))(data)
        except MISFIT_ERRORS:
            pass  # not chained: the exception text may contain a value
        return self._read_carefully(tp, parse(data, op.name), op.name, op.source)

    def _reader(self, tp: Any) -> Callable[[bytes], Any]:
        target, step = self._structs.of(tp)
        decode = decoder(target)
        self._readers[tp] = decode if step is None else lambda data: step(decode(data))
        return self._readers[tp]

    def _read_carefully(self, tp: Any, value: Any, name: str, source: str, at: str = "$") -> Any:
        self._surprised = True
        try:
            return self._lenient.body(tp, value)
        except MisfitError as misfit:
            expected, paths = misfit.expected, [at + path for path in misfit.paths]
        except RecursionError:
            expected, paths = "less deep nesting", [at]
        # Raised here, so that no error which holds a value is its context.
        raise shape_error(name, source, expected, paths, value)

    def _read_page(self, op: Operation[Any], paging: Paging, row: Any, data: bytes, made: bool) -> PageParts:
        if data[:16].lstrip()[:1] == b"[":
            return PageParts(rows=self._read(list[row], data, op))
        try:
            reader = self._page_reader(op, paging, row)
            return reader.made(data) if made else reader.unmade(data)
        except MISFIT_ERRORS:
            pass  # not chained: the exception text may contain a value
        return self._read_page_carefully(op, self._envelope(op, paging), row, parse(data, op.name))

    def _envelope(self, op: Operation[Any], paging: Paging) -> Envelope:
        return self._envelopes.get(op) or self._envelopes.setdefault(op, Envelope(paging))

    def _page_reader(self, op: Operation[Any], paging: Paging, row: Any) -> PageReader:
        found = self._page_readers.get((op, row))
        if found is None:
            target, make = self._structs.of(list[row])
            found = self._page_readers[op, row] = PageReader(
                self._envelope(op, paging),
                row,
                target,
                make=make,
                make_one=self._structs.step_of_one(row),
                plain=self._structs.is_plain(row),
            )
        return found

    def _forget_readers(self) -> None:
        """Make them anew at the next use: what the structs hold has changed."""
        self._readers.clear()
        self._page_readers.clear()

    def _read_page_carefully(self, op: Operation[Any], envelope: Envelope, row: Any, body: Any) -> PageParts:
        if isinstance(body, list):
            rows = self._read_carefully(list[row], body, op.name, op.source)
            return PageParts(rows=rows)
        try:
            parts, rows = envelope.split(body, row, strict=self.strict)
        except MisfitError as misfit:
            paths = ["$" + path for path in misfit.paths]
            raise shape_error(op.name, op.source, misfit.expected, paths, body) from None
        if parts is None:
            if envelope.is_row(row, rows):
                return PageParts(rows=[self._read_carefully(row, rows, op.name, op.source)])
            raise shape_error(op.name, op.source, "a collection or one row of it", ["$"], body)
        if envelope.learn(parts.extra):
            self._forget_readers()
        parts.rows = self._read_carefully(list[row], rows, op.name, op.source, f"$.{envelope.paging.rows}")
        return parts


@functools.cache
def _shared() -> tuple[Codec, Outgoing]:
    from trunkline._codec.outgoing import Outgoing

    return Codec(), Outgoing(checked=False)


def to_wire(value: Any) -> Any:
    """A model or plain value as JSON-able data by wire names; `UNSET` left out, Decimals kept as Decimal.

    A model that was read gives what was received: absent fields are absent, values that no field could hold
        are not.
    Raises: ArgumentError for what JSON cannot hold: NaN, infinities, foreign types.
    """
    return _shared()[1].write(value)


def to_json(value: Any) -> str:
    """`to_wire` as JSON text, Decimals with their digits. Raises: ArgumentError, as `to_wire`."""
    from trunkline._codec.exact_json import dumps

    return dumps(to_wire(value)).decode()


def from_wire(cls: type[M], data: Any) -> M:
    """JSON (bytes, or already parsed) as a model; unknown keys go to `Model.extra`.

    So does a value that its field cannot hold, whose attribute is None.
    Raises: ResponseShapeError, with paths and without values, where the whole is not an object.
    """
    return _shared()[0].from_wire(cls, data)


def json_default(value: Any) -> Any:
    """See `trunkline.model.json_default`."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.adjusted() < 400 else float(value)
    if isinstance(value, Model | WireForm | datetime.date | datetime.time | datetime.timedelta | bytes):
        return to_wire(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


__all__ = ["Codec", "PageParts", "from_wire", "json_default", "to_json", "to_wire"]
