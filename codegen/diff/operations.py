"""Operations compared: which there are, how they are reached, what they take and what they give."""

from __future__ import annotations

import re

from attrs import define

from codegen.diff.collected import Collected, Sides
from codegen.diff.lists import compare_lists
from codegen.diff.models import TypeComparer
from codegen.diff.parameters import compare_parameters
from codegen.diff.shapes import nullable
from codegen.diff.spot import Spot, report_provenance
from codegen.ir import BodyIR, Document, OperationIR, PagingIR, Place, Requirement, Type, UnionOf
from codegen.render.operations import answer_type, success_types

_SAFETY = ("unsafe", "idempotent", "safe")


def operation_id(operation: OperationIR) -> str:
    """The name as it is called in Python below the client, "device.get"."""
    return ".".join((*operation.resource, operation.method))


def compare_operations(old: Document, new: Document, sides: Sides, found: Collected) -> None:
    """Compare all operations of two documents."""
    before = {operation_id(item): item for item in old.operations}
    after = {operation_id(item): item for item in new.operations}
    lost = [item for id_, item in before.items() if id_ not in after]
    gained = {_route(item): item for id_, item in after.items() if id_ not in before}
    types = TypeComparer(sides, found)
    for item in lost:
        successor = gained.pop(_route(item), None)
        if successor is None:
            text = f"the operation is gone ({item.http_method.upper()} {item.path})"
            _add(found, "operation-removed", item, text, old=item.place)
            continue
        text = f"the operation is now called `{operation_id(successor)}`"
        now = operation_id(successor)
        _add(found, "operation-renamed", item, text, now=now, old=item.place, new=successor.place)
        OperationComparer(types, found, item, successor).compare()
    for id_, item in before.items():
        if id_ in after:
            OperationComparer(types, found, item, after[id_]).compare()
    for item in gained.values():
        text = f"new operation: {item.title or operation_id(item)} ({item.http_method.upper()} {item.path})"
        _add(found, "operation-added", item, text, new=item.place)


def _add(
    found: Collected,
    rule: str,
    item: OperationIR,
    text: str,
    *,
    now: str | None = None,
    old: Place | None = None,
    new: Place | None = None,
) -> None:
    id_ = operation_id(item)
    found.add(rule, subject=id_, operation=id_, text=text, now=now, old=old, new=new)


def _route(item: OperationIR) -> tuple[str, str]:
    """The route with its path parameters unnamed: their names never reach the server."""
    return item.http_method.upper(), re.sub(r"\{[^{}]*\}", "{}", item.path)


