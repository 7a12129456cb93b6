"""Files as people have them: no header, spoilt digits, changed in mid-run, links, modes, two runs at once."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.cli.shell import FIRST_DEVICE, Shell, words
from trunkline.bulk._files import FileLock
from trunkline.cli._columns import Source
from trunkline.cli._files import replacing
from trunkline.cli._reading import Key, read
from trunkline.cli._spelling import Spelling, looks_like_key, spelling_of, unwrapped
from trunkline.errors import CheckpointError, InputError
from trunkline.operation import Param

NUMBER = Param(wire="cli", name="cli")


def keys_of(path: Path, content: str | bytes, **spelling: bool) -> list[Key]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    kind = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".parquet": "parquet"}[path.suffix]
    return list(read(Source(path=path, format=kind, names=("id",), spelling=Spelling(**spelling))))


@pytest.mark.parametrize(
    "text",
    ["1001\n1002\n", "07700900123\n07700900124\n", "AB-12\nCD-34\n", "1.001E+03\n2\n", "5\n", '="0770"\n1\n'],
)
@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_first_key_without_a_header_is_refused(tmp_path: Path, ending: str, text: str) -> None:
    with pytest.raises(InputError, match="looks like a key and not like a header"):
        keys_of(tmp_path / f"keys.{ending}", text)


@pytest.mark.parametrize("header", ["id", "ID", "number", "device 1", "Zip5", "key"])
def test_header_that_is_a_word_is_a_header(tmp_path: Path, header: str) -> None:
    assert keys_of(tmp_path / "keys.csv", f"{header}\nabc-1\nabc-2\n") == ["abc-1", "abc-2"]


@pytest.mark.parametrize("column", ["1001", "07700900123"])
def test_first_key_named_as_the_column_was_swallowed(tmp_path: Path, column: str) -> None:
    """An error that lists the first line as columns leads to this; a year over identifiers is a header."""
    source = Source(path=tmp_path / "keys.csv", format="csv", names=("id",), column=column)
    assert source.path is not None
    source.path.write_text(f"{column},Ann\n{int(column) + 1:0{len(column)}},Bob\n")
    with pytest.raises(InputError, match="looks like a key"):
        list(read(source))
    source.path.write_text(f"{column},Ann\n100200300400,Bob\n")
    assert list(read(source)) == ["100200300400"]


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        ("\u202a07700900123\u202c", "07700900123"),
        ("0770\u200b0900123", "07700900123"),
        ("\ufeff07700900123", "07700900123"),
        ("\u201907700900123", "07700900123"),
        ("''07700900123''", "07700900123"),
        ('"=""07700900123"""', "07700900123"),
        ("80E12345", "80E12345"),
        ("99000012345E67", "99000012345E67"),
    ],
)
def test_sign_that_nobody_sees_went_to_the_vendor(tmp_path: Path, cell: str, key: str) -> None:
    """Address books put marks of direction around numbers; and hexadecimal serials are no large numbers."""
    assert keys_of(tmp_path / "keys.csv", f"id\n{cell}\n") == [key]


