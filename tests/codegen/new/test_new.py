"""`python -m codegen new DOC --api NAME`: an API that works at once, from any kind of document."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codegen.edit.run import import_document
from codegen.new.run import create, register
from codegen.new.spec import NoSpecError
from codegen.project import ROOT
from tests.codegen.diff.shop import shop
from tests.codegen.update.exports import as_documenter

PAGE = """\
Pets (1.2)

Download OpenAPI specification:Download

Pet

What concerns pets.

Search Pets

Finds pets. [Rev 1.1]

Available Fields

How fields can be used.

  • Filterable: petID, name
  • Sortable: name
Authorizations:
SWT
query Parameters
$top
integer
Example: $top=1

How many. Default value is 100 with the ability to specify up to 500.

Responses

Response samples

Content type
application/json
{
  • "@odata.count": 2,
  • "@odata.nextLink": "https://pets.example/Pets/1X/home/api/pet?$skip=50",
  • "value": [
      • {
          • "petID": 1,
          • "name": "Rex"
        }
    ]
}


Release Notes

Release Notes 1.2

  • Added Search Pets GET api/pet
"""

COLLECTION: dict[str, Any] = {
    "info": {
        "name": "Pets",
        "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
    },
    "auth": {"type": "basic", "basic": [{"key": "password", "value": "hunter2", "type": "string"}]},
    "variable": [{"key": "url", "value": "https://pets.example/api"}],
    "item": [
        {
            "name": "Pet",
            "item": [
                {
                    "name": "GetPet",
                    "request": {
                        "method": "GET",
                        "description": "As documented.",
                        "url": {
                            "raw": "{{url}}/pet/:petId?full=true",
                            "host": ["{{url}}"],
                            "path": ["pet", ":petId"],
                            "query": [{"key": "full", "value": "true"}],
                            "variable": [{"key": "petId", "value": "1"}],
                        },
                    },
                    "response": [
                        {"name": "OK", "code": 200, "status": "OK", "body": '{"petId": 1, "name": "Rex"}'}
                    ],
                }
            ],
        }
    ],
}


def document(kind: str) -> str:
    """A small document of each kind."""
    plain = shop()
    for item in plain["paths"].values():
        for operation in item.values():
            operation.pop("x-trunkline", None)
    info = {**COLLECTION["info"], "publicUrl": "https://pets.example", "owner": "1", "publishedId": "p"}
    said = "## Version history\n\n| Version | Date | Changes |\n| --- | --- | --- |\n| 1.0 | 01/02/2026 | "
    info["description"] = f"{said}Added a `GetPet` method. Added a `ListPets` method |\n"
    made: dict[str, Any] = {
        "openapi": plain,
        "spec": shop(),
        "collection": COLLECTION,
        "documenter": as_documenter(COLLECTION),
        "metadata": {"collection": {"info": info, "statusCode": 200}},
    }
    return PAGE if kind == "page" else json.dumps(made[kind])


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    """A checkout without any spec: the runtime alone."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return root


def python(root: Path, *arguments: str) -> str:
    environ = {"PYTHONPATH": str(root / "src"), "PATH": "", "TRUNKLINE_PETS_PASSWORD": "word"}
    environ |= {"TRUNKLINE_PETS_USER": "someone", "TERM": "dumb", "COLUMNS": "200"}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=environ, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", ["page", "openapi", "spec", "collection", "documenter", "metadata"])
def test_new_api_is_known_everywhere_and_agrees_with_its_document(kind: str, root: Path) -> None:
    """Files, registry, operations and client; the document against its own spec is empty."""
    page = root / "page"
    page.write_text(document(kind), encoding="utf-8")
    created = create(page, "pets", root)
    spec = next(root / file for file in created.files if file.endswith((".json", "openapi.yaml")))
    left = [change for change in import_document(page, spec).before if not change.quiet]
    assert left == [] or kind == "metadata"
    assert bool(left) is any("left for you: python -m codegen drift" in line for line in created.look)
    listed = json.loads(python(root, "-m", "trunkline", "operations", "--api", "pets", "--json"))
    assert len(listed) == created.operations > 0
    assert "hunter2" not in "".join(path.read_text() for path in (root / "specs" / "pets").iterdir())
    made = "from trunkline import pets; c = pets.Client.from_env(); print(len(pets.OPERATIONS), c.base_url)"
    assert python(root, "-c", made).startswith(f"{created.operations} https://")


