"""What responses hold that the spec does not say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import define, field

from tests.codec.vendor_models import GET, SEARCH
from trunkline._codec.codec import Codec
from trunkline._codec.drift import EAGER, STRIDE, DriftRecorder
from trunkline.errors import ResponseShapeError
from trunkline.model import Model

FULL = {
    "deviceID": 1, "aKey": "k", "charge": 1.5, "ratio": 1, "active": True, "created": "2020-01-01T00:00:00Z",
    "day": "2020-01-01", "msag": "01/14/2020", "status": "Active", "rank": 1, "features": [], "byName": {},
    "pet": None, "told": None, "photo": "", "anything": [1], "mixed": 1,
}  # fmt: skip


def differences(recorder: DriftRecorder, name: str = "device.get") -> dict[tuple[str, str], tuple[int, str]]:
    found = recorder.report()[name]["differences"]
    return {(one["kind"], one["path"]): (one["count"], one["example"]) for one in found}


def observed(*bodies: dict[str, Any]) -> DriftRecorder:
    recorder = DriftRecorder()
    codec = Codec(recorder)
    for body in bodies:
        codec.decode(GET, json.dumps(body).encode())
    return recorder


def test_documented_response_reports_nothing() -> None:
    """Nothing else is reported."""
    assert differences(observed(FULL, FULL)) == {}


@pytest.mark.parametrize(
    ("change", "kind", "path", "example"),
    [
        ({"new": "Ab-12"}, "unknown field", "$.new", "text of 5: aa-99"),
        ({"deviceID": "12"}, "other type", "$.deviceID", "text of 2: 99"),
        ({"day": "2020-01-01T00:00:00Z"}, "other type", "$.day", "text of 20: 9999-99-99a99:99:99a"),
        ({"status": "Gone"}, "new enum value", "$.status", "text of 4: aaaa"),
        ({"rank": 77}, "new enum value", "$.rank", "int of 2 characters"),
        ({"aKey": 123456}, "other type", "$.aKey", "int"),
        ({"features": {"Name": "x", "parent": None}}, "other type", "$.features", "object of 2"),
        (
            {"features": [{"Name": "x", "parent": None, "z": 1}]},
            "unknown field",
            "$.features[].z",
            "int of 1 characters",
        ),
        ({"07700900123": 1}, "unknown field", "$.text of 11: 99999999999", "int of 1 characters"),
    ],
)
def test_difference_is_counted_with_a_masked_example(change: Any, kind: str, path: str, example: str) -> None:
    """One difference, counted in each response, shown without its content."""
    assert differences(observed({**FULL, **change}, {**FULL, **change})) == {(kind, path): (2, example)}


def test_missing_field_counts_if_it_is_always_absent() -> None:
    """A field that is there now and then is optional, not missing."""
    without = {key: value for key, value in FULL.items() if key not in ("deviceID", "charge")}
    assert differences(observed(without, {**without, "charge": 1})) == {
        ("missing field", "$.deviceID"): (2, "required")
    }


def test_pages_report_paging_keys_and_rows() -> None:
    """Keys other than the first documented spelling, and rows beyond it."""
    recorder = DriftRecorder()
    codec = Codec(recorder)
    body = {"value": [{**FULL, "new": 1}] * 200, "@nextLink": "/n", "page": 1}
    codec.decode_page(SEARCH, json.dumps(body).encode())
    found = differences(recorder, "device.search")
    assert found.keys() == {
        ("unknown field", "$.value[].new"),
        ("paging key", "$.@nextLink"),
        ("paging key", "$.page"),
    }
    assert found["unknown field", "$.value[].new"][0] == recorder.report()["device.search"]["objects"] <= 32


def test_sampling_compares_first_responses_then_few_but_every_surprise() -> None:
    """What keeps it cheap."""
    recorder = observed(*[FULL] * (STRIDE - 1))
    assert recorder.report()["device.get"]["compared"] == EAGER
    recorder = observed(*[FULL] * (EAGER + 1), {**FULL, "late": 1})
    assert ("unknown field", "$.late") in differences(recorder)


def test_refused_response_is_recorded_too() -> None:
    """The response that breaks a call is the one to report."""
    recorder = DriftRecorder()
    with pytest.raises(ResponseShapeError):
        Codec(recorder, strict=True).decode(GET, b'{"deviceID": "secret"}')
    assert differences(recorder)["other type", "$.deviceID"] == (1, "text of 6: aaaaaa")
    with pytest.raises(ResponseShapeError):
        Codec(recorder).decode(GET, b"<html>")
    assert "secret" not in json.dumps(recorder.report())


@define(kw_only=True)
class Place(Model):
    town: str | None = field(default=None, metadata={"wire": "town"})


@define(kw_only=True)
class Owner(Model):
    address: Place | None = field(default=None, metadata={"wire": "address", "sensitive": True})


def test_sensitive_object_of_the_documented_model_is_no_difference() -> None:
    """Reported as `other type: dict` before: an object fits a field whose type is a model."""
    recorder = DriftRecorder()
    for body in ({"address": {"town": "Bath"}}, {"address": "Bath"}, {"address": ["Bath"]}):
        recorder.observe(GET, json.dumps(body).encode(), Owner)
    assert differences(recorder) == {("other type", "$.address"): (2, "str")}


def test_new_enum_values_and_odd_names_are_shown_but_no_numbers_of_persons() -> None:
    """At most 20 each; further names below one place are one line."""
    names = {f"odd-{letter}": 1 for letter in "abcdefghijklmnopqrstuvwxyz"}
    bodies = [{**FULL, "status": status} for status in ("Gone", "07700900123", "Gone")]
    report = observed(*bodies, {**FULL, **names}).report()["device.get"]["differences"]
    enum = next(one for one in report if one["kind"] == "new enum value")
    assert enum["values"] == ["Gone", "text of 11: 99999999999"]
    assert (enum["count"], enum["types"], enum["expected"]) == (3, {"string": 3}, "Status")
    unknown = {one["path"]: one["count"] for one in report if one["kind"] == "unknown field"}
    assert len(unknown) == 21
    assert (unknown["$.odd-a"], unknown["$.*"]) == (1, 6)


def test_every_odd_row_of_a_page_is_counted() -> None:
    """A value that did not fit has the whole page compared, not a sample of its rows."""
    recorder = DriftRecorder()
    rows = [{**FULL, "deviceID": "x"} if index % 100 == 7 else FULL for index in range(300)]
    codec = Codec(recorder)
    for _ in range(2):
        codec.decode_page(SEARCH, json.dumps({"value": rows}).encode())
    assert differences(recorder, "device.search")["other type", "$.value[].deviceID"][0] == 6