@pytest.mark.parametrize("cell", ["#N/A", "#REF!", "######", '"1001\n1002"', "1001\x00"])
def test_cell_without_a_key_was_asked_for(tmp_path: Path, cell: str) -> None:
    first, second = keys_of(tmp_path / "keys.csv", f"id\n{cell}\n1003\n")
    assert first.problem
    assert not first.lost
    assert second == "1003"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_text_with_zero_bytes_was_read_as_utf_8(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(InputError, match="not UTF-8"):
        keys_of(tmp_path / "keys.csv", "id\n1001\n".encode(encoding))
    assert keys_of(tmp_path / "keys.csv", "id\n1001\n".encode("utf-32")) == ["1001"]


def test_name_twice_in_a_json_line_lost_the_first_value(tmp_path: Path) -> None:
    keys = keys_of(tmp_path / "keys.jsonl", '{"id": 1, "id": 2}\n{"id": 3}\n')
    assert [key.problem.partition(",")[0] for key in keys] == ["has a name twice", ""]


@pytest.mark.parametrize("spoilt", ["1.001E+03", "1E+11", "4,47701e+11", "-1.5e10", "4.47701 E+11", "12E+10"])
def test_scientific_notation_is_refused_before_anything_is_asked(shell: Shell, spoilt: str) -> None:
    (shell.folder / "keys.csv").write_text(f'device_id\n{FIRST_DEVICE}\n"{spoilt}"\n')
    told = shell("lookup", "idi.device.get", "--input", "keys.csv", "--out", "out.jsonl")
    assert told.returncode == 2
    assert "line 3" in told.stderr
    assert "spreadsheet" in told.stderr
    assert spoilt not in told.stderr
    assert shell.files() == {"keys.csv"}


def test_scientific_notation_is_refused_by_call(shell: Shell) -> None:
    told = shell("call", "idi.device.get", "device_id=1.001E+03")
    assert told.returncode == 2
    assert "spreadsheet" in told.stderr


@pytest.mark.parametrize("content", ['{"id": 1.001e3}\n', '{"id": "4.47701E+11"}\n', "4.47701E+11\n"])
@pytest.mark.parametrize("text", [True, False])
def test_another_device_was_asked_for_a_spoilt_key(tmp_path: Path, content: str, text: bool) -> None:
    path = tmp_path / ("keys.jsonl" if content[0] == "{" else "keys.csv")
    with pytest.raises(InputError, match="spreadsheet"):
        keys_of(path, content if content[0] == "{" else f"id\n{content}", text=text, whole=not text)


def test_whole_number_with_a_fraction_of_zero(tmp_path: Path) -> None:
    """A float column is fine for an integer, and has lost what makes a text identifier."""
    assert keys_of(tmp_path / "keys.csv", "id\n1001.0\n", whole=True, text=False) == ["1001.0"]
    with pytest.raises(InputError, match=r"ends in \.0"):
        keys_of(tmp_path / "keys.csv", "id\n7700900123.0\n")


@pytest.mark.parametrize("cell", ['="07700900123"', "'07700900123", '"=""07700900123"""', " 07700900123 "])
def test_what_a_spreadsheet_puts_around_text_is_taken_off(tmp_path: Path, cell: str) -> None:
    assert keys_of(tmp_path / "keys.csv", f"id,x\n{cell},1\n") == ["07700900123"]


@pytest.mark.parametrize("spelt", ["07700900123 x12", "07700PHONE1", "0800FLOWERS"])
def test_normalizing_made_another_number_of_an_extension_or_letters(spelt: str) -> None:
    assert "extension or letters" in Spelling(normalize="GB").read(spelt)[1]


@pytest.mark.parametrize(
    "spelt",
    [
        "+447700900123",
        "447700900123",
        "7700900123",
        "07700 900123",
        "07700\u00a0900123",
        "07700\u2011900\u2011123",
        "tel:+447700900123",
    ],
)
def test_number_in_another_form_is_refused_or_put_right(spelt: str) -> None:
    text, problem = spelling_of("abzorb", NUMBER, str, None).read(spelt)
    assert "--normalize GB" in problem
    assert text not in problem
    assert spelling_of("abzorb", NUMBER, str, "gb").read(spelt) == ("07700900123", "")
    assert spelling_of("abzorb", NUMBER, str, "off").read(spelt) == (spelt, "")
    assert spelling_of("abzorb", NUMBER, str, None).read("07700900123") == ("07700900123", "")


@pytest.mark.parametrize("values", [[b"1001"], [1.5], [True], [[1001]], [{"id": 1}]])
def test_parquet_column_that_is_no_identifier_is_refused(tmp_path: Path, values: list[object]) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "keys.parquet"
    parquet.write_table(arrow.table({"id": values}), path)
    with pytest.raises(InputError, match="not text or whole numbers"):
        keys_of(path, path.read_bytes())


@pytest.mark.parametrize(
    ("width", "value"), [("float32", 2.0**24), ("float16", 2048.0), ("float64", 2.0**53)]
)
def test_narrow_float_column_named_another_device(tmp_path: Path, width: str, value: float) -> None:
    """16,777,217 becomes 16,777,216 in a column of 32 bits."""
    path = tmp_path / "keys.parquet"
    numbers = pa.array([7.0, value]).cast(width)
    parquet.write_table(pa.table({"id": numbers}), path)
    seven, large = read(Source(path=path, format="parquet", names=("id",), spelling=Spelling(whole=True)))
    assert (seven, large.lost) == ("7", True)


@pytest.mark.parametrize("change", ["cut", "rewritten", "longer"])
def test_input_that_changes_while_it_is_read_is_an_error(tmp_path: Path, change: str) -> None:
    path = tmp_path / "keys.csv"
    lines = [f"{number:09d}" for number in range(50_000)]
    path.write_text("id\n" + "\n".join(lines) + "\n")
    source = Source(path=path, format="csv", names=("id",))
    keys = read(source)
    for _ in range(10):
        next(keys)
    text = {"cut": lines[:20_000], "rewritten": lines[::-1], "longer": [*lines, "1"]}[change]
    path.write_text("id\n" + "\n".join(text) + "\n")
    with pytest.raises(InputError, match="changed while its keys were read"):
        list(keys)


def test_file_that_is_replaced_as_a_whole_is_read_to_its_end(tmp_path: Path) -> None:
    path, other = tmp_path / "keys.csv", tmp_path / "other.csv"
    path.write_text("id\n" + "".join(f"{number}\n" for number in range(1000)))
    other.write_text("id\n1\n")
    found = []
    for key in read(Source(path=path, format="csv", names=("id",))):
        found.append(key)
        if len(found) == 10:
            other.replace(path)
    assert len(found) == 1000


def test_output_keeps_mode_and_link_and_new_one_is_private(tmp_path: Path) -> None:
    real, link, new = tmp_path / "real.csv", tmp_path / "link.csv", tmp_path / "new.csv"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    with replacing(link, private=True) as place:
        place.write_text("new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    with replacing(new, private=True) as place:
        place.write_text("secret")
    assert stat.S_IMODE(new.stat().st_mode) == 0o600


def test_half_written_output_of_a_killed_run_is_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / f".out.csv.{gone.pid}.part").write_text("half")
    with replacing(tmp_path / "out.csv") as place:
        place.write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_while_the_output_is_written_leaves_nothing(tmp_path: Path, number: int) -> None:
    script = (
        "import sys, time, pathlib\n"
        "from trunkline.cli._files import replacing\n"
        "with replacing(pathlib.Path(sys.argv[1])) as place:\n"
        "    place.write_text('half')\n    print('ready', flush=True)\n    time.sleep(30)\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "out.csv")], stdout=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    with run, run.stdout:
        assert run.stdout.readline() == "ready\n"
        run.send_signal(number)
        assert run.wait(20) != 0
    assert not list(tmp_path.iterdir())


def test_lock_survives_other_descriptors_of_the_process(tmp_path: Path) -> None:
    """A POSIX lock falls when the process closes any descriptor of the file: this one does not."""
    path = tmp_path / "run.checkpoint"
    path.write_text("")
    lock = FileLock(path, "the checkpoint")
    path.read_bytes()
    with lock.path.open("rb"):
        pass
    held = "from trunkline.bulk._files import FileLock; import pathlib; "
    held += f"FileLock(pathlib.Path({str(path)!r}), 'it')"
    other = subprocess.run([sys.executable, "-c", held], capture_output=True, text=True, check=False)
    assert "is in use by another run" in other.stderr
    lock.release()
    assert subprocess.run([sys.executable, "-c", held], check=False).returncode == 0
    mine = FileLock(path, "it")
    try:
        with pytest.raises(CheckpointError, match="in use"):
            FileLock(path, "it")
    finally:
        mine.release()


def test_second_run_through_a_link_wrote_into_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("out.csv")
    (tmp_path / "folder").symlink_to(tmp_path)
    held = FileLock(tmp_path / "out.csv", "the output")
    for name in ("link", "folder/out.csv"):
        with pytest.raises(CheckpointError, match="in use by another run"):
            FileLock(tmp_path / name, "the output")
    held.release()


def test_two_runs_on_one_output_refuse_each_other(shell: Shell) -> None:
    (shell.folder / "keys.txt").write_text("".join(f"{FIRST_DEVICE + n}\n" for n in range(3)))
    lock = FileLock(shell.folder / "out.jsonl", "it")
    command = ("lookup", "idi.device.get", "--input", "keys.txt", "--out", "out.jsonl", "--checkpoint", "c")
    try:
        told = shell(*command)
    finally:
        lock.release()
    assert told.returncode == 2
    assert "in use by another run" in told.stderr
    assert shell(*command).returncode == 0


def test_run_of_one_tenant_is_not_resumed_against_another(shell: Shell) -> None:
    """However the address was given: by an option, or by the environment."""
    (shell.folder / "keys.txt").write_text("".join(f"{FIRST_DEVICE + n}\n" for n in range(3)) + "1\n")
    command = ("lookup", "idi.device.get", "--input", "keys.txt", "--out", "out.jsonl")
    assert shell(*command).returncode == 1
    other = {"TRUNKLINE_IDI_USER": "somebody.else"}
    told = shell(*command, "--resume", **other)
    assert told.returncode == 2
    assert "belongs to another run (its user differs)" in told.stderr
    assert "somebody.else" not in told.stderr
    assert (
        shell(*command, "--resume", "--base-url", shell.variables["TRUNKLINE_IDI_BASE_URL"]).returncode == 1
    )


def test_closed_standard_output_is_an_error(shell: Shell) -> None:
    (shell.folder / "keys.txt").write_text(f"{FIRST_DEVICE}\n")
    line = " ".join(words("lookup", "idi.device.get", "--input", "keys.txt", "--out", "-"))
    told = subprocess.run(
        ["/bin/sh", "-c", f"{line} >&-"],
        cwd=shell.folder,
        env=shell.variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert told.returncode == 2
    assert "standard output is closed" in told.stderr


def test_reader_of_standard_output_that_leaves_is_told_and_costs_no_response(shell: Shell) -> None:
    """`| true` reads nothing: exit 1, a line that says how to have the rows, and the checkpoint is there."""
    (shell.folder / "keys.txt").write_text("".join(f"{FIRST_DEVICE + n}\n" for n in range(40)))
    command = ("lookup", "idi.device.get", "--input", "keys.txt", "--out", "-", "--checkpoint", "run.kept")
    run = shell.start(*command)
    assert run.stdout is not None
    run.stdout.close()
    run.stdout = None
    _, told = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "standard output was closed before every row was written; all responses are kept" in told
    assert "run.kept" in shell.files()
    again = shell(*command, "--resume")
    assert (again.returncode, len(again.stdout.splitlines())) == (0, 40)


@pytest.mark.parametrize(
    ("first", "second", "key"),
    [
        ("id", "1", False),
        ("sim_1", "x", False),
        ("1001", None, True),
        ("A-1", "B-22", True),
        ("a1b", "x", False),
    ],
)
def test_looks_like_key(first: str, second: str | None, key: bool) -> None:
    assert looks_like_key(first, second) is key
    assert unwrapped(first) == first
