"""Examples of every model: valid by the spec, the same on every run, different from each other."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest
import yaml

from trunkline import abzorb, idi
from trunkline._codec.annotations import is_model
from trunkline._codec.codec import Codec, from_wire, to_wire
from trunkline._codec.exact_json import dumps
from trunkline.abzorb import models as abzorb_models
from trunkline.errors import ArgumentError
from trunkline.idi import models as idi_models
from trunkline.idi import security_token
from trunkline.operation import Operation
from trunkline.testing import _values, example, example_response, examples
from trunkline.testing._examples import failure, wire_bytes

ROOT = Path(__file__).resolve().parents[2]
LOGIN = "trunkline.idi.security_token._generated.models"


def models_of(module: ModuleType) -> dict[str, Any]:
    names = {name: getattr(module, name) for name in dir(module)}
    return {name: item for name, item in names.items() if is_model(item)}


def all_models() -> Iterator[Any]:
    packages = ("trunkline.idi._generated.models", "trunkline.abzorb._generated.models", LOGIN)
    for package in packages:
        for name, model in models_of(importlib.import_module(package)).items():
            yield pytest.param(model, id=f"{package.split('.')[1]}-{name}")


MODELS = list(all_models())
OPERATIONS = [
    pytest.param(op, id=f"{op.api}-{op.id}")
    for package in (idi, abzorb, security_token)
    for op in package.OPERATIONS.values()
]


def test_every_model_is_here() -> None:
    """A package whose models were not found would make the tests below pass on nothing."""
    assert len(MODELS) > 100
    assert idi_models.Device in [each.values[0] for each in MODELS]


@pytest.mark.parametrize("model", MODELS)
def test_example_survives_the_wire(model: Any) -> None:
    """Written and read again it is the same, and nothing is left over."""
    made = example(model)
    back = from_wire(model, dumps(to_wire(made)))
    assert back == made
    assert not back.extra


@pytest.mark.parametrize("model", MODELS)
def test_examples_are_the_same_again_and_differ(model: Any) -> None:
    """The n-th is the n-th; the first two are not equal unless no field could differ."""
    first, second = examples(model, 2)
    assert [first, second] == examples(model, 2)
    assert first == example(model)
    if any(to_wire(first).values()):
        assert first != second


def _schema_of(model: Any, spec: dict[str, Any]) -> dict[str, Any] | None:
    source = re.search(r"Source: \S+#/components/schemas/(\S+)", model.__doc__ or "")
    return spec["components"]["schemas"][source[1]] if source else None


def test_examples_are_valid_by_the_openapi_document() -> None:
    """Types, formats, enums and required fields, as a JSON Schema validator sees them."""
    spec = yaml.safe_load((ROOT / "specs/idi/openapi.yaml").read_text())
    resolver = {"$defs": {}, "components": spec["components"]}
    checked = 0
    for name, model in models_of(importlib.import_module("trunkline.idi._generated.models")).items():
        schema = _schema_of(model, spec)
        if schema is None:
            continue
        body = yaml.safe_load(dumps(to_wire(example(model))).decode())
        validator = jsonschema.Draft202012Validator({**schema, **resolver})
        assert not list(validator.iter_errors(body)), name
        checked += 1
    assert checked > 50


@pytest.mark.parametrize("op", OPERATIONS)
def test_response_is_read_as_the_operation_says(op: Operation[Any]) -> None:
    """What a mock sends is what the client takes, without a difference from the spec."""
    value = example_response(op)
    data = wire_bytes(value, op)
    if op.paging is not None:
        assert Codec().decode_page(op, data).rows == value
    elif op.response is None:
        assert data == b""
    else:
        assert Codec().decode(op, data) == value


def test_error_is_the_documented_one() -> None:
    """The default of IDI, the shape of that status in Abzorb, nothing where nothing is documented."""
    assert isinstance(failure(idi.OPERATIONS["device.get"], 404), idi_models.Errors)
    get = abzorb.OPERATIONS["connections.get_by_cli"]
    assert isinstance(failure(get, 400), abzorb_models.ValidationMessage)
    assert isinstance(failure(get, 404), abzorb_models.ErrorResponse)
    assert failure(get, 418) is None


def test_given_values_win_and_unknown_ones_are_refused() -> None:
    """A slip in a field's name is said with the names there are."""
    assert example(idi_models.Device, device_id=5).device_id == 5
    assert {row.device_id for row in examples(idi_models.Device, 3, device_id=5)} == {5}
    with pytest.raises(ArgumentError, match=r"Device has no field 'deviceid'; it has .*device_id"):
        example(idi_models.Device, deviceid=5)
    with pytest.raises(ArgumentError, match="not a generated model"):
        example(dict)  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("wire", "home", "pattern"),
    [
        ("simNumber", "us", r"8901\d{15}"),
        ("newSim", "uk", r"8944\d{15}"),
        ("iccID", "us", r"8901\d{15}"),
        ("imsi", "us", r"00101\d{10}"),
        ("cli", "uk", r"07700900\d{3}"),
        ("serviceNumber", "us", r"2125550\d{3}"),
        ("mdn", "us", r"2025550\d{3}"),
        ("telephone", "uk", r"01632960\d{3}"),
        ("emailAddress", "uk", r".+@example\.com"),
        ("postcode", "uk", r"ZZ\d+ \dAB"),
        ("zipCode", "us", r"\d{5}"),
        ("puk1", "us", r"\d{8}"),
        ("authenticationKey", "us", r"[0-9A-F]{32}"),
        ("simNumberType", "us", r"sim number type \d+"),
    ],
)
@pytest.mark.parametrize("n", [1, 77, 1234])
def test_text_looks_like_its_name(wire: str, home: Any, pattern: str, n: int) -> None:
    """Numbers come from the ranges that are set aside for fiction."""
    assert re.fullmatch(pattern, _values.text(wire, n, home))