@pytest.mark.parametrize("host", ["https://upload.example", "{{uploads}}", "{{elsewhere}}", "upload.example"])
def test_request_to_another_host_was_sent_to_that_of_the_others(host: str, root: Path) -> None:
    collection: dict[str, Any] = copy.deepcopy(COLLECTION)
    for key, value in [("uploads", "https://upload.example"), ("elsewhere", "{{uploads}}")]:
        collection["variable"].append({"key": key, "value": value})
    url = {"raw": f"{host}/pets/photo", "host": [host], "path": ["pets", "photo"]}
    request = {"method": "POST", "header": [], "url": url}
    collection["item"].append({"name": "SendPhoto", "request": request, "response": []})
    page = root / "page"
    page.write_text(json.dumps(collection), encoding="utf-8")
    create(page, "pets", root)
    spec = root / "specs" / "pets" / "collection.json"
    assert [change for change in import_document(page, spec).before if not change.quiet] == []
    operations = (root / "src/trunkline/pets/_generated/operations.py").read_text()
    assert operations.count('server=Server("https://upload.example"') == 1
    assert "upload.example" not in (spec.parent / "overlay.yaml").read_text()


def test_new_api_is_mocked_and_called_at_once(root: Path) -> None:
    """A mock responses every operation with the vendor's own example; `call` and `lookup` know it."""
    page = root / "page"
    page.write_text(document("collection"), encoding="utf-8")
    create(page, "pets", root)
    script = """
import asyncio
from trunkline import pets
from trunkline.testing import mock_api

async def main():
    with mock_api(pets.Client):
        async with pets.Client(user="someone", password="word") as client:
            print(type(await client.pet.get(pet_id="1")).__name__)

asyncio.run(main())
"""
    assert python(root, "-c", script).strip() == "Pet"
    served = """
import asyncio
from trunkline import apis, pets
from trunkline.sandbox import Sandbox

async def main():
    async with Sandbox(rows=10) as sandbox:
        base = f"{sandbox.url}{apis.get('pets').mount}"
        async with pets.Client(user="sandbox", password="sandbox-password", base_url=base) as client:
            print(type(await client.pet.get(pet_id="1")).__name__)

asyncio.run(main())
"""
    assert python(root, "-c", served).strip() == "Pet"
    assert "pets.pet.get" in python(root, "-m", "trunkline", "call", "pets.pet.get", "--help")


@pytest.mark.parametrize("name", ["Pets", "class", "2pets", "pets-shop", "auth", "idi", "../x"])
def test_names_that_cannot_be_packages_or_are_taken_are_refused(name: str, root: Path) -> None:
    page = root / "page"
    page.write_text(PAGE, encoding="utf-8")
    before = (root / "src" / "trunkline" / "apis.py").read_bytes()
    with pytest.raises(NoSpecError):
        create(page, name, root)
    assert (root / "src" / "trunkline" / "apis.py").read_bytes() == before
    assert not (root / "specs").exists()


def test_nothing_is_left_behind_by_a_document_without_an_api(root: Path) -> None:
    """A drift report describes no API."""
    page = root / "page"
    report = {
        "pet.get": {"differences": [{"kind": "unknown field", "path": "$.a", "count": 1, "example": "int"}]}
    }
    page.write_text(json.dumps(report), encoding="utf-8")
    with pytest.raises(NoSpecError):
        create(page, "pets", root)
    assert not (root / "specs").exists()
    assert not (root / "src" / "trunkline" / "pets").exists()


def test_registry_of_another_form_is_left_to_the_person(tmp_path: Path) -> None:
    registry = tmp_path / "apis.py"
    registry.write_text("APIS = []\n", encoding="utf-8")
    with pytest.raises(NoSpecError, match="by hand"):
        register(registry, "pets", "Pets", "specs/pets/openapi.yaml", overlay=False)
    assert registry.read_text(encoding="utf-8") == "APIS = []\n"
