"""Whatever a document holds: a package that imports and whose types resolve, or a clear refusal.

`make fuzz-codegen` tries many more documents than the suite does.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import json
import os
import random
import shutil
import sys
import typing
from pathlib import Path
from typing import Any

import attrs
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from codegen.__main__ import main
from tests.codegen.read.test_read_hostile import JUNK, SEED, SHOP, damaged, places
from tests.codegen.smoke.fuzz import Documents
from trunkline import bulk
from trunkline._codec.annotations import is_model, model_fields
from trunkline._codec.build_source import BuildSource
from trunkline._codec.codec import Codec
from trunkline.bulk import Loader
from trunkline.model import Model
from trunkline.resource import Resource

MANY = int(os.environ.get("TRUNKLINE_FUZZ", "0"))
_numbers = itertools.count(1)
_quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


def generate(folder: Path, content: bytes, name: str = "spec.json") -> tuple[int, str]:
    """Run the command in this process; the status and the package's name."""
    package = f"fuzzed_{next(_numbers)}"
    spec = folder / name
    spec.write_bytes(content)
    return main(["generate", str(spec), "--package", package, "--out", str(folder)]), package


def check(folder: Path, package: str) -> None:
    """Import every module and resolve every type text; forget the package again."""
    importlib.invalidate_caches()
    try:
        for path in sorted((folder / package).rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            importlib.import_module(".".join(parts).removesuffix(".__init__"))
        resolve(sys.modules[package])
    finally:
        for module in [m for m in sys.modules if m.split(".")[0] == package]:
            del sys.modules[module]
        shutil.rmtree(folder / package, ignore_errors=True)


def resolve(package: Any) -> None:
    """Every annotation and type text means something."""
    codec = Codec()
    for value in vars(package.models).values():
        if is_model(value) and value is not Model:
            assert len(model_fields(value)) == len(attrs.fields(value)) - 1  # `extra`
            assert len({field.wire for field in model_fields(value)}) == len(model_fields(value))
            assert_decodes(codec, value)
    # Methods name these modules without importing them, which is left to whoever wants the models.
    modules: dict[str, Any] = {
        name: getattr(package, name, None) for name in ("models", "fields", "patches", "queries")
    }
    modules |= {f"_{name}": module for name, module in modules.items()}  # where a parameter has the name
    modules |= {"Loader": Loader, "_trunkline_bulk": bulk}  # imported by those who load
    for resource in vars(package.resources).values():
        if isinstance(resource, type) and issubclass(resource, Resource) and resource is not Resource:
            for method in filter(inspect.isfunction, vars(resource).values()):
                typing.get_type_hints(method, localns=modules)
    for op in package.OPERATIONS.values():
        texts = [
            param.type
            for params in (op.path_params, op.query_params, op.header_params, op.cookie_params)
            for param in params
        ]
        texts += [response.type for response in op.responses if response.type]
        texts += [op.response or "None", op.body.type if op.body else "None"]
        for text in texts:
            assert_decodes(codec, codec.type_of(op, text))


def assert_decodes(codec: Codec, tp: Any) -> None:
    """A decoder can be built, and the fast one wherever there is a plan for it."""
    codec._reader(tp)
    planned = codec._structs._plan(tp, BuildSource(), "v")[0]
    assert (codec._structs.of(tp)[0] is msgspec.Raw) == (planned == "R"), tp


# A smaller seed makes no smaller document.
_unshrunk = [phase for phase in Phase if phase is not Phase.shrink]


@settings(
    max_examples=MANY or 12,
    suppress_health_check=_quiet,
    deadline=None,
    derandomize=not MANY,
    phases=_unshrunk,
)
@given(seed=st.integers(0, 2**32))
def test_any_valid_document_gives_a_package_that_imports(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names, nesting, references and compositions at random never break the package."""
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(tmp_path))
        status, package = generate(tmp_path, json.dumps(Documents(seed).document()).encode())
        said = capsys.readouterr().err
        assert "internal error" not in said
        assert status in (0, 3), said
        check(tmp_path, package)


@pytest.mark.parametrize("seed", [SEED, SHOP], ids=["openapi", "postman"])
@settings(max_examples=MANY or 12, suppress_health_check=_quiet, deadline=None, derandomize=not MANY)
@given(data=st.data())
def test_one_wrong_value_is_refused_or_leaves_a_package_that_imports(
    seed: Any,
    data: st.DataObject,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A damaged document is refused with its place, or what remains of it works."""
    document = damaged(seed, data.draw(st.sampled_from(places(seed)[1:])), data.draw(JUNK))
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(tmp_path))
        status, package = generate(tmp_path, json.dumps(document).encode())
        said = capsys.readouterr().err
        assert "internal error" not in said
        assert "Traceback" not in said
        if status == 2:
            assert "spec.json" in said
            assert not (tmp_path / package).exists()
        else:
            check(tmp_path, package)


@settings(max_examples=MANY or 40, suppress_health_check=_quiet, deadline=None, derandomize=not MANY)
@given(noise=st.binary(min_size=1, max_size=60), seed=st.integers(0, 2**32))
def test_garbled_bytes_never_end_in_a_traceback(
    noise: bytes, seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any bytes at all end in one of the documented statuses and a message."""
    content = bytearray(json.dumps([SEED, SHOP][seed % 2]).encode())
    at = random.Random(seed).randrange(len(content))
    content[at : at + len(noise)] = noise
    status, package = generate(tmp_path, bytes(content), ["spec.json", "spec.yaml"][seed % 3 == 0])
    said = capsys.readouterr().err
    assert status in (0, 2, 3)
    assert "internal error" not in said
    assert (status == 2) == (not (tmp_path / package).exists())
