"""What doctor saw goes into the spec: a client built from it sees nothing new at that vendor."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codegen.__main__ import main as codegen
from codegen.project import ROOT
from tests.doctor.test_wrong_vendor import IDI, IDI_ROUTES, idi_environ, served
from tests.doctor.wrong_vendor import WrongVendor
from trunkline.auth import BasicAuth
from trunkline.doctor import examine
from trunkline.doctor.identifiers import Identifiers
from trunkline.doctor.probe import Probe
from trunkline.doctor.watching import Watching


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to import from, left out of the path again."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [one for one in sys.modules if one.split(".")[0] == "observed"]:
        del sys.modules[name]


async def _drift(url: str, package: str) -> dict[str, Any]:
    """Ask everything again with the client of a package, by the routes that were found."""
    client: Any = __import__(f"{package}.client", fromlist=["Client"]).Client(
        base_url=f"{url}/Wrong/2X/acme",
        auth=BasicAuth("u", "p"),
        routes={name: f"GET {path}" for name, path in IDI_ROUTES.items()},
        drift=True,
    )
    async with client:
        watch = Watching(client._transport, 100)
        client._transport = client._attempts._transport = watch
        asked = await Probe(client, watch, Identifiers({})).run()
        assert {one.route for one in asked} == {"right", "not asked"}
        report: dict[str, Any] = client.drift.report()
    return report


async def test_imported_drift_leaves_nothing_but_what_a_person_decides(built: Path) -> None:
    spec = built / "specs" / "openapi.yaml"
    shutil.copytree(ROOT / "specs" / "idi", spec.parent)
    async with served(WrongVendor("idi", "/Wrong/2X/acme", IDI)) as url:
        found = await examine("idi", environ=idi_environ(url), probe=True)
        seen = built / "drift.json"
        seen.write_text(json.dumps(found.drift))
        assert codegen(["import", str(seen), "--into", str(spec)]) == 1  # missing fields are left to decide
        assert "provenance: observed" in spec.read_text()
        assert codegen(["generate", str(spec), "--package", "observed", "--out", str(built)]) in (0, 3)
        report = await _drift(url, "observed")
    left = {
        (name, entry["kind"], entry["path"].rpartition(".")[2])
        for name, operation in report.items()
        for entry in operation["differences"]
    }
    # that a field did not come proves nothing, so the import leaves it to a person, and says so
    assert {kind for _, kind, _ in left} <= {"missing field"}
    assert {(name, wire) for name, _, wire in left} == {
        ("device.get", "displayName"), ("device.search", "displayName"), ("service.search", "accountNumber"),
        ("sim.get", "imsi"), ("sim.get_available_esim", "imsi"), ("sim.search", "imsi"),
    }  # fmt: skip
