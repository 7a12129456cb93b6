"""Keys out of files: what is written is what is asked."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trunkline.cli._columns import Source
from trunkline.cli._input_thread import in_thread
from trunkline.cli._reading import Key, digest, input_format, read
from trunkline.errors import ArgumentError, InputError

NAMES = ("device_id", "deviceID")


def keys(path: Path, content: bytes, kind: str, column: str | None = None) -> list[str]:
    path.write_bytes(content)
    return [str(key) for key in read(source(path, kind, column))]


def source(path: Path, kind: str, column: str | None = None, **more: Any) -> Source:
    return Source(path=path, format=kind, column=column, names=NAMES, **more)


@pytest.mark.parametrize(
    "content",
    [
        b"deviceID\n07700900123\n5\n",
        b"device_id;name\n07700900123;x\n5;y\n",
        b"name\tDevice ID\nx\t07700900123\ny\t5\n",
        b"\xef\xbb\xbfdeviceID,name\r\n07700900123,x\r\n5,y\r\n",
        b'name,deviceID\n"two\nlines, quoted",07700900123\n"say ""hi""",5\n',
        b"anything\n07700900123\n\n5",
        "name|deviceID\nZoë|07700900123\nx|5\n".encode(),
        "name,deviceID\nZoë,07700900123\nx,5\n".encode("utf-16"),
    ],
)
def test_csv_is_read_whatever_its_dialect(tmp_path: Path, content: bytes) -> None:
    assert keys(tmp_path / "in.csv", content, "csv") == ["07700900123", "5"]


def test_column_can_be_named(tmp_path: Path) -> None:
    assert keys(tmp_path / "in.csv", b"a,b\n1,2\n", "csv", "b") == ["2"]


def test_json_lines_keep_digits(tmp_path: Path) -> None:
    content = b'{"deviceID": "007"}\n\n{"deviceID": 12345678901234567890}\n'
    assert keys(tmp_path / "in.jsonl", content, "jsonl") == ["007", "12345678901234567890"]
    assert keys(tmp_path / "in.jsonl", b'"007"\n8\n', "jsonl") == ["007", "8"]


def test_parquet_text_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    pq.write_table(pa.table({"deviceID": ["007", None], "x": [1, 2]}), path)
    assert list(read(source(path, "parquet"))) == ["007", ""]
    assert list(read(source(path, "parquet", "x"))) == ["1", "2"]


def test_text_is_one_key_a_line(tmp_path: Path) -> None:
    assert keys(tmp_path / "in.txt", b"\xef\xbb\xbf 007 \r\n\r\n8\n", "text") == ["007", "8"]


