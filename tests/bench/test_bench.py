"""The benchmark programs run, with counts so small that their numbers mean nothing."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import pytest

from bench import __main__ as program
from bench import payloads, report
from bench.rounds import Series, Take

_QUICK = ["--rounds", "2", "--seconds", "0.01", "--most", "20"]
_OURS = ["--only", "trunkline", "--only", "aiohttp + orjson (dicts)"]


def run(tmp_path, capsys, *arguments: str):
    program.main([*arguments, "--results", str(tmp_path), "--no-nginx"])
    return capsys.readouterr().out


def test_lookups_compares_peers_and_keeps_results(tmp_path, capsys):
    out = run(tmp_path, capsys, "lookups", "--concurrency", "2", *_QUICK, *_OURS)
    assert "lookups at 2, trunkline / aiohttp + orjson (dicts)" in out
    kept = json.loads((tmp_path / "lookups.json").read_text())
    assert kept["results"]["concurrency 2"]["trunkline"]["ratio"]["median"] > 0
    ElementTree.parse(tmp_path / "lookups.svg")  # noqa: S314 - our own


def test_ceiling_measures_asleep_and_awake(tmp_path, capsys):
    blocking = ["--only", "no asyncio (blocking socket)", "--only", "trunkline"]
    out = run(tmp_path, capsys, "ceiling", "--rounds", "1", "--seconds", "0.01", "--most", "20", *blocking)
    assert "cores kept awake" in out
    kept = json.loads((tmp_path / "ceiling.json").read_text())["results"]
    assert kept["as it is"].keys() >= {"trunkline", "no asyncio (blocking socket)"}


def test_rows_walks_every_page(tmp_path, capsys):
    out = run(tmp_path, capsys, "rows", *_QUICK, "--only", "trunkline", "--only", "aiohttp + cattrs")
    assert "rows, four walks at a time, trunkline / aiohttp + cattrs" in out


def test_drift_compares_on_with_off(tmp_path, capsys):
    assert "lookups, drift on / off" in run(tmp_path, capsys, "drift", "--rounds", "1", "--most", "5")


def test_costs_compares_settings_and_odd_rows_in_one_run(tmp_path, capsys):
    out = run(tmp_path, capsys, "costs", "--rounds", "1", "--most", "5")
    assert "a page with 1 odd row in 100 / a good one" in out
    kept = json.loads((tmp_path / "costs.json").read_text())["results"]
    assert kept["lookups"]["nothing set"]["ratio"]["median"] == 1
    assert len(kept["lookups"]) == 5


def test_imports_finds_no_optional_package(tmp_path, capsys):
    out = run(tmp_path, capsys, "imports", "--rounds", "1")
    assert "met    optional packages imported before use" in out


def test_memory_runs_both_ways(tmp_path, capsys):
    out = run(tmp_path, capsys, "memory", "--many", "200", "--few", "100", "--served", "200")
    assert "asyncio.gather, static server" in out


def test_workers_counts_each_key_in_the_files_and_at_the_server(tmp_path, capsys):
    out = run(tmp_path, capsys, "workers", "--keys", "60", "--workers", "1")
    assert "met    runs that asked each key once and have one outcome of each: 2.00" in out
    kept = json.loads((tmp_path / "workers.json").read_text())["results"]
    assert [one["name"] for one in kept] == ["one process", "1 worker"]


def test_ratio_is_taken_within_each_round():
    series = Series({"a": [Take(10, 10, 1), Take(200, 10, 1), Take(30, 10, 1)],
                     "b": [Take(5, 10, 1), Take(100, 10, 1), Take(10, 10, 1)]})  # fmt: skip
    assert series.ratio("a", "b")["median"] == 2.0


@pytest.mark.parametrize(
    ("value", "at_most", "met"), [(1.0, False, True), (0.9, False, False), (0.9, True, True)]
)
def test_verdict_says_whether_the_target_was_reached(value, at_most, met):
    assert report.verdict("x", value, 1.0, at_most=at_most).startswith("met" if met else "MISSED")


def test_large_document_is_valid_and_large():
    from openapi_spec_validator import validate

    small = payloads.large_document(resources=3)
    validate(small)
    assert len(small["paths"]) == 6
    whole = payloads.large_document()
    assert sum(len(item) for item in whole["paths"].values()) == 600


def test_device_payload_fills_every_field_of_the_model():
    from attrs import fields

    from trunkline.idi.models import Device

    assert payloads.device(1).keys() == {one.metadata["wire"] for one in fields(Device) if one.metadata}


def test_coalesced_brings_every_key_its_row(tmp_path, capsys):
    out = run(tmp_path, capsys, "coalesced", "--rounds", "1", "--keys", "40")
    assert "40 keys" in out
    kept = json.loads((tmp_path / "coalesced.json").read_text())
    assert kept["results"]["requests"] < 10
