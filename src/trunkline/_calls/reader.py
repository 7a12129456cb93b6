"""What an operation's response is to its caller: a typed value, or the failure that a success status hides.

A success stays one, whatever its body: the request has run, and an error would make callers send it again. So
a body that the document does not promise is handed over as it came. Only what cannot be the operation's own
response is an error, with the body in it: an HTML page, broken JSON, JSON whose whole shape is another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from attrs import evolve

from trunkline._codec.codec import Codec
from trunkline._wire.failures import status_error
from trunkline._wire.media import content_kind, essence_of
from trunkline._wire.messages import Response
from trunkline._wire.requests import Plan
from trunkline._wire.responses import JSON_TYPES, is_html, text_or_bytes, utf8
from trunkline.errors import ResponseShapeError
from trunkline.operation import Operation, ResponseSpec

T = TypeVar("T")

_EMPTY = (202, 204, 205)
"""May come without content whatever the document promises (RFC 9110, section 15.3)."""
_NO_ROWS = b"[]"


class Reader:
    """Reads the responses of one client.

    Args:
        plans: the client's, which hold what the document states for each status.
        reports_failure: whether a body with a success status reports that the request failed.
        secrets: returns the texts that no error may show.
    """

    def __init__(
        self,
        codec: Codec,
        plans: Mapping[Operation[Any], Plan],
        reports_failure: Callable[[Operation[Any], bytes], bool],
        secrets: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self._codec = codec
        self._plans = plans
        self._reports_failure = reports_failure
        self._secrets = secrets

    def value(self, op: Operation[T], response: Response) -> T:
        """The response as the operation's type, or as that of its status where the statuses differ.

        Raises:
            StatusError: the body only reports a failure. ResponseShapeError: it cannot be the operation's.
        """
        value: Any
        if response.status >= 300:  # a documented redirect; its headers are in ResponseInfo too
            value = response.headers.get("Location", "") if op.response == "str" else None
            return value  # type: ignore[no-any-return]
        plan = self._plans[op]
        spec = plan.documented
        if plan.by_status:
            spec = plan.response_to(response.status, response.headers.get("Content-Type") or "")
        expression = spec.type if plan.by_status else op.response
        if not response.body:
            value = self._empty(op, response, spec, expression)
        elif expression is None:
            value = self._unexpected(op, response)
        elif spec.kind == "json":
            value = self._json(op, response, expression)
        elif spec.kind == "any":
            value = self._as_it_came(op, response, spec.type or "Any")
        else:
            value = self._content(op, response, spec)
        return value  # type: ignore[no-any-return]

    def page(self, op: Operation[Any], response: Response) -> Response:
        """The response with a page in UTF-8 JSON as its body; no content means no rows.

        Raises:
            StatusError, ResponseShapeError: as `json_bytes`.
        """
        # 204 states that there is nothing. An empty 200 does not: rows could be lost unnoticed.
        body = _NO_ROWS if response.status == 204 and not response.body else self.json_bytes(op, response)
        return response if body is response.body else evolve(response, body=body)

    def json_bytes(self, op: Operation[Any], response: Response) -> bytes:
        """The body as UTF-8 JSON text.

        Raises:
            StatusError: it only reports a failure. ResponseShapeError: it is not text, or an HTML page.
        """
        data = response.body
        # Nearly every response has one of these texts, and then needs neither a parse of the header nor
        # a check of the bytes.
        if response.headers.get("Content-Type") not in JSON_TYPES:
            data = self._utf8(op, response)
        if self._reports_failure(op, data):
            raise status_error(op, response, attempts=response.attempts, wait=None, secrets=self._secrets())
        return data

    def error_body(self, op: Operation[Any], status: int, body: Any) -> Any:
        """The body of an error as the document's type for this status; as it is where that does not fit.

        A gateway responds with the same statuses and other bodies, which must not become an empty model.
        """
        documented = {each.status.upper(): each.type for each in op.responses if each.kind == "json"}
        names = (str(status), f"{status // 100}XX", "DEFAULT")
        text = next((documented[name] for name in names if documented.get(name)), None)
        return body if text is None else self._codec.error_body(op, text, body)

    # -- successes ---------------------------------------------------------------------------------------

    def _json(self, op: Operation[Any], response: Response, expression: str) -> Any:
        """Where JSON is documented; a body of another media type, and not JSON, is handed over."""
        try:
            value = self._codec.decode(op, self.json_bytes(op, response), expression)
        except ResponseShapeError:
            is_json = content_kind(essence_of(response.headers)) == "json"
            if self._codec.strict or is_json or is_html(response):
                raise
        else:
            if value is None and not self._plans[op].may_be_empty:
                return self._codec.null(op, expression)
            return value
        self._codec.note_undocumented(op, expression, response.body)
        return text_or_bytes(response)

    def _content(self, op: Operation[Any], response: Response, spec: ResponseSpec) -> str | bytes:
        """Text or bytes, where those are documented."""
        page = "html" in (spec.media_type or "")
        if spec.kind == "binary":
            # A file may well begin like HTML; a login page in place of one has its media type.
            if not page and is_html(response) and "html" in essence_of(response.headers):
                self._utf8(op, response)
            return response.body
        return self._utf8(op, response, page=page).decode("utf-8", "replace")

    def _as_it_came(self, op: Operation[Any], response: Response, expression: str) -> Any:
        """Content that the document does not describe: JSON read, text as text, anything else as bytes."""
        media_type = essence_of(response.headers)
        if not media_type or content_kind(media_type) == "json":
            try:
                return self._codec.decode(op, self.json_bytes(op, response), expression)
            except ResponseShapeError:
                # Where nothing is documented no shape can be wrong.
                if media_type and (self._codec.strict or expression != "Any"):
                    raise
        return text_or_bytes(response)

    def _unexpected(self, op: Operation[Any], response: Response) -> Any:
        """Content where none is documented. An error message or a login page does not pass for success."""
        self._utf8(op, response)
        self.json_bytes(op, response)
        if self._codec.strict:
            return None
        self._codec.note_undocumented(op, "None", response.body)
        return self._as_it_came(op, response, "Any")

    def _empty(
        self, op: Operation[Any], response: Response, spec: ResponseSpec, expression: str | None
    ) -> Any:
        """No content, which is a success without a value, whatever is documented."""
        if expression in (None, "Any") or self._plans[op].may_be_empty:
            return None
        if spec.kind != "json":
            return b"" if spec.kind == "binary" else ""
        if response.status not in _EMPTY:
            if self._codec.strict:
                raise ResponseShapeError(f"{op.name}: the response is empty", operation=op.name, body="")
            self._codec.note_undocumented(op, expression, b"")
        return self._codec.nothing(op, expression)

    def _utf8(self, op: Operation[Any], response: Response, *, page: bool = False) -> bytes:
        try:
            return utf8(response, page=page)
        except ResponseShapeError as error:
            text = str(error)
        # Raised here, so that no error which holds the body is its context.
        body = response.body.decode("utf-8", "replace")
        raise ResponseShapeError(f"{op.name}: {text}", operation=op.name, body=body)


__all__ = ["Reader"]
