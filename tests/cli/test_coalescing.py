"""`trunkline lookup --by` and `--coalesce`: many keys in one request, one row for each key all the same."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from tests.cli.shell import Shell
from trunkline.sandbox.seed.abzorb import FIRST_TASK
from trunkline.sandbox.seed.values import us_number

NUMBERS = [us_number(n) for n in range(1000)]


def write(shell: Shell, keys: list[str]) -> None:
    (shell.folder / "in.txt").write_text("\n".join(keys) + "\n")


@pytest.mark.parametrize(
    "words",
    [
        ["--by", "service.service_number"],
        ["--by", "idi.service.service_number"],
        ["--by", "idi.service.search.serviceNumber"],
        ["idi.service.search", "--by", "serviceNumber"],
    ],
    ids=lambda words: " ".join(words),
)
def test_rows_by_a_field_are_those_of_single_searches(shell: Shell, words: list[str]) -> None:
    write(shell, [*NUMBERS, "none", NUMBERS[0], ""])
    done = shell.quick("lookup", *words, "--input", "in.txt", "--out", "out.parquet")
    assert done.returncode == 1, done.stderr
    assert "1,000 answered, 1 failed, 1 duplicate" in done.stderr
    rows = pq.read_table(shell.folder / "out.parquet").to_pylist()
    assert [row["key"] for row in rows] == [*NUMBERS, "none"]
    assert all(row["service_number"] == row["key"] and row["attempts"] == 1 for row in rows[:-1])
    assert (rows[-1]["error_type"], rows[-1]["status"]) == ("NotFoundError", None)


def test_several_matches_are_an_error_or_a_row_each(shell: Shell) -> None:
    write(shell, ["12", "99999999", "x"])
    command = ("lookup", "--by", "service.customer_id", "--input", "in.txt", "--out", "out.csv")
    done = shell.quick(*command)
    assert done.returncode == 1
    assert "1 key with more than one row: --all-matches" in done.stderr
    assert [row["error_type"] for row in shell.rows("out.csv")] == [
        "MultipleRowsError", "NotFoundError", "InputError",
    ]  # fmt: skip
    done = shell.quick(*command, "--all-matches", "--restart")
    assert done.returncode == 1
    rows = shell.rows("out.csv")
    keys = [row["key"] for row in rows]
    assert keys[-2:] == ["99999999", "x"]
    assert set(keys[:-2]) == {"12"}
    assert len({row["service_id"] for row in rows[:-2]}) == len(rows) - 2 > 1
    assert {row["customer_id"] for row in rows[:-2]} == {"12"}


def test_bulk_method_gives_the_same_file_as_single_calls(shell: Shell) -> None:
    write(shell, [str(FIRST_TASK + n) for n in range(60)])
    command = ("lookup", "abzorb.tasks.list_comments", "--input", "in.txt", "--out")
    assert shell.quick(*command, "one.jsonl").returncode == 0
    assert shell.quick(*command, "many.jsonl", "--coalesce").returncode == 0
    one, many = (
        [json.loads(line)["value"] for line in (shell.folder / name).read_text().splitlines()]
        for name in ("one.jsonl", "many.jsonl")
    )
    assert any(one)
    assert many == one


def test_failed_keys_can_be_asked_again(shell: Shell) -> None:
    write(shell, ["abc", *(str(n) for n in range(1, 1001))])
    command = ("lookup", "--by", "service.service_id", "--input", "in.txt", "--out", "out.csv")
    assert shell.quick(*command).returncode == 1
    again = shell.quick(*command, "--resume", "--retry-failed")
    assert again.returncode == 1
    assert "1,000 from the earlier run" in again.stderr
    assert len(shell.rows("out.csv")) == 1001
    other = shell.quick(*command, "--resume", "--all-matches")
    assert other.returncode == 2


def test_drift_is_written_at_the_end(shell: Shell) -> None:
    write(shell, NUMBERS[:50])
    command = ("lookup", "--by", "service.service_number", "--input", "in.txt", "--out", "out.csv")
    done = shell.quick(*command, "--drift", "drift.json")
    assert done.returncode == 0, done.stderr
    report = json.loads((shell.folder / "drift.json").read_text())
    assert report["service.search"]["objects"] > 0
    done = shell.quick("call", "idi.device.get", "device_id=1000", "--drift", "drift.json")
    assert done.returncode == 0, done.stderr
    assert list(json.loads((shell.folder / "drift.json").read_text())) == ["device.get"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "say what to look up"),
        (["idi.device.get", "--coalesce"], "see --by"),
        (["abzorb.orders.get", "--coalesce"], "abzorb.orders.monitor"),
        (["--by", "service.nope"], "cannot be filtered by 'nope'. idi.service.search by"),
        (["--by", "nowhere.service_id"], "there is no search 'nowhere'"),
        (["--by", "customer_id"], "can be several searches"),
        (["--by", "service.service_id", "--key", "filter"], "give one of them"),
        (["--by", "service.service_id", "--param", "top=5"], "makes no sense with --by"),
        (["idi.device.get", "--all-matches"], "goes with --by"),
        (["--by", "service.list_extended_tax_exemptions.tax_type_id"], "also needs --param"),
    ],
)
def test_wrong_use_is_said_in_one_line(shell: Shell, words: list[str], message: str) -> None:
    write(shell, ["1"])
    done = shell.quick("lookup", *words, "--input", "in.txt", "--out", "out.csv")
    assert done.returncode == 2
    assert message in done.stderr
    assert shell.files() == {"in.txt"}