@pytest.mark.parametrize("number", ["79927398713", "4111111111111111"])
def test_check_digit_is_luhns(number: str) -> None:
    """Two published numbers, and a SIM's own."""
    assert _values.luhn(number[:-1]) == number
    card = _values.iccid(5, "us")
    assert _values.luhn(card[:-1]) == card
    assert len(card) == 19


def test_vendors_home_is_told_by_its_words() -> None:
    """No vendor is named in the code."""
    assert _values.region(idi_models.Device.__module__) == "us"
    assert _values.region(abzorb_models.Connection.__module__) == "uk"


FOREIGN = """
openapi: 3.1.0
info: {title: Parcels, version: "1"}
servers: [{url: "https://parcels.example/v1"}]
paths:
  /parcels/{id}:
    get:
      operationId: getParcel
      tags: [parcels]
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {$ref: "#/components/schemas/Parcel"}}}
        "404":
          description: none
          content: {application/json: {schema: {$ref: "#/components/schemas/Problem"}}}
components:
  schemas:
    Problem: {type: object, required: [title], properties: {title: {type: string}}}
    Parcel:
      type: object
      required: [id, size, contents]
      properties:
        id: {type: string, format: uuid}
        size: {type: string, enum: [S, M]}
        weight: {type: number, format: decimal}
        labels: {type: object, additionalProperties: {type: integer}}
        parent: {$ref: "#/components/schemas/Parcel"}
        contents: {type: array, items: {$ref: "#/components/schemas/Parcel"}}
        payload:
          oneOf: [{$ref: "#/components/schemas/Letter"}, {$ref: "#/components/schemas/Box"}]
          discriminator:
            propertyName: kind
            mapping: {letter: "#/components/schemas/Letter", box: "#/components/schemas/Box"}
    Letter: {type: object, required: [kind], properties: {kind: {type: string}, pages: {type: integer}}}
    Box: {type: object, required: [kind], properties: {kind: {type: string}, volume: {type: number}}}
"""


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """A package of a vendor that this project does not know, generated now."""
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "parcels.yaml").write_text(FOREIGN)
    command = [
        sys.executable,
        "-m",
        "codegen",
        "generate",
        "parcels.yaml",
        "--package",
        "parcels",
        "--out",
        ".",
    ]
    environment = {"PYTHONPATH": str(ROOT), "PATH": str(Path(sys.executable).parent)}
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment)
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module("parcels")
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == "parcels"]:
            del sys.modules[name]


def test_other_vendors_models(parcels: ModuleType) -> None:
    """Circles end, alternatives say which one they are, and all of it survives the wire."""
    parcel = importlib.import_module("parcels.models").Parcel
    made = example(parcel)
    assert from_wire(parcel, dumps(to_wire(made))) == made
    assert to_wire(made)["payload"]["kind"] == "letter"
    assert made.contents == []
    assert set(made.labels) == {"example"}


async def test_other_vendors_client_is_mocked(parcels: ModuleType) -> None:
    """The mock knows operations by what the generator wrote, nothing else."""
    from trunkline.errors import NotFoundError
    from trunkline.testing import mock_api, sent

    client_class = importlib.import_module("parcels.client").Client
    with mock_api(client_class) as api:
        async with client_class(base_url="https://parcels.example/v1") as client:
            resource, method = next(iter(client.operations)).split(".")
            get = getattr(getattr(client, resource), method)
            assert (await get(id="a b")).contents == []
            api.fail(f"{resource}.{method}", status=404, message="gone")
            with pytest.raises(NotFoundError, match="gone"):
                await get(id="2")
        from trunkline.testing import assert_requests

        assert_requests(
            api, [sent(f"{resource}.{method}", id="a b"), sent(f"{resource}.{method}", status=404)]
        )
