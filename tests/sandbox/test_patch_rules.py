"""JSON Patch as the sandbox applies it, against RFC 6902 written out here a second time."""

from __future__ import annotations

import copy
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.callers import Caller
from trunkline.idi import OPERATIONS
from trunkline.sandbox import Sandbox, SandboxConfig
from trunkline.sandbox.idi.patching import apply_patch
from trunkline.sandbox.routing import Call, RefusedError
from trunkline.sandbox.store.store import Store

VERBS = ("add", "replace", "remove")
FIELDS = {
    "all": VERBS,
    "fixed": ("replace",),
    "once": ("add", "remove"),
    "a/b": VERBS,
    "m~n": VERBS,
    "~1": VERBS,
    "": VERBS,
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, 1.5, "", "x", "1", "true"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=3,
)
NAMES = [name for name in FIELDS if name]


class RefusalError(Exception):
    """What the independent reading below says to a step."""


def equal(one: Any, other: Any) -> bool:
    """Section 4.6: same JSON type, and equal within it."""
    kinds = {
        bool: "boolean",
        int: "number",
        float: "number",
        str: "string",
        type(None): "null",
        list: "array",
        dict: "object",
    }
    if kinds[type(one)] != kinds[type(other)]:
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(equal(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict):
        return set(one) == set(other) and all(equal(one[key], other[key]) for key in one)
    return bool(one == other)


def token(pointer: str) -> str:
    """RFC 6901 of one token: section 4 says which escape is undone first."""
    if not pointer.startswith("/") or "/" in pointer[1:]:
        raise RefusalError(pointer)
    out, rest = "", pointer[1:]
    while rest:
        if rest[0] == "~" and rest[1:2] in ("0", "1"):
            out += "~" if rest[1] == "0" else "/"
            rest = rest[2:]
        else:
            out += rest[0]
            rest = rest[1:]
    return out


def expected(document: dict[str, Any], steps: list[dict[str, Any]]) -> dict[str, Any]:
    """The document after the steps; an absent field is null, as the vendor does not tell them apart."""
    found = copy.deepcopy(document)
    for step in steps:
        name, verb = token(step["path"]), step["op"]
        if verb not in (*VERBS, "test") or name not in NAMES:
            raise RefusalError(name)
        if verb == "test":
            if "value" not in step or not equal(found.get(name), step["value"]):
                raise RefusalError(name)
            continue
        if verb not in FIELDS[name]:
            raise RefusalError(name)
        if verb == "remove":
            if found.get(name) is None:
                raise RefusalError(name)
            del found[name]
            continue
        if "value" not in step or (step["value"] is None and "remove" not in FIELDS[name]):
            raise RefusalError(name)
        found[name] = step["value"]
    return found


def _escaped(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")


PATHS = st.sampled_from(
    [*map(_escaped, NAMES), "", "/", "all", "/nosuch", "/a/b", "/all/0", "/m~n", "/~01", "/~2", "/all~1"]
)
STEPS = st.builds(
    lambda op, path, value: {"op": op, "path": path} | value,
    st.sampled_from([*VERBS, *VERBS, "test", "test", "move", "copy", "Replace", ""]),
    PATHS,
    st.one_of(VALUES.map(lambda value: {"value": value}), st.just({}), st.just({"from": "/all", "value": 1})),
)
DOCUMENTS = st.dictionaries(
    st.sampled_from(["all", "fixed", "once", "a/b", "m~n", "kept"]), VALUES, max_size=5
)


def call(body: Any) -> Call:
    operation = attrs.evolve(OPERATIONS["device.update"], patchable={name: FIELDS[name] for name in NAMES})
    return Call(
        operation=operation, store=Store("sqlite://", []), config=SandboxConfig(rows=1), now=0.0, body=body
    )


CALL = call(None)


@given(document=DOCUMENTS, steps=st.lists(STEPS, min_size=1, max_size=5))
@settings(max_examples=600, deadline=None)
def test_patch_does_what_rfc_6902_says(document: dict[str, Any], steps: list[dict[str, Any]]) -> None:
    """Every verb, escapes, types in tests; a patch that fails anywhere leaves everything as it was."""
    row = copy.deepcopy(document)
    try:
        wanted = expected(document, steps)
    except RefusalError:
        with pytest.raises(RefusedError) as caught:
            apply_patch(attrs.evolve(CALL, body=steps), row)
        assert caught.value.status in (400, 409)
        wanted = document
    else:
        touched = apply_patch(attrs.evolve(CALL, body=steps), row)
        assert touched == {token(step["path"]) for step in steps}
    assert equal(row, wanted)


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        [],
        "x",
        1,
        [1],
        [None],
        [[]],
        [{}],
        [{"op": "replace"}],
        [{"op": 1, "path": 2}],
        [{"path": "/all"}],
    ],
)
def test_patch_that_is_no_list_of_steps_is_refused(body: Any) -> None:
    row = {"all": 1}
    with pytest.raises(RefusedError) as caught:
        apply_patch(call(body), row)
    assert (caught.value.status, row) == (400, {"all": 1})


@pytest.mark.parametrize(
    ("value", "status"), [(True, 204), (1, 409), ("true", 409), (None, 409), (False, 409)]
)
async def test_a_test_of_a_flag_is_true_of_true_alone(idi: Caller, value: Any, status: int) -> None:
    """1 was taken for true: a guard of a client's passed that the vendor refuses."""
    await idi.patch("/api/device/1000", ("replace", "/bind", True))
    response = await idi.patch("/api/device/1000", ("test", "/bind", value), ("replace", "/pin", "7777"))
    assert response.status // 100 == status // 100, response.text
    assert ((await idi.get("/api/device/1000")).json["pin"] == "7777") is (status < 300)


async def test_patch_that_fails_in_the_middle_writes_nothing_down(sandbox: Sandbox, idi: Caller) -> None:
    """All steps or none, in the row and in the ledger."""
    before = (await idi.get("/api/device/1000")).json
    for steps in (
        [("replace", "/pin", "1"), ("test", "/pin", "2")],
        [("replace", "/pin", "1"), ("replace", "/deviceID", 5)],
        [("replace", "/pin", "1"), ("move", "/pin", "1")],
        [("remove", "/pin"), ("remove", "/pin")],
        [("replace", "/pin", "1"), ("replace", "/deviceStatusID", 99)],
    ):
        assert (await idi.patch("/api/device/1000", *steps)).status in (400, 409), steps
    assert (await idi.get("/api/device/1000")).json == before
    assert not list(sandbox.writes)
