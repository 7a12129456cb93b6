"""`python -m codegen`: exit status, messages and the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from attrs import evolve

import codegen.read
from codegen.__main__ import main
from codegen.ir import Document, Gap, Place, Problem
from codegen.read import SpecError
from tests.codegen.render.documents import document, operation, shop

PLACE = Place("shop.yaml", "/paths/~1x/get", 12)


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> object:
    """Have the reader give a document, or raise."""

    def set_result(result: Document | BaseException) -> None:
        def read_document(
            path: Path, *, overlay: Path | None = None, ref_root: object = None, large: bool = False
        ) -> Document:
            if isinstance(result, BaseException):
                raise result
            return result

        monkeypatch.setattr(codegen.read, "read_document", read_document)

    return set_result


def _generate(tmp_path: Path) -> int:
    report = str(tmp_path / "report.json")
    return main(["generate", "shop.yaml", "--package", "shop", "--out", str(tmp_path), "--report", report])


def test_generate_complete_is_0_and_reports_counts(reading, tmp_path, capsys) -> None:
    reading(shop())
    assert _generate(tmp_path) == 0
    assert "shop: 5 operations, 3 models, 2 enums; nothing left out" in capsys.readouterr().out
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["complete"] is True
    assert report["document"]["title"] == "Shop"
    counts = report["counts"]
    assert (counts["package"]["operations"], counts["package"]["parameters"]) == (5, 10)
    assert (counts["package"]["bodies"], counts["package"]["responses"]) == (3, 7)
    assert (counts["rendered"]["models"], counts["rendered"]["enums"], counts["rendered"]["fields"]) == (
        3,
        2,
        15,
    )
    assert (counts["rendered"]["resources"], counts["rendered"]["methods"]) == (2, 5)
    assert (tmp_path / "shop" / "client.py").exists()


def test_generate_with_gaps_is_3_and_names_each(reading, tmp_path, capsys) -> None:
    gap = Gap(PLACE, "operation", "it has no path", dropped=True)
    note = Gap(PLACE, "script", "scripts are not run", "note")
    reading(evolve(shop(), gaps=[gap, note]))
    assert _generate(tmp_path) == 3
    out = capsys.readouterr()
    assert "1 gap, 1 note" in out.out
    assert "shop.yaml:12: #/paths/~1x/get: operation: it has no path" in out.err
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["counts"]["dropped"] == {"operations": 1}
    assert [item["pointer"] for item in report["gaps"]] == ["/paths/~1x/get"]
    assert [item["what"] for item in report["notes"]] == ["script"]


def test_generate_with_notes_only_is_0(reading, tmp_path) -> None:
    reading(evolve(document(), gaps=[Gap(PLACE, "script", "scripts are not run", "note")]))
    assert _generate(tmp_path) == 0


def test_generate_unusable_is_2_with_every_problem(reading, tmp_path, capsys) -> None:
    reading(SpecError([Problem(PLACE, "give it a path"), Problem(PLACE, "give it a method")]))
    assert _generate(tmp_path) == 2
    err = capsys.readouterr().err
    assert "shop.yaml:12: #/paths/~1x/get: give it a path" in err
    assert "give it a method" in err
    assert not (tmp_path / "shop").exists()


def test_generate_internal_error_is_2_and_ours(reading, tmp_path, capsys) -> None:
    reading(KeyError("what\ud800"))
    assert _generate(tmp_path) == 2
    err = capsys.readouterr().err
    assert "fault of trunkline's generator and not of your document: KeyError" in err
    assert "test_render_command.py:" in err
    assert "Traceback" not in err


def test_generate_without_its_dependencies_is_2_and_says_how_to_get_them(reading, tmp_path, capsys) -> None:
    reading(ModuleNotFoundError("No module named 'ruamel'", name="ruamel"))
    assert _generate(tmp_path) == 2
    assert "needs ruamel: pip install trunkline-codegen" in capsys.readouterr().err


def test_generate_into_foreign_folder_is_2(reading, tmp_path, capsys) -> None:
    reading(shop())
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "mine.py").write_text("x = 1\n")
    assert _generate(tmp_path) == 2
    assert "did not write (mine.py)" in capsys.readouterr().err


def test_generate_where_nothing_can_be_written_is_2(reading, tmp_path, capsys) -> None:
    reading(shop())
    (tmp_path / "file").write_text("")
    assert main(["generate", "shop.yaml", "--package", "shop", "--out", str(tmp_path / "file")]) == 2
    assert "file" in capsys.readouterr().err


def test_generate_interrupted_is_130(reading, tmp_path) -> None:
    reading(KeyboardInterrupt())
    assert _generate(tmp_path) == 130


@pytest.mark.parametrize("name", ["class", "1st", "a-b", "a.b", "../x", "é"])
def test_generate_refuses_names_that_cannot_be_imported(name: str, capsys) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["generate", "shop.yaml", "--package", name, "--out", "."])
    assert raised.value.code == 2
    assert "cannot be imported" in capsys.readouterr().err


def test_generate_shows_no_machine_path(reading, tmp_path) -> None:
    get = operation("thing", "get", place=Place("/home/somebody/shop.yaml", "/paths/~1thing/get", 3))
    reading(document(get, file="/home/somebody/shop.yaml", inputs={"/home/somebody/shop.yaml": "0" * 64}))
    _generate(tmp_path)
    for path in (tmp_path / "shop").glob("*"):
        assert "somebody" not in path.read_text(), path
    assert "shop.yaml#/paths/~1thing/get" in (tmp_path / "shop" / "resources.py").read_text()
    assert "somebody" not in (tmp_path / "report.json").read_text()


def test_help_names_every_command(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    assert all(name in out for name in ("build", "check", "generate", "petstore"))