@define
class OperationComparer:
    """Compares one operation with itself, later."""

    _types: TypeComparer
    _found: Collected
    _old: OperationIR
    _new: OperationIR

    def compare(self) -> None:
        """Everything about the operation."""
        self._route()
        self._behaviour()
        self._provenance()
        compare_parameters(self._found, self._types, operation_id(self._old), self._old, self._new)
        self._body()
        self._paging()
        self._answers()
        compare_lists(self._found, self._types, operation_id(self._old), self._old, self._new)

    def _say(self, rule: str, text: str, part: str = "") -> None:
        id_ = operation_id(self._old)
        self._found.add(
            rule,
            subject=f"{id_}{part}",
            text=text,
            operation=id_,
            old=self._old.place,
            new=self._new.place,
        )

    def _route(self) -> None:
        old, new = self._old, self._new
        if _route(old) != _route(new):
            before, after = (f"`{item.http_method.upper()} {item.path}`" for item in (old, new))
            self._say("operation-route-changed", f"the route is {after} instead of {before}")

    def _behaviour(self) -> None:
        old, new = self._old, self._new
        if old.title and new.title and old.title != new.title:
            self._say("operation-title-changed", f"the vendor calls it {new.title}, before {old.title}")
        if old.deprecated != new.deprecated:
            rule = "operation-deprecated" if new.deprecated else "operation-undeprecated"
            text = (
                "the vendor calls it deprecated" if new.deprecated else "the vendor no longer deprecates it"
            )
            self._say(rule, text)
        before, after = _SAFETY.index(old.idempotency), _SAFETY.index(new.idempotency)
        if before != after:
            rule = "idempotency-raised" if after > before else "idempotency-lowered"
            self._say(
                rule, f"its retries follow the rules for {new.idempotency} calls, before {old.idempotency}"
            )
        if old.bulk != new.bulk:
            if new.bulk is None:
                self._say("bulk-removed", "single lookups are no longer put together into it")
            else:
                text = f"lookups with `{new.bulk.single}` can be put together into it, by `{new.bulk.key}`"
                self._say("bulk-added", text)
        if old.auth != new.auth:
            self._auth()

    def _auth(self) -> None:
        before, after = self._old.auth, self._new.auth
        if after == ():
            self._say("auth-became-none", "it asks for no credentials any more")
        elif before == ():
            self._say("auth-became-required", f"it asks for credentials now: {_schemes(after)}")
        else:
            self._say("auth-changed", f"it is signed with {_schemes(after)} instead of {_schemes(before)}")

    def _provenance(self) -> None:
        id_ = operation_id(self._old)
        for part in ("route", "request", "response"):
            report_provenance(
                self._found,
                subject=f"{id_}#{part}",
                words=f"the {part}",
                operation=id_,
                old=(getattr(self._old, f"{part}_provenance"), self._old.place),
                new=(getattr(self._new, f"{part}_provenance"), self._new.place),
            )

    # -- bodies ----------------------------------------------------------------------------------

    def _body(self) -> None:
        old, new = _body(self._old), _body(self._new)
        if old is None and new is not None:
            if new.required or new.is_json_patch:
                self._say("request-body-added-required", "it needs a body now", "(body)")
            else:
                self._say("request-body-added", "it takes a body now", "(body)")
        elif new is None and old is not None:
            self._say("request-body-removed", "it takes no body any more", "(body)")
        elif old is not None and new is not None:
            self._bodies(old, new)

    def _bodies(self, old: BodyIR, new: BodyIR) -> None:
        if (old.kind, old.is_json_patch) != (new.kind, new.is_json_patch):
            text = f"the body is {_kind(new)} instead of {_kind(old)}"
            self._say("request-body-kind-changed", text, "(body)")
            return
        if old.media_type != new.media_type:
            text = f"the body is sent as `{new.media_type}` instead of `{old.media_type}`"
            self._say("request-body-media-type-changed", text, "(body)")
        if old.required != new.required and not new.is_json_patch:
            word = "required" if new.required else "optional"
            self._say(f"request-body-became-{word}", f"the body is {word} now", "(body)")
        if old.type is not None and new.type is not None and not new.is_json_patch:
            id_ = operation_id(self._old)
            spot = Spot(
                operation=id_,
                direction="request",
                prefix="request-body",
                subject=f"{id_}(body)",
                words="the body",
                old=old.place,
                new=new.place,
            )
            self._types.compare(old.type, new.type, spot)

    # -- answers ---------------------------------------------------------------------------------

    def _paging(self) -> None:
        old, new = self._old.paging, self._new.paging
        if (old is None) != (new is None):
            text = (
                "it gives a pager now instead of one answer"
                if new
                else "it gives one answer, no pager any more"
            )
            self._say("paging-changed", text)
        elif old is not None and new is not None:
            changed = [
                name
                for name in ("kind", "rows", "next_link", "count", "skip_token", "skip", "top")
                if getattr(old, name) != getattr(new, name)
            ]
            if changed:
                text = "; ".join(
                    f"{name} is {_value(new, name)}, before {_value(old, name)}" for name in changed
                )
                self._say("paging-details-changed", f"it is paged another way: {text}")

    def _answers(self) -> None:
        statuses = [{answer.status for answer in item.answers} for item in (self._old, self._new)]
        for status in sorted(statuses[1] - statuses[0]):
            self._status(status, f"the answer {status} is documented now")
        for status in sorted(statuses[0] - statuses[1]):
            self._status(status, f"the answer {status} is no longer documented")
        self._media_types()
        if (self._old.paging is None) != (self._new.paging is None):
            return
        old, new = _result(self._old), _result(self._new)
        if old is None and new is not None:
            self._say("response-added", "it gives a value now", "->")
        elif new is None and old is not None:
            self._say("response-removed", "it gives no value any more", "->")
        elif old is not None and new is not None:
            self._results(old, new)

    def _status(self, status: str, text: str) -> None:
        """Vendors document a status everywhere at once, so it is one finding with many operations."""
        id_, old, new = operation_id(self._old), self._old.place, self._new.place
        rule = "response-status-changed"
        self._found.add(rule, subject=f"client#status.{status}", text=text, operation=id_, old=old, new=new)

    def _media_types(self) -> None:
        old = {answer.status: answer for answer in self._old.answers}
        for answer in self._new.answers:
            before = old.get(answer.status)
            if before is None or "none" in (before.kind, answer.kind) or not answer.status.startswith("2"):
                continue
            if before.media_type != answer.media_type:
                text = f"the answer comes as `{answer.media_type}` instead of `{before.media_type}`"
                self._say("response-media-type-changed", text, "->")

    def _results(self, old: Type, new: Type) -> None:
        before, after = _gives_none(self._old), _gives_none(self._new)
        if before != after:
            rule = "response-became-nullable" if after else "response-became-not-nullable"
            self._say(rule, "it may give None" if after else "it never gives None now", "->")
        id_ = operation_id(self._old)
        spot = Spot(
            operation=id_,
            direction="response",
            prefix="response",
            subject=f"{id_}->",
            words="a row of the answer" if self._new.paging else "the answer",
            old=self._old.place,
            new=self._new.place,
        )
        self._types.compare(old, new, spot)


def _schemes(names: Requirement | None) -> str:
    if names is None:
        return "the client's own credentials"
    each = [(name,) if isinstance(name, str) else name for name in names]
    return " or ".join(" and ".join(f"`{name}`" for name in together) for together in each if together)


def _body(operation: OperationIR) -> BodyIR | None:
    return operation.body if operation.body is not None and operation.body.kind != "none" else None


def _kind(body: BodyIR) -> str:
    return "a JSON Patch" if body.is_json_patch else f"of the kind {body.kind}"


def _value(paging: PagingIR, name: str) -> str:
    value = getattr(paging, name)
    return " or ".join(f"`{item}`" for item in value) if isinstance(value, tuple) else f"`{value}`"


def _result(operation: OperationIR) -> Type | None:
    """What a successful call gives, None for nothing; the row of a paged one."""
    if operation.paging is not None:
        return operation.paging.row_type
    kinds = [kind for kind in success_types(operation) if kind is not None]
    if not kinds:
        return None
    return kinds[0] if len(set(map(repr, kinds))) == 1 else UnionOf(tuple(kinds))


def _gives_none(operation: OperationIR) -> bool:
    """Whether a call that gives values may give None as well."""
    if operation.paging is not None:
        return nullable(operation.paging.row_type)
    kinds = [answer_type(item) for item in operation.answers if item.status.startswith("2")]
    return any(kind is None or nullable(kind) for kind in kinds)
