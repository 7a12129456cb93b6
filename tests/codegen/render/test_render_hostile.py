"""Spec text never becomes code, and names of the document never hide names of the generated code."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis.strategies import integers, sampled_from, text

from codegen.ir import BodyIR, Scalar, UnionOf
from codegen.render import quoting, render_package, write_package
from codegen.render.plan import CLIENT_NAMES
from tests.codegen.render.documents import Generated, document, field, model, operation, place, shop
from tests.codegen.render.hostile import TEXTS, clashing, hostile
from trunkline._codec.annotations import model_fields
from trunkline.client import BaseClient

ROOT = Path(__file__).parents[3]
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")


@pytest.mark.parametrize("said", TEXTS, ids=range(len(TEXTS)))
def test_hostile_text_arrives_as_text(said: str, generated: Generated) -> None:
    package = generated(hostile(said))
    assert "TRUNKLINE_PWNED" not in os.environ
    item = attrs.fields_dict(package.models.Item)
    assert item["value"].metadata["wire"] == said
    assert item["value"].metadata["since"] == said
    assert item["other"].metadata["format"] == said
    assert package.models.Kind.ONE.value == said
    search = package.OPERATIONS["item.search"]
    assert (search.title, search.path, search.since) == (said, f"/{said}", said)
    assert search.query_params[0].default == said
    assert search.paging.rows == said
    assert package.Client.servers == {said: said}
    assert package.OPERATIONS["item.change"].body.media_type == said


@pytest.mark.parametrize("said", TEXTS, ids=range(len(TEXTS)))
def test_hostile_text_leaves_the_source_readable(said: str) -> None:
    for name, source in render_package(hostile(said), api="shop").files.items():
        assert not _CONTROL.search(source), name
        source.encode("utf-8")
        if name.endswith(".py"):
            tree = ast.parse(source)
            calls = {
                node.func.id
                for node in ast.walk(tree)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            }
            assert not calls & {"exec", "eval", "__import__"}


def test_hostile_text_survives_in_docstrings_in_one_piece() -> None:
    for hostile_text in TEXTS:
        read = ast.literal_eval(quoting.docstring(quoting.paragraphs(hostile_text, width=80), 0))
        said = re.sub("[\ud800-\udfff]", "\ufffd", hostile_text)
        assert read.split() == (said.split() or ["Not", "described."])


@given(text(alphabet=sampled_from("\"\\ \n'a{")), integers(0, 12).map(lambda n: n - n % 4))
def test_docstring_of_any_quotes_and_backslashes_reads_back(said: str, indent: int) -> None:
    source = f"if 1:\n{' ' * indent}{quoting.docstring(quoting.paragraphs(said, width=60), indent)}"
    read = ast.literal_eval(source.partition("\n")[2].strip())
    assert read.split() == (said.split() or ["Not", "described."])


@pytest.mark.parametrize("value", [*TEXTS, 1.5, float("inf"), True, None, [1, ("a",)], {"k": {"x": ()}}])
def test_literal_reads_back_as_the_value(value: object) -> None:
    assert eval(quoting.literal(value), {"float": float}) == value  # noqa: S307


def test_identifier_refuses_what_is_no_name() -> None:
    for name in ("class", "1st", "a b", "", "x\n", "os;x"):
        with pytest.raises(quoting.UnusableNameError):
            quoting.identifier(name)


def test_clashing_names_keep_every_type_and_method(generated: Generated) -> None:
    package = generated(clashing())
    busy = package.models.Busy
    kinds = {item.wire: item.type for item in model_fields(busy)}
    assert kinds["numbers"] == list[int]
    assert kinds["price"] is Decimal
    assert kinds["self"] is package.models.Decimal
    assert kinds["str"] is str
    assert busy(str="x").extra == {}
    names = [item.name for item in package.OPERATIONS["str.copy"].query_params]
    assert names == ["options_", "self_", "operations", "id_"]
    assert len(package.OPERATIONS) == 22
    constants = [name for name in vars(package.operations) if name.isupper() and not name.startswith("_")]
    assert {"A_B_C_GET", "A_B_C_GET_2"} <= set(constants)


def test_client_names_cover_what_the_base_client_has() -> None:
    client = BaseClient(base_url="http://127.0.0.1:1/")
    public = {name for name in dir(client) if not name.startswith("_")}
    assert public <= CLIENT_NAMES


def test_generated_packages_are_strictly_typed_and_linted(tmp_path: Path) -> None:
    open_body = BodyIR(media_type="multipart/form-data", kind="multipart", type=Scalar("any"), place=place())
    empty = document(operation("thing", "send", body=open_body))
    only_open = model("Open", field("value", UnionOf((Scalar("any"), Scalar("date")))), in_request=True)
    documents = {
        "shop": shop(),
        "clashing": clashing(),
        "text": hostile(TEXTS[4]),
        "open": evolve(empty, models=[only_open]),
    }
    for name, value in documents.items():
        write_package(render_package(value, api=name), tmp_path / f"typed_{name}")
    names = [f"typed_{name}" for name in documents]
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--target-version", "py311"]
    done = subprocess.run(
        [*ruff, "--select", "E4,E7,E9,F,I,UP,RUF100", *names], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull]
    cache = ["--cache-dir", str(ROOT / ".mypy_cache" / "generated")]
    done = subprocess.run([*mypy, *cache, *names], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
