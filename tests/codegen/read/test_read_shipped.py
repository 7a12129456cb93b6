"""The shipped documents, read through the path that every other document takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.ir import Document, Scalar
from codegen.read import read_document
from tests.specs.idi_page import OPERATIONS

SPECS = Path(__file__).parents[3] / "specs"


@pytest.fixture(scope="module")
def idi() -> Document:
    return read_document(SPECS / "idi" / "openapi.yaml")


@pytest.fixture(scope="module")
def abzorb() -> Document:
    return read_document(SPECS / "abzorb" / "collection.json")


def test_idi_is_complete(idi: Document) -> None:
    assert len(idi.operations) == len(OPERATIONS)
    assert not [g for g in idi.gaps if g.severity == "gap"]
    paged = [o for o in idi.operations if o.paging is not None]
    assert len(paged) >= 18
    assert all(o.filter_types[n] != Scalar("any") for o in idi.operations for n in o.filter_types)
    patched = [o for o in idi.operations if o.patchable]
    listed = [o["x-trunkline"]["patchable"] for o in OPERATIONS.values() if "patchable" in o["x-trunkline"]]
    assert sorted(len(o.patchable) for o in patched) == sorted(map(len, listed))
    assert all(o.body is not None and o.body.is_json_patch for o in patched)
    assert all(t != Scalar("any") for o in patched for t in o.patch_types.values())


def test_idi_odata_parameters_have_their_python_names(idi: Document) -> None:
    search = next(o for o in idi.operations if (o.resource, o.method) == (("device",), "search"))
    names = {p.wire: p.name for p in search.parameters}
    assert names["$skiptoken"] == "skip_token"
    assert names["$orderby"] == "order_by"
    assert search.filter_types["deviceID"] == Scalar("integer")


def test_abzorb_takes_its_overlay(abzorb: Document) -> None:
    assert len(abzorb.operations) >= 49
    assert not [g for g in abzorb.gaps if g.severity == "gap"]
    assert {"production", "staging"} <= set(abzorb.servers)
    get = next(o for o in abzorb.operations if (o.resource, o.method) == (("connections",), "get_by_cli"))
    assert (get.path, get.parameters[0].name, get.parameters[0].sensitive) == ("/Connections/", "cli", True)
    assert list(abzorb.inputs) == ["collection.json", "overlay.yaml"]
    bulk = [o.bulk.single for o in abzorb.operations if o.bulk is not None]
    known = {f"{'.'.join(o.resource)}.{o.method}" for o in abzorb.operations}
    assert len(bulk) == 4
    assert set(bulk) <= known