def test_keys_know_their_line(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b'deviceID,n\n1,"a\nb"\n2,c\n')
    assert [key.line for key in read(source(path, "csv"))] == [3, 4]


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("csv", b"", "holds no keys"),
        ("csv", b"a,b\n1,2\n", "no column 'device_id'; it has: a, b"),
        ("csv", b"deviceID,b\n,2\n,3\n", "key column of .* is empty"),
        ("csv", b'deviceID,b\n"open,2\n', "line"),
        ("csv", b"deviceID\n\xff\xfe\xfa\n", "not UTF-8"),
        ("text", b"\n\n", "holds no keys"),
        ("text", b"\xff\xf0", "not UTF-8"),
        ("jsonl", b"nope\n", "line 1: is not JSON"),
        ("jsonl", b'{"deviceID": [1]}\n', "line 1: holds a list"),
        ("jsonl", b'{"a": 1, "b": 2}\n', "no column 'device_id'"),
        ("parquet", b"not parquet at all", "cannot be read as Parquet"),
    ],
)
def test_unusable_input_is_explained(tmp_path: Path, kind: str, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        keys(tmp_path / "in", content, kind)


def test_file_that_cannot_be_opened_is_explained(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        list(read(source(tmp_path, "text")))
    with pytest.raises(InputError, match="cannot be read"):
        digest(tmp_path / "missing")


def test_format_comes_from_the_ending_or_the_option() -> None:
    assert input_format(Path("a.CSV"), None) == "csv"
    assert input_format(Path("a.xlsx"), "text") == "text"
    assert input_format(None, None) == "text"
    with pytest.raises(ArgumentError, match="xlsx"):
        input_format(Path("a.xlsx"), None)
    with pytest.raises(ArgumentError, match="xml"):
        input_format(None, "xml")


async def test_blocking_source_does_not_block_the_loop() -> None:
    reader, writer = os.pipe()

    def source() -> object:
        with open(reader, encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                yield Key(line.strip(), number)

    arrived = in_thread(source())  # type: ignore[arg-type]
    os.write(writer, b"1\n")
    assert await anext(arrived) == "1"
    waiting = asyncio.ensure_future(anext(arrived))
    await asyncio.sleep(0)
    assert not waiting.done()
    os.write(writer, b"2\n3\n")
    os.close(writer)
    assert await waiting == "2"
    assert [key async for key in arrived] == ["3"]


async def test_error_of_a_blocking_source_arrives() -> None:
    def source() -> object:
        yield Key("1", 1)
        raise InputError("line 2 is bad")

    seen = []
    with pytest.raises(InputError, match="line 2"):
        seen += [key async for key in in_thread(source())]  # type: ignore[arg-type]


async def test_blocking_source_is_not_read_far_ahead() -> None:
    taken = 0
    more = threading.Event()

    def source() -> object:
        nonlocal taken
        for taken in range(1, 5001):
            if taken == 1000:
                more.set()
            yield Key(str(taken), taken)

    arrived = in_thread(source())  # type: ignore[arg-type]
    assert await anext(arrived) == "1"
    await asyncio.to_thread(more.wait)
    assert taken <= 1010
    assert len([key async for key in arrived]) == 4999


def problems(path: Path, content: bytes, kind: str) -> list[tuple[str, str]]:
    path.write_bytes(content)
    return [(str(key), key.problem) for key in read(source(path, kind))]


def test_line_without_a_key_does_not_stop_the_run(tmp_path: Path) -> None:
    """One bad line among a million stopped them all."""
    content = b'{"deviceID": 1}\nnope\n{"x": 1}\n{"deviceID": NaN}\n{"deviceID": [1]}\n{"deviceID": 2}\n'
    assert problems(tmp_path / "in.jsonl", content, "jsonl") == [
        ("1", ""),
        ("line 2", "is not JSON"),
        ("line 3", "has no 'deviceID'; it has: x"),
        ("line 4", "is not JSON"),
        ("line 5", "holds a list, not text or a number"),
        ("2", ""),
    ]
    huge = b"deviceID,note\n1,x\n2," + b"y" * 200_000 + b"\n3,z\n"
    found = problems(tmp_path / "in.csv", huge, "csv")
    assert [key for key, _ in found] == ["1", "line 3", "3"]
    assert "field larger" in found[1][1]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_delimiter_within_quotes_is_not_the_files(tmp_path: Path, sign: str) -> None:
    """`"Name, Vorname, Titel";deviceID` was read with commas."""
    header = f'"Name, Vorname; Titel | x\t, ; |"{sign}deviceID\n'
    assert keys(tmp_path / "in.csv", f"{header}a{sign}007\n".encode(), "csv") == ["007"]


def test_own_output_is_read_back_by_its_key_column(tmp_path: Path) -> None:
    content = b"key,device_name,error\n007,,not found\n8,,not found\n"
    assert keys(tmp_path / "errors.csv", content, "csv") == ["007", "8"]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("csv", b"city,deviceID,name\nYork,1,a\nBath,2,b\n"),
        ("jsonl", b'{"deviceID": 1, "city": "York", "name": "a"}\n'
                  b'{"deviceID": 2, "city": "Bath", "name": "b"}\n'),
    ],
)  # fmt: skip
def test_kept_columns_go_along(tmp_path: Path, kind: str, content: bytes) -> None:
    path = tmp_path / "in"
    path.write_bytes(content)
    found = read(source(path, kind, keep=("name", "city")))
    assert [(str(key), key.kept) for key in found] == [("1", ("a", "York")), ("2", ("b", "Bath"))]
    if kind == "csv":
        with pytest.raises(InputError, match=r"--keep: .* has no column 'town'; it has: city"):
            list(read(source(path, kind, keep=("town",))))
