"""What an operation's answer is to its caller: a typed value, or the failure that a success status hides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from trunkline._codec.codec import Codec
from trunkline._wire.failures import status_error
from trunkline._wire.messages import Response
from trunkline._wire.requests import Plan, content_kind
from trunkline._wire.responses import JSON_TYPES, utf8
from trunkline.errors import ResponseShapeError
from trunkline.operation import Operation, ResponseSpec

T = TypeVar("T")


_EMPTY = (202, 204, 205)


class Reader:
    """Reads the answers of one client.

    Args:
        plans: the client's, which hold what the document says of each status.
        reports_failure: whether a body with a success status says that the request failed.
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

    def value(self, op: Operation[T], answer: Response) -> T:
        """The answer as the operation's type, or as that of its status where the statuses differ.

        Raises:
            StatusError: the body only reports a failure. ResponseShapeError: it is not what is documented.
        """
        if answer.status >= 300:  # a documented redirect; its headers are in ResponseInfo too
            return answer.headers.get("Location", "") if op.response == "str" else None  # type: ignore[return-value]
        plan = self._plans[op]
        told = plan.answer
        if plan.by_status:
            told = plan.told(answer.status, answer.headers.get("Content-Type") or "")
        if op.response is None or not answer.body or (plan.by_status and told.type is None):
            return self._nothing(op, answer)
        if told.kind == "json":
            response = told.type if plan.by_status else op.response
            value = self._codec.decode(op, self.json_bytes(op, answer), response)
            if value is None and not plan.may_be_empty:
                return self._codec.null(op, response)  # type: ignore[no-any-return]
            return value
        if told.kind == "any":
            return self._as_it_came(op, answer, told)
        if told.kind == "binary":
            return answer.body  # type: ignore[return-value]
        page = "html" in (told.media_type or "")
        return self._utf8(op, answer, page=page).decode("utf-8", "replace")  # type: ignore[return-value]

    def _as_it_came(self, op: Operation[T], response: Response, told: ResponseSpec) -> T:
        """Content that the document does not describe: JSON read, text as text, anything else as bytes."""
        essence = (response.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        kind = content_kind(essence)
        if kind == "json" or not essence:
            try:
                return self._codec.decode(op, self.json_bytes(op, response), told.type or "Any")
            except ResponseShapeError:
                if essence:
                    raise
        if kind == "binary" and essence:
            return response.body  # type: ignore[return-value]
        return self._utf8(op, response, page=True).decode("utf-8", "replace")  # type: ignore[return-value]

    def json_bytes(self, op: Operation[Any], answer: Response) -> bytes:
        """The body as UTF-8 JSON text.

        Raises:
            StatusError: it only reports a failure. ResponseShapeError: it is no text, or an HTML page.
        """
        data = answer.body
        if answer.headers.get("Content-Type") not in JSON_TYPES:
            data = self._utf8(op, answer)
        if self._reports_failure(op, data):
            raise status_error(op, answer, attempts=answer.attempts, wait=None, secrets=self._secrets())
        return data

    def error_body(self, op: Operation[Any], status: int, body: Any) -> Any:
        """The body of an error as the document's type for this status; as it is where that does not fit.

        A gateway responds with the same statuses and other bodies, which must not become an empty model.
        """
        documented = {each.status.upper(): each.type for each in op.responses if each.kind == "json"}
        names = (str(status), f"{status // 100}XX", "DEFAULT")
        text = next((documented[name] for name in names if documented.get(name)), None)
        return body if text is None else self._codec.error_body(op, text, body)

    def _nothing(self, op: Operation[T], answer: Response) -> T:
        if answer.body:  # nothing was due: an error message or a login page must not pass for success
            self.json_bytes(op, answer)
        # 202, 204 and 205 may come without content whatever the document promises (RFC 9110, section 15.3).
        if op.response in (None, "Any") or self._plans[op].may_be_empty or answer.status in _EMPTY:
            return None  # type: ignore[return-value]
        kind = self._plans[op].answer.kind
        if kind == "json":
            raise ResponseShapeError(f"{op.name}: the answer is empty", operation=op.name)
        return b"" if kind == "binary" else ""  # type: ignore[return-value]

    def _utf8(self, op: Operation[Any], answer: Response, *, page: bool = False) -> bytes:
        try:
            return utf8(answer, page=page)
        except ResponseShapeError as error:
            text = str(error)
        # Raised here, so that no error which holds the body is its context.
        body = answer.body.decode("utf-8", "replace")
        raise ResponseShapeError(f"{op.name}: {text}", operation=op.name, body=body)


__all__ = ["Reader"]
